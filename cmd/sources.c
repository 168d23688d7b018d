/* sources.c: cordon sources: what came of everything that sources sent. */
#include "cmd/command.h"
#include "cmd/remote.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "codec/json_put.h"
#include "ingest/ledger.h"
#include "ingest/ledger_json.h"
#include "ingest/quarantine.h"
#include "wire/config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    ARENA_BYTES_MAX = 1 << 20,
    LINE_BYTES_MAX = 1 << 20,
    TOKEN_BYTES = 32,
    SHOWN_BYTES = 200, /* of a record, in the table */
};
enum { PATH_BYTES = 128 };

/* Of a source's name. */
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

static const char default_data[] = "/var/lib/cordon";

struct sources_config {
    cord_str data;
    cord_str config;
    cord_str minutes;
    cord_str from;
    cord_str to;
    bool json;
    cord_str server;
    cord_str token_file;
    cord_str ca_file;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_TEXT(struct sources_config, data, NULL,
                     "the server's data folder; the configuration's, or /var/lib/cordon",
                     .letter = 'd', .argument = "DIR"),
    CORD_OPTION_TEXT(struct sources_config, config, NULL,
                     "the server's configuration: which sources there are, and how long each "
                     "may be silent",
                     .letter = 'c', .argument = "FILE"),
    CORD_OPTION_TEXT(struct sources_config, minutes, NULL,
                     "the minutes of this source, or of \"all\" together", .letter = 'm',
                     .argument = "NAME"),
    CORD_OPTION_TEXT(struct sources_config, from, NULL, "minutes at or after this time (UTC)",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct sources_config, to, NULL, "minutes before this time (UTC)",
                     .argument = "TIME"),
    CORD_OPTION_FLAG(struct sources_config, json, "one JSON object a line"),
    CORD_OPTION_FLAG(struct sources_config, help, "print this help", .letter = 'h'),
    REMOTE_OPTIONS(struct sources_config),
    CORD_OPTION_END,
};

struct run {
    const struct command *command;
    struct sources_config config;
    struct cord_config *server; /* NULL: none was given */
    cord_str only;              /* source; "": all */
    int64_t from_ns;
    int64_t to_ns;
    int64_t now_ns;
    int dir; /* of the journals */
    struct cord_files files;
    struct cord_buf line;
    uint64_t rows; /* printed */
    bool *seen;    /* of the configured sources: has a row */
};

static int complain(const struct run *run, int code, const char *text)
{
    (void)command_error(run->command, text);
    return code;
}

static int fail(const struct run *run, cord_status status, const struct cord_error *err)
{
    return complain(run, COMMAND_UNREADABLE,
                    err->text[0] != '\0' ? err->text : cord_error_name(status));
}

/* --- what is printed --- */

/* The line, of which there is nothing yet or some. */
static struct cord_buf *line_of(struct run *run)
{
    if (run->line.len == 0) {
        cord_buf_put_char(&run->line, '{');
    }
    return &run->line;
}

static cord_status print_line(struct run *run, const char *end)
{
    cord_buf_put_text(&run->line, end);
    bool whole =
        !run->line.failed && fwrite(run->line.ptr, 1, run->line.len, stdout) == run->line.len;
    cord_buf_clear(&run->line);
    run->rows++;
    return whole ? CORD_OK : CORD_E_IO;
}

static void pad_text(struct run *run, cord_str text, size_t width)
{
    size_t put = cord_utf8_put_shown(&run->line, text);
    for (; put < width; put++) {
        cord_buf_put_char(&run->line, ' ');
    }
    cord_buf_put_char(&run->line, ' ');
}

static void pad_time(struct run *run, int64_t time_ns, size_t width)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    pad_text(run,
             time_ns == CORD_TIME_NONE ? CORD_STR("-") : cord_timestamp_format(time_ns, buffer),
             width);
}

static uint64_t lost_of(const struct cord_ledger_counts *counts, bool shed)
{
    uint64_t lost = 0;
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        lost += cord_loss_is_shed((enum cord_loss_reason)i) == shed ? counts->lost[i] : 0;
    }
    return lost;
}

