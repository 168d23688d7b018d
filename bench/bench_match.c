/*
 * bench_match.c: JSON lines through parsing, classes and rules, on one core.
 *
 * bench_match [-i] [-s] [-c] [-r rounds] -R RULES... FILE...
 *   -R folder or file of rules, repeated   -i  without log source routing
 *   -s lines in random order               -c  matches by rule, after the rest
 *   -r best of so many rounds
 *
 * Each file is a lane of its own: read whole, its lines copied into a batch of
 * 64 KiB at a time as reading would, which is not counted. The time is this
 * thread's CPU time; the best round counts, and of each stage its share in that
 * round. The first round is the one in which the matcher learns. One line of
 * JSON for the rules and one for each file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/vec.h"
#include "codec/json.h"
#include "detect/matcher.h"
#include "wire/rule_files.h"

enum { CHUNK = 65536, EVENTS_MAX = 4096 };

struct options {
    bool ignore_logsource;
    bool shuffle;
    bool counts;
    unsigned rounds;
};

struct lines {
    char *text;
    cord_str *items;
    size_t count;
    size_t bytes;
};

struct stage_times {
    double parse, classify, match;
};

struct bench {
    struct options options;
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_json_reader *reader;
    struct cord_matcher *matcher;
    struct cord_batch *batch;
    uint64_t *by_rule;
    uint64_t refused;
};

static double now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return NULL;
    }
    (void)fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size >= 0 ? calloc(1, (size_t)size + CORD_JSON_PADDING) : NULL;
    *ret_len = text ? fread(text, 1, (size_t)size, file) : 0;
    (void)fclose(file);
    return text;
}

static int load_rules(struct bench *bench, const struct cord_option_list *folders)
{
    struct cord_error err = {{0}};
    const struct cord_rule_files files = {.rules = *folders};
    struct cord_ruleset_options options = {.ignore_logsource = bench->options.ignore_logsource,
                                           .seed = 42};
    struct rusage usage;
    size_t count = 0;
    double start = now_ns();
    if (cord_rule_files_load(&files, &bench->collection, &count, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    double parsed = now_ns();
    if (cord_ruleset_compile(bench->collection, &options, &bench->ruleset, &err) != CORD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("{\"rules\":%zu,\"read_ms\":%.1f,\"compile_ms\":%.1f,\"peak_mb\":%.1f}\n",
                 cord_ruleset_rule_count(bench->ruleset), (parsed - start) / 1e6,
                 (now_ns() - parsed) / 1e6, (double)usage.ru_maxrss / 1024);
    return 0;
}

static int cut_lines(struct lines *lines, bool shuffle)
{
    cord_str rest = {lines->text, lines->bytes};
    cord_str line;
    size_t cap = 0;
    while (cord_str_cut(&rest, '\n', &line)) {
        cord_str *grown = cord_vec_room(lines->items, lines->count, &cap, sizeof *grown);
        if (!grown) {
            return -1;
        }
        lines->items = grown;
        if (line.len > 0 && line.len < CHUNK * 64) {
            lines->items[lines->count++] = line;
        }
    }
    uint64_t state = 12345;
    for (size_t i = lines->count; shuffle && i > 1; i--) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        size_t other = (size_t)(state >> 33) % i;
        cord_str swap = lines->items[i - 1];
        lines->items[i - 1] = lines->items[other];
        lines->items[other] = swap;
    }
    return 0;
}

static cord_status count_match(void *self, const struct cord_match *match)
{
    ((uint64_t *)self)[match->rule->number]++;
    return CORD_OK;
}

/* As many lines as fit; returns how many were taken. */
static size_t fill_batch(struct cord_batch *batch, const struct lines *lines, size_t from)
{
    size_t taken = 0;
    cord_batch_reset(batch);
    while (from + taken < lines->count && taken < EVENTS_MAX) {
        cord_str line = lines->items[from + taken];
        if (batch->text_len + line.len + 1 > batch->text_cap) {
            if (taken > 0 || cord_batch_text_grow(batch, line.len + 1) != CORD_OK) {
                break;
            }
        }
        memcpy(batch->text + batch->text_len, line.ptr, line.len);
        batch->text_len += line.len;
        batch->text[batch->text_len++] = '\n';
        taken++;
    }
    memset(batch->text + batch->text_len, 0, CORD_BATCH_PADDING);
    return taken;
}

static void parse_batch(struct bench *bench)
{
    struct cord_batch *batch = bench->batch;
    cord_str text = {batch->text, batch->text_len};
    cord_json_begin(bench->reader, text, bench->paths, true);
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        struct cord_event *event;
        if (cord_json_next(bench->reader, &at, CORD_PATH_ROOT, &batch->values, NULL) != CORD_OK ||
            cord_batch_add(batch, cord_str_slice(text, start, at - start), &event) != CORD_OK) {
            bench->refused++;
            at = cord_str_find_char(text, '\n', start);
            at = at == SIZE_MAX ? text.len : at;
        }
        while (at < text.len && (text.ptr[at] == '\n' || text.ptr[at] == '\r')) {
            at++;
        }
    }
}

