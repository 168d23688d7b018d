/*
 * bench_windows_xml.c: how fast Windows events in XML become flat values.
 *
 * bench_windows_xml [-r rounds] FILE...
 * Each file is read whole; finding events and reading them is timed, in this
 * thread's processor time, and the best round counts. One line of JSON.
 */
#include "codec/windows_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { FILES_MAX = 4096, ARENA_BYTES = 64 << 20, VALUES_MAX = 2 * CORD_WINDOWS_XML_VALUES_MAX };

struct tally {
    size_t bytes, events, values;
};

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static cord_str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return (cord_str){0};
    }
    (void)fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size >= 0 ? malloc((size_t)size + 1) : NULL;
    size_t len = text ? fread(text, 1, (size_t)size, file) : 0;
    (void)fclose(file);
    return (cord_str){text, len};
}

static void read_events(cord_str text, struct cord_paths *paths, struct cord_arena *arena,
                        struct tally *tally)
{
    static struct cord_value items[VALUES_MAX];
    struct cord_values values = {.items = items, .max = VALUES_MAX};
    size_t start;
    size_t end;
    size_t at = 0;
    while (cord_windows_xml_find(text, at, &start, &end) != CORD_E_END) {
        const char *damage;
        cord_str event = cord_str_slice(text, start, end - start);
        if (values.count > CORD_WINDOWS_XML_VALUES_MAX) {
            tally->values += values.count;
            values.count = 0;
            cord_arena_reset(arena);
        }
        tally->events +=
            cord_windows_xml_read(event, paths, arena, &values, &damage) == CORD_OK ? 1 : 0;
        at = end;
    }
    tally->values += values.count;
    tally->bytes += text.len;
    cord_arena_reset(arena);
}

int main(int argc, char **argv)
{
    static cord_str files[FILES_MAX];
    size_t count = 0;
    uint64_t rounds = 5;
    for (int option; (option = getopt(argc, argv, "r:")) != -1;) {
        if (option != 'r' || !cord_str_u64(cord_str_from(optarg), &rounds) || rounds == 0) {
            return 2;
        }
    }
    for (int i = optind; i < argc && count < FILES_MAX; i++) {
        files[count++] = read_file(argv[i]);
    }
    struct cord_paths *paths = cord_paths_new(1);
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES);
    struct tally tally = {0};
    double best = 0;
    for (uint64_t round = 0; paths && arena && round < rounds; round++) {
        double from = now();
        tally = (struct tally){0};
        for (size_t i = 0; i < count; i++) {
            read_events(files[i], paths, arena, &tally);
        }
        double spent = now() - from;
        best = round == 0 || spent < best ? spent : best;
    }
    printf("{\"bench\":\"windows_xml\",\"files\":%zu,\"mb\":%.1f,\"events\":%zu,"
           "\"values_per_event\":%.1f,\"mb_s\":%.0f,\"events_s\":%.0f}\n",
           count, (double)tally.bytes / 1e6, tally.events,
           (double)tally.values / (double)tally.events, (double)tally.bytes / 1e6 / best,
           (double)tally.events / best);
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)files[i].ptr);
    }
    cord_arena_free(arena);
    cord_paths_free(paths);
    return 0;
}
