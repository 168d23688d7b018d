/* serve.c: cordon serve: receives, stores and judges events until it is told to stop. */
#include "cmd/command.h"

#include "base/timestamp.h"
#include "base/vec.h"
#include "cmd/console_assets.h"
#include "cmd/notify.h"
#include "cmd/sandbox.h"

#include "record/token.h"
#include "wire/server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 1 << 20, LOG_LINES_MAX = 100, LOG_INTERVAL_S = 10 };
enum { DATA_MODE = 0700, HOST_BYTES = 256 };
enum { MMAP_BYTES = 32 << 20, TRIM_BYTES = 256 << 20 };

/* In the order of enum cord_log_level. */
static const char *const level_words[] = {"error", "warn", "info", "debug", NULL};

struct serve_config {
    cord_str config;
    bool check;
    unsigned log_level;
    bool sandbox;
    cord_str web_root;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_TEXT(struct serve_config, config, "/etc/cordon/cordon.yaml",
                     "the configuration; SIGHUP reads it again", .letter = 'c', .argument = "FILE"),
    CORD_OPTION_FLAG(struct serve_config, check,
                     "read the configuration, its rules and certificates, say what is wrong, end"),
    CORD_OPTION_CHOICE(struct serve_config, log_level, CORD_LOG_INFO, level_words,
                       "least important lines that are logged", .argument = "LEVEL"),
    CORD_OPTION_FLAG_ON(struct serve_config, sandbox,
                        "do not give up privileges and the files that are not needed"),
    CORD_OPTION_TEXT(struct serve_config, web_root, NULL,
                     "the console's files are read from here, not from the program: for whoever "
                     "works on it",
                     .argument = "DIR"),
    CORD_OPTION_FLAG(struct serve_config, help, "print this help", .letter = 'h'),
    CORD_OPTION_END,
};

struct run {
    const struct command *command;
    struct serve_config config;
    struct cord_log *log;
    int signals;
    int64_t progress_ns;
    char setup[CORD_TOKEN_TEXT]; /* of the link for the first account; "" */
    int landlock;                /* 0: files are not restricted */
};

/* Blocked for all threads, so that they come as something to be read. */
static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC) : -1;
}

/* Once a second, while events of before are judged. */
static bool on_progress(void *self, uint64_t judged, uint64_t left)
{
    struct run *run = self;
    const struct cord_clock clock = cord_clock_monotonic();
    int64_t now_ns = cord_clock_now_ns(&clock);
    if (now_ns - run->progress_ns >= CORD_SECOND_NS) {
        run->progress_ns = now_ns;
        cord_log_info(run->log, "server.catching_up", CORD_KV_U64("judged", judged),
                      CORD_KV_U64("left", left));
        notify_send("EXTEND_TIMEOUT_USEC=30000000");
    }
    return true;
}

/* --- what may be read and written --- */

struct paths {
    struct sandbox_path *items;
    size_t count;
    size_t cap;
    struct cord_arena *arena;
    bool failed;
};

static void add_path(struct paths *paths, const char *path, bool write)
{
    struct sandbox_path *items;
    if (!path || !*path) {
        return;
    }
    items = cord_vec_room(paths->items, paths->count, &paths->cap, sizeof *items);
    if (!items) {
        paths->failed = true;
        return;
    }
    paths->items = items;
    items[paths->count++] = (struct sandbox_path){path, write};
}

static const char *folder_of(cord_str path, struct cord_arena *arena)
{
    size_t len = path.len;
    while (len > 0 && path.ptr[len - 1] != '/') {
        len--;
    }
    cord_str folder = len > 1 ? cord_arena_copy(arena, cord_str_slice(path, 0, len - 1))
                              : cord_str_from(len == 1 ? "/" : ".");
    return folder.ptr;
}

/* The folder that a file is in, so that the file may be replaced; and the one that it is a
 * symbolic link into, as certificates of certbot are. */
