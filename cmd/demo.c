/* demo.c: cordon demo: a server, a scenario and a link: something to look at, in one command. */
#include "cmd/command.h"
#include "cmd/demo_play.h"
#include "cmd/demo_server.h"
#include "cmd/scenario_files.h"

#include "base/timestamp.h"
#include "codec/json_write.h"
#include "wire/recording_read.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 1 << 20, SPEED_MAX = 1000000, GAP_S = 10, LATENESS_MAX_S = 3600 };

#define SHOWN_NS  (CORD_SECOND_NS / 5)
#define JSON_NS   CORD_SECOND_NS
#define BEFORE_NS (300 * CORD_SECOND_NS) /* of the first event: real speed begins */

struct demo_config {
    cord_str scenario;
    cord_str speed;
    cord_str dir;
    uint32_t port;
    struct cord_option_list rules;
    struct cord_option_list recordings;
    cord_str from;
    cord_str until;
    cord_str seed;
    bool keep;
    bool stay;
    bool open;
    bool json;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_TEXT(struct demo_config, speed, "600",
                     "seconds of the scenario that pass in one second, or max", .letter = 's',
                     .argument = "N"),
    CORD_OPTION_TEXT(struct demo_config, dir, NULL,
                     "folder of all that is kept, which stays; a temporary one that is removed",
                     .letter = 'd', .argument = "DIR"),
    CORD_OPTION_FLAG(struct demo_config, keep, "keep the temporary folder, too"),
    CORD_OPTION_U32(struct demo_config, port, 8017, 0, 65535,
                    "port of the console and API on this machine; 0: any", .letter = 'p'),
    CORD_OPTION_LIST(struct demo_config, rules,
                     "Sigma rules: files, or folders and all below them, beside rules and "
                     "samples/rules where they are here",
                     .letter = 'r', .argument = "PATH"),
    CORD_OPTION_LIST(struct demo_config, recordings,
                     "a folder that recordings are looked for in, beside samples where it is here",
                     .argument = "DIR"),
    CORD_OPTION_TEXT(struct demo_config, scenario, "may-2017",
                     "may-2017, or the path of a scenario file", .argument = "NAME"),
    CORD_OPTION_TEXT(struct demo_config, from, NULL,
                     "what was before is there from the start; five minutes before the first event",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct demo_config, until, NULL, "stop before what was after this time",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct demo_config, seed, NULL,
                     "what is drawn by lot hangs on it; the scenario's own", .argument = "N"),
    CORD_OPTION_FLAG_ON(struct demo_config, stay, "end when the scenario has ended"),
    CORD_OPTION_FLAG_ON(struct demo_config, open, "do not open a browser"),
    CORD_OPTION_FLAG(struct demo_config, json, "progress as JSON lines", .letter = 'j'),
    CORD_OPTION_FLAG(struct demo_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

struct run {
    const struct command *command;
    struct demo_config config;
    struct cord_option_list rules; /* all of them, with those that are here */
    uint64_t seed;
    int signals;
    bool stopped; /* by a signal */
    bool ended;   /* the scenario is played */
    struct scenario_files files;
    struct cord_scenario *scenario;
    struct cord_script *script;
    struct cord_traffic *traffic;
    struct cord_traffic_plan *plan;
    struct demo_send *send;
    struct demo_server server;
    struct demo_play play;
    struct demo_links links;
    size_t missing; /* recordings that are not here */
    int64_t shown_ns;
    struct cord_error err;
};

static int fail(struct run *run, cord_status status)
{
    (void)command_error(run->command,
                        run->err.text[0] != '\0' ? run->err.text : cord_error_name(status));
    return status == CORD_E_FORMAT || status == CORD_E_NOENT ? COMMAND_USAGE : COMMAND_UNREADABLE;
}

/* --- what is shown --- */

static bool is_drawn(const struct run *run)
{
    return !run->config.json && isatty(STDERR_FILENO);
}

static void clear_line(const struct run *run)
{
    if (is_drawn(run)) {
        (void)fputs("\r\033[K", stderr);
    }
}

static void show_json(const struct run *run, const char *state)
{
    struct cord_server_exercise_totals totals;
    struct demo_sent sent = demo_send_totals(run->send);
    char buffer[CORD_TIMESTAMP_TEXT];
    cord_str time = cord_timestamp_format(atomic_load(&run->play.now_ns), buffer);
    cord_server_exercise_totals(run->server.server, &totals);
    printf("{\"state\":\"%s\",\"exercise\":\"%.*s\",\"time\":\"%.*s\",\"claims\":%" PRIu64
           ",\"events\":%" PRIu64 ",\"judged\":%" PRIu64 ",\"findings\":%" PRIu64
           ",\"alerts\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"waits\":%" PRIu64
           ",\"recordings_missing\":%zu}\n",
           state, CORD_STR_ARG(cord_scenario_name(run->scenario)), CORD_STR_ARG(time),
           totals.claims, totals.events, totals.judged, totals.findings, totals.alerts, sent.stored,
           sent.refused, sent.waits, run->missing);
    (void)fflush(stdout);
}

static void show_line(const struct run *run)
{
    struct cord_server_exercise_totals totals;
    char buffer[CORD_TIMESTAMP_TEXT];
    cord_str time = cord_timestamp_format(atomic_load(&run->play.now_ns), buffer);
    cord_server_exercise_totals(run->server.server, &totals);
    (void)fprintf(stderr,
                  "\r\033[K%.*sZ  %" PRIu64 " claims  %" PRIu64 " events  %" PRIu64
                  " findings  %" PRIu64 " alerts  %s",
                  CORD_STR_ARG(cord_str_slice(time, 0, 19)), totals.claims, totals.events,
                  totals.findings, totals.alerts,
                  run->ended ? "(played; Ctrl-C ends)" : "(Ctrl-C ends)");
    (void)fflush(stderr);
}

static void look(void *self)
{
    struct run *run = self;
    const struct cord_clock clock = cord_clock_monotonic();
    int64_t now_ns = cord_clock_now_ns(&clock);
    if (now_ns - run->shown_ns < (run->config.json ? JSON_NS : SHOWN_NS)) {
        return;
    }
    run->shown_ns = now_ns;
    if (run->config.json) {
        show_json(run, run->ended ? "played" : "playing");
    } else if (is_drawn(run)) {
        show_line(run);
    }
}

static void cue(void *self, const struct cord_traffic_cue *what)
{
    struct run *run = self;
    char buffer[CORD_TIMESTAMP_TEXT];
    cord_str time = cord_timestamp_format(what->at_ns, buffer);
    if (run->config.json) {
        return;
    }
    clear_line(run);
    printf("%.*sZ  %.*s\n", CORD_STR_ARG(cord_str_slice(time, 0, 16)), CORD_STR_ARG(what->text));
    (void)fflush(stdout);
}

static bool go_on(void *self)
{
    struct run *run = self;
    struct pollfd ready = {.fd = run->signals, .events = POLLIN};
    run->stopped = run->stopped || poll(&ready, 1, 0) > 0;
    return !run->stopped;
}

static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC) : -1;
}

