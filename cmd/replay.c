/* replay.c: cordon replay: a scenario as a timed stream of claims into a record of an exercise. */
#include "cmd/command.h"
#include "cmd/scenario_files.h"

#include "base/clock.h"
#include "base/timestamp.h"
#include "care/script.h"
#include "record/organisation.h"
#include "record/organisation_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ARENA_BYTES_MAX = 1 << 20,
    LIST_BYTES_MAX = 1 << 30,
    BATCH_MAX = 8192,
    SPEED_MAX = 1000000000,
};

#define SLICE_NS (CORD_SECOND_NS / 5)

struct replay_config {
    cord_str record;
    cord_str speed;
    cord_str seed;
    cord_str until;
    uint32_t gap;
    struct cord_option_list organisations;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_TEXT(
        struct replay_config, record, NULL,
        "the record's folder: a new one, or one of this exercise that was not replayed "
        "to its end",
        .letter = 'r', .argument = "DIR"),
    CORD_OPTION_TEXT(struct replay_config, speed, "max",
                     "seconds of the scenario that pass in one second, or max", .letter = 's',
                     .argument = "N"),
    CORD_OPTION_U32(struct replay_config, gap, 10, 0, 86400,
                    "longest wait between two claims: the quiet months are cut short",
                    .argument = "SECONDS"),
    CORD_OPTION_TEXT(struct replay_config, seed, NULL,
                     "what is drawn by lot hangs on it; the scenario's own", .argument = "N"),
    CORD_OPTION_TEXT(struct replay_config, until, NULL,
                     "stop before what was known after this time", .argument = "TIME"),
    CORD_OPTION_LIST(struct replay_config, organisations,
                     "a list of real organisations, as of the Organisation Data Service: stand-ins "
                     "of their roles are not made",
                     .letter = 'o', .argument = "FILE"),
    CORD_OPTION_FLAG(struct replay_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

struct run {
    const struct command *command;
    struct replay_config config;
    uint64_t speed; /* 0: as fast as it goes */
    int64_t until_ns;
    struct scenario_files files;
    struct cord_scenario *scenario;
    struct cord_script *script;
    struct cord_record *record;
    struct cord_record_view *view;
    int64_t now_ns;       /* the scenario's clock */
    uint64_t base;        /* claims before the script's first */
    uint64_t done_before; /* of the script, when we came */
    int64_t drawn_ns;     /* when progress was shown last; 0: never */
    struct cord_error err;
};

static int fail(struct run *run, cord_status status)
{
    (void)command_error(run->command,
                        run->err.text[0] != '\0' ? run->err.text : cord_error_name(status));
    return status == CORD_E_FORMAT || status == CORD_E_NOENT ? COMMAND_USAGE : COMMAND_UNREADABLE;
}

static int64_t scenario_now(void *self)
{
    const struct run *run = self;
    return run->now_ns;
}

/* --- organisations that are given --- */

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    struct run *run = self;
    struct cord_record_outcome outcome;
    return cord_record_append(run->record, claims, count, &outcome, err);
}

static void on_refused(void *self, const struct cord_organisation_import_refusal *refusal)
{
    const struct run *run = self;
    (void)fprintf(stderr, "cordon %s: note: line %" PRIu64 ", %.*s, is refused: %s\n",
                  run->command->name, refusal->line, CORD_STR_ARG(refusal->code), refusal->detail);
}

static cord_status import_list(struct run *run, struct cord_organisation_import *import,
                               cord_str path)
{
    struct cord_organisation_import_outcome outcome;
    cord_str text = {0};
    cord_status status =
        scenario_files_load(&run->files, path.ptr, LIST_BYTES_MAX, &text, &run->err);
    if (status != CORD_OK) {
        return status;
    }
    const struct cord_organisation_columns *columns =
        cord_organisation_columns_guess(cord_str_slice(text, 0, cord_str_find_char(text, '\n', 0)));
    if (!columns) {
        return cord_error_set(&run->err, CORD_E_FORMAT,
                              "%s: is no list that is known; cordon organisations import tells "
                              "which are",
                              path.ptr);
    }
    status = cord_organisation_import_list(import, columns, path, text, &outcome, &run->err);
    if (status != CORD_OK) {
        cord_error_context(&run->err, "%s", path.ptr);
    }
    return status;
}

static cord_status import_lists(struct run *run)
{
    struct cord_organisation_import *import = NULL;
    const struct cord_organisation_import_options how = {
        .claimant = CORD_STR("system:replay"),
        .method = CORD_STR("list"),
        .exercise = cord_scenario_name(run->scenario),
        .basis = CORD_CLAIM_REPORTED,
        .marking = CORD_CLAIM_AMBER,
        .confidence = CORD_CLAIM_CERTAIN - 1, /* the scenario's own are certain */
        .seed = cord_scenario_seed(run->scenario),
        .since_ns = CORD_TIME_NONE,
        .complete_ns = CORD_TIME_NONE,
        .put = on_claims,
        .refused = on_refused,
        .self = run};
    cord_status status = cord_organisation_import_new(&how, &import);
    for (size_t i = 0; i < run->config.organisations.count && status == CORD_OK; i++) {
        status = import_list(run, import, run->config.organisations.items[i]);
    }
    cord_organisation_import_free(import);
    return status;
}

/* Those of the record that came from lists: all but the script's own. */
static cord_status make_script(struct run *run, uint64_t seed)
{
    struct cord_organisations *organisations = NULL;
    struct cord_script_given *given = NULL;
    size_t count = 0;
    const struct cord_as_of begin = {cord_scenario_begins_ns(run->scenario), INT64_MAX};
    cord_status status = cord_organisations_build(run->view, begin, &organisations, &run->err);
    if (status == CORD_OK) {
        given = calloc(cord_organisations_count(organisations) + 1, sizeof *given);
        status = given ? CORD_OK : CORD_E_NOMEM;
    }
    for (size_t i = 0; status == CORD_OK && i < cord_organisations_count(organisations); i++) {
        const struct cord_organisation *organisation = cord_organisations_at(organisations, i);
        bool ours = run->base > 0 && organisation->claim > run->base;
        bool active = organisation->standing.len == 0 ||
                      cord_str_eq(organisation->standing, CORD_STR("active"));
        bool english = cord_str_eq(organisation->country, CORD_STR("ENG"));
        if (!ours && active && english && run->base > 0) {
            given[count++] = (struct cord_script_given){
                organisation->code, organisation->role, organisation->region,
                organisation->opened_ns, organisation->closed_ns};
        }
    }
    if (status == CORD_OK) {
        status = cord_script_make(run->scenario, seed, given, count, &run->script, &run->err);
        if (status != CORD_OK) {
            cord_error_context(&run->err, "%s", run->files.name.ptr);
        }
    }
    free(given);
    cord_organisations_free(organisations);
    return status;
}

/* --- where we are --- */

static cord_status on_begun(void *self, const struct cord_answer *answer)
{
    uint64_t *number = self; /* of the claim that begins the exercise */
    *number = answer->claim;
    return CORD_E_END;
}

static cord_status refuse(struct run *run)
{
    return cord_error_set(
        &run->err, CORD_E_FORMAT,
        "%s holds claims that are not of this replay: other seed, other lists, or "
        "other hands; take an empty folder",
        run->config.record.ptr);
}

/* A record that was begun goes on where it stopped; one that holds anything else is left alone. */
static cord_status find_place(struct run *run)
{
    uint64_t begun = 0;
    const struct cord_as_of ever = {INT64_MAX, INT64_MAX};
    cord_status status = cord_record_view_answers(run->view, CORD_STR("exercise"), CORD_STR(""),
                                                  ever, on_begun, &begun, &run->err);
    if (status != CORD_OK) {
        return status;
    }
    if (begun > 0) {
        run->base = begun - 1;
        run->done_before = cord_record_count(run->record) - run->base;
        return CORD_OK;
    }
    if (cord_record_count(run->record) > 0) {
        return refuse(run);
    }
    run->now_ns = cord_scenario_begins_ns(run->scenario);
    if (run->config.organisations.count > 0) {
        status = import_lists(run);
    }
    run->base = cord_record_count(run->record);
    return status == CORD_OK ? cord_record_view_refresh(run->view, &run->err) : status;
}

struct same {
    const struct cord_script_line *line;
    bool same;
};

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct same *same = self;
    const struct cord_claim *wanted = &same->line->claim;
    (void)hash;
    same->same = claim->kind == wanted->kind && cord_str_eq(claim->key, wanted->key) &&
                 cord_str_eq(claim->subject, wanted->subject) &&
                 claim->recorded_ns == same->line->known_ns;
    return CORD_OK;
}

