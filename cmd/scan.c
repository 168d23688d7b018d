/* scan.c: cordon scan: logs at rest against rules. */
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/run_notes.h"
#include "cmd/scan_into.h"
#include "wire/rule_files.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 64 << 20, NOTES_BYTES_MAX = 64 << 10, OUT_BYTES = 256 << 10 };

static const char *const output_words[] = {"table", "jsonl", "csv", "html", NULL};
/* In the order of enum cord_level. */
static const char *const level_words[] = {"none", "informational", "low", "medium",
                                          "high", "critical",      NULL};

struct scan_config {
    struct cord_option_list rules;
    struct cord_option_list placeholders;
    struct cord_option_list pipeline;
    cord_str format;
    unsigned output;
    bool json;
    cord_str out;
    bool explain;
    bool quiet;
    bool all_rules;
    cord_str from;
    cord_str to;
    unsigned level;
    struct cord_option_list include;
    struct cord_option_list exclude;
    unsigned fail_on;
    uint32_t threads;
    uint64_t record_max;
    uint64_t correlation_max;
    cord_str into;
    cord_str org;
    cord_str source;
    bool again;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_HEADING("Rules"),
    CORD_OPTION_LIST(struct scan_config, rules, "Sigma rules: a file, or a folder and all below it",
                     .letter = 'r', .argument = "PATH"),
    CORD_OPTION_LIST(struct scan_config, placeholders, "values for %placeholders% in rules (YAML)",
                     .argument = "FILE"),
    CORD_OPTION_LIST(struct scan_config, pipeline, "processing pipeline in pySigma's YAML form",
                     .letter = 'p', .argument = "FILE"),
    CORD_OPTION_FLAG(struct scan_config, all_rules,
                     "try every rule on every event, whatever log source it is for"),
    CORD_OPTION_HEADING("Input"),
    CORD_OPTION_TEXT(struct scan_config, format, NULL,
                     "read every file as this format, instead of recognising it by content",
                     .letter = 'f', .argument = "NAME"),
    CORD_OPTION_SIZE(struct scan_config, record_max, 64ULL << 20, 64ULL << 10, 1ULL << 30,
                     "longest record read; longer ones are refused and counted"),
    CORD_OPTION_U32(struct scan_config, threads, 0, 0, CORD_SCAN_THREADS_MAX,
                    "worker threads; 0: one a CPU", .letter = 't', .argument = "N"),
    CORD_OPTION_HEADING("Findings"),
    CORD_OPTION_TEXT(struct scan_config, from, NULL, "events at or after this time (UTC)",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct scan_config, to, NULL, "events before this time (UTC)",
                     .argument = "TIME"),
    CORD_OPTION_CHOICE(struct scan_config, level, CORD_LEVEL_NONE, level_words,
                       "findings of at least this level", .letter = 'l', .argument = "LEVEL"),
    CORD_OPTION_LIST(struct scan_config, include,
                     "only rules with a tag that begins so, such as attack.t1059",
                     .argument = "TAG"),
    CORD_OPTION_LIST(struct scan_config, exclude, "no rules with a tag that begins so",
                     .argument = "TAG"),
    CORD_OPTION_CHOICE(struct scan_config, fail_on, CORD_LEVEL_NONE, level_words,
                       "exit 1 when there is a finding of at least this level",
                       .argument = "LEVEL"),
    CORD_OPTION_SIZE(struct scan_config, correlation_max, 512ULL << 20, 1ULL << 20, 1ULL << 40,
                     "memory for correlations; beyond it the least is dropped, counted and shown"),
    CORD_OPTION_HEADING("Evidence"),
    CORD_OPTION_TEXT(struct scan_config, into, NULL,
                     "store every event in this folder, and say with each finding where; without "
                     "--rules only that",
                     .argument = "DIR"),
    CORD_OPTION_TEXT(struct scan_config, org, "local", "organisation that stored events belong to",
                     .argument = "CODE"),
    CORD_OPTION_TEXT(struct scan_config, source, NULL,
                     "name of the source that stored events are from, instead of each file's path",
                     .argument = "NAME"),
    CORD_OPTION_FLAG(struct scan_config, again,
                     "store also what is there already from the same source"),
    CORD_OPTION_HEADING("Output"),
    CORD_OPTION_CHOICE(struct scan_config, output, 0, output_words, "form of the output",
                       .letter = 'o', .argument = "FORM"),
    CORD_OPTION_FLAG(struct scan_config, json, "the same as --output jsonl"),
    CORD_OPTION_TEXT(struct scan_config, out, NULL, "write to this file instead of standard output",
                     .letter = 'O', .argument = "FILE"),
    CORD_OPTION_FLAG(struct scan_config, explain,
                     "say which selection, field, value and pattern matched", .letter = 'e'),
    CORD_OPTION_FLAG(struct scan_config, quiet, "no progress, no notes on standard error",
                     .letter = 'q'),
    CORD_OPTION_FLAG(struct scan_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

/* Everything of one run; torn down in one place. */
struct run {
    const struct command *command;
    struct scan_config config;
    struct cord_arena *arena;
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct cord_walk *walk;
    struct scan_into into;
    const struct output_ops *form;
    struct output *output;
    struct output_config output_config;
    FILE *pager;
    FILE *file;
    struct summary summary;
    struct progress progress;
    uint64_t problems;
    bool failed_on;  /* --fail-on was met */
    int write_errno; /* why writing a finding failed */
    size_t rules_loaded;
    size_t rules_refused;
};

static bool has_tag(const struct cord_rule_about *about, const struct cord_option_list *prefixes)
{
    for (size_t i = 0; i < about->tag_count; i++) {
        for (size_t at = 0; at < prefixes->count; at++) {
            if (cord_str_starts_fold(about->tags[i], prefixes->items[at])) {
                return true;
            }
        }
    }
    return false;
}

static bool wanted(const struct run *run, const struct cord_rule_about *about)
{
    const struct scan_config *config = &run->config;
    return (unsigned)about->level >= config->level &&
           (config->include.count == 0 || has_tag(about, &config->include)) &&
           !has_tag(about, &config->exclude);
}

static cord_status on_finding(void *self, const struct cord_finding *finding)
{
    struct run *run = self;
    size_t rule_no = 0;
    const struct cord_rule_about *about = cord_finding_about(finding);
    if (!wanted(run, about)) {
        return CORD_OK;
    }
    cord_status status = summary_add(&run->summary, finding, &rule_no);
    if (run->config.fail_on != CORD_LEVEL_NONE && (unsigned)about->level >= run->config.fail_on) {
        run->failed_on = true;
    }
    if (status == CORD_OK) {
        status = run->form->finding(run->output, finding, rule_no);
        run->write_errno = status == CORD_E_IO ? errno : run->write_errno;
    }
    return status;
}

static cord_status on_problem(void *self, const struct cord_scan_problem *problem)
{
    struct run *run = self;
    run->problems++;
    if (run->form->problem) {
        return run->form->problem(run->output, problem);
    }
    if (!run->config.quiet) {
        progress_clear(&run->progress);
        (void)fprintf(stderr, "cordon scan: %.*s: byte %llu: %.*s%s\n",
                      CORD_STR_ARG(problem->stream), (unsigned long long)problem->offset,
                      CORD_STR_ARG(problem->reason),
                      problem->fatal ? " (the rest of it was not read)" : "");
    }
    return CORD_OK;
}

static bool on_progress(void *self, const struct cord_scan_totals *so_far)
{
    struct run *run = self;
    progress_show(&run->progress, so_far, run->summary.count);
    return !atomic_load(&run->into.interrupt.asked);
}

static int load_rules(struct run *run)
{
    struct cord_error err = {""};
    size_t files = 0;
    const struct cord_rule_files rule_files = {
        .rules = run->config.rules,
        .placeholders = run->config.placeholders,
        .pipelines = run->config.pipeline,
    };
    if (run->config.rules.count == 0 && !run->config.into.ptr) {
        return command_error(run->command,
                             "which rules? Name them with --rules PATH, for example a checkout of "
                             "the public Sigma rules (github.com/SigmaHQ/sigma)");
    }
    if (cord_rule_files_load(&rule_files, &run->collection, &files, &err) != CORD_OK) {
        return command_error(run->command, err.text);
    }
    run->rules_loaded = cord_collection_rule_count(run->collection) +
                        cord_collection_correlation_count(run->collection);
    for (size_t i = 0; i < cord_collection_refusal_count(run->collection); i++) {
        run->rules_refused += cord_collection_refusal(run->collection, i)->warning ? 0 : 1;
    }
    if (run->rules_loaded == 0 && run->config.rules.count > 0) {
        (void)cord_error_set(&err, CORD_E_NOENT,
                             "no usable rule in %zu files (%zu refused; 'cordon check' says why)",
                             files, run->rules_refused);
        return command_error(run->command, err.text);
    }
    if (run->rules_refused > 0 && !run->config.quiet) {
        (void)fprintf(stderr,
                      "cordon scan: %zu rules loaded, %zu refused; 'cordon check' says why\n",
                      run->rules_loaded, run->rules_refused);
    }
    return COMMAND_DONE;
}

static bool parse_time(cord_str text, int64_t *ret_ns)
{
    *ret_ns = CORD_TIME_NONE;
    return !text.ptr || cord_timestamp_parse(text, ret_ns);
}

static int scan_options(struct run *run, struct cord_scan_options *ret_options)
{
    const struct scan_config *config = &run->config;
    struct cord_clock clock = cord_clock_system();
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t threads = config->threads > 0 ? config->threads : cpus > 0 ? (uint32_t)cpus : 1;
    *ret_options = (struct cord_scan_options){
        .threads = threads < CORD_SCAN_THREADS_MAX ? threads : CORD_SCAN_THREADS_MAX,
        .detail = config->explain || run->form->detail,
        .now_ns = cord_clock_now_ns(&clock),
        .seed = run->output_config.seed,
        .record_bytes_max = (size_t)config->record_max,
        .collection = run->collection,
        .correlation_bytes_max = (size_t)config->correlation_max,
        .into = run->into.store ? &run->into.options : NULL,
    };
    if (!parse_time(config->from, &ret_options->from_ns) ||
        !parse_time(config->to, &ret_options->to_ns)) {
        return command_error(run->command,
                             "--from and --to take a time such as 2017-05-12T08:24:00Z");
    }
    if (config->format.ptr) {
        ret_options->format = command_format(run->command, config->format);
    }
    return !config->format.ptr || ret_options->format ? COMMAND_DONE : COMMAND_USAGE;
}

static int open_into(struct run *run)
{
    struct cord_error err = {""};
    const struct scan_config *config = &run->config;
    if (!config->into.ptr) {
        return config->source.ptr || config->again
                   ? command_error(run->command,
                                   "--source and --again are about what --into DIR stores")
                   : COMMAND_DONE;
    }
    if (scan_into_open(&run->into, config->into.ptr, run->output_config.seed, &err) != CORD_OK) {
        (void)command_error(run->command, err.text);
        return COMMAND_UNREADABLE;
    }
    run->into.options.organisation = config->org;
    run->into.options.source = config->source;
    run->into.options.again = config->again;
    run->output_config.store = run->into.store;
    return COMMAND_DONE;
}

static unsigned terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100;
}

static int open_output(struct run *run)
{
    bool terminal = isatty(STDOUT_FILENO) == 1 && !run->config.out.ptr;
    const char *no_colour = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe): no threads yet */
    run->form = run->config.json ? &output_jsonl
                                 : output_by_name(cord_str_from(output_words[run->config.output]));
    FILE *out = stdout;
    if (run->config.out.ptr) {
        run->file = fopen(run->config.out.ptr, "w");
        out = run->file;
    } else if (terminal && run->form == &output_table && isatty(STDERR_FILENO) == 1) {
        const char *pager = getenv("PAGER"); /* NOLINT(concurrency-mt-unsafe): no threads yet */
        (void)setenv("LESS", "FRX", 0);      /* NOLINT(concurrency-mt-unsafe): no threads yet */
        /* NOLINTNEXTLINE(cert-env33-c): PAGER is a command line, and the user's own */
        run->pager = popen(pager && *pager ? pager : "less 2>/dev/null || cat", "w");
        out = run->pager ? run->pager : stdout;
    }
    if (!out) {
        struct cord_error err;
        (void)cord_error_errno(&err, "%s", run->config.out.ptr);
        return command_error(run->command, err.text);
    }
    if (!terminal) {
        (void)setvbuf(out, NULL, _IOFBF, OUT_BYTES); /* without it: smaller writes */
    }
    run->output_config.out = out;
    run->output_config.colour = terminal && !(no_colour && *no_colour);
    run->output_config.columns = terminal_columns();
    run->output_config.explain = run->config.explain;
    if (run->form->open(&run->output_config, &run->output) != CORD_OK) {
        return command_error(run->command, "out of memory");
    }
    return COMMAND_DONE;
}

