/*
 * bench_evtx.c: how fast event logs become flat values.
 *
 * bench_evtx [-f] [-l scalar|avx2|avx512] [-r rounds] FILE...
 * Each file is read whole; all of them are then read through, `rounds` times,
 * and the best round counts, in this thread's processor time. With -f through
 * the source format, that is with events and their classes, instead of the
 * reader alone. Logs are padded with unused space, which costs next to nothing:
 * record_mb_s counts the bytes of records only. Prints one line of JSON.
 */
#include "codec/evtx.h"
#include "normalise/formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { FILES_MAX = 4096, ARENA_BYTES = 64 << 20 };

struct bench {
    cord_str files[FILES_MAX];
    size_t file_count;
    struct cord_paths *paths;
    struct cord_arena *arena;
    struct cord_evtx *reader;
    struct cord_values values;
    struct cord_classifier *classifier;
    struct cord_batch *batch;
    void *decoder;
    size_t bytes, records, record_bytes, value_count;
};

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool read_file(struct bench *bench, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || bench->file_count == FILES_MAX) {
        perror(path);
        return false;
    }
    (void)fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    size_t len = text ? fread(text, 1, (size_t)size, file) : 0;
    (void)fclose(file);
    bench->files[bench->file_count++] = (cord_str){text, len};
    return text;
}

static void read_chunk(struct bench *bench, cord_str chunk)
{
    struct cord_evtx_record record;
    cord_status status;
    cord_arena_reset(bench->arena);
    (void)cord_evtx_chunk_begin(bench->reader, chunk, 0, bench->arena);
    bench->values.count = 0;
    while ((status = cord_evtx_next(bench->reader, &bench->values, &record)) != CORD_E_END) {
        bench->records += status == CORD_OK;
        bench->record_bytes += status == CORD_OK ? record.len : 0;
        if (bench->values.count > bench->values.max / 2) {
            bench->value_count += bench->values.count;
            bench->values.count = 0;
        }
    }
    bench->value_count += bench->values.count;
}

static void read_through(struct bench *bench, cord_str file)
{
    size_t at = cord_evtx_file_header(file).header_bytes;
    while (at < file.len) {
        cord_str rest = cord_str_from_byte(file, at);
        size_t span = cord_evtx_chunk_span(rest);
        read_chunk(bench, cord_str_slice(rest, 0, span));
        at += span;
    }
}

/* As a pipeline would: in batches of a mebibyte, the copy not counted. */
static double decode_through(struct bench *bench, cord_str file)
{
    const struct cord_format *format = &cord_format_evtx;
    struct cord_batch *batch = bench->batch;
    double spent = 0;
    for (size_t at = 0; at < file.len;) {
        cord_str text = cord_str_slice(file, at, 1 << 20);
        bool last = at + text.len == file.len;
        cord_batch_reset(batch);
        batch->text_offset = at;
        batch->text_len = format->cut(NULL, text, last, batch);
        memcpy(batch->text, text.ptr, batch->text_len);
        double from = now();
        while (format->decode(bench->decoder, batch) == CORD_E_LIMIT) {
            bench->value_count += batch->values.count;
            for (size_t i = 0; i < batch->event_count; i++) {
                bench->record_bytes += batch->events[i].raw.len;
            }
            cord_batch_events_reset(batch);
        }
        spent += now() - from;
        bench->records += batch->read;
        for (size_t i = 0; i < batch->event_count; i++) {
            bench->record_bytes += batch->events[i].raw.len;
        }
        bench->value_count += batch->values.count;
        at += batch->text_len;
    }
    return spent;
}

static double run_round(struct bench *bench, bool through_format)
{
    double spent = 0;
    bench->bytes = 0;
    bench->records = 0;
    bench->record_bytes = 0;
    bench->value_count = 0;
    for (size_t i = 0; i < bench->file_count; i++) {
        double from = now();
        bench->bytes += bench->files[i].len;
        if (through_format) {
            spent += decode_through(bench, bench->files[i]);
        } else {
            read_through(bench, bench->files[i]);
            spent += now() - from;
        }
    }
    return spent;
}

static bool prepare(struct bench *bench, enum cord_cpu_level level)
{
    struct cord_decoder_env env = {0};
    bench->paths = cord_paths_new(1);
    bench->arena = cord_arena_new(ARENA_BYTES);
    bench->reader = bench->paths ? cord_evtx_new(bench->paths, level) : NULL;
    bench->values.max = CORD_BATCH_VALUES_MAX;
    bench->values.items = malloc(bench->values.max * sizeof *bench->values.items);
    bench->classifier = bench->paths ? cord_classifier_new(bench->paths, 1) : NULL;
    bench->batch = cord_batch_new(1 << 20);
    env.paths = bench->paths;
    env.classifier = bench->classifier;
    bench->decoder = bench->paths ? cord_format_evtx.decoder_new(&env) : NULL;
    return bench->arena && bench->reader && bench->values.items && bench->classifier &&
           bench->batch && bench->decoder;
}

static void done(struct bench *bench)
{
    cord_format_evtx.decoder_free(bench->decoder);
    cord_batch_free(bench->batch);
    cord_classifier_free(bench->classifier);
    free(bench->values.items);
    cord_evtx_free(bench->reader);
    cord_arena_free(bench->arena);
    cord_paths_free(bench->paths);
    for (size_t i = 0; i < bench->file_count; i++) {
        free((void *)(uintptr_t)bench->files[i].ptr);
    }
    free(bench);
}

static void report(const struct bench *bench, const char *what, enum cord_cpu_level level,
                   double best)
{
    printf("{\"bench\":\"evtx\",\"what\":\"%s\",\"level\":\"%s\",\"files\":%zu,\"mb\":%.1f,"
           "\"records\":%zu,\"values_per_record\":%.1f,\"mb_s\":%.0f,\"record_mb_s\":%.0f,"
           "\"records_s\":%.0f}\n",
           what, cord_cpu_level_name(level), bench->file_count, (double)bench->bytes / 1e6,
           bench->records, (double)bench->value_count / (double)bench->records,
           (double)bench->bytes / 1e6 / best, (double)bench->record_bytes / 1e6 / best,
           (double)bench->records / best);
}

int main(int argc, char **argv)
{
    enum cord_cpu_level level = cord_cpu_level_detect();
    struct bench *bench = calloc(1, sizeof *bench);
    bool through_format = false;
    uint64_t rounds = 5;
    for (int option; (option = getopt(argc, argv, "fl:r:")) != -1;) {
        if (option == 'f') {
            through_format = true;
        } else if (option == 'r' && cord_str_u64(cord_str_from(optarg), &rounds)) {
            rounds = rounds > 0 ? rounds : 1;
        } else if (option == 'l') {
            for (int i = 0; i < CORD_CPU_LEVELS; i++) {
                bool is = strcmp(optarg, cord_cpu_level_name((enum cord_cpu_level)i)) == 0;
                level = is ? cord_cpu_level_at_most((enum cord_cpu_level)i) : level;
            }
        }
    }
    bool good = bench && prepare(bench, level) && optind < argc;
    for (int i = optind; good && i < argc; i++) {
        good = read_file(bench, argv[i]);
    }
    double best = 0;
    for (uint64_t i = 0; good && i < rounds; i++) {
        double spent = run_round(bench, through_format);
        best = i == 0 || spent < best ? spent : best;
    }
    if (good) {
        report(bench, through_format ? "format" : "reader", level, best);
    }
    if (bench) {
        done(bench);
    }
    return good ? 0 : 1;
}
