/* findings.c: cordon findings: what a server has found, from its journal. */
#include "cmd/command.h"
#include "cmd/remote.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "evidence/journal.h"
#include "wire/judge_entry.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 1 << 20, VALUES_MAX = 4096, POLL_NS = 200000000 };

#define ENTRY_BYTES_MAX ((uint32_t)512 << 20)

struct findings_config {
    cord_str data;
    uint32_t after;
    bool json;
    bool follow;
    cord_str server;
    cord_str token_file;
    cord_str ca_file;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_TEXT(struct findings_config, data, "/var/lib/cordon", "the server's data folder",
                     .letter = 'd', .argument = "DIR"),
    CORD_OPTION_U32(struct findings_config, after, 0, 0, UINT32_MAX, "only those numbered above",
                    .letter = 'a', .argument = "N"),
    CORD_OPTION_FLAG(struct findings_config, json, "JSON, one object a line"),
    CORD_OPTION_FLAG(struct findings_config, follow, "go on with what is found from now on",
                     .letter = 'f'),
    CORD_OPTION_FLAG(struct findings_config, help, "print this help", .letter = 'h'),
    REMOTE_OPTIONS(struct findings_config),
    CORD_OPTION_END,
};

/* What a line of the table shows. */
enum column {
    COLUMN_SEEN,
    COLUMN_LEVEL,
    COLUMN_ORGANISATION,
    COLUMN_HOST,
    COLUMN_TITLE,
    COLUMN_EVIDENCE,
    COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    "first_seen", "level", "organisation", "host", "title", "evidence_id",
};

struct printer {
    struct findings_config config;
    struct cord_json_reader *reader;
    struct cord_paths *paths;
    struct cord_value items[VALUES_MAX];
    struct cord_buf line;
    struct cord_buf shown; /* of a text, what a terminal may have */
    uint32_t columns[COLUMN_COUNT];
    uint64_t printed; /* number of the last one */
};

static bool printer_init(struct printer *printer)
{
    printer->reader = cord_json_reader_new(cord_cpu_level_detect());
    printer->paths = cord_paths_new(1);
    cord_buf_init(&printer->line, ENTRY_BYTES_MAX);
    cord_buf_init(&printer->shown, ENTRY_BYTES_MAX);
    for (size_t i = 0; printer->paths && i < COLUMN_COUNT; i++) {
        printer->columns[i] = cord_paths_dotted(printer->paths, cord_str_from(column_names[i]));
    }
    return printer->reader && printer->paths;
}

static void printer_done(struct printer *printer)
{
    cord_json_reader_free(printer->reader);
    cord_paths_free(printer->paths);
    cord_buf_done(&printer->line);
    cord_buf_done(&printer->shown);
}

static void print_text(struct printer *printer, cord_str text, int width)
{
    cord_buf_clear(&printer->shown);
    size_t put = cord_utf8_put_shown(&printer->shown, text);
    if (put > 0) {
        (void)fwrite(printer->shown.ptr, 1, printer->shown.len, stdout); /* asked for at the end */
    }
    for (; width > 0 && put < (size_t)width; put++) {
        (void)putchar(' ');
    }
}

static void print_row(struct printer *printer, cord_str line)
{
    static const int widths[COLUMN_COUNT] = {24, 13, 10, 24, 0, 0};
    struct cord_values values = {.items = printer->items, .max = VALUES_MAX};
    struct cord_error err;
    cord_buf_clear(&printer->line);
    cord_buf_put(&printer->line, line);
    if (!cord_buf_reserve(&printer->line, CORD_JSON_PADDING) ||
        cord_json_flatten(printer->reader, cord_buf_str(&printer->line), printer->paths,
                          CORD_PATH_ROOT, &values, &err) != CORD_OK) {
        print_text(printer, line, 0); /* more fields than a table is for */
        (void)putchar('\n');
        return;
    }
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        cord_str text = CORD_STR("-");
        for (size_t i = 0; i < values.count; i++) {
            if (values.items[i].path == printer->columns[column]) {
                text = cord_value_str(&values.items[i]);
                break;
            }
        }
        print_text(printer, text, widths[column]);
        (void)putchar(column + 1 < COLUMN_COUNT ? ' ' : '\n');
    }
}