/* For the forms that do not say it themselves. */
static void print_totals(const struct run *run, const struct cord_scan_totals *totals)
{
    struct cord_buf notes;
    cord_buf_init(&notes, NOTES_BYTES_MAX);
    run_notes_put(totals, &notes);
    (void)fprintf(stderr,
                  "cordon scan: %llu records = %llu events + %llu skipped + %llu refused; "
                  "%llu findings\n%.*s",
                  (unsigned long long)totals->records, (unsigned long long)totals->read,
                  (unsigned long long)totals->skipped, (unsigned long long)totals->refused,
                  (unsigned long long)run->summary.count, (int)notes.len,
                  notes.ptr ? notes.ptr : "");
    cord_buf_done(&notes);
}

/* The scan could not be finished. A reader that has seen enough and closed the
 * pipe is no failure. */
static int output_failed(const struct run *run, const char *otherwise)
{
    struct cord_error err = {""};
    if (run->write_errno == EPIPE) {
        return COMMAND_DONE;
    }
    errno = run->write_errno;
    (void)cord_error_errno(&err, "writing the output");
    (void)command_error(run->command, run->write_errno != 0 ? err.text : otherwise);
    return COMMAND_UNREADABLE;
}

static int do_scan(struct run *run, const struct cord_option_list *operands)
{
    struct cord_error err = {""};
    struct cord_scan_options scan;
    struct cord_scan_totals totals = {0};
    const struct cord_ruleset_options compile = {.ignore_logsource = run->config.all_rules,
                                                 .seed = run->output_config.seed};
    const char **paths = calloc(operands->count + 1, sizeof *paths);
    int code = paths ? scan_options(run, &scan) : command_error(run->command, "out of memory");
    for (size_t i = 0; paths && i < operands->count; i++) {
        paths[i] = operands->items[i].ptr;
    }
    if (code == COMMAND_DONE &&
        (cord_ruleset_compile(run->collection, &compile, &run->ruleset, &err) != CORD_OK ||
         cord_walk_new(paths, operands->count, &run->walk, &err) != CORD_OK)) {
        code = command_error(run->command, err.text);
    }
    free(paths);
    if (code != COMMAND_DONE) {
        return code;
    }
    const struct cord_scan_sink sink = {on_finding, on_problem, on_progress, run};
    FILE *tty = !run->config.quiet && isatty(STDERR_FILENO) == 1 ? stderr : NULL;
    progress_init(&run->progress, tty, run->walk);
    cord_status status = cord_scan_run(run->walk, run->ruleset, &scan, &sink, &totals, &err);
    progress_clear(&run->progress);
    if (run->into.store && !run->config.quiet) {
        scan_into_report(&run->into, &totals);
    }
    bool interrupted = status == CORD_E_END;
    if (status != CORD_OK && !interrupted) {
        return output_failed(run, err.text);
    }
    summary_sort(&run->summary);
    const struct output_run done = {
        .summary = &run->summary,
        .totals = &totals,
        .problems = run->problems,
        .rules_loaded = run->rules_loaded,
        .rules_refused = run->rules_refused,
        .seconds = progress_seconds(&run->progress),
        .made_ns = scan.now_ns,
    };
    status = run->form->finish(run->output, &done);
    if (status != CORD_OK) {
        run->write_errno = errno;
        return output_failed(run, "out of memory");
    }
    if (run->form != &output_table && !run->config.quiet) {
        print_totals(run, &totals);
    }
    if (run->failed_on) {
        return COMMAND_FOUND;
    }
    return interrupted || totals.streams_failed > 0 || totals.refused > 0 ? COMMAND_UNREADABLE
                                                                          : COMMAND_DONE;
}