static void pad_counts(struct run *run, const struct cord_ledger_counts *counts)
{
    const char *between = "";
    cord_buf_printf(&run->line, "%12" PRIu64 " %12" PRIu64 " %10" PRIu64 " %10" PRIu64 "  ",
                    counts->received, counts->stored, lost_of(counts, false),
                    lost_of(counts, true));
    for (unsigned i = 0; i < CORD_LOSS_COUNT; i++) {
        if (counts->lost[i] > 0) {
            cord_buf_printf(&run->line, "%s%" PRIu64 " %s", between, counts->lost[i],
                            cord_loss_name((enum cord_loss_reason)i));
            between = ", ";
        }
    }
    cord_buf_put_text(&run->line, between[0] == '\0' ? "-" : "");
}

/* --- sources --- */

static const struct cord_source *configured(const struct run *run, cord_str name)
{
    return run->server ? cord_sources_by_name(run->server->sources, name) : NULL;
}

static const char *state_of(const struct run *run, const struct cord_ledger_source *source)
{
    const struct cord_source *known = configured(run, source->name);
    int64_t silence_s = known ? known->silence_s : CORD_SOURCE_SILENCE_S;
    bool silent = silence_s > 0 && source->last_ns != CORD_TIME_NONE &&
                  run->now_ns - source->last_ns > silence_s * CORD_SECOND_NS;
    return cord_ledger_json_state(source, known || !run->server, silent);
}

static cord_status print_source(struct run *run, const struct cord_ledger_source *source)
{
    const char *state = state_of(run, source);
    if (run->config.json) {
        cord_ledger_json_source(line_of(run), source, state);
        return print_line(run, "}\n");
    }
    if (run->rows == 0) {
        printf("%-24s %-12s %-20s %-30s %12s %12s %10s %10s  %s\n", "source", "organisation",
               "state", "last event", "received", "stored", "refused", "shed", "why");
    }
    pad_text(run, source->name, 24);
    pad_text(run, source->organisation.len > 0 ? source->organisation : CORD_STR("-"), 12);
    pad_text(run, cord_str_from(state), 20);
    pad_time(run, source->last_ns, 30);
    pad_counts(run, &source->total);
    return print_line(run, "\n");
}

static cord_status on_source(void *self, const struct cord_ledger_source *source)
{
    struct run *run = self;
    const struct cord_source *known = configured(run, source->name);
    if (run->only.len > 0 && !cord_str_eq(source->name, run->only)) {
        return CORD_OK;
    }
    if (known && cord_str_eq(known->organisation, source->organisation)) {
        run->seen[known->number] = true;
    }
    return print_source(run, source);
}

/* Registered, and nothing of it is in the ledger. */
static cord_status print_unheard(struct run *run)
{
    size_t count = run->server ? cord_sources_count(run->server->sources) : 0;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        const struct cord_source *known = cord_sources_at(run->server->sources, i);
        const struct cord_ledger_source source = {.name = known->name,
                                                  .organisation = known->organisation,
                                                  .first_ns = CORD_TIME_NONE,
                                                  .last_ns = CORD_TIME_NONE,
                                                  .last_contact_ns = CORD_TIME_NONE};
        if (!run->seen[i] && (run->only.len == 0 || cord_str_eq(known->name, run->only))) {
            status = print_source(run, &source);
        }
    }
    return status;
}

static cord_status on_minute(void *self, int64_t minute_ns, const struct cord_ledger_counts *counts)
{
    struct run *run = self;
    if (run->config.json) {
        cord_json_put_time(line_of(run), "minute", minute_ns);
        cord_ledger_json_counts(line_of(run), counts);
        return print_line(run, "}\n");
    }
    if (run->rows == 0) {
        printf("%-27s %12s %12s %10s %10s  %s\n", "minute", "received", "stored", "refused", "shed",
               "why");
    }
    pad_time(run, minute_ns, 27);
    pad_counts(run, counts);
    return print_line(run, "\n");
}

static void print_found(const struct run *run, const struct cord_ledger *ledger)
{
    const struct cord_ledger_found *found = cord_ledger_found(ledger);
    if (found->journal.damaged_bytes > 0 || found->unknown > 0) {
        (void)fprintf(stderr,
                      "cordon %s: note: %" PRIu64 " bytes of the ledger are damaged, %" PRIu64
                      " entries are not understood: counts are too low\n",
                      run->command->name, found->journal.damaged_bytes, found->unknown);
    }
}

