/*
 * bench_block.c: rows of evidence into packed blocks and back, on one core.
 *
 * bench_block [-b rows] [-n name] [-p] [-r rounds] [-v] [-z] PATH...
 *   -b rows a block (65536)     -n what the corpus is called (its first path)
 *   -p user names are personal  -r best of so many rounds (3)
 *   -v unpacked rows are compared with those packed
 *   -z the same raw bytes in the same order through zstd -3 and -19, too
 *
 * All paths are one corpus of one source. Reading, decoding and keeping are
 * those of a scan and stand beside packing, opening and unpacking. The times
 * are this thread's CPU time; of the rounds the best for each. One line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "evidence/block.h"
#include "ingest/walk.h"
#include "wire/keep.h"
#include "wire/scan_stream.h"

#define ROWS_BYTES_MAX ((size_t)3 << 30)
#define PART_BYTES_MAX ((size_t)1 << 30)

struct times {
    double decode, keep, pack, open, unpack;
};

struct bench {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_batch *batch;
    struct cord_keep *keep;
    struct cord_rows *rows;
    struct cord_rows *back;
    struct cord_block_packer *packer;
    struct cord_buf parts[4];
    uint32_t which[CORD_BLOCK_ROWS_MAX];
    bool *is_personal;
    size_t block_rows;
    bool personal, verify, compare, last_round;
    uint64_t events, raw_bytes, blocks;
    uint64_t packed[4];
    uint64_t zstd[2];
    double zstd_ns[2];
    struct times times;
};

static double now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "bench_block: %s\n", what);
        exit(1);
    }
}

static bool names_a_person(const struct cord_rows *rows, uint32_t field)
{
    static const char *const words[] = {
        "User",       "user",      "UserName",        "AccountName",
        "user.name",  "username",  "SubjectUserName", "TargetUserName",
        "TargetUser", "SourceUser"};
    size_t count;
    const cord_str *names = cord_rows_names(rows, field, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            if (cord_str_eq(names[i], cord_str_from(words[w]))) {
                return true;
            }
        }
    }
    return false;
}

static void mark_personal(struct bench *bench)
{
    size_t count = cord_rows_field_count(bench->rows);
    bench->is_personal = realloc(bench->is_personal, (count + 1) * sizeof *bench->is_personal);
    for (uint32_t i = 0; i < count; i++) {
        bench->is_personal[i] = bench->personal && names_a_person(bench->rows, i);
    }
}

static void compare_rows(struct bench *bench, size_t count)
{
    require(cord_rows_count(bench->back) == count, "rows are missing");
    for (size_t i = 0; i < count; i++) {
        const struct cord_row *a = cord_rows_at(bench->rows, i);
        const struct cord_row *b = cord_rows_at(bench->back, i);
        require(cord_str_eq(a->text, b->text) && a->raw_len == b->raw_len &&
                    a->span_count == b->span_count && a->time_ns == b->time_ns &&
                    a->received_ns == b->received_ns && a->sequence == b->sequence &&
                    memcmp(a->role, b->role, sizeof a->role) == 0,
                "a row differs");
        for (uint32_t s = 0; s < a->span_count; s++) {
            size_t x;
            size_t y;
            const cord_str *names_a = cord_rows_names(bench->rows, a->spans[s].field, &x);
            const cord_str *names_b = cord_rows_names(bench->back, b->spans[s].field, &y);
            require(a->spans[s].at == b->spans[s].at && a->spans[s].len == b->spans[s].len &&
                        a->spans[s].kind == b->spans[s].kind &&
                        a->spans[s].flags == b->spans[s].flags && x == y &&
                        cord_str_eq(names_a[0], names_b[0]),
                    "a value differs");
        }
    }
}

static void compress(struct bench *bench, size_t count, size_t raw_bytes)
{
    static const int levels[] = {3, 19};
    size_t bound = ZSTD_compressBound(raw_bytes);
    char *raw = malloc(raw_bytes + 1);
    char *packed = malloc(bound);
    require(raw && packed, "out of memory");
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        cord_str text = cord_row_raw(cord_rows_at(bench->rows, i));
        memcpy(raw + at, text.ptr, text.len);
        at += text.len;
    }
    for (size_t i = 0; i < 2; i++) {
        double start = now_ns();
        bench->zstd[i] += ZSTD_compress(packed, bound, raw, raw_bytes, levels[i]);
        bench->zstd_ns[i] += now_ns() - start;
    }
    free(raw);
    free(packed);
}

/* What a store does with the rows it holds, and a search with a block. */
static void pack_rows(struct bench *bench)
{
    size_t count = cord_rows_count(bench->rows);
    struct cord_block_parts parts = {&bench->parts[0], &bench->parts[1], &bench->parts[2],
                                     &bench->parts[3]};
    struct cord_block_head head;
    struct cord_block *block = NULL;
    if (count == 0) {
        return;
    }
    mark_personal(bench);
    cord_rows_number(bench->rows, 0, bench->events + 1);
    for (size_t i = 0; i < 4; i++) {
        cord_buf_clear(&bench->parts[i]);
    }
    double start = now_ns();
    require(cord_block_pack(bench->packer, bench->rows, bench->which, count, bench->is_personal,
                            &parts, &head) == CORD_OK,
            "packing failed");
    bench->times.pack += now_ns() - start;
    bench->events += count;
    bench->blocks++;
    bench->raw_bytes += head.raw_bytes;
    for (size_t i = 0; i < 4; i++) {
        bench->packed[i] += bench->parts[i].len;
    }
    struct cord_error err = {""};
    start = now_ns();
    cord_status status = cord_block_open(cord_buf_str(&bench->parts[0]),
                                         cord_buf_str(&bench->parts[1]), &block, &err);
    bench->times.open += now_ns() - start;
    require(status == CORD_OK, err.text);
    start = now_ns();
    status = cord_block_unpack(block, NULL, 0, bench->back, &err);
    bench->times.unpack += now_ns() - start;
    require(status == CORD_OK, err.text);
    cord_block_close(block);
    if (bench->verify) {
        compare_rows(bench, count);
    }
    if (bench->compare && bench->last_round) {
        compress(bench, count, (size_t)head.raw_bytes);
    }
    cord_rows_reset(bench->back);
    start = now_ns();
    cord_keep_taken(bench->keep);
    bench->times.keep += now_ns() - start;
}

