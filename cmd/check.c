/* check.c: cordon check: what is wrong with rules, before they go live. */
#include "cmd/check_cost.h"
#include "cmd/check_report.h"
#include "cmd/command.h"
#include "cmd/regression.h"
#include "wire/rule_files.h"

#include <stdio.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 256 << 20 };

struct check_config {
    struct cord_option_list rules;
    struct cord_option_list placeholders;
    struct cord_option_list pipeline;
    cord_str regression;
    bool cost;
    uint32_t top;
    bool json;
    bool verbose;
    bool quiet;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_HEADING("Rules"),
    CORD_OPTION_LIST(struct check_config, rules, "further rules to check, as PATH", .letter = 'r',
                     .argument = "PATH"),
    CORD_OPTION_LIST(struct check_config, placeholders, "values for %placeholders% in rules (YAML)",
                     .argument = "FILE"),
    CORD_OPTION_LIST(struct check_config, pipeline, "processing pipeline in pySigma's YAML form",
                     .letter = 'p', .argument = "FILE"),
    CORD_OPTION_HEADING("Checks"),
    CORD_OPTION_TEXT(struct check_config, regression, NULL,
                     "run rules against the samples below this folder (info.yml beside each)",
                     .argument = "DIR"),
    CORD_OPTION_FLAG(struct check_config, cost,
                     "say what each rule costs and how it is found, most expensive first"),
    CORD_OPTION_U32(struct check_config, top, 0, 0, 1000000,
                    "with --cost: the N most expensive only; 0 is all", .argument = "N"),
    CORD_OPTION_HEADING("Output"),
    CORD_OPTION_FLAG(struct check_config, json, "one JSON object a line"),
    CORD_OPTION_FLAG(struct check_config, verbose, "name what passed, too", .letter = 'v'),
    CORD_OPTION_FLAG(struct check_config, quiet, "errors only, no warnings", .letter = 'q'),
    CORD_OPTION_FLAG(struct check_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

struct check {
    const struct command *command;
    struct check_config config;
    struct cord_arena *arena;
    struct cord_collection *collection;
    struct cord_ruleset *ruleset;
    struct check_report report;
    size_t files;
};

static cord_status lint_file(void *self, cord_str file_name, cord_str text, struct cord_error *err)
{
    struct check *check = self;
    const struct cord_lint_sink sink = check_report_sink(&check->report);
    return cord_lint_text(file_name, text, &sink, err);
}

static int load(struct check *check, const struct cord_option_list *operands)
{
    struct cord_error err = {""};
    size_t count = check->config.rules.count + operands->count;
    cord_str *paths = cord_arena_zalloc(check->arena, count + 1, sizeof *paths);
    const struct cord_ruleset_options compile = {0};
    if (!paths) {
        return command_error(check->command, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        paths[i] = i < operands->count ? operands->items[i]
                                       : check->config.rules.items[i - operands->count];
    }
    /* Samples and costs are about rules that can be used. */
    bool lint = !check->config.regression.ptr && !check->config.cost;
    const struct cord_rule_files files = {
        .each = lint ? lint_file : NULL,
        .each_self = check,
        .rules = {.items = paths, .count = count},
        .placeholders = check->config.placeholders,
        .pipelines = check->config.pipeline,
    };
    if (cord_rule_files_load(&files, &check->collection, &check->files, &err) != CORD_OK ||
        cord_ruleset_compile(check->collection, &compile, &check->ruleset, &err) != CORD_OK) {
        return command_error(check->command, err.text);
    }
    return COMMAND_DONE;
}

static int run_regression(struct check *check)
{
    struct cord_error err = {""};
    struct regression_totals totals;
    if (regression_run(check->config.regression.ptr, check->collection, check->ruleset,
                       check->config.verbose, &totals, &err) != CORD_OK) {
        return command_error(check->command, err.text);
    }
    printf("%llu passed, %llu failed\n", (unsigned long long)totals.passed,
           (unsigned long long)totals.failed);
    return totals.failed > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static int run_cost(struct check *check)
{
    struct cord_error err = {""};
    if (check_cost_print(check->collection, check->arena, check->config.json, check->config.top,
                         &err) != CORD_OK) {
        return command_error(check->command, err.text);
    }
    size_t refused = 0;
    for (size_t i = 0; i < cord_collection_refusal_count(check->collection); i++) {
        refused += !cord_collection_refusal(check->collection, i)->warning;
    }
    if (refused > 0) {
        (void)fprintf(stderr,
                      "cordon check: %zu cannot be used and have no cost: without --cost "
                      "it is said why\n",
                      refused);
    }
    return COMMAND_DONE;
}

static int run_lint(struct check *check)
{
    struct cord_error err = {""};
    struct check_report *report = &check->report;
    const struct cord_lint_sink sink = check_report_sink(report);
    if (cord_lint_collection(check->collection, &sink, &err) != CORD_OK) {
        return command_error(check->command, err.text);
    }
    if (check_report_add(report, check->collection) != CORD_OK) {
        return command_error(check->command, "out of memory");
    }
    check_report_finish(report);
    check_report_print(report, check->config.json, check->config.quiet);
    if (!check->config.json) {
        printf("%zu files: %zu rules and %zu correlations can be used, %zu cannot; ", check->files,
               cord_collection_rule_count(check->collection),
               cord_collection_correlation_count(check->collection), report->refused);
        if (report->schema > 0) {
            printf("%zu errors against the schema, ", report->schema);
        }
        printf("%zu warnings\n", report->warnings);
    }
    return report->refused + report->schema > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static int do_check(struct check *check, const struct cord_option_list *operands)
{
    int code = load(check, operands);
    if (code != COMMAND_DONE) {
        return code;
    }
    if (check->config.regression.ptr) {
        return run_regression(check);
    }
    return check->config.cost ? run_cost(check) : run_lint(check);
}

static int check_main(const struct command *command, int argc, char **argv)
{
    struct check check = {.command = command, .arena = cord_arena_new(ARENA_BYTES_MAX)};
    check.report.arena = check.arena;
    struct cord_option_list operands = {0};
    struct cord_error err = {""};
    int code = COMMAND_DONE;
    cord_option_defaults(options, &check.config);
    if (!check.arena) {
        code = command_error(check.command, "out of memory");
    } else if (cord_option_parse(options, argc, argv, check.arena, &check.config, &operands,
                                 &err) != CORD_OK) {
        code = command_usage(command, err.text);
    } else if (check.config.help) {
        command_help(command);
    } else if (operands.count + check.config.rules.count == 0) {
        code = command_usage(command, "which rules? Name files or folders");
    } else {
        code = do_check(&check, &operands);
    }
    cord_ruleset_unref(check.ruleset);
    cord_collection_free(check.collection);
    check_report_done(&check.report);
    cord_arena_free(check.arena);
    return code;
}

const struct command command_check = {
    .name = "check",
    .operands = "PATH...",
    .summary = "Check Sigma rules: what cannot be used, what is questionable, what it costs.",
    .help = "Reads rules, correlations and filters from files and folders. Exit code: 0 all is\n"
            "well (warnings are no error), 1 a rule cannot be used or is against the schema of\n"
            "the specification, or a sample failed, 2 wrong usage.\n",
    .options = options,
    .run = check_main,
};