static void add_folder(struct paths *paths, cord_str file, bool write)
{
    char real[PATH_MAX];
    if (file.len == 0) {
        return;
    }
    const char *folder = folder_of(file, paths->arena);
    paths->failed = paths->failed || !folder;
    add_path(paths, folder, write);
    if (realpath(file.ptr, real)) {
        folder = folder_of(cord_str_from(real), paths->arena);
        paths->failed = paths->failed || !folder;
        add_path(paths, folder, write);
    }
}

static void add_list(struct paths *paths, const struct cord_option_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        add_path(paths, list->items[i].ptr, false);
    }
}

/* What the configuration names, and what libraries read by themselves. */
static void gather(const struct run *run, const struct cord_config *config, struct paths *paths)
{
    static const char *const always[] = {
        "/usr",           "/lib",  "/lib64",       "/etc/ssl", "/etc/ld.so.cache",
        "/etc/localtime", "/proc", "/dev/urandom", "/dev/null"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        add_path(paths, always[i], false);
    }
    add_path(paths, config->data.ptr, true);
    add_folder(paths, run->config.config, false);
    add_path(paths, run->config.web_root.ptr, false);
    add_folder(paths, config->patient_key, true);
    add_list(paths, &config->rules);
    add_list(paths, &config->placeholders);
    add_list(paths, &config->pipelines);
    for (size_t i = 0; i < config->listener_count; i++) {
        add_folder(paths, config->listeners[i].certificate, false);
        add_folder(paths, config->listeners[i].key, false);
        add_folder(paths, config->listeners[i].client_ca, false);
        add_folder(paths, config->listeners[i].crl, false);
    }
    for (size_t i = 0; i < config->file_count; i++) {
        const struct cord_config_file *file = &config->files[i];
        if (file->kind == CORD_CONFIG_FILE_EVTX_DROP) {
            add_path(paths, file->path.ptr, true);
        } else {
            add_folder(paths, file->path, false);
        }
    }
}

static cord_status enter_sandbox(struct run *run, const struct cord_config *config,
                                 struct cord_error *err)
{
    struct paths paths = {.arena = config->arena};
    if (mkdir(config->data.ptr, DATA_MODE) != 0 && errno != EEXIST) {
        return cord_error_errno(err, "data: %s", config->data.ptr);
    }
    /* SQLite looks for a folder for what a large batch spills, and takes one that is there: it is
     * to be one where we may write from now on. No other thread runs yet. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    if (setenv("SQLITE_TMPDIR", config->data.ptr, 1) != 0) {
        return cord_error_errno(err, "SQLITE_TMPDIR");
    }
    gather(run, config, &paths);
    cord_status status = paths.failed
                             ? cord_error_set(err, CORD_E_NOMEM, "out of memory")
                             : sandbox_enter(paths.items, paths.count, &run->landlock, err);
    free(paths.items);
    if (status == CORD_OK) {
        cord_log_info(run->log, "server.sandboxed", CORD_KV_U64("landlock", run->landlock));
    }
    return status;
}

/* --- reloading --- */

/* The first path that the running server gave up the right to read, as its configuration did not
 * name it then; "": none. */
static void find_closed(const struct run *run, const struct cord_config *config,
                        char ret_path[PATH_MAX])
{
    struct paths paths = {.arena = config->arena};
    if (run->landlock == 0) {
        return;
    }
    gather(run, config, &paths);
    for (size_t i = 0; i < paths.count && ret_path[0] == '\0'; i++) {
        int file = open(paths.items[i].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (file >= 0) {
            (void)close(file); /* nothing was written through it */
        } else if (errno == EACCES) {
            (void)snprintf(ret_path, PATH_MAX, "%s", paths.items[i].path);
        }
    }
    free(paths.items);
}

static void reload(struct run *run, struct cord_server *server)
{
    struct cord_error err = {""};
    struct cord_config *config = NULL;
    struct timespec now;
    char text[64];
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* fails for no clock there is */
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
                   (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
    notify_send(text);
    char closed[PATH_MAX] = "";
    cord_status status = cord_config_load(run->config.config.ptr, &config, &err);
    if (status == CORD_OK) {
        find_closed(run, config, closed);
        status = cord_server_reload(server, config, &err);
    }
    if (status == CORD_OK) {
        cord_log_info(run->log, "server.reloaded", CORD_KV_STR("config", run->config.config));
    } else {
        cord_log_error(run->log, "server.reload_refused", CORD_KV_TEXT("error", err.text));
    }
    if (status != CORD_OK && closed[0] != '\0') {
        cord_log_warn(run->log, "server.restart_needed", CORD_KV_TEXT("path", closed));
    }
    notify_send("READY=1");
}

/* Until a signal says stop. */
static void wait_for_signals(struct run *run, struct cord_server *server)
{
    struct signalfd_siginfo signal;
    for (;;) {
        ssize_t got = read(run->signals, &signal, sizeof signal);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got != (ssize_t)sizeof signal) {
            cord_log_error(run->log, "server.signals_lost");
            return;
        }
        if (signal.ssi_signo != SIGHUP) {
            cord_log_info(run->log, "server.stopping", CORD_KV_U64("signal", signal.ssi_signo));
            return;
        }
        reload(run, server);
    }
}

/* Memory that is given back comes again in a moment: not to the kernel with it, whose
 * fresh pages cost as much as what is written into them. */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_BYTES); /* NOLINT(concurrency-mt-unsafe): no threads yet */
    (void)mallopt(M_TRIM_THRESHOLD, TRIM_BYTES); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}

