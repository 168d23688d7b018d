/*
 * bench_scan.c: the whole path of cordon scan, stage by stage, on one core.
 *
 * bench_scan [-l] [-t] [-n name] [-r rounds] -R RULES... PATH...
 *   -R folder or file of rules, repeated   -r so many rounds (5)
 *   -l every event alone (lines only)      -n what to call it in the output
 *   -t the scan of eight such, with one thread and with two
 *
 * Each PATH (a file, or a folder with all below it) is a corpus. It is read from
 * the page cache, cut, decoded and classified, matched, made into findings and
 * written as JSON lines to /dev/null, by the same functions in the same order
 * as the command. Two kinds of figures: cpu_ns is the thread's CPU time of the
 * best round, all stages and their clocks; the stages and sum_ns add up, batch
 * by batch, the least that any round took, which is what a quiet machine would
 * show. The first round, in which the matcher learns, is told apart.
 */
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/vec.h"
#include "cmd/output.h"
#include "detect/finding_make.h"
#include "detect/ruleset.h"
#include "wire/rule_files.h"
#include "wire/scan_stream.h"

/* Functions by which bench/instructions tells the stages apart. */
#define STAGE __attribute__((noinline))

enum { CHUNK = 65536, FORMATS_MAX = 64, RECORD_MAX = 64 << 20, LATENCY_ROUNDS = 3 };

/* The corpus so many times over, that learning weighs little. */
enum { THREADS_REPEAT = 8 };

enum stage { STAGE_READ, STAGE_DECODE, STAGE_MATCH, STAGE_MAKE, STAGE_WRITE, STAGE_COUNT };

static const char *const stage_names[STAGE_COUNT] = {"read", "decode", "match", "make", "write"};

struct options {
    const char *name;
    bool latency;
    bool threads;
    unsigned rounds;
};

struct bench {
    struct options options;
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_matcher *matcher;
    struct cord_batch *batch;
    struct cord_decoder_env env;
    void *decoders[FORMATS_MAX];
    struct cord_arena *arena;
    struct cord_finding *findings; /* of the batch */
    size_t finding_count;
    size_t finding_cap;
    struct output *output;
    struct summary summary;

    double make_ns;                /* within the matcher, this batch */
    double (*chunks)[STAGE_COUNT]; /* the least of each, by batch */
    size_t chunk_cap;
    uint64_t bytes, records, events, findings_all;
};

static double clock_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double wall_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static double resident_peak_mb(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static double heap_mb(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd) / (1 << 20);
}

