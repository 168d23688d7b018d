/* record.c: cordon record: prove, carry, copy and make anew the record of claims. */
#include "cmd/command.h"
#include "cmd/json_line.h"
#include "cmd/record_kinds.h"

#include "base/timestamp.h"
#include "record/record_backup.h"
#include "record/record_carry.h"
#include "record/record_verify.h"
#include "record/record_view.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 1 << 20, LINE_BYTES_MAX = 1 << 20, OPERANDS_MAX = 3 };

#define PROGRESS_AFTER_NS (2 * CORD_SECOND_NS)
#define PROGRESS_EVERY_NS (CORD_SECOND_NS / 4)

struct record_config {
    cord_str key;
    bool replace;
    bool json;
    bool quiet;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_HEADING("Proof (verify)"),
    CORD_OPTION_TEXT(struct record_config, key, NULL,
                     "the public key that must have signed, rather than the record's word for it",
                     .argument = "KEY"),
    CORD_OPTION_HEADING("Copies (restore)"),
    CORD_OPTION_FLAG(struct record_config, replace,
                     "move the database that is there away, to record.sqlite.replaced"),
    CORD_OPTION_HEADING("General"),
    CORD_OPTION_FLAG(struct record_config, json, "one JSON object a line"),
    CORD_OPTION_FLAG(struct record_config, quiet, "no progress, no notes", .letter = 'q'),
    CORD_OPTION_FLAG(struct record_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

struct run {
    const struct command *command;
    struct record_config config;
    const char *operands[OPERANDS_MAX]; /* action, directory, other */
    struct cord_record_progress progress;
    struct cord_clock clock;
    int64_t start_ns;
    int64_t next_ns;
    bool drawn;
    struct cord_buf line;
};

static int complain(const struct run *run, int code, const char *text)
{
    (void)command_error(run->command, text);
    return code;
}

/* What the caller can put right is usage; what is broken was found; the rest cannot be read. */
static int fail(const struct run *run, cord_status status, const struct cord_error *err)
{
    const char *text = err->text[0] != '\0' ? err->text : cord_error_name(status);
    int code = status == CORD_E_UNSUPPORTED || status == CORD_E_NOENT ? COMMAND_USAGE
               : status == CORD_E_FORMAT || status == CORD_E_DAMAGED  ? COMMAND_FOUND
                                                                      : COMMAND_UNREADABLE;
    return complain(run, code, text);
}

/* --- what is printed --- */

static void print_line(struct run *run)
{
    cord_buf_put_text(&run->line, "}\n");
    (void)fwrite(run->line.ptr, 1, run->line.len, stdout);
    cord_buf_clear(&run->line);
}

static void clear_progress(struct run *run)
{
    if (run->drawn) {
        (void)fputs("\r\033[K", stderr);
        run->drawn = false;
    }
}

static bool on_step(void *self, uint64_t done, uint64_t total)
{
    struct run *run = self;
    int64_t now_ns = cord_clock_now_ns(&run->clock);
    if (now_ns < run->next_ns) {
        return true;
    }
    run->next_ns = now_ns + PROGRESS_EVERY_NS;
    double seconds = (double)(now_ns - run->start_ns) / (double)CORD_SECOND_NS;
    (void)fprintf(stderr, "\r\033[K%s: %" PRIu64, run->operands[0], done);
    if (total > 0) {
        (void)fprintf(stderr, " of %" PRIu64 ", %.0f %%", total,
                      100 * (double)done / (double)total);
    }
    (void)fprintf(stderr, ", %.0f/s", (double)done / seconds);
    (void)fflush(stderr);
    run->drawn = true;
    return true;
}

/* --- actions --- */

static void on_broken(void *self, cord_str what)
{
    struct run *run = self;
    clear_progress(run);
    if (run->config.json) {
        json_line_text(&run->line, "broken", what);
        print_line(run);
    } else {
        printf("broken: %.*s\n", CORD_STR_ARG(what));
    }
}

static int do_verify(struct run *run)
{
    struct cord_error err = {""};
    struct cord_record_verdict verdict;
    const struct cord_record_verify_options verify = {
        .key = run->config.key, .progress = run->progress, .broken = on_broken, .self = run};
    cord_status status = cord_record_verify(run->operands[1], &verify, &verdict, &err);
    clear_progress(run);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (run->config.json) {
        json_line_number(&run->line, "claims", verdict.claims);
        json_line_number(&run->line, "checkpoints", verdict.checkpoints);
        json_line_number(&run->line, "unsigned_claims", verdict.unsigned_claims);
        json_line_number(&run->line, "broken_count", verdict.broken);
        json_line_text(&run->line, "head", cord_str_from(verdict.head));
        print_line(run);
    } else {
        printf("%s: %" PRIu64 " claims, %" PRIu64 " checkpoints, %" PRIu64
               " claims behind the last; head %s\n",
               verdict.broken > 0 ? "BROKEN" : "proven", verdict.claims, verdict.checkpoints,
               verdict.unsigned_claims, verdict.head);
    }
    if (verdict.broken > 0 && !run->config.quiet) {
        (void)fprintf(
            stderr,
            "Views alone are made anew by 'cordon record rebuild %s'; for all else take a "
            "backup or an export: 'cordon record restore --replace %s FROM'\n",
            run->operands[1], run->operands[1]);
    }
    return verdict.broken > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static cord_status open_record(struct run *run, bool writes, struct cord_record **ret_record,
                               struct cord_error *err)
{
    const struct cord_record_options opening = {.read_only = !writes,
                                                .not_signed = command_not_signed(&run->command),
                                                .making = run->progress};
    cord_status status = cord_record_open(run->operands[1], &opening, ret_record, err);
    clear_progress(run);
    return status;
}

static int do_stats(struct run *run)
{
    struct cord_error err = {""};
    struct cord_record *record = NULL;
    struct cord_record_view *view = NULL;
    char hex[CORD_DIGEST_TEXT];
    char time[CORD_TIMESTAMP_TEXT];
    cord_status status = open_record(run, false, &record, &err);
    if (status == CORD_OK) {
        status = cord_record_view_open(record, &view, &err);
    }
    if (status != CORD_OK) {
        cord_record_close(record);
        return fail(run, status, &err);
    }
    cord_str exercise = cord_record_exercise(record);
    struct cord_digest hash = cord_record_view_hash(view);
    cord_str last = cord_timestamp_format(cord_record_view_recorded_ns(view), time);
    (void)cord_digest_format(&hash, hex);
    if (run->config.json) {
        json_line_number(&run->line, "claims", cord_record_view_count(view));
        json_line_text(&run->line, "exercise", exercise);
        json_line_text(&run->line, "recorded", last);
        json_line_text(&run->line, "head", cord_str_from(hex));
        print_line(run);
    } else {
        printf("mode       %s%.*s\nclaims     %" PRIu64 "\nlast       %.*s\nhead       %s\n",
               exercise.len > 0 ? "exercise " : "live", CORD_STR_ARG(exercise),
               cord_record_view_count(view), CORD_STR_ARG(last), hex);
    }
    cord_record_view_close(view);
    cord_record_close(record);
    return COMMAND_DONE;
}

/* A new file, or standard output for "-". */
static int open_new(const char *path, struct cord_error *err)
{
    int file = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO)
                                      : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        (void)cord_error_errno(err, "make %s", path);
    }
    return file;
}

/* A pipe or a terminal has nothing to sync. */
static cord_status finish(int file, cord_status status, struct cord_error *err)
{
    if (status == CORD_OK && fsync(file) != 0 && errno != EINVAL && errno != EROFS) {
        status = cord_error_errno(err, "sync");
    }
    if (close(file) != 0 && status == CORD_OK) {
        status = cord_error_errno(err, "close");
    }
    return status;
}

static int do_export(struct run *run)
{
    struct cord_error err = {""};
    struct cord_record *record = NULL;
    struct cord_record_carried carried = {0};
    cord_status status = open_record(run, false, &record, &err);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    int file = open_new(run->operands[2], &err);
    if (file < 0) {
        cord_record_close(record);
        return complain(run, COMMAND_USAGE, err.text);
    }
    status = cord_record_export(record, file, &run->progress, &carried, &err);
    status = finish(file, status, &err);
    clear_progress(run);
    cord_record_close(record);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (!run->config.quiet) {
        (void)fprintf(stderr, "%" PRIu64 " claims exported\n", carried.claims);
    }
    return COMMAND_DONE;
}

static int say_imported(struct run *run, const struct cord_record_carried *carried)
{
    if (run->config.json) {
        json_line_number(&run->line, "recorded", carried->claims);
        json_line_number(&run->line, "there", carried->there);
        json_line_number(&run->line, "claims", carried->total);
        json_line_flag(&run->line, "whole", carried->whole);
        print_line(run);
    } else {
        printf("%" PRIu64 " claims recorded, %" PRIu64 " were there; the record has %" PRIu64
               "%s\n",
               carried->claims, carried->there, carried->total,
               carried->whole ? "" : "; the export has no end: it was cut");
    }
    return carried->whole ? COMMAND_DONE : COMMAND_FOUND;
}

static int do_import(struct run *run)
{
    struct cord_error err = {""};
    struct cord_record_carried carried = {0};
    const struct cord_record_options opening = {
        .create = true, .making = run->progress, .not_signed = command_not_signed(&run->command)};
    bool standard = strcmp(run->operands[2], "-") == 0;
    int file = standard ? STDIN_FILENO : open(run->operands[2], O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        (void)cord_error_errno(&err, "open %s", run->operands[2]);
        return complain(run, COMMAND_USAGE, err.text);
    }
    cord_status status =
        cord_record_import(run->operands[1], &opening, file, &run->progress, &carried, &err);
    clear_progress(run);
    if (!standard) {
        (void)close(file); /* it was read */
    }
    if (status == CORD_OK) {
        return say_imported(run, &carried);
    }
    if (err.text[0] != '\0') {
        cord_error_context(&err, "importing %s", standard ? "standard input" : run->operands[2]);
    }
    int code = fail(run, status, &err);
    if (carried.claims > 0) {
        (void)fprintf(stderr, "%" PRIu64 " claims before it were recorded and stay\n",
                      carried.claims);
    }
    return code;
}

static int say_claims(struct run *run, uint64_t claims, const char *what)
{
    if (run->config.json) {
        json_line_number(&run->line, "claims", claims);
        print_line(run);
    } else {
        printf("%s %" PRIu64 " claims\n", what, claims);
    }
    return COMMAND_DONE;
}

static int do_rebuild(struct run *run)
{
    struct cord_error err = {""};
    struct cord_record *record = NULL;
    uint64_t claims = 0;
    cord_status status = open_record(run, true, &record, &err);
    if (status == CORD_OK) {
        status = cord_record_rebuild(record, &run->progress, &claims, &err);
    }
    clear_progress(run);
    cord_record_close(record);
    return status == CORD_OK ? say_claims(run, claims, "views made anew of")
                             : fail(run, status, &err);
}

static int do_backup(struct run *run)
{
    struct cord_error err = {""};
    struct cord_record *record = NULL;
    uint64_t claims = 0;
    cord_status status = open_record(run, false, &record, &err);
    if (status == CORD_OK) {
        status = cord_record_backup(record, run->operands[2], &run->progress, &claims, &err);
    }
    clear_progress(run);
    cord_record_close(record);
    return status == CORD_OK ? say_claims(run, claims, "copied") : fail(run, status, &err);
}

static int do_restore(struct run *run)
{
    struct cord_error err = {""};
    struct cord_record_restored done = {0};
    cord_status status = cord_record_restore(run->operands[1], run->operands[2],
                                             run->config.replace, &run->progress, &done, &err);
    clear_progress(run);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    uint64_t lost = done.signed_claims > done.claims ? done.signed_claims - done.claims : 0;
    if (run->config.json) {
        json_line_number(&run->line, "claims", done.claims);
        json_line_number(&run->line, "lost", lost);
        json_line_flag(&run->line, "moved", done.moved);
        print_line(run);
    } else {
        printf("restored %" PRIu64 " claims%s\n", done.claims,
               done.moved ? "; what was there is now record.sqlite.replaced" : "");
        if (lost > 0) {
            printf("LOST: at least %" PRIu64 " claims that were signed here are not in the copy; "
                   "their checkpoints are in checkpoints.replaced\n",
                   lost);
        }
    }
    return lost > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static int do_kinds(struct run *run)
{
    record_kinds_print(run->config.json, stdout);
    return COMMAND_DONE;
}

/* --- which action --- */

static const struct action {
    const char *name;
    size_t operand_count; /* with the action's own name */
    const char *wanted;   /* what to say when there are fewer, or more */
    int (*run)(struct run *run);
} actions[] = {
    {"verify", 2, "verify DIR", do_verify},         {"stats", 2, "stats DIR", do_stats},
    {"export", 3, "export DIR FILE", do_export},    {"import", 3, "import DIR FILE", do_import},
    {"rebuild", 2, "rebuild DIR", do_rebuild},      {"backup", 3, "backup DIR INTO", do_backup},
    {"restore", 3, "restore DIR FROM", do_restore}, {"kinds", 1, "kinds", do_kinds},
};

static const struct action *find_action(cord_str name)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (cord_str_eq(name, cord_str_from(actions[i].name))) {
            return &actions[i];
        }
    }
    return NULL;
}

