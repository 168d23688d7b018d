/* hunt.c: cordon hunt: questions to logs at rest and to stores of evidence. */
#include "cmd/command.h"
#include "cmd/hunt_output.h"
#include "cmd/hunt_rule.h"
#include "cmd/interrupt.h"
#include "cmd/progress.h"

#include "evidence/query_id.h"
#include "evidence/store.h"
#include "wire/hunt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ARENA_BYTES_MAX = 64 << 20,
    OUT_BYTES = 256 << 10,
    PATH_BYTES_MAX = 4096,
    EXAMPLES = 5, /* of each rule */
    EXAMPLES_MAX = 1000,
};

/* In the order of enum hunt_form. */
static const char *const output_words[] = {"table", "jsonl", "csv", NULL};

struct hunt_config {
    struct cord_option_list rule;
    cord_str from;
    cord_str to;
    cord_str org;
    cord_str source;
    uint32_t limit;
    cord_str format;
    uint64_t record_max;
    uint32_t threads;
    uint64_t memory;
    unsigned output;
    bool json;
    bool quiet;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_HEADING("Instead of a query"),
    CORD_OPTION_LIST(
        struct hunt_config, rule,
        "run these Sigma rules and correlations backwards: a file, or a folder; hits by "
        "day, host and organisation, with --limit N examples (5)",
        .letter = 'r', .argument = "PATH"),
    CORD_OPTION_HEADING("Which events"),
    CORD_OPTION_TEXT(struct hunt_config, from, NULL,
                     "events at or after this time (UTC), or so long ago: 30m, 24h, 7d",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct hunt_config, to, NULL, "events before this time, or so long ago",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct hunt_config, org, NULL,
                     "events of this organisation; files have none, stores do", .argument = "CODE"),
    CORD_OPTION_TEXT(struct hunt_config, source, NULL,
                     "events of this source: its name in a store, or the file", .argument = "NAME"),
    CORD_OPTION_U32(struct hunt_config, limit, 0, 0, 1000000000,
                    "print at most N events, or rows of a table; 0 is all", .letter = 'n',
                    .argument = "N"),
    CORD_OPTION_HEADING("Input"),
    CORD_OPTION_TEXT(struct hunt_config, format, NULL,
                     "read every file as this format, instead of recognising it by content",
                     .letter = 'f', .argument = "NAME"),
    CORD_OPTION_SIZE(struct hunt_config, record_max, 64ULL << 20, 64ULL << 10, 1ULL << 30,
                     "longest record read; longer ones are refused and counted"),
    CORD_OPTION_U32(struct hunt_config, threads, 0, 0, CORD_SCAN_THREADS_MAX,
                    "worker threads; 0: one a CPU", .letter = 't', .argument = "N"),
    CORD_OPTION_SIZE(struct hunt_config, memory, 256ULL << 20, 1ULL << 20, 1ULL << 40,
                     "memory of each thread for counts; what finds no room is counted and shown"),
    CORD_OPTION_HEADING("Output"),
    CORD_OPTION_CHOICE(struct hunt_config, output, 0, output_words, "form of the output",
                       .letter = 'o', .argument = "FORM"),
    CORD_OPTION_FLAG(struct hunt_config, json, "the same as --output jsonl"),
    CORD_OPTION_FLAG(struct hunt_config, quiet, "no progress, no notes on standard error",
                     .letter = 'q'),
    CORD_OPTION_FLAG(struct hunt_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

/* Everything of one run; torn down in one place. */
struct run {
    const struct command *command;
    struct hunt_config config;
    struct cord_arena *arena;
    struct cord_query *query;
    struct cord_tally *tally; /* NULL: events are printed as they are found */
    struct cord_walk *walk;
    struct hunt_output *output;
    struct progress progress;
    struct cord_hunt_options options;
    const struct cord_store *store; /* that is being searched */
    struct cord_hunt_fields fields; /* that nothing searched so far has, too */
    bool events;                    /* there were some */
    uint64_t printed;
    uint64_t limit; /* of events printed, or rows of a table; 0: all */
    uint64_t matched;
    uint64_t undecided;
    uint64_t problems;
    uint64_t damaged; /* blocks of stores */
    bool unreadable;
    bool cancelled;
    struct interrupt interrupt;
    int write_errno;
};

static void note(const struct run *run, const char *format, ...) CORD_PRINTF(2, 3);
static void note(const struct run *run, const char *format, ...)
{
    va_list arguments;
    if (run->config.quiet) {
        return;
    }
    (void)fprintf(stderr, "cordon hunt: ");
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
}

/* The search looks at it now and then and ends by itself, so that what was
 * counted is printed. */
static bool is_interrupted(struct run *run)
{
    run->cancelled = run->cancelled || atomic_load(&run->interrupt.asked);
    return run->cancelled;
}

static cord_status on_row(void *self, const struct cord_rows *rows, size_t at)
{
    struct run *run = self;
    char id[CORD_STORE_ID_TEXT];
    uint64_t sequence = cord_rows_at(rows, at)->sequence;
    cord_str text =
        run->store && sequence > 0 ? cord_store_id_format(run->store, sequence, id) : CORD_STR("");
    progress_clear(&run->progress);
    cord_status status = hunt_output_event(run->output, rows, at, text);
    run->write_errno = status == CORD_E_IO ? errno : run->write_errno;
    run->printed++;
    /* Rows may come faster than anybody takes them. Those that were found before an interrupt
     * are shown. */
    return status == CORD_OK && !run->cancelled && is_interrupted(run) ? CORD_E_END : status;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct run *run = self;
    run->problems++;
    if (!run->config.quiet) {
        progress_clear(&run->progress);
        (void)fprintf(stderr, "cordon hunt: %.*s: byte %llu: %.*s%s\n",
                      CORD_STR_ARG(problem->stream), (unsigned long long)problem->offset,
                      CORD_STR_ARG(problem->reason),
                      problem->fatal ? " (the rest of it was not read)" : "");
    }
    return CORD_OK;
}

static bool on_progress(void *self, const struct cord_scan_totals *so_far, uint64_t matched)
{
    struct run *run = self;
    progress_show(&run->progress, so_far, run->matched + matched);
    return !is_interrupted(run);
}

static bool on_search_progress(void *self, const struct cord_search_progress *so_far)
{
    struct run *run = self;
    progress_search(&run->progress, so_far);
    return !is_interrupted(run);
}

static int parse_query(struct run *run, cord_str text)
{
    struct cord_error err = {""};
    const struct cord_evidence_id_key nobodys = {{0, 0}}; /* to hear of ids that are none */
    if (cord_query_parse(text, &run->query, &err) != CORD_OK ||
        cord_query_id_bind(run->query, &nobodys, &err) != CORD_OK) {
        return command_error(run->command, err.text);
    }
    cord_hunt_fields_init(&run->fields, run->query);
    if (cord_tally_is_needed(run->query, &run->limit)) {
        const struct cord_tally_options tally = {.bytes_max = run->options.bytes_max,
                                                 .seed = run->options.seed};
        run->tally = cord_tally_new(run->query, &tally);
        if (!run->tally) {
            return command_error(run->command, "out of memory");
        }
    }
    uint64_t limit = run->config.limit;
    run->limit = limit > 0 && (run->limit == 0 || limit < run->limit) ? limit : run->limit;
    return COMMAND_DONE;
}

/* "24h": so long before now. */
static bool parse_ago(cord_str text, int64_t now_ns, int64_t *ret_ns)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    uint64_t number = 0;
    for (size_t i = 0; text.len > 1 && i < sizeof units / sizeof *units; i++) {
        if (text.ptr[text.len - 1] == units[i].unit &&
            cord_str_u64(cord_str_slice(text, 0, text.len - 1), &number) &&
            number <= (uint64_t)(3660LL * 86400 / units[i].seconds)) {
            *ret_ns = now_ns - (int64_t)number * units[i].seconds * CORD_SECOND_NS;
            return true;
        }
    }
    return false;
}

static bool parse_time(const struct run *run, const char *option, cord_str text, int64_t *ret_ns)
{
    struct cord_error err;
    *ret_ns = CORD_TIME_NONE;
    if (!text.ptr || parse_ago(text, run->options.now_ns, ret_ns) ||
        cord_timestamp_parse(text, ret_ns)) {
        return true;
    }
    (void)cord_error_set(&err, CORD_E_FORMAT,
                         "%s: '%.*s' is no time: 2017-05-12, 2017-05-12T08:24:00Z, or so long "
                         "ago: 30m, 24h, 7d",
                         option, CORD_STR_ARG(text));
    (void)command_error(run->command, err.text);
    return false;
}

static int read_options(struct run *run)
{
    const struct hunt_config *config = &run->config;
    struct cord_clock clock = cord_clock_system();
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t threads = config->threads > 0 ? config->threads : cpus > 0 ? (uint32_t)cpus : 1;
    run->options.threads = threads < CORD_SCAN_THREADS_MAX ? threads : CORD_SCAN_THREADS_MAX;
    run->options.now_ns = cord_clock_now_ns(&clock);
    run->options.bytes_max = (size_t)config->memory;
    run->options.record_bytes_max = (size_t)config->record_max;
    run->options.source = config->source;
    if (!parse_time(run, "--from", config->from, &run->options.from_ns) ||
        !parse_time(run, "--to", config->to, &run->options.to_ns)) {
        return COMMAND_USAGE;
    }
    if (run->options.from_ns != CORD_TIME_NONE && run->options.to_ns != CORD_TIME_NONE &&
        run->options.from_ns >= run->options.to_ns) {
        return command_error(run->command, "--from is not before --to: no event could match");
    }
    if (config->format.ptr) {
        run->options.format = command_format(run->command, config->format);
        if (!run->options.format) {
            return COMMAND_USAGE;
        }
    }
    return getrandom(&run->options.seed, sizeof run->options.seed, 0) < 0
               ? command_error(run->command, "no random numbers")
               : COMMAND_DONE;
}

static int open_output(struct run *run)
{
    struct winsize size;
    bool terminal = isatty(STDOUT_FILENO) == 1;
    struct hunt_output_config config = {
        .out = stdout,
        .form = run->config.json ? HUNT_JSONL : (enum hunt_form)run->config.output,
    };
    if (terminal) {
        bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
        config.columns = known ? size.ws_col : 100;
    } else {
        (void)setvbuf(stdout, NULL, _IOFBF, OUT_BYTES); /* without it: smaller writes */
    }
    run->output = hunt_output_new(&config, run->query);
    return run->output ? COMMAND_DONE : command_error(run->command, "out of memory");
}

static bool is_store(const char *path)
{
    char name[PATH_BYTES_MAX];
    struct stat status;
    int len = snprintf(name, sizeof name, "%s/STORE", path);
    return len > 0 && (size_t)len < sizeof name && stat(name, &status) == 0 &&
           S_ISREG(status.st_mode);
}

/* How many more events may be printed; false when it is enough. */
static bool take_limit(const struct run *run, uint64_t *ret_limit)
{
    *ret_limit = run->tally || run->limit == 0 ? 0 : run->limit - run->printed;
    return run->tally || run->limit == 0 || run->printed < run->limit;
}

static cord_status search_store(struct run *run, struct cord_store *store, struct cord_error *err)
{
    struct cord_evidence *evidence = cord_store_evidence(store);
    struct cord_search_progress done = {0};
    struct cord_search_options search = {
        .from_ns = run->options.from_ns,
        .to_ns = run->options.to_ns,
        .organisation = run->config.org,
        .source = run->config.source,
        .threads = run->options.threads,
    };
    const struct cord_search_sink sink = {
        .row = run->tally ? NULL : on_row, .progress = on_search_progress, .self = run};
    if (!take_limit(run, &search.limit)) {
        return CORD_OK;
    }
    if (!evidence->ops->search) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "this store cannot be searched");
    }
    run->store = store;
    bool shown = !run->config.quiet && isatty(STDERR_FILENO) == 1;
    progress_init(&run->progress, shown ? stderr : NULL, NULL);
    cord_status status =
        evidence->ops->search(evidence, run->query, &search, &sink, run->tally, &done, err);
    run->store = NULL;
    progress_clear(&run->progress);
    run->matched += done.rows_matched;
    run->damaged += done.blocks_damaged;
    run->undecided += done.rows_undecided;
    if (status == CORD_OK || status == CORD_E_END) {
        note(run,
             "%llu blocks: %llu skipped, %llu counted unopened, %llu searched, %llu left; "
             "%llu match",
             (unsigned long long)done.blocks, (unsigned long long)done.blocks_skipped,
             (unsigned long long)done.blocks_counted, (unsigned long long)done.blocks_searched,
             (unsigned long long)cord_evidence_blocks_left(&done),
             (unsigned long long)done.rows_matched);
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status look_at_names(struct run *run, struct cord_store *store, struct cord_error *err)
{
    struct cord_evidence_stats stats;
    struct cord_evidence *evidence = cord_store_evidence(store);
    cord_status status = evidence->ops->stats(evidence, &stats, err);
    run->events = run->events || (status == CORD_OK && stats.rows > 0);
    return status == CORD_OK ? cord_hunt_fields_store(&run->fields, store, err) : status;
}

static cord_status hunt_store(struct run *run, const char *path, struct cord_error *err)
{
    const struct cord_store_options store_options = {.read_only = true, .seed = run->options.seed};
    struct cord_store *store = NULL;
    cord_status status = cord_store_open(path, &store_options, &store, err);
    if (status != CORD_OK) {
        return status; /* which names the path */
    }
    if (!run->config.quiet) {
        command_notes(run->command, cord_store_notes(store));
    }
    status = cord_store_id_bind(store, run->query, err);
    if (status == CORD_OK) {
        status = search_store(run, store, err);
    }
    if (status == CORD_OK && !run->config.quiet && !run->cancelled) {
        status = look_at_names(run, store, err);
    }
    cord_store_close(store);
    if (status != CORD_OK) {
        cord_error_context(err, "%s", path);
    }
    return status;
}

static void tell_fields(const struct run *run)
{
    for (size_t i = 0; run->events && !run->cancelled && i < run->fields.count; i++) {
        const struct cord_hunt_field *field = &run->fields.items[i];
        if (!field->met) {
            note(run, "no event has a field '%.*s'%s%s%s", CORD_STR_ARG(field->name),
                 field->near[0] ? "; did you mean '" : "", field->near, field->near[0] ? "'?" : "");
        }
    }
}

static cord_status hunt_files(struct run *run, const char *const *paths, size_t count,
                              struct cord_error *err)
{
    const struct cord_hunt_sink sink = {on_row, on_problem, on_progress, run, run->tally};
    struct cord_hunt_totals totals;
    struct cord_hunt_options hunt = run->options;
    if (run->config.org.len > 0) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "--org: files have no organisation");
    }
    cord_status status = cord_walk_new(paths, count, &run->walk, err);
    if (status != CORD_OK || !take_limit(run, &hunt.limit)) {
        return status;
    }
    bool shown = !run->config.quiet && isatty(STDERR_FILENO) == 1;
    progress_init(&run->progress, shown ? stderr : NULL, run->walk);
    run->progress.noun = "matches";
    status = cord_hunt_files(run->walk, run->query, &hunt, &sink, &totals, err);
    progress_clear(&run->progress);
    run->matched += totals.matched;
    run->undecided += totals.undecided;
    run->unreadable = totals.scan.streams_failed > 0 || totals.scan.refused > 0;
    cord_hunt_fields_merge(&run->fields, &totals.fields);
    run->events = run->events || totals.scan.read > 0;
    if (status == CORD_OK) {
        note(run, "%llu records = %llu events + %llu skipped + %llu refused; %llu match",
             (unsigned long long)totals.scan.records, (unsigned long long)totals.scan.read,
             (unsigned long long)totals.scan.skipped, (unsigned long long)totals.scan.refused,
             (unsigned long long)totals.matched);
    }
    return status;
}