/* --- recordings --- */

static cord_status add_event(void *self, const struct cord_event *event,
                             const struct cord_paths *paths, struct cord_error *err)
{
    struct run *run = self;
    return cord_traffic_plan_add(run->plan, event, paths, err);
}

/* The first folder that has it; false: none. */
static bool find_recording(const struct run *run, const struct cord_traffic_recording *recording,
                           char *into, size_t room)
{
    for (size_t i = 0; i <= run->config.recordings.count; i++) {
        bool own = i < run->config.recordings.count;
        int len =
            snprintf(into, room, "%s/%.*s", own ? run->config.recordings.items[i].ptr : "samples",
                     CORD_STR_ARG(recording->file));
        if (len > 0 && (size_t)len < room && access(into, R_OK) == 0) {
            return true;
        }
    }
    return false;
}

static cord_status read_recording(struct run *run, size_t place)
{
    const struct cord_traffic_recording *recording = cord_traffic_recording(run->traffic, place);
    const struct cord_recording_reading reading = {.each = add_event, .self = run};
    struct cord_recording_read_counts counts = {0};
    char path[4096];
    if (!find_recording(run, recording, path, sizeof path)) {
        run->missing++;
        return CORD_OK;
    }
    cord_traffic_plan_begin(run->plan, place);
    cord_status status = cord_recording_read(path, &reading, &counts, &run->err);
    if (status == CORD_OK && counts.refused > 0) {
        (void)fprintf(stderr, "cordon demo: note: %s: %" PRIu64 " records cannot be read\n", path,
                      counts.refused);
    }
    return status;
}