static void keep_events(struct bench *bench)
{
    for (size_t next = 0; next < bench->batch->event_count;) {
        if (cord_rows_count(bench->rows) >= bench->block_rows) {
            pack_rows(bench);
        }
        double start = now_ns();
        while (next < bench->batch->event_count &&
               cord_rows_count(bench->rows) < bench->block_rows) {
            require(cord_keep_event(bench->keep, &bench->batch->events[next++], 0) == CORD_OK,
                    "an event was not kept");
        }
        bench->times.keep += now_ns() - start;
    }
    cord_batch_events_reset(bench->batch);
}

static void run_stream(struct bench *bench, const struct cord_walk_item *item, const char *source)
{
    const struct cord_decoder_env env = {
        .paths = bench->paths, .classifier = bench->classifier, .now_ns = 0};
    struct cord_scan_stream *stream = cord_scan_stream_new(item, NULL, 64 << 20, NULL);
    void *decoder = NULL;
    while (stream && cord_scan_stream_next(stream, bench->batch, NULL) == CORD_OK) {
        const struct cord_format *format = cord_scan_stream_format(stream);
        const struct cord_keep_source from = {CORD_STR("ORG"), cord_str_from(source),
                                              cord_str_from(format->name)};
        cord_status status;
        decoder = decoder ? decoder : format->decoder_new(&env);
        cord_keep_from(bench->keep, &from);
        do {
            double start = now_ns();
            status = format->decode(decoder, bench->batch);
            bench->times.decode += now_ns() - start;
            keep_events(bench);
        } while (status == CORD_E_LIMIT);
    }
    if (decoder) {
        cord_scan_stream_format(stream)->decoder_free(decoder);
    }
    cord_scan_stream_free(stream);
}

static void run_round(struct bench *bench, const char *const *paths, size_t count)
{
    struct cord_walk *walk = NULL;
    bench->times = (struct times){0};
    bench->events = bench->raw_bytes = bench->blocks = 0;
    memset(bench->packed, 0, sizeof bench->packed);
    memset(bench->zstd, 0, sizeof bench->zstd);
    memset(bench->zstd_ns, 0, sizeof bench->zstd_ns);
    require(cord_walk_new(paths, count, &walk, NULL) == CORD_OK, "no such path");
    for (size_t i = 0; i < cord_walk_count(walk); i++) {
        run_stream(bench, cord_walk_item(walk, i), paths[0]);
    }
    pack_rows(bench);
    cord_walk_free(walk);
}

static void best(double *least, double now, bool first)
{
    *least = first || now < *least ? now : *least;
}