static void run_done(struct run *run)
{
    if (run->output) {
        run->form->close(run->output);
    }
    if (run->pager) {
        (void)pclose(run->pager);
    }
    if (run->file && fclose(run->file) != 0) {
        (void)command_error(run->command, "the output file could not be written to its end");
    }
    scan_into_close(&run->into);
    summary_done(&run->summary);
    cord_walk_free(run->walk);
    cord_ruleset_unref(run->ruleset);
    cord_collection_free(run->collection);
    cord_arena_free(run->arena);
}

static int scan_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command, .arena = cord_arena_new(ARENA_BYTES_MAX)};
    struct cord_option_list operands = {0};
    struct cord_error err = {""};
    int code = COMMAND_DONE;
    cord_option_defaults(options, &run.config);
    if (!run.arena || getrandom(&run.output_config.seed, sizeof run.output_config.seed, 0) < 0 ||
        summary_init(&run.summary, run.output_config.seed) != CORD_OK) {
        code = command_error(run.command, "out of memory");
    } else if (cord_option_parse(options, argc, argv, run.arena, &run.config, &operands, &err) !=
               CORD_OK) {
        code = command_usage(command, err.text);
    } else if (run.config.help) {
        command_help(command);
        run_done(&run);
        return COMMAND_DONE;
    } else if (operands.count == 0) {
        code = command_usage(command, "which logs? Name files or folders, or - for standard input");
    }
    code = code == COMMAND_DONE ? load_rules(&run) : code;
    code = code == COMMAND_DONE ? open_into(&run) : code;
    code = code == COMMAND_DONE ? open_output(&run) : code;
    code = code == COMMAND_DONE ? do_scan(&run, &operands) : code;
    run_done(&run);
    return code;
}

const struct command command_scan = {
    .name = "scan",
    .operands = "PATH...",
    .summary = "Read logs, screen every event against Sigma rules, say what happened.",
    .help = "Takes files, folders with all below them, and - for standard input; unpacks gzip,\n"
            "xz, zstd and zip by itself, and recognises each format by its content. Exit code:\n"
            "0 done, 1 --fail-on was met, 2 wrong usage, 3 some input could not be read.\n",
    .options = options,
    .run = scan_main,
};