static cord_status make_plan(struct run *run)
{
    cord_str text = {0};
    cord_str name = cord_scenario_events(run->scenario);
    cord_status status =
        name.len > 0 ? scenario_files_beside(&run->files, name, &text, &run->err) : CORD_OK;
    if (status == CORD_OK) {
        status = cord_traffic_read(name.len > 0 ? text : CORD_STR("senders: []\n"), &run->traffic,
                                   &run->err);
    }
    if (status == CORD_OK) {
        status = cord_traffic_plan_new(run->traffic, run->seed, &run->plan, &run->err);
    }
    if (status != CORD_OK) {
        cord_error_context(&run->err, "%.*s", CORD_STR_ARG(name));
    }
    for (size_t i = 0;
         status == CORD_OK && i < cord_traffic_recording_count(run->traffic) && go_on(run); i++) {
        status = read_recording(run, i);
    }
    if (status == CORD_OK) {
        cord_traffic_plan_end(run->plan);
    }
    return status;
}

/* --- the beginning --- */

static cord_status add_rules(struct run *run, struct cord_arena *arena)
{
    static const char *const here[] = {"rules", "samples/rules"};
    size_t count = run->config.rules.count;
    cord_str *items = cord_arena_zalloc(arena, count + 2, sizeof *items);
    if (!items) {
        return cord_error_set(&run->err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = run->config.rules.items[i];
    }
    for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
        if (access(here[i], R_OK) == 0) {
            items[count++] = cord_str_from(here[i]);
        }
    }
    run->rules = (struct cord_option_list){.items = items, .count = count};
    return CORD_OK;
}

static cord_status prepare(struct run *run, struct cord_arena *arena)
{
    scenario_files_init(&run->files, run->config.scenario);
    cord_status status = add_rules(run, arena);
    if (status == CORD_OK) {
        status = scenario_files_read(&run->files, &run->scenario, &run->err);
    }
    if (status == CORD_OK) {
        run->seed = run->config.seed.ptr ? run->seed : cord_scenario_seed(run->scenario);
        status = cord_script_make(run->scenario, run->seed, NULL, 0, &run->script, &run->err);
    }
    if (status == CORD_OK) {
        status = make_plan(run);
    }
    if (status == CORD_OK) {
        run->send = demo_send_new(run->traffic);
        status = run->send ? CORD_OK : CORD_E_NOMEM;
    }
    return status;
}

static uint32_t lateness_of(const struct run *run)
{
    uint64_t seconds = run->play.speed == 0 ? 600 : run->play.speed;
    return (uint32_t)(seconds < 60 ? 60 : seconds > LATENESS_MAX_S ? LATENESS_MAX_S : seconds);
}

static cord_status open_server(struct run *run)
{
    const struct demo_server_options server = {
        .dir = run->config.dir,
        .port = run->config.port,
        .lateness = lateness_of(run),
        .rules = run->rules,
        .exercise = cord_scenario_name(run->scenario),
        .clock = demo_play_clock(&run->play),
        .traffic = run->traffic,
        .send = run->send,
    };
    atomic_store(&run->play.now_ns, cord_scenario_begins_ns(run->scenario));
    cord_status status = demo_server_open(&run->server, &server, &run->err);
    if (status == CORD_OK) {
        run->play.server = run->server.server;
        demo_send_to(run->send, cord_server_port(run->server.server, CORD_STR("http")));
        cord_str organisation = cord_traffic_sender_count(run->traffic) > 0
                                    ? cord_traffic_sender(run->traffic, 0)->organisation
                                    : CORD_STR("");
        status = demo_server_links(&run->server, &run->links, organisation, &run->err);
    }
    return status;
}

static bool has_screen(void)
{
    return secure_getenv("DISPLAY") || secure_getenv("WAYLAND_DISPLAY");
}