static cord_status print_ledger(struct run *run, struct cord_ledger *ledger)
{
    cord_str name = run->config.minutes;
    if (name.ptr) {
        cord_str source = cord_str_eq(name, CORD_STR("all")) ? CORD_STR("") : name;
        return cord_ledger_minutes(ledger, source, run->from_ns, run->to_ns, on_minute, run);
    }
    cord_status status = cord_ledger_sources(ledger, on_source, run);
    return status == CORD_OK ? print_unheard(run) : status;
}

static int do_sources(struct run *run)
{
    struct cord_error err = {""};
    struct cord_ledger *ledger = NULL;
    const struct cord_ledger_options ledger_options = {
        .files = &run->files, .dir = run->dir, .read_only = true};
    size_t count = run->server ? cord_sources_count(run->server->sources) : 0;
    run->seen = calloc(count + 1, sizeof *run->seen);
    if (!run->seen) {
        return complain(run, COMMAND_UNREADABLE, "out of memory");
    }
    cord_status status = cord_ledger_open(&ledger_options, NULL, &ledger, &err);
    if (status == CORD_OK) {
        print_found(run, ledger);
        status = print_ledger(run, ledger);
    }
    cord_ledger_close(ledger);
    free(run->seen);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (run->rows == 0 && run->only.len > 0) {
        return complain(run, COMMAND_USAGE, "there is no such source");
    }
    return COMMAND_DONE;
}

/* --- quarantine --- */

static cord_status on_record(void *self, const struct cord_quarantine_record *record)
{
    struct run *run = self;
    if (run->config.json) {
        cord_json_put_time(line_of(run), "received", record->received_ns);
        cord_json_put_text(line_of(run), "source", record->source);
        cord_json_put_text(line_of(run), "organisation", record->organisation);
        cord_json_put_text(line_of(run), "reason", cord_str_from(cord_loss_name(record->reason)));
        cord_json_put_text(line_of(run), "detail", record->detail);
        cord_json_put_number(line_of(run), "bytes", record->len);
        cord_json_put_text(line_of(run), "record", record->bytes);
        return print_line(run, "}\n");
    }
    pad_time(run, record->received_ns, 30);
    pad_text(run, record->source, 24);
    pad_text(run, cord_str_from(cord_loss_name(record->reason)), 10);
    pad_text(run, record->detail, 0);
    cord_buf_printf(&run->line, "(%" PRIu64 " bytes)\n    ", record->len);
    pad_text(run, cord_str_slice(record->bytes, 0, SHOWN_BYTES), 0);
    return print_line(run, "\n");
}

static int do_quarantine(struct run *run)
{
    struct cord_error err = {""};
    struct cord_quarantine_figures figures = {0};
    const struct cord_quarantine_options quarantine = {.files = &run->files, .dir = run->dir};
    cord_status status = cord_quarantine_each(&quarantine, on_record, run, &figures, &err);
    if (status != CORD_OK) {
        return fail(run, status, &err);
    }
    if (run->config.json) {
        cord_json_put_number(line_of(run), "kept", figures.kept);
        cord_json_put_number(line_of(run), "dropped", figures.dropped);
        cord_json_put_number(line_of(run), "not_kept", figures.not_kept);
        status = print_line(run, "}\n");
    } else {
        printf("%" PRIu64 " refused records are kept; %" PRIu64
               " older ones went to make room, %" PRIu64 " could not be written\n",
               figures.kept, figures.dropped, figures.not_kept);
    }
    return status == CORD_OK ? COMMAND_DONE : fail(run, status, &err);
}

/* --- token --- */

static int do_token(struct run *run)
{
    unsigned char bytes[TOKEN_BYTES];
    char token[2 * TOKEN_BYTES + 1];
    char hash[CORD_DIGEST_TEXT];
    struct cord_digest digest;
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return complain(run, COMMAND_UNREADABLE, "no random numbers");
    }
    cord_digest_to_hex(bytes, sizeof bytes, token);
    if (cord_digest_of(cord_str_from(token), &digest) != CORD_OK) {
        return complain(run, COMMAND_UNREADABLE, "out of memory");
    }
    (void)cord_digest_format(&digest, hash);
    if (run->config.json) {
        cord_json_put_text(line_of(run), "token", cord_str_from(token));
        cord_json_put_text(line_of(run), "token_sha256", cord_str_from(hash));
        return print_line(run, "}\n") == CORD_OK ? COMMAND_DONE : COMMAND_UNREADABLE;
    }
    printf("token, for the sender; it is not kept here:\n    %s\n"
           "for the source in the configuration:\n    token_sha256: [%s]\n",
           token, hash);
    return COMMAND_DONE;
}