/* All that is recorded is the script's. */
static cord_status check_place(struct run *run)
{
    cord_status status = CORD_OK;
    if (run->done_before > cord_script_count(run->script)) {
        return refuse(run);
    }
    for (uint64_t i = 0; i < run->done_before && status == CORD_OK; i++) {
        struct same same = {.line = cord_script_at(run->script, i)};
        status = cord_record_view_claim(run->view, run->base + i + 1, on_claim, &same, &run->err);
        if (status == CORD_OK && !same.same) {
            status = refuse(run);
        }
    }
    return status;
}

/* --- the stream --- */

static void show(struct run *run, uint64_t done, bool last)
{
    const struct cord_clock clock = cord_clock_monotonic();
    int64_t now_ns = cord_clock_now_ns(&clock);
    char buffer[CORD_TIMESTAMP_TEXT];
    cord_str time = cord_str_slice(cord_timestamp_format(run->now_ns, buffer), 0, 16);
    if (!isatty(STDERR_FILENO) || (!last && now_ns - run->drawn_ns < SLICE_NS)) {
        return;
    }
    run->drawn_ns = now_ns;
    (void)fprintf(stderr, "\r\033[K%.*sZ, %" PRIu64 " of %zu claims%s", CORD_STR_ARG(time), done,
                  cord_script_count(run->script), last ? "\n" : "");
    (void)fflush(stderr);
}