static void open_browser(const struct run *run)
{
    extern char **environ;
    char link[sizeof run->links.centre];
    char command[] = "xdg-open";
    char *argv[] = {command, link, NULL};
    posix_spawnattr_t how;
    sigset_t none;
    pid_t child = 0;
    (void)snprintf(link, sizeof link, "%s", run->links.centre);
    if (!run->config.open || run->config.json || !has_screen()) {
        return;
    }
    (void)sigemptyset(&none);
    if (posix_spawnattr_init(&how) != 0) {
        return;
    }
    /* Ours are blocked, which a browser is not to inherit. Should it fail: the link is printed. */
    if (posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK) == 0 &&
        posix_spawnattr_setsigmask(&how, &none) == 0) {
        (void)!posix_spawnp(&child, command, NULL, &how, argv, environ);
    }
    (void)posix_spawnattr_destroy(&how);
}

static void say_where(const struct run *run)
{
    if (run->config.json) {
        printf("{\"state\":\"open\",\"exercise\":\"%.*s\",\"url\":\"http://127.0.0.1:%u/\","
               "\"link\":\"%s\",\"link_organisation\":\"%s\",\"data\":",
               CORD_STR_ARG(cord_scenario_name(run->scenario)), run->server.port, run->links.centre,
               run->links.organisation);
        struct cord_buf dir;
        cord_buf_init(&dir, 3 * sizeof run->server.dir);
        cord_json_write_string(&dir, cord_str_from(run->server.dir));
        printf("%.*s}\n", CORD_STR_ARG(cord_buf_str(&dir)));
        cord_buf_done(&dir);
    } else {
        printf("EXERCISE %.*s: stand-ins and assigned times; no real organisation is shown as hit "
               "without "
               "a source.\n\n"
               "  Sign in by one click (good once):\n    %s\n",
               CORD_STR_ARG(cord_scenario_name(run->scenario)), run->links.centre);
        if (run->links.organisation[0] != '\0') {
            printf("  As one organisation's security lead, who sees no other's (another browser "
                   "profile):\n    %s\n",
                   run->links.organisation);
        }
        printf("  Data: %s%s\n\n", run->server.dir,
               run->server.temporary && !run->config.keep ? " (removed at the end)" : "");
        if (run->missing > 0) {
            printf("  %zu of %zu recordings are not here (--recordings DIR): left out.\n\n",
                   run->missing, cord_traffic_recording_count(run->traffic));
        }
    }
    (void)fflush(stdout);
}

/* --- the whole --- */

static int64_t first_of(const struct run *run)
{
    int64_t event_ns = cord_traffic_plan_count(run->plan) > 0
                           ? cord_traffic_plan_at(run->plan, 0)->at_ns - BEFORE_NS
                           : cord_scenario_begins_ns(run->scenario);
    return event_ns;
}

static int64_t last_of(const struct run *run)
{
    size_t claims = cord_script_count(run->script);
    size_t events = cord_traffic_plan_count(run->plan);
    int64_t claim_ns = claims > 0 ? cord_script_at(run->script, claims - 1)->known_ns : INT64_MIN;
    int64_t event_ns = events > 0 ? cord_traffic_plan_at(run->plan, events - 1)->at_ns : INT64_MIN;
    return claim_ns > event_ns ? claim_ns : event_ns;
}

/* What was sent is judged, so that the last line counts all of it. */
static void wait_for_judge(struct run *run)
{
    struct cord_server_exercise_totals totals;
    do {
        cord_server_exercise_totals(run->server.server, &totals);
        look(run);
        cord_clock_sleep_ns(SHOWN_NS / 4);
    } while (totals.judged < totals.events && go_on(run));
}

