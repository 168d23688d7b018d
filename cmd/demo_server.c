/* demo_server.c: see demo_server.h. */
#include "cmd/demo_server.h"

#include "cmd/console_assets.h"

#include "base/digest.h"
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CONFIG_BYTES_MAX = 1 << 20,
    DIR_MODE = 0700,
    LOG_MODE = 0600,
    LOG_LINES_MAX = 100,
    LOG_INTERVAL_S = 10,
    PACK_S = 3600, /* of the exercise's clock, which runs fast */
    DESCRIPTORS = 16,
};

/* --- the folder --- */

static cord_status make_temporary(struct demo_server *demo, struct cord_error *err)
{
    const char *in = secure_getenv("TMPDIR");
    (void)snprintf(demo->dir, sizeof demo->dir, "%s/cordon-demo-XXXXXX", in && *in ? in : "/tmp");
    if (!mkdtemp(demo->dir)) {
        return cord_error_errno(err, "%s", demo->dir);
    }
    demo->temporary = true;
    return CORD_OK;
}

static cord_status take_folder(struct demo_server *demo, cord_str dir, struct cord_error *err)
{
    char config[4200];
    char absolute[PATH_MAX];
    if (mkdir(dir.ptr, DIR_MODE) != 0 && errno != EEXIST) {
        return cord_error_errno(err, "%s", dir.ptr);
    }
    if (!realpath(dir.ptr, absolute)) {
        return cord_error_errno(err, "%s", dir.ptr);
    }
    (void)snprintf(demo->dir, sizeof demo->dir, "%s", absolute);
    (void)snprintf(config, sizeof config, "%s/cordon.yaml", demo->dir);
    demo->found = access(config, F_OK) == 0;
    return CORD_OK;
}

/* NOLINTNEXTLINE(bugprone-easily-swappable-parameters): nftw says how it is to be */
static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