/* In slices, so that progress is shown while nothing happens. */
static void pass_time(struct run *run, int64_t until_ns, uint64_t done)
{
    int64_t from_ns = run->now_ns;
    int64_t apart_ns = until_ns > from_ns ? until_ns - from_ns : 0;
    int64_t most_ns = (int64_t)run->config.gap * CORD_SECOND_NS;
    int64_t wait_ns = run->speed == 0 ? 0 : apart_ns / (int64_t)run->speed;
    wait_ns = wait_ns < most_ns ? wait_ns : most_ns;
    for (int64_t waited_ns = 0; waited_ns < wait_ns;) {
        int64_t slice_ns = wait_ns - waited_ns < SLICE_NS ? wait_ns - waited_ns : SLICE_NS;
        cord_clock_sleep_ns(slice_ns);
        waited_ns += slice_ns;
        run->now_ns = from_ns + (int64_t)((double)apart_ns * (double)waited_ns / (double)wait_ns);
        show(run, done, false);
    }
    run->now_ns = until_ns;
}

/* What is known at one instant is one batch, unless it is too much for one. */
static size_t batch_of(const struct run *run, size_t first)
{
    size_t count = 1;
    int64_t known_ns = cord_script_at(run->script, first)->known_ns;
    while (count < BATCH_MAX && first + count < cord_script_count(run->script) &&
           cord_script_at(run->script, first + count)->known_ns == known_ns) {
        count++;
    }
    return count;
}

static cord_status append(struct run *run, struct cord_claim *claims, size_t first, size_t count)
{
    struct cord_record_outcome outcome;
    for (size_t i = 0; i < count; i++) {
        const struct cord_script_line *line = cord_script_at(run->script, first + i);
        claims[i] = line->claim;
        claims[i].supersedes = line->revises > 0 ? run->base + line->revises : 0;
    }
    cord_status status = cord_record_append(run->record, claims, count, &outcome, &run->err);
    if (status == CORD_OK &&
        (outcome.recorded != count || outcome.first != run->base + first + 1)) {
        return refuse(run);
    }
    return status;
}

static cord_status play(struct run *run, uint64_t *ret_done)
{
    struct cord_claim *claims = calloc(BATCH_MAX, sizeof *claims);
    cord_status status = claims ? CORD_OK : CORD_E_NOMEM;
    size_t at = run->done_before;
    run->now_ns = at > 0 ? cord_script_at(run->script, at - 1)->known_ns : run->now_ns;
    while (status == CORD_OK && at < cord_script_count(run->script) &&
           cord_script_at(run->script, at)->known_ns <= run->until_ns) {
        size_t count = batch_of(run, at);
        pass_time(run, cord_script_at(run->script, at)->known_ns, at);
        status = append(run, claims, at, count);
        at += status == CORD_OK ? count : 0;
        show(run, at, false);
    }
    show(run, at, true);
    free(claims);
    *ret_done = at;
    return status;
}

