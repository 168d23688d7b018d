/* check.c: cordon check: what is wrong with rules, before they go live. */
#include "cmd/command.h"
#include "cmd/regression.h"
#include "cmd/rule_files.h"

#include "codec/json_write.h"

#include <stdio.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 64 << 20, LINE_BYTES_MAX = 1 << 20 };

struct check_config {
    struct cord_option_list rules;
    struct cord_option_list placeholders;
    struct cord_option_list pipeline;
    cord_str regression;
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
    size_t files;
    size_t errors;
    size_t warnings;
};

static int complain(const struct check *check, const char *text)
{
    (void)fprintf(stderr, "cordon %s: %s\n", check->command->name, text);
    return COMMAND_USAGE;
}

static void print_json(const struct cord_rule_refusal *refusal)
{
    struct cord_buf line;
    cord_buf_init(&line, LINE_BYTES_MAX);
    cord_buf_printf(&line,
                    "{\"severity\":\"%s\",\"file\":", refusal->warning ? "warning" : "error");
    cord_json_write_string(&line, refusal->file);
    cord_buf_printf(&line, ",\"line\":%u,\"id\":", refusal->line);
    cord_json_write_string(&line, refusal->id);
    cord_buf_put_text(&line, ",\"title\":");
    cord_json_write_string(&line, refusal->title);
    cord_buf_put_text(&line, ",\"reason\":");
    cord_json_write_string(&line, refusal->reason);
    cord_buf_put_text(&line, "}\n");
    (void)fwrite(line.ptr, 1, line.len, stdout);
    cord_buf_done(&line);
}

static void print_refusals(struct check *check)
{
    for (size_t i = 0; i < cord_collection_refusal_count(check->collection); i++) {
        const struct cord_rule_refusal *refusal = cord_collection_refusal(check->collection, i);
        check->errors += refusal->warning ? 0 : 1;
        check->warnings += refusal->warning ? 1 : 0;
        if (refusal->warning && check->config.quiet) {
            continue;
        }
        if (check->config.json) {
            print_json(refusal);
        } else {
            printf("%.*s:%u: %s: %.*s%s%.*s%s%.*s\n", CORD_STR_ARG(refusal->file), refusal->line,
                   refusal->warning ? "warning" : "error", CORD_STR_ARG(refusal->reason),
                   refusal->title.len > 0 ? " [" : "", CORD_STR_ARG(refusal->title),
                   refusal->title.len > 0 ? "] " : "", CORD_STR_ARG(refusal->id));
        }
    }
}

static int load(struct check *check, const struct cord_option_list *operands)
{
    struct cord_error err = {""};
    size_t count = check->config.rules.count + operands->count;
    cord_str *paths = cord_arena_zalloc(check->arena, count + 1, sizeof *paths);
    const struct cord_ruleset_options compile = {0};
    if (!paths) {
        return complain(check, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        paths[i] = i < operands->count ? operands->items[i]
                                       : check->config.rules.items[i - operands->count];
    }
    const struct rule_files files = {
        .rules = {.items = paths, .count = count},
        .placeholders = check->config.placeholders,
        .pipelines = check->config.pipeline,
    };
    if (rule_files_load(&files, &check->collection, &check->files, &err) != CORD_OK ||
        cord_ruleset_compile(check->collection, &compile, &check->ruleset, &err) != CORD_OK) {
        return complain(check, err.text);
    }
    return COMMAND_DONE;
}

static int run_regression(struct check *check)
{
    struct cord_error err = {""};
    struct regression_totals totals;
    if (regression_run(check->config.regression.ptr, check->collection, check->ruleset,
                       check->config.verbose, &totals, &err) != CORD_OK) {
        return complain(check, err.text);
    }
    printf("%llu passed, %llu failed\n", (unsigned long long)totals.passed,
           (unsigned long long)totals.failed);
    return totals.failed > 0 ? COMMAND_FOUND : COMMAND_DONE;
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
    print_refusals(check);
    if (!check->config.json) {
        printf("%zu files: %zu rules and %zu correlations can be used, %zu cannot; %zu warnings\n",
               check->files, cord_collection_rule_count(check->collection),
               cord_collection_correlation_count(check->collection), check->errors,
               check->warnings);
    }
    return check->errors > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static int check_main(const struct command *command, int argc, char **argv)
{
    struct check check = {.command = command, .arena = cord_arena_new(ARENA_BYTES_MAX)};
    struct cord_option_list operands = {0};
    struct cord_error err = {""};
    int code = COMMAND_DONE;
    cord_option_defaults(options, &check.config);
    if (!check.arena) {
        code = complain(&check, "out of memory");
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
    cord_arena_free(check.arena);
    return code;
}

const struct command command_check = {
    .name = "check",
    .operands = "PATH...",
    .summary = "Check Sigma rules: which cannot be used, and why; run their regression samples.",
    .help = "Reads rules, correlations and filters from files and folders. Exit code: 0 all is\n"
            "well, 1 a rule cannot be used or a sample failed, 2 wrong usage.\n",
    .options = options,
    .run = check_main,
};
