/* evidence.c: cordon evidence: prove, count, carry, tidy and delete what is stored. */
#include "cmd/command.h"
#include "cmd/json_line.h"

#include "base/timestamp.h"
#include "evidence/store_upkeep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 16 << 20, LINE_BYTES_MAX = 1 << 20, OPERANDS_MAX = 3 };

#define PROGRESS_AFTER_NS (2 * CORD_SECOND_NS)
#define PROGRESS_EVERY_NS (CORD_SECOND_NS / 4)

struct evidence_config {
    cord_str org;
    cord_str source;
    cord_str from;
    cord_str to;
    cord_str head;
    cord_str key;
    uint32_t first;
    uint32_t last;
    bool dry_run;
    bool clock_is_right;
    cord_str policy;
    cord_str reason;
    cord_str who;
    uint32_t release;
    cord_str signing_key;
    bool json;
    bool quiet;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_HEADING("Which events (export, hold)"),
    CORD_OPTION_TEXT(struct evidence_config, org, NULL, "of this organisation", .argument = "CODE"),
    CORD_OPTION_TEXT(struct evidence_config, source, NULL, "of this source", .argument = "NAME"),
    CORD_OPTION_TEXT(struct evidence_config, from, NULL, "at or after this time (UTC)",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct evidence_config, to, NULL, "before this time (UTC)",
                     .argument = "TIME"),
    CORD_OPTION_HEADING("Proof (verify)"),
    CORD_OPTION_TEXT(struct evidence_config, head, NULL,
                     "an entry's hash noted earlier, which must still be in the chain",
                     .argument = "HASH"),
    CORD_OPTION_TEXT(struct evidence_config, key, NULL,
                     "the public key that must have signed, rather than the store's word for it",
                     .argument = "KEY"),
    CORD_OPTION_U32(struct evidence_config, first, 0, 0, UINT32_MAX,
                    "from this entry of the chain on", .argument = "N"),
    CORD_OPTION_U32(struct evidence_config, last, 0, 0, UINT32_MAX,
                    "up to this entry; 0 is the last", .argument = "N"),
    CORD_OPTION_HEADING("Retention and holds (retain, hold)"),
    CORD_OPTION_FLAG(struct evidence_config, dry_run, "say what would be deleted, delete nothing",
                     .letter = 'n'),
    CORD_OPTION_FLAG(struct evidence_config, clock_is_right,
                     "delete though the clock is over a month ahead of all that is stored"),
    CORD_OPTION_TEXT(struct evidence_config, policy, NULL,
                     "how long what is kept, instead of DIR/policy", .argument = "FILE"),
    CORD_OPTION_TEXT(struct evidence_config, reason, NULL, "why the hold is set or released",
                     .argument = "TEXT"),
    CORD_OPTION_TEXT(struct evidence_config, who, NULL, "who sets or releases it",
                     .argument = "NAME"),
    CORD_OPTION_U32(struct evidence_config, release, 0, 0, UINT32_MAX,
                    "release the hold of this number", .argument = "N"),
    CORD_OPTION_HEADING("General"),
    CORD_OPTION_TEXT(struct evidence_config, signing_key, NULL,
                     "the secret key, when it is not DIR/signing.key", .argument = "FILE"),
    CORD_OPTION_FLAG(struct evidence_config, json, "one JSON object a line"),
    CORD_OPTION_FLAG(struct evidence_config, quiet, "no progress, no notes", .letter = 'q'),
    CORD_OPTION_FLAG(struct evidence_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

struct run {
    const struct command *command;
    struct evidence_config config;
    const char *operands[OPERANDS_MAX]; /* action, directory, other directory */
    struct cord_store *store;
    struct cord_range range;
    struct cord_store_progress progress;
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

/* What the caller can put right is usage; the rest is a store that cannot be read. */
static int code_of(cord_status status)
{
    return status == CORD_E_UNSUPPORTED || status == CORD_E_NOENT ? COMMAND_USAGE
           : status == CORD_E_FORMAT                              ? COMMAND_FOUND
                                                                  : COMMAND_UNREADABLE;
}

static int fail(const struct run *run, cord_status status, const struct cord_error *err)
{
    const char *text = err->text[0] != '\0' ? err->text : cord_error_name(status);
    return complain(run, code_of(status), text);
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

static bool on_step(void *self, uint64_t done_bytes, uint64_t total_bytes)
{
    struct run *run = self;
    int64_t now_ns = cord_clock_now_ns(&run->clock);
    if (now_ns < run->next_ns || total_bytes == 0) {
        return true;
    }
    run->next_ns = now_ns + PROGRESS_EVERY_NS;
    double seconds = (double)(now_ns - run->start_ns) / (double)CORD_SECOND_NS;
    double share = (double)done_bytes / (double)total_bytes;
    double left = share > 0 ? seconds / share - seconds : 0;
    (void)fprintf(stderr, "\r\033[K%s: %.0f of %.0f MB, %.0f MB/s, %.0f %%, %ld:%02ld left",
                  run->operands[0], (double)done_bytes / 1e6, (double)total_bytes / 1e6,
                  (double)done_bytes / 1e6 / seconds, share * 100, (long)left / 60,
                  (long)left % 60);
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

static cord_str or_empty(cord_str text)
{
    return text.ptr ? text : CORD_STR("");
}

static int do_verify(struct run *run)
{
    struct cord_error err = {""};
    struct cord_store_verdict verdict;
    const struct cord_store_verify_options verify = {
        .first_entry = run->config.first,
        .last_entry = run->config.last,
        .head = or_empty(run->config.head),
        .key = or_empty(run->config.key),
        .progress = run->progress,
        .broken = on_broken,
        .self = run,
    };
    cord_status status = cord_store_verify(run->store, &verify, &verdict, &err);
    clear_progress(run);
    if (status != CORD_OK) {
        return fail(run, status == CORD_E_FORMAT ? CORD_E_UNSUPPORTED : status, &err);
    }
    if (run->config.json) {
        json_line_number(&run->line, "entries", verdict.entries);
        json_line_number(&run->line, "chain_entries", verdict.chain_entries);
        json_line_number(&run->line, "segments", verdict.segments);
        json_line_number(&run->line, "blocks", verdict.blocks);
        json_line_number(&run->line, "bytes", verdict.bytes);
        json_line_number(&run->line, "broken_count", verdict.broken);
        json_line_text(&run->line, "head", cord_str_from(verdict.head));
        print_line(run);
    } else {
        printf("%s: %" PRIu64 " of %" PRIu64 " entries, %" PRIu64 " segments, %" PRIu64
               " blocks, %.1f MB; head %s\n",
               verdict.broken > 0 ? "BROKEN" : "proven", verdict.entries, verdict.chain_entries,
               verdict.segments, verdict.blocks, (double)verdict.bytes / 1e6, verdict.head);
    }
    return verdict.broken > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static int do_stats(struct run *run)
{
    struct cord_error err = {""};
    struct cord_evidence *evidence = cord_store_evidence(run->store);
    struct cord_evidence_stats stats;
    cord_status status = evidence->ops->stats(evidence, &stats, &err);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (run->config.json) {
        json_line_number(&run->line, "events", stats.rows);
        json_line_number(&run->line, "raw_bytes", stats.raw_bytes);
        json_line_number(&run->line, "packed_bytes", stats.packed_bytes);
        json_line_number(&run->line, "spooled_events", stats.spooled_rows);
        json_line_number(&run->line, "segments", stats.segments);
        json_line_number(&run->line, "blocks", stats.blocks);
        json_line_time(&run->line, "from", stats.when_min_ns);
        json_line_time(&run->line, "to", stats.when_max_ns);
        print_line(run);
        return COMMAND_DONE;
    }
    char low[CORD_TIMESTAMP_TEXT];
    char high[CORD_TIMESTAMP_TEXT];
    uint64_t packed_rows = stats.rows - stats.spooled_rows;
    printf("events     %" PRIu64 " (%" PRIu64 " not packed yet)\n", stats.rows, stats.spooled_rows);
    if (stats.rows > 0) {
        cord_str from = cord_timestamp_format(stats.when_min_ns, low);
        cord_str to = cord_timestamp_format(stats.when_max_ns, high);
        printf("time       %.*s to %.*s\n", CORD_STR_ARG(from), CORD_STR_ARG(to));
    }
    printf("received   %.1f MB\n", (double)stats.raw_bytes / 1e6);
    printf("on disk    %.1f MB in %" PRIu64 " segments, %" PRIu64 " blocks",
           (double)stats.packed_bytes / 1e6, stats.segments, stats.blocks);
    if (packed_rows > 0) {
        printf(", %.1f bytes an event", (double)stats.packed_bytes / (double)packed_rows);
    }
    printf("\n");
    return COMMAND_DONE;
}

static int say_carried(struct run *run, const struct cord_store_carried *carried, const char *what)
{
    if (run->config.json) {
        json_line_number(&run->line, "events", carried->rows);
        json_line_number(&run->line, "damaged_blocks", carried->damaged);
        print_line(run);
    } else {
        printf("%" PRIu64 " events %s", carried->rows, what);
        if (carried->damaged > 0) {
            printf("; %" PRIu64 " blocks could not be read, their events are missing",
                   carried->damaged);
        }
        printf("\n");
    }
    return carried->damaged > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static int do_export(struct run *run)
{
    struct cord_error err = {""};
    struct cord_store_carried carried;
    cord_status status = cord_store_export(run->store, run->operands[2], &run->range,
                                           &run->progress, &carried, &err);
    clear_progress(run);
    return status == CORD_OK ? say_carried(run, &carried, "exported") : fail(run, status, &err);
}

static int do_import(struct run *run)
{
    struct cord_error err = {""};
    struct cord_store_carried carried;
    cord_status status =
        cord_store_import(run->store, run->operands[2], &run->progress, &carried, &err);
    clear_progress(run);
    return status == CORD_OK ? say_carried(run, &carried, "imported") : fail(run, status, &err);
}

static int do_compact(struct run *run)
{
    struct cord_error err = {""};
    struct cord_store_compacted done;
    cord_status status = cord_store_compact(run->store, &run->progress, &done, &err);
    clear_progress(run);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (run->config.json) {
        json_line_number(&run->line, "segments_before", done.before);
        json_line_number(&run->line, "segments_after", done.after);
        json_line_number(&run->line, "bytes_before", done.bytes_before);
        json_line_number(&run->line, "bytes_after", done.bytes_after);
        json_line_number(&run->line, "damaged", done.damaged);
        print_line(run);
    } else {
        printf("%" PRIu64 " segments of %.1f MB are now %" PRIu64 " of %.1f MB", done.before,
               (double)done.bytes_before / 1e6, done.after, (double)done.bytes_after / 1e6);
        if (done.damaged > 0) {
            printf("; %" PRIu64 " cannot be read and stay as they are", done.damaged);
        }
        printf("\n");
    }
    return done.damaged > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static void on_removed(void *self, cord_str what)
{
    struct run *run = self;
    if (run->config.json) {
        json_line_text(&run->line, "deleted", what);
        print_line(run);
    } else {
        printf("%.*s\n", CORD_STR_ARG(what));
    }
}

static int do_retain(struct run *run)
{
    struct cord_error err = {""};
    struct cord_store_retained done;
    const struct cord_store_retain_options retain = {
        .dry_run = run->config.dry_run,
        .clock_is_right = run->config.clock_is_right,
        .removed = run->config.quiet ? NULL : on_removed,
        .self = run,
    };
    cord_status status = cord_store_retain(run->store, &retain, &done, &err);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (run->config.json) {
        json_line_number(&run->line, "segments", done.segments);
        json_line_number(&run->line, "events", done.rows);
        json_line_number(&run->line, "bytes", done.bytes);
        json_line_number(&run->line, "personal_files", done.personal);
        json_line_number(&run->line, "held", done.held);
        json_line_number(&run->line, "mixed", done.mixed);
        json_line_number(&run->line, "damaged", done.damaged);
        print_line(run);
    } else {
        printf("%s %" PRIu64 " segments with %" PRIu64 " events, and what names persons in %" PRIu64
               " more: %.1f MB; %" PRIu64 " held, %" PRIu64
               " due in part (compact parts them), %" PRIu64 " unreadable and kept\n",
               run->config.dry_run ? "would delete" : "deleted", done.segments, done.rows,
               done.personal, (double)done.bytes / 1e6, done.held, done.mixed, done.damaged);
    }
    return done.damaged > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

static int list_holds(struct run *run)
{
    struct cord_store_hold *holds = NULL;
    size_t count = 0;
    struct cord_error err = {""};
    cord_status status = cord_store_holds(run->store, &holds, &count);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct cord_store_hold *hold = &holds[i];
        /* The same words in either form: a hold is for people to read. */
        json_line_number(&run->line, "hold", hold->entry);
        json_line_time(&run->line, "since", hold->since_ns);
        json_line_text(&run->line, "org", hold->organisation);
        json_line_text(&run->line, "source", hold->source);
        json_line_time(&run->line, "from", hold->from_ns);
        json_line_time(&run->line, "to", hold->to_ns);
        json_line_text(&run->line, "who", hold->who);
        json_line_text(&run->line, "reason", hold->reason);
        print_line(run);
    }
    if (count == 0 && !run->config.json) {
        printf("nothing is held\n");
    }
    free(holds);
    return COMMAND_DONE;
}

static int set_hold(struct run *run)
{
    struct cord_error err = {""};
    uint64_t entry = 0;
    const struct cord_store_hold hold = {
        .organisation = run->range.organisation,
        .source = run->range.source,
        .from_ns = run->range.from_ns,
        .to_ns = run->range.to_ns,
        .who = run->config.who,
        .reason = run->config.reason,
    };
    cord_status status = cord_store_hold(run->store, &hold, &entry, &err);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (run->config.json) {
        json_line_number(&run->line, "hold", entry);
        print_line(run);
    } else {
        printf("hold %" PRIu64 " is set\n", entry);
    }
    return COMMAND_DONE;
}

static bool sets_hold(const struct run *run)
{
    const struct evidence_config *config = &run->config;
    return config->reason.ptr || config->who.ptr || config->org.ptr || config->source.ptr ||
           config->from.ptr || config->to.ptr;
}

static int do_hold(struct run *run)
{
    struct cord_error err = {""};
    const struct evidence_config *config = &run->config;
    if (!sets_hold(run) && config->release == 0) {
        return list_holds(run);
    }
    if (!config->reason.ptr || !config->who.ptr) {
        return command_usage(run->command, "a hold takes --reason and --who");
    }
    if (config->release == 0) {
        return set_hold(run);
    }
    cord_status status =
        cord_store_release(run->store, config->release, config->who, config->reason, &err);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (!config->json) {
        printf("hold %" PRIu32 " is released\n", config->release);
    }
    return COMMAND_DONE;
}

/* --- which action --- */

struct action {
    const char *name;
    size_t operand_count; /* with the action's own name */
    const char *missing;  /* what to say when there are fewer, or more */
    bool writes;
    int (*run)(struct run *run);
};

static const struct action actions[] = {
    {"verify", 2, "it is: cordon evidence verify DIR", false, do_verify},
    {"stats", 2, "it is: cordon evidence stats DIR", false, do_stats},
    {"export", 3, "it is: cordon evidence export DIR TARGET", false, do_export},
    {"import", 3, "it is: cordon evidence import DIR OTHER", true, do_import},
    {"compact", 2, "it is: cordon evidence compact DIR", true, do_compact},
    {"hold", 2, "it is: cordon evidence hold DIR", true, do_hold},
    {"retain", 2, "it is: cordon evidence retain DIR", true, do_retain},
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

static int open_store(struct run *run, const struct action *action)
{
    struct cord_error err = {""};
    const struct evidence_config *config = &run->config;
    bool reads = !action->writes || (action->run == do_retain && config->dry_run) ||
                 (action->run == do_hold && !sets_hold(run) && config->release == 0);
    struct cord_store_options store = {
        .read_only = reads,
        .key_path = config->signing_key.ptr,
        .policy_path = config->policy.ptr,
    };
    if (getrandom(&store.seed, sizeof store.seed, 0) != (ssize_t)sizeof store.seed) {
        return complain(run, COMMAND_UNREADABLE, "no random numbers");
    }
    cord_status status = cord_store_open(run->operands[1], &store, &run->store, &err);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (!config->quiet) {
        command_notes(run->command, cord_store_notes(run->store));
    }
    return COMMAND_DONE;
}

static bool parse_time(cord_str text, int64_t *ret_ns)
{
    *ret_ns = CORD_TIME_NONE;
    return !text.ptr || cord_timestamp_parse(text, ret_ns);
}

static int act(struct run *run, const struct cord_option_list *operands)
{
    const struct evidence_config *config = &run->config;
    const struct action *action = find_action(operands->items[0]);
    if (!action) {
        return unknown_action(run, operands->items[0]);
    }
    if (operands->count != action->operand_count) {
        return command_usage(run->command, action->missing);
    }
    for (size_t i = 0; i < operands->count; i++) {
        run->operands[i] = operands->items[i].ptr; /* an argument: it has its NUL */
    }
    run->range.organisation = or_empty(config->org);
    run->range.source = or_empty(config->source);
    if (!parse_time(config->from, &run->range.from_ns) ||
        !parse_time(config->to, &run->range.to_ns)) {
        return command_usage(run->command,
                             "--from and --to take a time such as 2017-05-12T08:24:00Z");
    }
    run->clock = cord_clock_monotonic();
    run->start_ns = cord_clock_now_ns(&run->clock);
    run->next_ns = run->start_ns + PROGRESS_AFTER_NS;
    if (!config->quiet && isatty(STDERR_FILENO)) {
        run->progress = (struct cord_store_progress){on_step, run};
    }
    int code = open_store(run, action);
    if (code == COMMAND_DONE) {
        code = action->run(run);
    }
    cord_store_close(run->store);
    return code;
}

static int evidence_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    struct cord_option_list operands = {0};
    cord_buf_init(&run.line, LINE_BYTES_MAX);
    int code = command_begin(command, argc, argv, arena, &run.config, &operands);
    if (code == COMMAND_BEGUN && operands.count == 0) {
        code = command_usage(command, "which action? verify, stats, export, import, compact, hold "
                                      "or retain");
    } else if (code == COMMAND_BEGUN) {
        code = act(&run, &operands);
    }
    cord_buf_done(&run.line);
    cord_arena_free(arena);
    return code;
}

const struct command command_evidence = {
    .name = "evidence",
    .operands = "ACTION DIR [OTHER]",
    .summary = "Prove, count, carry, tidy and delete what is stored.",
    .help = "Actions:\n"
            "  verify DIR         look at every byte and signature; name the first broken one\n"
            "  stats DIR          how much is there\n"
            "  export DIR TARGET  a part as a store of its own, which proves itself\n"
            "  import DIR OTHER   all of another store, once it has proved itself\n"
            "  compact DIR        few large files for many small ones\n"
            "  hold DIR           list what must not be deleted; set with --reason and --who,\n"
            "                     end with --release\n"
            "  retain DIR         delete what the policy no longer keeps\n\n"
            "Exit code: 0 all is well, 1 something is broken, 2 wrong usage, 3 the store cannot\n"
            "be read or written.\n",
    .options = options,
    .run = evidence_main,
};