/* -1 in web->root: those in the program. */
static cord_status open_web(const struct run *run, struct cord_web *web, struct cord_error *err)
{
    *web = (struct cord_web){cord_console_assets, cord_console_assets_count, -1};
    if (run->config.web_root.len > 0) {
        web->root = open(run->config.web_root.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (web->root < 0) {
            return cord_error_errno(err, "%s", run->config.web_root.ptr);
        }
    }
    return CORD_OK;
}

/* --- the first account --- */

static void on_setup(void *self, const char *token)
{
    struct run *run = self;
    (void)snprintf(run->setup, sizeof run->setup, "%s", token);
}

/* The link to whoever began the server at a terminal. A log is read by others: it has none. */
static void print_setup(struct run *run, const struct cord_config *config,
                        const struct cord_server *server)
{
    char machine[HOST_BYTES] = "localhost";
    bool wanted = run->setup[0] != '\0' && isatty(STDERR_FILENO) == 1;
    (void)gethostname(machine, sizeof machine - 1);
    for (size_t i = 0; wanted && i < config->listener_count; i++) {
        const struct cord_config_listener *row = &config->listeners[i];
        size_t end = row->address.len;
        while (end > 0 && row->address.ptr[end - 1] != ':') {
            end--;
        }
        cord_str host = cord_str_slice(row->address, 0, end > 0 ? end - 1 : 0);
        if (row->protocol != CORD_CONFIG_API) {
            continue;
        }
        if (cord_str_eq(host, CORD_STR("0.0.0.0")) || cord_str_eq(host, CORD_STR("[::]"))) {
            host = cord_str_from(machine);
        }
        (void)fprintf(stderr,
                      "cordon serve: nobody has an account yet; this link makes the first "
                      "administrator, once, within a day:\n    %s://%.*s:%u/setup#%s\n",
                      row->certificate.len > 0 ? "https" : "http", CORD_STR_ARG(host),
                      (unsigned)cord_server_port(server, row->name), run->setup);
        wanted = false;
    }
    explicit_bzero(run->setup, sizeof run->setup);
}

/* Owns the configuration. */
static int check(const struct run *run, struct cord_config *config)
{
    struct cord_error err = {""};
    struct cord_server_checked checked;
    cord_status status = cord_server_check(config, &checked, &err);
    if (status == CORD_OK) {
        printf("%.*s: %zu listeners, %zu files, %zu sources, %zu rules (%zu refused%s)\n",
               CORD_STR_ARG(run->config.config), config->listener_count, config->file_count,
               cord_sources_count(config->sources), checked.rules, checked.rules_refused,
               checked.rules_refused > 0 ? ": 'cordon check' says why" : "");
    }
    cord_config_free(config);
    return status == CORD_OK ? COMMAND_DONE : command_error(run->command, err.text);
}

static int serve(struct run *run)
{
    struct cord_error err = {""};
    struct cord_web web = {.root = -1};
    struct cord_config *config = NULL;
    struct cord_server *server = NULL;
    struct cord_server_options server_options = {
        .log = run->log,
        .clock = cord_clock_system(),
        .progress = on_progress,
        .progress_self = run,
        .setup = on_setup,
        .setup_self = run,
        .web = &web,
    };
    if (getrandom(&server_options.seed, sizeof server_options.seed, 0) !=
        (ssize_t)sizeof server_options.seed) {
        return command_error(run->command, "no random numbers");
    }
    keep_memory();
    cord_status status = cord_config_load(run->config.config.ptr, &config, &err);
    if (status == CORD_OK && run->config.check) {
        return check(run, config);
    }
    if (status == CORD_OK && (status = open_web(run, &web, &err)) != CORD_OK) {
        cord_config_free(config);
    }
    if (status == CORD_OK && run->config.sandbox) {
        status = enter_sandbox(run, config, &err);
        if (status != CORD_OK) {
            cord_config_free(config);
        }
    }
    if (status == CORD_OK) {
        status = cord_server_open(config, &server_options, &server, &err);
    }
    if (status != CORD_OK) {
        return command_error(run->command, err.text);
    }
    cord_log_info(run->log, "server.ready");
    notify_send("READY=1");
    print_setup(run, config, server);
    wait_for_signals(run, server);
    notify_send("STOPPING=1");
    cord_server_close(server);
    cord_log_info(run->log, "server.stopped");
    return COMMAND_DONE;
}

static int run_serve(const struct command *command, int argc, char **argv)
{
    struct cord_error err = {""};
    struct cord_option_list operands;
    struct run run = {.command = command, .signals = -1};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    if (!arena) {
        return command_error(command, "out of memory");
    }
    cord_option_defaults(options, &run.config);
    if (cord_option_parse(options, argc, argv, arena, &run.config, &operands, &err) != CORD_OK ||
        operands.count > 0) {
        int code = command_usage(command, err.text[0] ? err.text : "takes no operands");
        cord_arena_free(arena);
        return code;
    }
    if (run.config.help) {
        command_help(command);
        cord_arena_free(arena);
        return COMMAND_DONE;
    }
    const struct cord_log_config log = {
        .fd = STDERR_FILENO,
        .level = (enum cord_log_level)run.config.log_level,
        .clock = cord_clock_system(),
        .lines_per_interval_max = LOG_LINES_MAX,
        .interval_s = LOG_INTERVAL_S,
    };
    run.log = cord_log_new(&log);
    run.signals = open_signals();
    int code = run.log && run.signals >= 0
                   ? serve(&run)
                   : command_error(command, "no memory or no descriptor to begin with");
    if (run.signals >= 0) {
        (void)close(run.signals);
    }
    cord_log_free(run.log);
    cord_arena_free(arena);
    return code;
}

const struct command command_serve = {
    .name = "serve",
    .operands = "",
    .summary = "Receive events, keep them as evidence and judge them.",
    .help = "Listens as the configuration says: syslog over UDP, TCP and TLS, HTTP for newline\n"
            "JSON, Splunk HEC, Elasticsearch _bulk and OTLP, and Lumberjack. Each source is\n"
            "registered to one organisation. An event is acknowledged once it is durable; what\n"
            "is not stored is counted by source, minute and reason: see 'cordon sources'.\n"
            "SIGHUP reads rules, sources and certificates again, SIGTERM ends it once all that\n"
            "was received is stored and judged.",
    .options = options,
    .run = run_serve,
};