STAGE static int load_rules(struct bench *bench, const struct cord_option_list *rules)
{
    struct cord_error err = {""};
    const struct cord_ruleset_options options = {.seed = 42};
    const struct cord_rule_files files = {.rules = *rules};
    size_t count = 0;
    double resident = resident_peak_mb();
    double heap = heap_mb();
    double start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    if (cord_rule_files_load(&files, &bench->collection, &count, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    double loaded = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    if (cord_ruleset_compile(bench->collection, &options, &bench->ruleset, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    double compiled = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    (void)printf("{\"bench\":\"%s\",\"corpus\":\"rules\",\"files\":%zu,\"rules\":%zu,"
                 "\"parse_ms\":%.1f,\"compile_ms\":%.1f,\"load_ms\":%.1f,\"heap_mb\":%.1f,"
                 "\"peak_mb\":%.1f}\n",
                 bench->options.name, count, cord_ruleset_rule_count(bench->ruleset),
                 (loaded - start) / 1e6, (compiled - loaded) / 1e6, (compiled - start) / 1e6,
                 heap_mb() - heap, resident_peak_mb() - resident);
    return 0;
}

/* Buffered as the command buffers a file. */
static FILE *open_null(void)
{
    FILE *out = fopen("/dev/null", "w");
    if (out) {
        (void)setvbuf(out, NULL, _IOFBF, 256 << 10);
    }
    return out;
}

static int worker_init(struct bench *bench)
{
    const struct output_config config = {.out = open_null(), .seed = 42};
    bench->paths = cord_paths_new(42);
    bench->classifier = cord_classifier_new(bench->paths, 42);
    bench->matcher = cord_matcher_new(bench->ruleset, bench->paths, bench->classifier);
    bench->batch = cord_batch_new(CHUNK);
    bench->arena = cord_arena_new(1 << 30);
    bench->env = (struct cord_decoder_env){
        .paths = bench->paths, .classifier = bench->classifier, .now_ns = 1790000000000000000};
    return bench->matcher && bench->batch && bench->arena && config.out &&
                   summary_init(&bench->summary, 42) == CORD_OK &&
                   output_jsonl.open(&config, &bench->output) == CORD_OK
               ? 0
               : -1;
}

static void worker_done(struct bench *bench)
{
    for (size_t i = 0; i < FORMATS_MAX && cord_decoder_formats[i]; i++) {
        if (bench->decoders[i]) {
            cord_decoder_formats[i]->decoder_free(bench->decoders[i]);
            bench->decoders[i] = NULL;
        }
    }
    output_jsonl.close(bench->output);
    summary_done(&bench->summary);
    cord_arena_free(bench->arena);
    cord_batch_free(bench->batch);
    cord_matcher_free(bench->matcher);
    cord_classifier_free(bench->classifier);
    cord_paths_free(bench->paths);
}

static void *decoder_for(struct bench *bench, const struct cord_format *format)
{
    size_t at = 0;
    while (at < FORMATS_MAX && cord_decoder_formats[at] != format) {
        at++;
    }
    if (at < FORMATS_MAX && !bench->decoders[at]) {
        bench->decoders[at] = format->decoder_new(&bench->env);
    }
    return at < FORMATS_MAX ? bench->decoders[at] : NULL;
}

/* As the scan keeps what matched. */
STAGE static cord_status keep(void *self, const struct cord_match *match)
{
    struct bench *bench = self;
    double start = wall_ns();
    struct cord_finding *findings =
        cord_vec_room(bench->findings, bench->finding_count, &bench->finding_cap, sizeof *findings);
    if (!findings) {
        return CORD_E_NOMEM;
    }
    bench->findings = findings;
    struct cord_finding *finding = &findings[bench->finding_count++];
    cord_status status = cord_finding_make(match, bench->classifier, NULL, bench->arena, finding);
    finding->source = CORD_STR("corpus");
    finding->record = match->event->record + 1;
    finding->offset = match->event->offset;
    bench->make_ns += wall_ns() - start;
    return status;
}

STAGE static cord_status write_findings(struct bench *bench)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < bench->finding_count && status == CORD_OK; i++) {
        size_t rule_no = 0;
        status = summary_add(&bench->summary, &bench->findings[i], &rule_no);
        if (status == CORD_OK) {
            status = output_jsonl.finding(bench->output, &bench->findings[i], rule_no);
        }
    }
    bench->findings_all += bench->finding_count;
    bench->finding_count = 0;
    return status;
}

STAGE static cord_status read_batch(struct bench *bench, struct cord_scan_stream *stream)
{
    struct cord_error err = {""};
    return cord_scan_stream_next(stream, bench->batch, &err);
}

STAGE static cord_status decode_batch(struct bench *bench, const struct cord_format *format,
                                      void *decoder)
{
    return format->decode(decoder, bench->batch);
}

STAGE static cord_status match_batch(struct bench *bench)
{
    const struct cord_match_sink sink = {keep, bench};
    return cord_matcher_run(bench->matcher, bench->batch, 0, &sink);
}

/* A batch that has been cut, through all that follows. */
static cord_status run_batch(struct bench *bench, const struct cord_format *format,
                             double ret_ns[STAGE_COUNT])
{
    void *decoder = decoder_for(bench, format);
    cord_status decoded = CORD_E_LIMIT;
    cord_arena_reset(bench->arena);
    while (decoder && decoded == CORD_E_LIMIT) {
        double start = wall_ns();
        decoded = decode_batch(bench, format, decoder);
        double matching = wall_ns();
        bench->make_ns = 0;
        if (match_batch(bench) != CORD_OK) {
            return CORD_E_NOMEM;
        }
        double writing = wall_ns();
        cord_status status = write_findings(bench);
        double done = wall_ns();
        ret_ns[STAGE_DECODE] += matching - start;
        ret_ns[STAGE_MATCH] += writing - matching - bench->make_ns;
        ret_ns[STAGE_MAKE] += bench->make_ns;
        ret_ns[STAGE_WRITE] += done - writing;
        if (status != CORD_OK) {
            return status;
        }
        if (decoded == CORD_E_LIMIT) {
            cord_batch_events_reset(bench->batch);
        }
    }
    bench->bytes += bench->batch->text_len;
    bench->records += bench->batch->records;
    bench->events += bench->batch->read;
    if (cord_paths_full(bench->paths)) {
        cord_paths_reset(bench->paths);
    }
    return decoder ? decoded : CORD_E_NOMEM;
}

static int keep_least(struct bench *bench, size_t at, unsigned round, const double ns[STAGE_COUNT])
{
    if (at >= bench->chunk_cap) {
        size_t cap = at * 2 + 1024;
        double(*chunks)[STAGE_COUNT] = reallocarray(bench->chunks, cap, sizeof *chunks);
        if (!chunks) {
            return -1;
        }
        bench->chunks = chunks;
        bench->chunk_cap = cap;
    }
    for (size_t stage = 0; stage < STAGE_COUNT; stage++) {
        double *least = &bench->chunks[at][stage];
        *least = round == 0 || ns[stage] < *least ? ns[stage] : *least;
    }
    return 0;
}

STAGE static int run_round(struct bench *bench, const struct cord_walk *walk, unsigned round,
                           size_t *ret_chunks)
{
    _Atomic uint64_t count = 0;
    size_t chunk = 0;
    bench->bytes = bench->records = bench->events = bench->findings_all = 0;
    for (size_t i = 0; i < cord_walk_count(walk); i++) {
        struct cord_scan_stream *stream =
            cord_scan_stream_new(cord_walk_item(walk, i), NULL, RECORD_MAX, &count);
        cord_status status = stream ? CORD_OK : CORD_E_NOMEM;
        while (status == CORD_OK) {
            double ns[STAGE_COUNT] = {0};
            double start = wall_ns();
            status = read_batch(bench, stream);
            ns[STAGE_READ] = wall_ns() - start;
            if (status == CORD_OK) {
                status = run_batch(bench, cord_scan_stream_format(stream), ns);
                if (status == CORD_OK && keep_least(bench, chunk++, round, ns) != 0) {
                    status = CORD_E_NOMEM;
                }
            }
        }
        cord_scan_stream_free(stream);
        if (status == CORD_E_NOMEM) {
            return -1;
        }
    }
    *ret_chunks = chunk;
    return 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void report(const struct bench *bench, const char *path, size_t chunks, double first,
                   double best)
{
    double stages[STAGE_COUNT] = {0};
    double least = 0;
    double events = bench->events > 0 ? (double)bench->events : 1;
    double bytes = bench->bytes > 0 ? (double)bench->bytes : 1;
    const struct cord_matcher_stats *stats = cord_matcher_stats(bench->matcher);
    for (size_t i = 0; i < chunks; i++) {
        for (size_t stage = 0; stage < STAGE_COUNT; stage++) {
            stages[stage] += bench->chunks[i][stage];
            least += bench->chunks[i][stage];
        }
    }
    (void)printf("{\"bench\":\"%s\",\"corpus\":\"%s\",\"events\":%llu,\"bytes\":%llu,"
                 "\"findings\":%llu",
                 bench->options.name, base_name(path), (unsigned long long)bench->events,
                 (unsigned long long)bench->bytes, (unsigned long long)bench->findings_all);
    for (size_t stage = 0; stage < STAGE_COUNT; stage++) {
        (void)printf(",\"%s_ns\":%.0f", stage_names[stage], stages[stage] / events);
    }
    (void)printf(",\"sum_ns\":%.0f,\"cpu_ns\":%.0f,\"first_ns\":%.0f,\"sum_events_s\":%.0f,"
                 "\"events_s\":%.0f,\"sum_mb_s\":%.1f,\"mb_s\":%.1f,\"sum_ns_byte\":%.2f,"
                 "\"ns_byte\":%.2f,\"candidates\":%.3f,\"fallbacks\":%llu,\"regex_limit\":%llu,"
                 "\"peak_mb\":%.1f}\n",
                 least / events, best / events, first / events, events / least * 1e9,
                 events / best * 1e9, bytes / least * 1e3, bytes / best * 1e3, least / bytes,
                 best / bytes,
                 stats->events > 0 ? (double)stats->candidates / (double)stats->events : 0,
                 (unsigned long long)stats->fallbacks, (unsigned long long)stats->regex_limit,
                 resident_peak_mb());
    (void)fflush(stdout);
}

/* Out of the page cache, where it may have got scattered: that alone can make reading
 * dearer by half. */
static void let_go(const struct cord_walk *walk)
{
    for (size_t i = 0; i < cord_walk_count(walk); i++) {
        int fd = open(cord_walk_item(walk, i)->path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* advice only */
            (void)close(fd);
        }
    }
}

/* Into the page cache, so that no round waits for a disk. */
static void read_once(struct bench *bench, const struct cord_walk *walk)
{
    _Atomic uint64_t count = 0;
    let_go(walk);
    for (size_t i = 0; i < cord_walk_count(walk); i++) {
        struct cord_scan_stream *stream =
            cord_scan_stream_new(cord_walk_item(walk, i), NULL, RECORD_MAX, &count);
        while (stream && read_batch(bench, stream) == CORD_OK) {
        }
        cord_scan_stream_free(stream);
    }
}

static int run_stages(struct bench *bench, const char *path, const struct cord_walk *walk)
{
    double first = 0;
    double best = 0;
    size_t chunks = 0;
    read_once(bench, walk);
    for (unsigned round = 0; round < bench->options.rounds; round++) {
        double start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        if (run_round(bench, walk, round, &chunks) != 0) {
            return -1;
        }
        double took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
        first = round == 0 ? took : first;
        best = round == 0 || took < best ? took : best;
    }
    report(bench, path, chunks, first, best);
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return *left < *right ? -1 : *left > *right;
}

static int read_lines(const char *path, char **ret_text, cord_str **ret_lines, size_t *ret_count)
{
    struct cord_buf text;
    struct cord_error err = {""};
    const struct cord_walk_item item = {.path = path, .name = cord_str_from(path)};
    cord_buf_init(&text, (size_t)1 << 31);
    if (cord_rule_files_read(&item, &text, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s: %s\n", path, err.text);
        return -1;
    }
    size_t cap = 0;
    cord_str rest = cord_buf_str(&text);
    cord_str line;
    while (cord_str_cut(&rest, '\n', &line)) {
        cord_str *lines = cord_vec_room(*ret_lines, *ret_count, &cap, sizeof *lines);
        if (!lines) {
            return -1;
        }
        *ret_lines = lines;
        lines[(*ret_count)++] = line;
    }
    *ret_text = text.ptr;
    return 0;
}

/* One line as a batch of its own: everything a batch costs is in it. */
static double run_alone(struct bench *bench, const struct cord_format *format, cord_str line)
{
    struct cord_batch *batch = bench->batch;
    double ns[STAGE_COUNT] = {0};
    cord_batch_reset(batch);
    if (cord_batch_text_grow(batch, line.len + 1) != CORD_OK) {
        return 0;
    }
    memcpy(batch->text, line.ptr, line.len);
    batch->text[line.len] = '\n';
    batch->text_len = line.len + 1;
    memset(batch->text + batch->text_len, 0, CORD_BATCH_PADDING);
    double start = wall_ns();
    if (run_batch(bench, format, ns) != CORD_OK) {
        return 0;
    }
    return wall_ns() - start;
}

static int run_latency(struct bench *bench, const char *path)
{
    char *text = NULL;
    cord_str *lines = NULL;
    size_t count = 0;
    if (read_lines(path, &text, &lines, &count) != 0 || count == 0) {
        free(lines);
        return -1;
    }
    const struct cord_format *format =
        cord_decoder_recognise((cord_str){text, lines[0].len}, cord_str_from(base_name(path)));
    double *least = malloc(count * sizeof *least);
    for (unsigned round = 0; least && round < LATENCY_ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            double ns = run_alone(bench, format, lines[i]);
            least[i] = round == 0 || ns < least[i] ? ns : least[i];
        }
    }
    if (least) {
        qsort(least, count, sizeof *least, by_value);
        (void)printf("{\"bench\":\"latency\",\"corpus\":\"%s\",\"events\":%zu,\"p50_ns\":%.0f,"
                     "\"p99_ns\":%.0f,\"p999_ns\":%.0f,\"worst_ns\":%.0f}\n",
                     base_name(path), count, least[count / 2], least[count * 99 / 100],
                     least[count * 999 / 1000], least[count - 1]);
        (void)fflush(stdout);
    }
    free(least);
    free(lines);
    free(text);
    return least ? 0 : -1;
}

/* Time that this process's other threads spent neither running nor in line for
 * a CPU, that is, waiting for each other: what is left of two threads on a
 * machine with other work on it. The system tells it of living threads only,
 * so that somebody has to keep looking. */
struct watch {
    pthread_t thread;
    _Atomic bool stop;
    pid_t self;
    struct {
        pid_t id;
        double began, seen, used; /* running or in line since began */
        double used_before;
    } threads[8];
    size_t count;
};

static double used_ns(pid_t id)
{
    char path[64];
    char text[128] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", (int)id);
    FILE *file = fopen(path, "r");
    if (!file) {
        return -1;
    }
    char *rest = fgets(text, sizeof text, file);
    (void)fclose(file);
    double run = rest ? strtod(text, &rest) : -1;
    return rest ? run + strtod(rest, NULL) : -1;
}

static void watch_thread(struct watch *watch, pid_t id)
{
    size_t at = 0;
    while (at < watch->count && watch->threads[at].id != id) {
        at++;
    }
    double used = at < 8 ? used_ns(id) : -1;
    if (used < 0) {
        return;
    }
    if (at == watch->count) {
        watch->threads[at].id = id;
        watch->threads[at].began = wall_ns();
        watch->threads[at].used_before = used;
        watch->count++;
    }
    watch->threads[at].seen = wall_ns();
    watch->threads[at].used = used - watch->threads[at].used_before;
}

static void *watch_main(void *argument)
{
    struct watch *watch = argument;
    const struct timespec pause = {0, 2000000};
    watch->self = gettid();
    while (!atomic_load(&watch->stop)) {
        DIR *tasks = opendir("/proc/self/task");
        for (struct dirent *entry; tasks && (entry = readdir(tasks)) != NULL;) {
            pid_t id = (pid_t)strtol(entry->d_name, NULL, 10);
            if (id > 0 && id != watch->self) {
                watch_thread(watch, id);
            }
        }
        (void)closedir(tasks);
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

static double watch_waited_ns(const struct watch *watch)
{
    double waited = 0;
    for (size_t i = 0; i < watch->count; i++) {
        waited += watch->threads[i].seen - watch->threads[i].began - watch->threads[i].used;
    }
    return waited;
}

struct scan_run {
    struct summary summary;
    struct output *output;
};

static cord_status scan_finding(void *self, const struct cord_finding *finding)
{
    struct scan_run *run = self;
    size_t rule_no = 0;
    cord_status status = summary_add(&run->summary, finding, &rule_no);
    return status == CORD_OK ? output_jsonl.finding(run->output, finding, rule_no) : status;
}

static cord_status scan_problem(void *self, const struct cord_scan_problem *problem)
{
    (void)self;
    (void)problem;
    return CORD_OK;
}

/* The scan itself, as the command runs it. */
static int scan_once(const struct bench *bench, const struct cord_walk *walk, unsigned threads,
                     double *ret_wall, double *ret_cpu, double *ret_waited)
{
    struct watch watch = {0};
    struct cord_error err = {""};
    struct cord_scan_totals totals = {0};
    struct scan_run run = {0};
    const struct output_config config = {.out = open_null(), .seed = 42};
    const struct cord_scan_sink sink = {scan_finding, scan_problem, NULL, &run};
    const struct cord_scan_options options = {
        .threads = threads,
        .from_ns = CORD_TIME_NONE,
        .to_ns = CORD_TIME_NONE,
        .seed = 42,
        .record_bytes_max = RECORD_MAX,
        .collection = bench->collection,
        .correlation_bytes_max = 512u << 20,
    };
    if (!config.out || summary_init(&run.summary, 42) != CORD_OK ||
        output_jsonl.open(&config, &run.output) != CORD_OK) {
        return -1;
    }
    if (pthread_create(&watch.thread, NULL, watch_main, &watch) != 0) {
        return -1;
    }
    double wall = wall_ns();
    double cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    cord_status status = cord_scan_run(walk, bench->ruleset, &options, &sink, &totals, &err);
    *ret_cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    *ret_wall = wall_ns() - wall;
    atomic_store(&watch.stop, true);
    (void)pthread_join(watch.thread, NULL);
    *ret_waited = watch_waited_ns(&watch);
    output_jsonl.close(run.output);
    summary_done(&run.summary);
    (void)fclose(config.out);
    return status == CORD_OK ? 0 : -1;
}

static int run_threads(const struct bench *bench, const char *path, const struct cord_walk *walk)
{
    double wall[2] = {0};
    double cpu[2] = {0};
    double waited[2] = {0};
    double load[1] = {0};
    let_go(walk);
    for (unsigned round = 0; round < bench->options.rounds; round++) {
        for (unsigned i = 0; i < 2; i++) {
            double took_wall = 0;
            double took_cpu = 0;
            double was_waited = 0;
            if (scan_once(bench, walk, i + 1, &took_wall, &took_cpu, &was_waited) != 0) {
                return -1;
            }
            wall[i] = round == 0 || took_wall < wall[i] ? took_wall : wall[i];
            cpu[i] = round == 0 || took_cpu < cpu[i] ? took_cpu : cpu[i];
            waited[i] = round == 0 || was_waited < waited[i] ? was_waited : waited[i];
        }
    }
    (void)getloadavg(load, 1);
    (void)printf("{\"bench\":\"threads\",\"corpus\":\"%s\",\"one_s\":%.3f,\"two_s\":%.3f,"
                 "\"scaling\":%.2f,\"one_cpu_s\":%.3f,\"two_cpu_s\":%.3f,\"two_waited_s\":%.3f,"
                 "\"quiet_scaling\":%.2f,\"load\":%.1f}\n",
                 base_name(path), wall[0] / 1e9, wall[1] / 1e9, wall[0] / wall[1], cpu[0] / 1e9,
                 cpu[1] / 1e9, waited[1] / 1e9, 2 * cpu[0] / (cpu[1] + waited[1]), load[0]);
    (void)fflush(stdout);
    return 0;
}

STAGE static int run_path(struct bench *bench, const char *path)
{
    struct cord_walk *walk = NULL;
    struct cord_error err = {""};
    const char *paths[THREADS_REPEAT];
    for (size_t i = 0; i < THREADS_REPEAT; i++) {
        paths[i] = path;
    }
    size_t count = bench->options.threads ? THREADS_REPEAT : 1;
    if (cord_walk_new(paths, count, &walk, &err) != CORD_OK || cord_walk_count(walk) == 0) {
        (void)fprintf(stderr, "%s: %s\n", path, err.text[0] ? err.text : "cannot be read");
        return -1;
    }
    int failed;
    if (bench->options.threads) {
        failed = run_threads(bench, path, walk);
    } else {
        failed = worker_init(bench);
        if (failed == 0) {
            failed =
                bench->options.latency ? run_latency(bench, path) : run_stages(bench, path, walk);
            worker_done(bench);
        }
    }
    cord_walk_free(walk);
    return failed;
}

int main(int argc, char **argv)
{
    struct bench bench = {.options = {.rounds = 5, .name = "scan"}};
    cord_str items[64];
    struct cord_option_list rules = {.items = items};
    for (int option; (option = getopt(argc, argv, "ltn:r:R:")) != -1;) {
        switch (option) {
        case 'l':
            bench.options.latency = true;
            break;
        case 't':
            bench.options.threads = true;
            break;
        case 'n':
            bench.options.name = optarg;
            break;
        case 'r':
            bench.options.rounds = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'R':
            if (rules.count < 64) {
                items[rules.count++] = cord_str_from(optarg);
            }
            break;
        default:
            return 2;
        }
    }
    if (bench.options.rounds == 0 || load_rules(&bench, &rules) != 0) {
        return 2;
    }
    int code = 0;
    for (int i = optind; i < argc && code == 0; i++) {
        if (run_path(&bench, argv[i]) != 0) {
            (void)fprintf(stderr, "%s: failed\n", argv[i]);
            code = 1;
        }
    }
    free(bench.findings);
    free(bench.chunks);
    cord_ruleset_unref(bench.ruleset);
    cord_collection_free(bench.collection);
    return code;
}