static int unknown_action(const struct run *run, cord_str name)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, name);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        cord_nearest_offer(&nearest, cord_str_from(actions[i].name));
    }
    return command_no_action(run->command, name, &nearest);
}

static int act(struct run *run, const struct cord_option_list *operands)
{
    const struct action *action = find_action(operands->items[0]);
    if (!action) {
        return unknown_action(run, operands->items[0]);
    }
    if (operands->count != action->operand_count) {
        return command_usage(run->command, action->wanted);
    }
    for (size_t i = 0; i < operands->count; i++) {
        run->operands[i] = operands->items[i].ptr; /* an argument: it has its NUL */
    }
    run->clock = cord_clock_monotonic();
    run->start_ns = cord_clock_now_ns(&run->clock);
    run->next_ns = run->start_ns + PROGRESS_AFTER_NS;
    if (!run->config.quiet && isatty(STDERR_FILENO)) {
        run->progress = (struct cord_record_progress){on_step, run};
    }
    return action->run(run);
}

static int record_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    struct cord_option_list operands = {0};
    cord_buf_init(&run.line, LINE_BYTES_MAX);
    int code = command_begin(command, argc, argv, arena, &run.config, &operands);
    if (code == COMMAND_BEGUN && operands.count == 0) {
        code = command_usage(command, "which action? verify, stats, export, import, rebuild, "
                                      "backup, restore or kinds");
    } else if (code == COMMAND_BEGUN) {
        code = act(&run, &operands);
    }
    cord_buf_done(&run.line);
    cord_arena_free(arena);
    return code;
}

const struct command command_record = {
    .name = "record",
    .operands = "ACTION [DIR [OTHER]]",
    .summary = "Prove, carry, copy and make anew the record of claims.",
    .help = "Actions:\n"
            "  verify DIR        look at every claim's hash, every signature and every view;\n"
            "                    name the first broken claim\n"
            "  stats DIR         how many claims there are\n"
            "  export DIR FILE   all claims with their hashes, one a line; - is standard output\n"
            "  import DIR FILE   what was exported, each claim held to its hash; begins a record\n"
            "                    or continues one\n"
            "  rebuild DIR       make the views anew from the claims\n"
            "  backup DIR INTO   a copy as of one moment, also while the record is written\n"
            "  restore DIR FROM  from a backup, or from the file of an export\n"
            "  kinds             the kinds of claims there are, with their members\n\n"
            "Exit code: 0 all is well, 1 something is broken or lost, 2 wrong usage, 3 the record\n"
            "cannot be read or written.\n",
    .options = options,
    .run = record_main,
};