static void run(struct bench *bench, const char *name, const char *const *paths, size_t count,
                unsigned rounds)
{
    struct times least = {0};
    for (unsigned round = 0; round < rounds; round++) {
        bench->last_round = round + 1 == rounds;
        run_round(bench, paths, count);
        best(&least.decode, bench->times.decode, round == 0);
        best(&least.keep, bench->times.keep, round == 0);
        best(&least.pack, bench->times.pack, round == 0);
        best(&least.open, bench->times.open, round == 0);
        best(&least.unpack, bench->times.unpack, round == 0);
    }
    double events = bench->events > 0 ? (double)bench->events : 1;
    uint64_t packed = bench->packed[0] + bench->packed[1] + bench->packed[2] + bench->packed[3];
    (void)printf("{\"corpus\":\"%s\",\"events\":%llu,\"blocks\":%llu,\"raw_an_event\":%.0f,"
                 "\"packed_an_event\":%.1f,\"personal_an_event\":%.1f,\"filter_an_event\":%.1f,"
                 "\"summary_an_event\":%.2f,"
                 "\"ratio\":%.1f,\"decode_ns\":%.0f,\"keep_ns\":%.0f,\"pack_ns\":%.0f,"
                 "\"open_us_a_block\":%.0f,\"unpack_ns\":%.0f",
                 name, (unsigned long long)bench->events, (unsigned long long)bench->blocks,
                 (double)bench->raw_bytes / events, (double)packed / events,
                 (double)bench->packed[1] / events, (double)bench->packed[2] / events,
                 (double)bench->packed[3] / events,
                 (double)bench->raw_bytes / (double)(packed > 0 ? packed : 1),
                 least.decode / events, least.keep / events, least.pack / events,
                 least.open / 1e3 / (double)(bench->blocks > 0 ? bench->blocks : 1),
                 least.unpack / events);
    if (bench->zstd[0] > 0) {
        (void)printf(",\"zstd3_an_event\":%.1f,\"zstd3_ns\":%.0f,\"zstd19_an_event\":%.1f,"
                     "\"zstd19_ns\":%.0f",
                     (double)bench->zstd[0] / events, bench->zstd_ns[0] / events,
                     (double)bench->zstd[1] / events, bench->zstd_ns[1] / events);
    }
    (void)printf("}\n");
}

static void bench_init(struct bench *bench)
{
    bench->paths = cord_paths_new(7);
    bench->classifier = bench->paths ? cord_classifier_new(bench->paths, 7) : NULL;
    bench->batch = cord_batch_new(1 << 16);
    require(bench->classifier && bench->batch, "out of memory");
    bench->keep = cord_keep_new(bench->paths, bench->classifier);
    bench->rows = cord_rows_new(ROWS_BYTES_MAX, 7);
    bench->back = cord_rows_new(ROWS_BYTES_MAX, 7);
    bench->packer = cord_block_packer_new(7);
    require(bench->keep && bench->rows && bench->back && bench->packer, "out of memory");
    cord_keep_into(bench->keep, bench->rows);
    for (size_t i = 0; i < 4; i++) {
        cord_buf_init(&bench->parts[i], PART_BYTES_MAX);
    }
    for (uint32_t i = 0; i < CORD_BLOCK_ROWS_MAX; i++) {
        bench->which[i] = i;
    }
}

static void bench_done(struct bench *bench)
{
    for (size_t i = 0; i < 4; i++) {
        cord_buf_done(&bench->parts[i]);
    }
    free(bench->is_personal);
    cord_block_packer_free(bench->packer);
    cord_rows_free(bench->back);
    cord_rows_free(bench->rows);
    cord_keep_free(bench->keep);
    cord_batch_free(bench->batch);
    cord_classifier_free(bench->classifier);
    cord_paths_free(bench->paths);
    free(bench);
}

int main(int argc, char **argv)
{
    struct bench *bench = calloc(1, sizeof *bench);
    require(bench != NULL, "out of memory");
    const char *name = NULL;
    unsigned rounds = 3;
    bench->block_rows = CORD_BLOCK_ROWS_MAX;
    for (int option; (option = getopt(argc, argv, "b:n:pr:vz")) != -1;) {
        if (option == 'b') {
            bench->block_rows = (size_t)strtoul(optarg, NULL, 10);
        } else if (option == 'n') {
            name = optarg;
        } else if (option == 'r') {
            rounds = (unsigned)strtoul(optarg, NULL, 10);
        } else if (option == 'p') {
            bench->personal = true;
        } else if (option == 'v') {
            bench->verify = true;
        } else if (option == 'z') {
            bench->compare = true;
        } else {
            return 2;
        }
    }
    if (optind == argc || bench->block_rows == 0 || bench->block_rows > CORD_BLOCK_ROWS_MAX) {
        return 2;
    }
    bench_init(bench);
    const char *const *paths = (const char *const *)(argv + optind);
    run(bench, name ? name : paths[0], paths, (size_t)(argc - optind), rounds);
    bench_done(bench);
    return 0;
}
