/*
 * bench_json.c: how fast JSON lines become flat values.
 *
 * bench_json [-s] [-l scalar|avx2|avx512] [-r rounds] FILE...
 * Each file is read whole, then flattened line by line; -s shuffles the lines
 * first, so that no document has the shape of the one before. The text is
 * copied into a buffer first, as reading it from a file would; that is not
 * counted. The time is this thread's, the best round counts. One line of JSON
 * a file.
 */
#include "base/hash.h"
#include "codec/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 65536 };

struct load {
    char *text;
    size_t len;
    size_t lines;
};

static int read_file(const char *path, struct load *ret_load)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    (void)fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size >= 0 ? malloc((size_t)size + CORD_JSON_PADDING) : NULL;
    size_t len = text ? fread(text, 1, (size_t)size, file) : 0;
    (void)fclose(file);
    if (!text) {
        return -1;
    }
    memset(text + len, 0, CORD_JSON_PADDING);
    *ret_load = (struct load){text, len, 0};
    return 0;
}

static void shuffle(struct load *load)
{
    cord_str rest = {load->text, load->len};
    cord_str line;
    size_t max = 1 << 16;
    size_t count = 0;
    cord_str *lines = malloc(max * sizeof *lines);
    while (lines && cord_str_cut(&rest, '\n', &line)) {
        if (count == max) {
            max *= 2;
            cord_str *more = realloc(lines, max * sizeof *lines);
            if (!more) {
                free(lines);
            }
            lines = more;
        }
        if (lines && line.len > 0) {
            lines[count++] = line;
        }
    }
    char *text = malloc(load->len + 1 + CORD_JSON_PADDING);
    if (!lines || !text) {
        free(lines);
        free(text);
        return;
    }
    for (size_t i = count; i > 1; i--) {
        size_t other = cord_hash_mix(i) % i;
        cord_str kept = lines[i - 1];
        lines[i - 1] = lines[other];
        lines[other] = kept;
    }
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(text + len, lines[i].ptr, lines[i].len);
        len += lines[i].len;
        text[len++] = '\n';
    }
    memset(text + len, 0, CORD_JSON_PADDING);
    free(load->text);
    free(lines);
    *load = (struct load){text, len, 0};
}

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

struct tally {
    size_t documents;
    size_t broken;
    size_t values;
    size_t bytes;
};

/* As the engine does it: in stretches that stay in the cache. */
static void flatten(struct cord_json_reader *reader, struct cord_paths *paths, cord_str chunk,
                    struct cord_values *values, struct tally *tally)
{
    size_t at = 0;
    values->count = 0;
    cord_json_begin(reader, chunk, paths, true);
    while (at < chunk.len) {
        if (values->count > values->max / 2) {
            values->count = 0;
        }
        size_t before = values->count;
        if (chunk.ptr[at] == '\n' || chunk.ptr[at] == '\r') {
            at++;
        } else if (cord_json_next(reader, &at, CORD_PATH_ROOT, values, NULL) == CORD_OK) {
            tally->documents++;
            tally->values += values->count - before;
        } else {
            tally->broken++;
            at = cord_str_find_char(chunk, '\n', at);
        }
    }
    tally->bytes += chunk.len;
}

static double round_of(struct cord_json_reader *reader, struct cord_paths *paths, cord_str text,
                       struct cord_values *values, struct tally *tally)
{
    char chunk[CHUNK + CORD_JSON_PADDING] = {0};
    double seconds = 0;
    while (text.len > 0) {
        size_t len = text.len < CHUNK ? text.len : CHUNK;
        const char *end = memrchr(text.ptr, '\n', len);
        len = end ? (size_t)(end - text.ptr) + 1 : len;
        memcpy(chunk, text.ptr, len);
        double start = now();
        flatten(reader, paths, (cord_str){chunk, len}, values, tally);
        seconds += now() - start;
        text = cord_str_from_byte(text, len);
    }
    return seconds;
}

static enum cord_cpu_level level_of(const char *name)
{
    for (int level = 0; level < CORD_CPU_LEVELS; level++) {
        if (strcmp(name, cord_cpu_level_name((enum cord_cpu_level)level)) == 0) {
            return cord_cpu_level_at_most((enum cord_cpu_level)level);
        }
    }
    return cord_cpu_level_detect();
}

static void measure(const char *path, struct load *load, enum cord_cpu_level level, int rounds)
{
    struct cord_values values = {.max = 65536};
    values.items = malloc(values.max * sizeof *values.items);
    struct cord_paths *paths = cord_paths_new(1);
    struct cord_json_reader *reader = cord_json_reader_new(level);
    struct tally tally = {0};
    double best = 1e9;
    for (int i = 0; i < rounds && values.items && paths && reader; i++) {
        tally = (struct tally){0};
        double seconds =
            round_of(reader, paths, (cord_str){load->text, load->len}, &values, &tally);
        best = seconds < best ? seconds : best;
    }
    double documents = tally.documents > 0 ? (double)tally.documents : 1;
    printf("{\"bench\":\"json\",\"level\":\"%s\",\"file\":\"%s\",\"documents\":%zu,\"broken\":%zu,"
           "\"values\":%.1f,\"bytes\":%.0f,\"ns\":%.1f,\"gb_s\":%.2f}\n",
           cord_cpu_level_name(level), path, tally.documents, tally.broken,
           (double)tally.values / documents, (double)tally.bytes / documents,
           best / documents * 1e9, (double)tally.bytes / best * 1e-9);
    cord_json_reader_free(reader);
    cord_paths_free(paths);
    free(values.items);
}

int main(int argc, char **argv)
{
    enum cord_cpu_level level = cord_cpu_level_detect();
    bool shuffled = false;
    int rounds = 5;
    for (int c; (c = getopt(argc, argv, "sl:r:")) != -1;) {
        if (c == 's') {
            shuffled = true;
        } else if (c == 'l') {
            level = level_of(optarg);
        } else if (c == 'r') {
            rounds = (int)strtol(optarg, NULL, 10);
        } else {
            return 2;
        }
    }
    for (int i = optind; i < argc; i++) {
        struct load load;
        if (read_file(argv[i], &load) != 0) {
            return 3;
        }
        if (shuffled) {
            shuffle(&load);
        }
        measure(argv[i], &load, level, rounds);
        free(load.text);
    }
    return 0;
}