static int run_batch(struct bench *bench, const struct cord_match_sink *sink,
                     struct stage_times *times)
{
    double start = now_ns();
    parse_batch(bench);
    double parsed = now_ns();
    cord_classifier_run(bench->classifier, bench->batch, 0);
    double classified = now_ns();
    cord_status status = cord_matcher_run(bench->matcher, bench->batch, 0, sink);
    double matched = now_ns();
    times->parse += parsed - start;
    times->classify += classified - parsed;
    times->match += matched - classified;
    return status == CORD_OK ? 0 : -1;
}

static int run_lines(struct bench *bench, const struct lines *lines,
                     const struct cord_match_sink *sink, struct stage_times *ret_times)
{
    struct stage_times times = {0};
    for (size_t from = 0; from < lines->count;) {
        size_t taken = fill_batch(bench->batch, lines, from);
        if (taken == 0 || run_batch(bench, sink, &times) != 0) {
            return -1;
        }
        from += taken;
    }
    *ret_times = times;
    return 0;
}

static void report(struct bench *bench, const char *path, const struct lines *lines,
                   struct stage_times best, double first, const struct cord_matcher_stats *stats)
{
    double events = (double)lines->count;
    double total = best.parse + best.classify + best.match;
    (void)printf("{\"file\":\"%s\",\"events\":%zu,\"bytes_an_event\":%.0f,\"events_a_second\":%.0f,"
                 "\"parse_ns\":%.0f,\"classify_ns\":%.0f,\"match_ns\":%.0f,\"first_round_ns\":%.0f,"
                 "\"candidates\":%.3f,\"matches\":%.3f,\"fallbacks\":%llu,\"regex_limit\":%llu,"
                 "\"refused\":%llu}\n",
                 path, lines->count, (double)lines->bytes / events, events / total * 1e9,
                 best.parse / events, best.classify / events, best.match / events, first / events,
                 (double)stats->candidates / (double)stats->events,
                 (double)stats->matches / (double)stats->events,
                 (unsigned long long)stats->fallbacks, (unsigned long long)stats->regex_limit,
                 (unsigned long long)bench->refused);
    for (size_t i = 0; bench->options.counts && i < cord_ruleset_rule_count(bench->ruleset); i++) {
        if (bench->by_rule[i] > 0) {
            (void)printf("{\"file\":\"%s\",\"rule\":\"%.*s\",\"matches\":%.0f}\n", path,
                         CORD_STR_ARG(cord_collection_rule(bench->collection, i)->about.id),
                         (double)bench->by_rule[i] / bench->options.rounds);
        }
    }
}

static int run_file(struct bench *bench, const char *path)
{
    struct lines lines = {0};
    lines.text = read_file(path, &lines.bytes);
    if (!lines.text || cut_lines(&lines, bench->options.shuffle) != 0) {
        return -1;
    }
    size_t count = cord_ruleset_rule_count(bench->ruleset);
    bench->by_rule = calloc(count + 1, sizeof *bench->by_rule);
    bench->reader = cord_json_reader_new(cord_cpu_level_detect());
    bench->paths = cord_paths_new(7);
    bench->classifier = cord_classifier_new(bench->paths, 7);
    bench->matcher = cord_matcher_new(bench->ruleset, bench->paths, bench->classifier);
    bench->refused = 0;
    struct cord_match_sink sink = {count_match, bench->by_rule};
    struct stage_times best = {0};
    double best_total = 0;
    double first = 0;
    for (unsigned round = 0; round < bench->options.rounds; round++) {
        struct stage_times times;
        if (run_lines(bench, &lines, &sink, &times) != 0) {
            return -1;
        }
        double total = times.parse + times.classify + times.match;
        first = round == 0 ? total : first;
        if (round == 0 || total < best_total) {
            best = times;
            best_total = total;
        }
    }
    report(bench, path, &lines, best, first, cord_matcher_stats(bench->matcher));
    cord_matcher_free(bench->matcher);
    cord_classifier_free(bench->classifier);
    cord_paths_free(bench->paths);
    cord_json_reader_free(bench->reader);
    free(bench->by_rule);
    free(lines.items);
    free(lines.text);
    return 0;
}

int main(int argc, char **argv)
{
    struct bench bench = {.options = {.rounds = 5}};
    cord_str items[64];
    struct cord_option_list folders = {.items = items};
    for (int option; (option = getopt(argc, argv, "iscr:R:")) != -1;) {
        switch (option) {
        case 'i':
            bench.options.ignore_logsource = true;
            break;
        case 's':
            bench.options.shuffle = true;
            break;
        case 'c':
            bench.options.counts = true;
            break;
        case 'r':
            bench.options.rounds = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'R':
            if (folders.count < 64) {
                items[folders.count++] = cord_str_from(optarg);
            }
            break;
        default:
            return 2;
        }
    }
    if (bench.options.rounds == 0 || load_rules(&bench, &folders) != 0) {
        return 2;
    }
    bench.batch = cord_batch_new(CHUNK);
    for (int i = optind; i < argc; i++) {
        if (!bench.batch || run_file(&bench, argv[i]) != 0) {
            (void)fprintf(stderr, "%s: failed\n", argv[i]);
            return 1;
        }
    }
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("{\"peak_mb\":%.1f}\n", (double)usage.ru_maxrss / 1024);
    cord_batch_free(bench.batch);
    cord_ruleset_unref(bench.ruleset);
    cord_collection_free(bench.collection);
    return 0;
}