/* --- which --- */

static int open_journal(struct run *run)
{
    struct cord_error err = {""};
    const char *data = default_data;
    if (run->config.config.ptr) {
        cord_status status = cord_config_load(run->config.config.ptr, &run->server, &err);
        if (status != CORD_OK) {
            return complain(run, COMMAND_USAGE, err.text);
        }
        data = run->server->data.ptr;
    }
    data = run->config.data.ptr ? run->config.data.ptr : data;
    int dir = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    run->dir = dir < 0 ? -1 : openat(dir, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (run->dir < 0) {
        (void)cord_error_errno(&err, "%s%s", data, dir < 0 ? "" : "/journal");
    }
    if (dir >= 0) {
        (void)close(dir);
    }
    return run->dir < 0 ? complain(run, COMMAND_UNREADABLE, err.text) : COMMAND_DONE;
}

static bool parse_time(cord_str text, int64_t *ret_ns)
{
    *ret_ns = CORD_TIME_NONE;
    return !text.ptr || cord_timestamp_parse(text, ret_ns);
}

static int ask_server(const struct run *run, cord_str word)
{
    const struct sources_config *config = &run->config;
    const struct remote_config remote = {config->server, config->token_file, config->ca_file};
    const struct remote_parameter parameters[] = {
        {"from", config->from}, {"to", config->to}, {.name = NULL}};
    char path[PATH_BYTES];
    if (config->data.ptr || config->config.ptr || word.len > 0) {
        return command_usage(run->command, "with --server only --minutes, --from and --to");
    }
    if (!config->minutes.ptr) {
        return remote_list(run->command, &remote, "/sources", &parameters[2]);
    }
    int len = snprintf(path, sizeof path, "/sources/%.*s/minutes", CORD_STR_ARG(config->minutes));
    if (len < 0 || (size_t)len >= sizeof path ||
        strspn(config->minutes.ptr, NAME_LETTERS) != config->minutes.len) {
        return command_usage(run->command, "--minutes takes the name of a source");
    }
    return remote_list(run->command, &remote, path, parameters);
}

static int act(struct run *run, const struct cord_option_list *operands)
{
    const struct cord_clock clock = cord_clock_system();
    cord_str word = operands->count > 0 ? operands->items[0] : CORD_STR("");
    if (operands->count > 1) {
        return command_usage(run->command, "one source, token or quarantine");
    }
    if (!parse_time(run->config.from, &run->from_ns) || !parse_time(run->config.to, &run->to_ns)) {
        return command_usage(run->command,
                             "--from and --to take a time such as 2017-05-12T08:24:00Z");
    }
    if (run->config.server.ptr) {
        return ask_server(run, word);
    }
    if (cord_str_eq(word, CORD_STR("token"))) {
        return do_token(run);
    }
    int code = open_journal(run);
    if (code != COMMAND_DONE) {
        return code;
    }
    run->files = cord_files_system();
    run->now_ns = cord_clock_now_ns(&clock);
    if (cord_str_eq(word, CORD_STR("quarantine"))) {
        return do_quarantine(run);
    }
    run->only = word;
    return do_sources(run);
}

static int sources_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command, .dir = -1};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    struct cord_option_list operands = {0};
    cord_buf_init(&run.line, LINE_BYTES_MAX);
    int code = command_begin(command, argc, argv, arena, &run.config, &operands);
    if (code == COMMAND_BEGUN) {
        code = act(&run, &operands);
    }
    code = command_end(command, code);
    if (run.dir >= 0) {
        (void)close(run.dir);
    }
    cord_config_free(run.server);
    cord_buf_done(&run.line);
    cord_arena_free(arena);
    return code;
}

const struct command command_sources = {
    .name = "sources",
    .operands = "[NAME | token | quarantine]",
    .summary = "What became of everything that sources sent.",
    .help = "Without a word, or with a source's name: what of each was received, stored, refused\n"
            "and shed, and why. It may be asked while the server runs.\n"
            "  token       make a token for a sender, and its hash for the configuration\n"
            "  quarantine  the records that were refused, oldest first\n\n"
            "Exit code: 0 done, 2 wrong usage or no such source, 3 the journals cannot be read.\n",
    .options = options,
    .run = sources_main,
};