static cord_status play(struct run *run)
{
    struct demo_play *play = &run->play;
    int64_t from_ns = first_of(run);
    int64_t last_ns = last_of(run);
    play->script = run->script;
    play->plan = run->plan;
    play->traffic = run->traffic;
    play->send = run->send;
    play->gap_s = GAP_S;
    play->go_on = go_on;
    play->look = look;
    play->cue = cue;
    play->self = run;
    play->until_ns = play->until_ns < last_ns ? play->until_ns : last_ns;
    if (run->config.from.ptr && !cord_timestamp_parse(run->config.from, &from_ns)) {
        return cord_error_set(&run->err, CORD_E_FORMAT, "--from takes a time");
    }
    cord_status status = CORD_OK;
    if (run->server.found) {
        status = cord_server_exercise_ended(run->server.server, &from_ns, &run->err);
        atomic_store(&play->now_ns, from_ns > play->now_ns ? from_ns : play->now_ns);
    } else {
        status = demo_play_run(play, from_ns, &run->err);
    }
    if (status == CORD_OK) {
        wait_for_judge(run);
        run->ended = true;
        if (run->config.json) {
            show_json(run, "played");
        }
        if (run->config.stay) {
            demo_play_stay(play);
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

static cord_status close_server(struct run *run, cord_status status)
{
    bool removed = run->server.temporary && !run->config.keep;
    clear_line(run);
    if (run->server.server && !run->config.json) {
        show_line(run);
        (void)fputc('\n', stderr);
    }
    demo_server_close(&run->server);
    if (removed) {
        cord_status gone = demo_server_remove(&run->server, &run->err);
        status = status == CORD_OK ? gone : status;
    }
    if (run->server.dir[0] != '\0' && status == CORD_OK) {
        if (run->config.json) {
            printf("{\"state\":\"ended\",\"data_removed\":%s}\n", removed ? "true" : "false");
        } else {
            printf(removed ? "ended; the data was removed\n"
                           : "ended; the data is in %s; cordon demo --dir shows it again\n",
                   run->server.dir);
        }
    }
    return status;
}

static int act(struct run *run, const struct cord_option_list *operands, struct cord_arena *arena)
{
    run->play.until_ns = INT64_MAX;
    if (operands->count > 0) {
        return command_usage(run->command, "takes no operands");
    }
    if (!cord_str_eq(run->config.speed, CORD_STR("max")) &&
        (!cord_str_u64(run->config.speed, &run->play.speed) || run->play.speed == 0 ||
         run->play.speed > SPEED_MAX)) {
        return command_usage(run->command, "--speed takes max, or a whole number from 1");
    }
    if (run->config.seed.ptr && !cord_str_u64(run->config.seed, &run->seed)) {
        return command_usage(run->command, "--seed takes a whole number");
    }
    if (run->config.until.ptr && !cord_timestamp_parse(run->config.until, &run->play.until_ns)) {
        return command_usage(run->command,
                             "--until takes a time such as 2017-05-12T20:00:00+01:00");
    }
    run->signals = open_signals();
    cord_status status =
        run->signals >= 0 ? prepare(run, arena) : cord_error_errno(&run->err, "signals");
    if (status == CORD_OK) {
        status = open_server(run);
    }
    if (status == CORD_OK) {
        say_where(run);
        open_browser(run);
        status = play(run);
    }
    status = close_server(run, status);
    return status == CORD_OK ? COMMAND_DONE : fail(run, status);
}

static void clean_up(struct run *run)
{
    demo_play_done(&run->play);
    demo_send_free(run->send);
    cord_traffic_plan_free(run->plan);
    cord_traffic_free(run->traffic);
    cord_script_free(run->script);
    cord_scenario_free(run->scenario);
    scenario_files_done(&run->files);
    if (run->signals >= 0) {
        (void)close(run->signals);
    }
}

static int demo_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command, .signals = -1, .server = {.log_fd = -1}};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    struct cord_option_list operands = {0};
    scenario_files_init(&run.files, CORD_STR(""));
    int code = command_begin(command, argc, argv, arena, &run.config, &operands);
    if (code == COMMAND_BEGUN) {
        code = act(&run, &operands, arena);
    }
    code = command_end(command, code);
    clean_up(&run);
    cord_arena_free(arena);
    return code;
}

const struct command command_demo = {
    .name = "demo",
    .operands = "",
    .summary = "Start a server on this machine and play May 2017 into it as an exercise.",
    .help =
        "Claims come as they were known then; events are real recordings and made ones, "
        "attributed\n"
        "to stand-ins, sent to the server as agents send them. All of it is stored, judged and\n"
        "shown by what `cordon serve` runs. Prints a link that signs in. A folder that holds a\n"
        "demonstration already is shown, not played on.\n\n"
        "Exit code: 0 done, 2 wrong usage, scenario or folder, 3 something cannot be read or\n"
        "written.\n",
    .options = options,
    .run = demo_main,
};