/* --- which --- */

static bool parse_speed(const struct run *run, uint64_t *ret_speed)
{
    *ret_speed = 0;
    return cord_str_eq(run->config.speed, CORD_STR("max")) ||
           (cord_str_u64(run->config.speed, ret_speed) && *ret_speed > 0 &&
            *ret_speed <= SPEED_MAX);
}

static cord_status prepare(struct run *run, uint64_t seed)
{
    cord_status status = scenario_files_read(&run->files, &run->scenario, &run->err);
    if (status != CORD_OK) {
        return status;
    }
    const struct cord_record_options how = {
        .create = true,
        .exercise = cord_scenario_name(run->scenario),
        .clock = {.now_ns = scenario_now, .self = run},
        .not_signed = command_not_signed(&run->command),
    };
    run->now_ns = cord_scenario_begins_ns(run->scenario);
    seed = run->config.seed.ptr ? seed : cord_scenario_seed(run->scenario);
    status = cord_record_open(run->config.record.ptr, &how, &run->record, &run->err);
    if (status == CORD_OK) {
        status = cord_record_view_open(run->record, &run->view, &run->err);
    }
    status = status == CORD_OK ? find_place(run) : status;
    status = status == CORD_OK ? make_script(run, seed) : status;
    return status == CORD_OK ? check_place(run) : status;
}

static int act(struct run *run, const struct cord_option_list *operands)
{
    uint64_t seed = 0;
    uint64_t done = 0;
    char buffer[CORD_TIMESTAMP_TEXT];
    if (operands->count != 1 || !run->config.record.ptr) {
        return command_usage(run->command, "say which scenario and which record: may-2017 --record "
                                           "DIR");
    }
    scenario_files_init(&run->files, operands->items[0]);
    run->until_ns = INT64_MAX;
    if (!parse_speed(run, &run->speed)) {
        return command_usage(run->command, "--speed takes max, or a whole number from 1");
    }
    if (run->config.seed.ptr && !cord_str_u64(run->config.seed, &seed)) {
        return command_usage(run->command, "--seed takes a whole number");
    }
    if (run->config.until.ptr && !cord_timestamp_parse(run->config.until, &run->until_ns)) {
        return command_usage(run->command,
                             "--until takes a time such as 2017-05-12T20:00:00+01:00");
    }
    cord_status status = prepare(run, seed);
    status = status == CORD_OK ? play(run, &done) : status;
    if (status != CORD_OK) {
        return fail(run, status);
    }
    printf("EXERCISE %.*s: %" PRIu64 " claims recorded, %" PRIu64 " of %zu in all, to %.*s\n",
           CORD_STR_ARG(cord_scenario_name(run->scenario)), done - run->done_before, done,
           cord_script_count(run->script),
           CORD_STR_ARG(cord_timestamp_format(run->now_ns, buffer)));
    return COMMAND_DONE;
}

static void clean_up(struct run *run)
{
    cord_record_view_close(run->view);
    cord_record_close(run->record);
    cord_script_free(run->script);
    cord_scenario_free(run->scenario);
    scenario_files_done(&run->files);
}

static int replay_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    struct cord_option_list operands = {0};
    scenario_files_init(&run.files, CORD_STR(""));
    int code = command_begin(command, argc, argv, arena, &run.config, &operands);
    if (code == COMMAND_BEGUN) {
        code = act(&run, &operands);
    }
    code = command_end(command, code);
    clean_up(&run);
    cord_arena_free(arena);
    return code;
}

const struct command command_replay = {
    .name = "replay",
    .operands = "SCENARIO --record DIR",
    .summary = "Play a scenario into the record of an exercise.",
    .help =
        "SCENARIO is may-2017, or the path of a scenario file. The claims come as they were known\n"
        "then, by the scenario's clock; the same seed gives the same record, byte for byte. A\n"
        "live record is refused. What was stopped goes on where it stopped.\n\n"
        "Exit code: 0 done, 2 wrong usage, scenario or record, 3 something cannot be read or\n"
        "written.\n",
    .options = options,
    .run = replay_main,
};