static void tell_room(const struct run *run)
{
    struct cord_tally_stats stats = cord_tally_stats(run->tally);
    const struct {
        uint64_t count;
        const char *what;
    } notes[] = {
        {stats.rows_without_room, "events are of groups that found no room (--memory)"},
        {stats.values_without_room,
         "values found no room (--memory): the figures are the least they can be"},
        {stats.events_without_room, "events were left out of the order: there were too many"},
        {stats.combined, "values of lists too long to be counted were left out"},
        {stats.not_numbers, "values were no numbers"},
        {stats.estimated, "percentiles are within 1 %: there were many values"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (notes[i].count > 0) {
            note(run, "%llu %s", (unsigned long long)notes[i].count, notes[i].what);
        }
    }
}

static cord_status print_table(struct run *run, const struct cord_tally_table *table)
{
    struct cord_tally_table shown = *table;
    if (run->limit > 0 && shown.row_count > run->limit) {
        shown.row_count = (size_t)run->limit;
        note(run, "%zu of %zu rows (--limit)", shown.row_count, table->row_count);
    }
    cord_status status = hunt_output_table(run->output, &shown);
    run->write_errno = status == CORD_E_IO ? errno : 0;
    return status;
}

static cord_status print_result(struct run *run)
{
    cord_status status = cord_tally_finish(run->tally);
    const struct cord_tally_table *table = cord_tally_result(run->tally);
    size_t count = 0;
    const struct cord_tally_event *events = cord_tally_events(run->tally, &count);
    if (status == CORD_OK && table) {
        status = print_table(run, table);
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        if (run->limit == 0 || i < run->limit) {
            status = on_row(run, events[i].rows, events[i].at);
        }
    }
    tell_room(run);
    return status == CORD_E_END ? CORD_OK : status;
}

/* Stores one after the other, then all files together. */
static cord_status search_all(struct run *run, const struct cord_option_list *operands,
                              struct cord_error *err)
{
    const char **paths = calloc(operands->count + 1, sizeof(*paths));
    size_t count = 0;
    cord_status status = paths ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
    for (size_t i = 1; i < operands->count && status == CORD_OK && !run->cancelled; i++) {
        const char *path = operands->items[i].ptr;
        if (is_store(path)) {
            status = hunt_store(run, path, err);
        } else {
            paths[count++] = path;
        }
    }
    if (status == CORD_OK && count > 0 && !run->cancelled) {
        status = hunt_files(run, paths, count, err);
    }
    free(paths);
    return status;
}

static int do_hunt(struct run *run, const struct cord_option_list *operands)
{
    struct cord_error err = {""};
    cord_status status = search_all(run, operands, &err);
    if (status == CORD_OK && run->tally) {
        status = print_result(run);
    }
    if (status == CORD_OK) {
        status = hunt_output_finish(run->output);
        run->write_errno = status == CORD_E_IO ? errno : 0;
    }
    if (run->write_errno == EPIPE) {
        return COMMAND_DONE; /* who reads it has seen enough */
    }
    if (status != CORD_OK) {
        (void)command_error(run->command, err.text[0] ? err.text : cord_error_name(status));
        return status == CORD_E_UNSUPPORTED || status == CORD_E_NOENT ? COMMAND_USAGE
                                                                      : COMMAND_UNREADABLE;
    }
    tell_fields(run);
    if (run->undecided > 0) {
        note(run, "%llu events are left out: an expression met its limit on them",
             (unsigned long long)run->undecided);
    }
    if (run->damaged > 0) {
        note(run, "%llu blocks are damaged: the result lacks their events",
             (unsigned long long)run->damaged);
    }
    if (run->cancelled) {
        (void)fprintf(stderr, "cordon hunt: interrupted: the result is not all there is\n");
        return COMMAND_UNREADABLE;
    }
    return run->unreadable || run->damaged > 0 ? COMMAND_UNREADABLE : COMMAND_DONE;
}

static bool go_on(void *self)
{
    return !is_interrupted(self);
}

/* --rule: all operands are places to look. */
static int back_test(struct run *run, const struct cord_option_list *operands)
{
    struct cord_error err = {""};
    const struct hunt_config *config = &run->config;
    const struct hunt_rule hunt = {
        .command = run->command,
        .quiet = config->quiet,
        .rules = config->rule,
        .from_ns = run->options.from_ns,
        .to_ns = run->options.to_ns,
        .organisation = config->org,
        .source = config->source,
        .examples_max = config->limit == 0             ? EXAMPLES
                        : config->limit < EXAMPLES_MAX ? config->limit
                                                       : EXAMPLES_MAX,
        .correlation_bytes_max = (size_t)config->memory,
        .json = config->json || config->output == HUNT_JSONL,
        .out = stdout,
        .progress = !config->quiet && isatty(STDERR_FILENO) == 1 ? stderr : NULL,
        .seed = run->options.seed,
        .go_on = go_on,
        .self = run,
    };
    const struct cord_scan_options scan = {
        .format = run->options.format,
        .threads = run->options.threads,
        .now_ns = run->options.now_ns,
        .seed = run->options.seed,
        .record_bytes_max = run->options.record_bytes_max,
    };
    struct cord_scan_totals totals = {0};
    if (config->output == HUNT_CSV) {
        return command_error(run->command, "--rule: there is text, or --json");
    }
    size_t stores = 0;
    for (size_t i = 0; i < operands->count; i++) {
        stores += is_store(operands->items[i].ptr);
    }
    bool narrowed = config->org.len > 0 || config->source.len > 0;
    if (stores > 0 ? operands->count > 1 : narrowed) {
        return command_error(run->command,
                             "--rule takes no query; it looks through one store, or through "
                             "files, which have no --org and no --source");
    }
    cord_status status = stores > 0
                             ? hunt_rule_store(&hunt, operands->items[0].ptr, &run->damaged, &err)
                             : hunt_rule_files(&hunt, operands, &scan, &totals, &err);
    run->unreadable = totals.streams_failed > 0 || totals.refused > 0;
    if (status != CORD_OK) {
        (void)command_error(run->command, err.text[0] ? err.text : cord_error_name(status));
        return status == CORD_E_UNSUPPORTED || status == CORD_E_NOENT ? COMMAND_USAGE
                                                                      : COMMAND_UNREADABLE;
    }
    return run->unreadable || run->cancelled || run->damaged > 0 ? COMMAND_UNREADABLE
                                                                 : COMMAND_DONE;
}

static int hunt(struct run *run, const struct cord_option_list *operands)
{
    int code = read_options(run);
    if (code == COMMAND_DONE && run->config.rule.count == 0) {
        code = parse_query(run, operands->items[0]);
        code = code == COMMAND_DONE ? open_output(run) : code;
    }
    if (code != COMMAND_DONE) {
        return code;
    }
    interrupt_begin(&run->interrupt,
                    run->config.quiet ? NULL : "cordon hunt: ending; once more to stop at once");
    code = run->config.rule.count > 0 ? back_test(run, operands) : do_hunt(run, operands);
    interrupt_end(&run->interrupt);
    return code;
}

static void run_done(struct run *run)
{
    hunt_output_free(run->output);
    cord_tally_free(run->tally);
    cord_walk_free(run->walk);
    cord_query_free(run->query);
    cord_arena_free(run->arena);
}

static int hunt_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command, .arena = cord_arena_new(ARENA_BYTES_MAX)};
    struct cord_option_list operands = {0};
    struct cord_error err = {""};
    int code = COMMAND_DONE;
    cord_option_defaults(options, &run.config);
    if (!run.arena) {
        code = command_error(run.command, "out of memory");
    } else if (cord_option_parse(options, argc, argv, run.arena, &run.config, &operands, &err) !=
               CORD_OK) {
        code = command_usage(command, err.text);
    } else if (run.config.help) {
        command_help(command);
        run_done(&run);
        return COMMAND_DONE;
    } else if (run.config.rule.count > 0 && operands.count == 0) {
        code = command_usage(command, "where? Name a store, or files and folders");
    } else if (run.config.rule.count == 0 && operands.count < 2) {
        code = command_usage(
            command, operands.count == 0 ? "what for? Give a query, then files, folders or stores"
                                         : "where? Name files, folders or stores behind the query");
    }
    code = code == COMMAND_DONE ? hunt(&run, &operands) : code;
    run_done(&run);
    return code;
}

const struct command command_hunt = {
    .name = "hunt",
    .operands = "QUERY PATH...",
    .summary = "Search logs and stores of evidence: which events, and what they come to.",
    .help = "  cordon hunt 'EventID:4625 AND NOT TargetUserName:*$' logs/\n"
            "  cordon hunt 'Image:*\\powershell.exe | count by User, host' evidence/\n"
            "  cordon hunt 'src_ip:10.0.0.0/8 | timeline 5m' eve.json.gz\n"
            "  cordon hunt --rule new_rule.yml evidence/\n\n"
            "field:value, * and ?, AND OR NOT, [a TO b], > <, 10.0.0.0/8, /regex/, field:*, and\n"
            "text anywhere; then | count by, timeline, top, distinct, stats, first, last, sort,\n"
            "fields, head. 'man cordon-hunt' has all of it. Exit code: 0 done, 2 wrong usage,\n"
            "3 some input could not be read, or it was interrupted.\n",
    .options = options,
    .run = hunt_main,
};
