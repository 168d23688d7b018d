/*
 * bench_keep.c: events into rows of evidence and back, on one core.
 *
 * bench_keep [-m MB] [-r rounds] FILE...
 *   -m rows are taken away when they hold so much (32)   -r best of so many rounds
 *
 * Reading, cutting, decoding and classifying are those of a scan and stand
 * beside keeping and replaying. The times are this thread's CPU time; of the
 * rounds the best for each. One line of JSON a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ingest/walk.h"
#include "wire/keep.h"
#include "wire/replay.h"
#include "wire/scan_stream.h"

#define ROWS_BYTES_MAX ((size_t)1 << 30)

struct side {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_batch *batch;
};

struct times {
    double decode, keep, replay;
};

struct bench {
    struct side in;
    struct side out;
    struct cord_keep *keep;
    struct cord_replay *replay;
    struct cord_rows *rows;
    size_t rows_bytes;
    uint64_t events;
    uint64_t values;
    uint64_t raw_bytes;
    uint64_t text_bytes;
    struct times times;
};

static double now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void side_init(struct side *side)
{
    side->paths = cord_paths_new(7);
    side->classifier = side->paths ? cord_classifier_new(side->paths, 7) : NULL;
    side->batch = cord_batch_new(1 << 16);
    if (!side->classifier || !side->batch) {
        abort();
    }
}

static void side_done(struct side *side)
{
    cord_batch_free(side->batch);
    cord_classifier_free(side->classifier);
    cord_paths_free(side->paths);
}

/* What a back-test does with rows, and a store before it takes them away. */
static void take_away(struct bench *bench)
{
    size_t count = cord_rows_count(bench->rows);
    double start = now_ns();
    for (size_t at = 0; at < count;) {
        if (cord_replay_run(bench->replay, bench->rows, at, bench->out.batch, &at) != CORD_OK) {
            abort();
        }
    }
    bench->times.replay += now_ns() - start;
    for (size_t i = 0; i < count; i++) {
        const struct cord_row *row = cord_rows_at(bench->rows, i);
        bench->values += row->span_count;
        bench->raw_bytes += row->raw_len;
        bench->text_bytes += row->text.len;
    }
    bench->events += count;
    start = now_ns();
    cord_keep_taken(bench->keep);
    bench->times.keep += now_ns() - start;
}

static void keep_events(struct bench *bench)
{
    size_t next;
    double start = now_ns();
    if (cord_keep_run(bench->keep, bench->in.batch, 0, 0, &next) != CORD_OK) {
        abort();
    }
    bench->times.keep += now_ns() - start;
    if (cord_rows_bytes(bench->rows) > bench->rows_bytes) {
        take_away(bench);
    }
    cord_batch_events_reset(bench->in.batch);
}

static void run_stream(struct bench *bench, const struct cord_walk_item *item)
{
    const struct cord_decoder_env env = {
        .paths = bench->in.paths, .classifier = bench->in.classifier, .now_ns = 0};
    struct cord_scan_stream *stream = cord_scan_stream_new(item, NULL, 64 << 20, NULL);
    void *decoder = NULL;
    while (stream && cord_scan_stream_next(stream, bench->in.batch, NULL) == CORD_OK) {
        const struct cord_format *format = cord_scan_stream_format(stream);
        const struct cord_keep_source source = {CORD_STR("ORG"), item->name,
                                                cord_str_from(format->name)};
        cord_status status;
        decoder = decoder ? decoder : format->decoder_new(&env);
        cord_keep_from(bench->keep, &source);
        do {
            double start = now_ns();
            status = format->decode(decoder, bench->in.batch);
            bench->times.decode += now_ns() - start;
            keep_events(bench);
        } while (status == CORD_E_LIMIT);
    }
    if (decoder) {
        cord_scan_stream_format(stream)->decoder_free(decoder);
    }
    cord_scan_stream_free(stream);
}

static void run_round(struct bench *bench, const char *path)
{
    struct cord_walk *walk = NULL;
    bench->times = (struct times){0};
    bench->events = bench->values = bench->raw_bytes = bench->text_bytes = 0;
    if (cord_walk_new(&path, 1, &walk, NULL) != CORD_OK) {
        abort();
    }
    for (size_t i = 0; i < cord_walk_count(walk); i++) {
        run_stream(bench, cord_walk_item(walk, i));
    }
    take_away(bench);
    cord_walk_free(walk);
}

static void run_path(struct bench *bench, const char *path, unsigned rounds)
{
    struct times best = {0};
    side_init(&bench->in);
    side_init(&bench->out);
    bench->keep = cord_keep_new(bench->in.paths, bench->in.classifier);
    bench->replay = cord_replay_new(bench->out.paths, bench->out.classifier);
    bench->rows = cord_rows_new(ROWS_BYTES_MAX, 7);
    if (!bench->keep || !bench->replay || !bench->rows) {
        abort();
    }
    cord_keep_into(bench->keep, bench->rows);
    for (unsigned round = 0; round < rounds; round++) {
        run_round(bench, path);
        const struct times *times = &bench->times;
        best.decode = round == 0 || times->decode < best.decode ? times->decode : best.decode;
        best.keep = round == 0 || times->keep < best.keep ? times->keep : best.keep;
        best.replay = round == 0 || times->replay < best.replay ? times->replay : best.replay;
    }
    double events = bench->events > 0 ? (double)bench->events : 1;
    (void)printf("{\"path\":\"%s\",\"events\":%llu,\"values_an_event\":%.1f,"
                 "\"raw_an_event\":%.0f,\"text_an_event\":%.0f,\"decode_ns\":%.0f,"
                 "\"keep_ns\":%.0f,\"replay_ns\":%.0f}\n",
                 path, (unsigned long long)bench->events, (double)bench->values / events,
                 (double)bench->raw_bytes / events, (double)bench->text_bytes / events,
                 best.decode / events, best.keep / events, best.replay / events);
    cord_rows_free(bench->rows);
    cord_replay_free(bench->replay);
    cord_keep_free(bench->keep);
    side_done(&bench->out);
    side_done(&bench->in);
}

int main(int argc, char **argv)
{
    struct bench bench = {.rows_bytes = (size_t)32 << 20};
    unsigned rounds = 3;
    for (int option; (option = getopt(argc, argv, "m:r:")) != -1;) {
        if (option == 'm') {
            bench.rows_bytes = (size_t)strtoul(optarg, NULL, 10) << 20;
        } else if (option == 'r') {
            rounds = (unsigned)strtoul(optarg, NULL, 10);
        } else {
            return 2;
        }
    }
    for (int i = optind; i < argc; i++) {
        run_path(&bench, argv[i], rounds);
    }
    return 0;
}