cord_status demo_server_remove(const struct demo_server *demo, struct cord_error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the server and its threads are gone */
    return nftw(demo->dir, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0
               ? CORD_OK
               : cord_error_errno(err, "%s", demo->dir);
}

/* --- the configuration --- */

static void put_quoted(struct cord_buf *text, cord_str path)
{
    cord_buf_put_char(text, '\'');
    for (size_t i = 0; i < path.len; i++) {
        cord_buf_put_text(text, path.ptr[i] == '\'' ? "'" : "");
        cord_buf_put_char(text, path.ptr[i]);
    }
    cord_buf_put_char(text, '\'');
}

static void put_sources(const struct demo_server_options *options, struct cord_buf *text)
{
    cord_buf_put_text(text, "sources:\n");
    for (size_t i = 0; i < cord_traffic_sender_count(options->traffic); i++) {
        const struct cord_traffic_sender *sender = cord_traffic_sender(options->traffic, i);
        struct cord_digest digest;
        char hash[CORD_DIGEST_TEXT];
        if (cord_digest_of(cord_str_from(demo_send_token(options->send, i)), &digest) != CORD_OK) {
            text->failed = true;
            return;
        }
        cord_buf_printf(text, "  - {name: %.*s, organisation: %.*s, token_sha256: [%.*s]}\n",
                        CORD_STR_ARG(sender->name), CORD_STR_ARG(sender->organisation),
                        CORD_STR_ARG(cord_digest_format(&digest, hash)));
    }
}

static void put_config(const struct demo_server *demo, const struct demo_server_options *options,
                       struct cord_buf *text)
{
    char data[4200];
    (void)snprintf(data, sizeof data, "%s/data", demo->dir);
    cord_buf_put_text(text, "# Of an exercise: made by cordon demo.\ndata: ");
    put_quoted(text, cord_str_from(data));
    cord_buf_printf(
        text, "\nexercise: %.*s\nmarking: \"TLP:CLEAR\"\npack_after: %d\nlateness: %u\nrules:%s\n",
        CORD_STR_ARG(options->exercise), PACK_S, options->lateness,
        options->rules.count == 0 ? " []" : "");
    for (size_t i = 0; i < options->rules.count; i++) {
        char absolute[PATH_MAX];
        const char *path = realpath(options->rules.items[i].ptr, absolute);
        cord_buf_put_text(text, "  - ");
        put_quoted(text, path ? cord_str_from(path) : options->rules.items[i]);
        cord_buf_put_char(text, '\n');
    }
    cord_buf_printf(text,
                    "listeners:\n  - {protocol: http, address: \"127.0.0.1:0\"}\n"
                    "  - {protocol: api, address: \"127.0.0.1:%u\"}\n",
                    options->port);
    put_sources(options, text);
}

static cord_status write_config(const struct demo_server *demo,
                                const struct demo_server_options *options,
                                struct cord_config **ret_config, struct cord_error *err)
{
    const struct cord_files files = cord_files_system();
    char path[4200];
    struct cord_buf text;
    cord_buf_init(&text, CONFIG_BYTES_MAX);
    put_config(demo, options, &text);
    (void)snprintf(path, sizeof path, "%s/cordon.yaml", demo->dir);
    cord_status status =
        text.failed ? cord_error_set(err, CORD_E_NOMEM, "out of memory")
                    : cord_files_save(&files, AT_FDCWD, demo->dir, path, cord_buf_str(&text), err);
    if (status == CORD_OK) {
        status = cord_config_parse(path, cord_buf_str(&text), ret_config, err);
    }
    cord_buf_done(&text);
    return status;
}

/* --- the server --- */

static cord_status open_log(struct demo_server *demo, struct cord_error *err)
{
    char path[4200];
    (void)snprintf(path, sizeof path, "%s/cordon.log", demo->dir);
    demo->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, LOG_MODE);
    if (demo->log_fd < 0) {
        return cord_error_errno(err, "%s", path);
    }
    const struct cord_log_config log = {
        .fd = demo->log_fd,
        .level = CORD_LOG_INFO,
        .clock = cord_clock_system(),
        .lines_per_interval_max = LOG_LINES_MAX,
        .interval_s = LOG_INTERVAL_S,
    };
    demo->log = cord_log_new(&log);
    return demo->log ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

static cord_status open_server(struct demo_server *demo, const struct demo_server_options *options,
                               struct cord_error *err)
{
    struct cord_config *config = NULL;
    struct cord_server_options server = {
        .log = demo->log, .clock = options->clock, .wall = cord_clock_system(), .web = &demo->web};
    demo->web = (struct cord_web){cord_console_assets, cord_console_assets_count, -1};
    if (getrandom(&server.seed, sizeof server.seed, 0) != (ssize_t)sizeof server.seed) {
        return cord_error_set(err, CORD_E_IO, "no random numbers");
    }
    cord_status status = write_config(demo, options, &config, err);
    return status == CORD_OK ? cord_server_open(config, &server, &demo->server, err) : status;
}

cord_status demo_server_open(struct demo_server *demo, const struct demo_server_options *options,
                             struct cord_error *err)
{
    *demo = (struct demo_server){.log_fd = -1};
    cord_status status =
        options->dir.ptr ? take_folder(demo, options->dir, err) : make_temporary(demo, err);
    if (status == CORD_OK) {
        status = open_log(demo, err);
    }
    if (status == CORD_OK) {
        status = open_server(demo, options, err);
    }
    if (status == CORD_OK) {
        demo->port = cord_server_port(demo->server, CORD_STR("api"));
    }
    return status;
}

void demo_server_close(struct demo_server *demo)
{
    cord_server_close(demo->server);
    cord_log_free(demo->log);
    if (demo->log_fd >= 0) {
        (void)close(demo->log_fd); /* nothing is known of it that a person would miss */
    }
    demo->server = NULL;
    demo->log = NULL;
    demo->log_fd = -1;
}

/* --- who may look --- */

static cord_status make_link(struct demo_server *demo, const struct cord_server_exercise_user *user,
                             char *into, size_t room, struct cord_error *err)
{
    char token[CORD_TOKEN_TEXT];
    cord_status status = cord_server_exercise_link(demo->server, user, token, err);
    if (status == CORD_OK) {
        (void)snprintf(into, room, "http://127.0.0.1:%u/api/v1/session/link?token=%s", demo->port,
                       token);
    }
    return status;
}

cord_status demo_server_links(struct demo_server *demo, struct demo_links *ret_links,
                              cord_str organisation, struct cord_error *err)
{
    static const enum cord_account_role all[] = {
        CORD_ACCOUNT_ROLE_NATIONAL_ANALYST, CORD_ACCOUNT_ROLE_COMMANDER, CORD_ACCOUNT_ROLE_AUDITOR,
        CORD_ACCOUNT_ROLE_ADMINISTRATOR};
    static const enum cord_account_role lead[] = {CORD_ACCOUNT_ROLE_SECURITY_LEAD};
    const struct cord_server_exercise_user centre = {
        .account = {.login = CORD_STR("exercise"),
                    .name = CORD_STR("Exercise"),
                    .organisation = CORD_STR("NHS-DIGITAL"),
                    .issuer = CORD_STR(""),
                    .subject = CORD_STR("")},
        .roles = all,
        .role_count = sizeof all / sizeof *all,
        .scope = CORD_SCOPE_NATIONAL,
        .code = CORD_STR(""),
    };
    const struct cord_server_exercise_user local = {
        .account = {.login = CORD_STR("exercise-local"),
                    .name = CORD_STR("Exercise, one organisation"),
                    .organisation = organisation,
                    .issuer = CORD_STR(""),
                    .subject = CORD_STR("")},
        .roles = lead,
        .role_count = 1,
        .scope = CORD_SCOPE_ORGANISATION,
        .code = organisation,
    };
    cord_status status = make_link(demo, &centre, ret_links->centre, sizeof ret_links->centre, err);
    ret_links->organisation[0] = '\0';
    return status == CORD_OK && organisation.len > 0
               ? make_link(demo, &local, ret_links->organisation, sizeof ret_links->organisation,
                           err)
               : status;
}