static void print_entry(struct printer *printer, const struct cord_judge_entry *entry)
{
    cord_str rest = entry->findings;
    uint64_t number = entry->first_finding;
    for (size_t end; (end = cord_str_find_char(rest, '\n', 0)) != SIZE_MAX; number++) {
        cord_str line = cord_str_slice(rest, 0, end);
        rest = cord_str_from_byte(rest, end + 1);
        if (number <= printer->printed || number <= printer->config.after) {
            continue; /* an entry may be there twice, after the disk failed */
        }
        printer->printed = number;
        if (printer->config.json) {
            (void)fwrite(line.ptr, 1, line.len, stdout);
            (void)putchar('\n');
        } else {
            print_row(printer, line);
        }
    }
}

static cord_status print_all(struct printer *printer, struct cord_journal_reader *reader,
                             struct cord_error *err)
{
    struct cord_journal_place place;
    struct cord_judge_entry entry;
    cord_str bytes;
    for (;;) {
        cord_status status = cord_journal_reader_next(reader, &place, &bytes, err);
        if (status == CORD_E_END && printer->config.follow) {
            (void)fflush(stdout);
            cord_clock_sleep_ns(POLL_NS);
            continue;
        }
        if (status != CORD_OK) {
            return status == CORD_E_END ? CORD_OK : status;
        }
        if (cord_judge_entry_read(bytes, &entry) != CORD_OK) {
            return cord_error_set(err, CORD_E_FORMAT, "an entry of the journal is none of ours");
        }
        print_entry(printer, &entry);
        if (ferror(stdout)) {
            return CORD_OK; /* the reader of the pipe has seen enough */
        }
    }
}

static int print_findings(const struct command *command, struct printer *printer)
{
    const struct cord_files files = cord_files_system();
    struct cord_error err = {""};
    struct cord_journal_reader *reader = NULL;
    const struct cord_journal_place from = {.file = 1};
    int data = open(printer->config.data.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int dir = data >= 0 ? openat(data, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    const struct cord_journal_options journal = {.files = &files,
                                                 .dir = dir,
                                                 .name = "findings",
                                                 .entry_bytes_max = ENTRY_BYTES_MAX,
                                                 .read_only = true};
    cord_status status = CORD_OK;
    if (dir < 0) {
        status = cord_error_errno(&err, "%s/journal: not a server's data folder",
                                  printer->config.data.ptr);
    }
    if (status == CORD_OK) {
        status = cord_journal_reader_open(&journal, from, &reader, &err);
    }
    if (status == CORD_OK) {
        status = print_all(printer, reader, &err);
    }
    cord_journal_reader_close(reader);
    if (dir >= 0) {
        (void)close(dir);
    }
    if (data >= 0) {
        (void)close(data);
    }
    if (status != CORD_OK) {
        (void)command_error(command, err.text);
        return COMMAND_UNREADABLE;
    }
    return COMMAND_DONE;
}

static int ask_server(const struct command *command, const struct findings_config *config)
{
    const struct remote_config remote = {config->server, config->token_file, config->ca_file};
    const struct remote_parameter parameters[] = {{"order", CORD_STR("oldest")}, {.name = NULL}};
    if (config->after > 0 || config->follow) {
        return command_usage(command, "--after and --follow are for a data folder, not --server");
    }
    return remote_list(command, &remote, "/findings", parameters);
}

static int run_findings(const struct command *command, int argc, char **argv)
{
    struct cord_error err = {""};
    struct cord_option_list operands;
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    struct printer *printer = calloc(1, sizeof *printer);
    int code = COMMAND_DONE;
    if (!arena || !printer || !printer_init(printer)) {
        code = command_error(command, "out of memory");
    } else {
        cord_option_defaults(options, &printer->config);
        cord_status status =
            cord_option_parse(options, argc, argv, arena, &printer->config, &operands, &err);
        if (status != CORD_OK || operands.count > 0) {
            code = command_usage(command, status != CORD_OK ? err.text : "takes no operands");
        } else if (printer->config.help) {
            command_help(command);
        } else {
            code = printer->config.server.ptr ? ask_server(command, &printer->config)
                                              : print_findings(command, printer);
        }
    }
    if (printer) {
        printer_done(printer);
    }
    free(printer);
    cord_arena_free(arena);
    return code;
}

const struct command command_findings = {
    .name = "findings",
    .operands = "",
    .summary = "What a server has found.",
    .help = "Prints the journal of findings of a server, which may be running, oldest first. Each\n"
            "finding has a number, the time it was first seen, its organisation, the rule with\n"
            "its author, and the id of the event: 'cordon hunt id:ID DIR/evidence' shows it.",
    .options = options,
    .run = run_findings,
};
