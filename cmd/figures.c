/* figures.c: cordon figures: numbers derived from the record, as known at any time. */
#include "cmd/command.h"
#include "cmd/remote.h"

#include "base/clock.h"
#include "care/figure.h"
#include "codec/json_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ARENA_BYTES_MAX = 1 << 20,
    LINE_BYTES_MAX = 64 << 20,
    CLAIMS_SHOWN = 6,
};

struct figures_config {
    cord_str record;
    cord_str at;
    cord_str about;
    cord_str from;
    cord_str compare;
    struct cord_option_list id;
    cord_str server;
    cord_str token_file;
    cord_str ca_file;
    bool claims;
    bool json;
    bool help;
};

static const struct cord_option options[] = {
    CORD_OPTION_TEXT(struct figures_config, record, NULL, "the record's folder", .letter = 'r',
                     .argument = "DIR"),
    CORD_OPTION_TEXT(struct figures_config, at, NULL,
                     "as known at this time; now, or of an exercise the time of its last claim",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct figures_config, about, NULL, "about this time; that of --at",
                     .argument = "TIME"),
    CORD_OPTION_TEXT(struct figures_config, from, NULL,
                     "count what happened from this time on; from the beginning of the incident "
                     "declared last",
                     .argument = "TIME"),
    CORD_OPTION_LIST(struct figures_config, id, "only this figure", .letter = 'i',
                     .argument = "ID"),
    CORD_OPTION_TEXT(struct figures_config, compare, NULL,
                     "what moved since what was known at this time, and why", .letter = 'c',
                     .argument = "TIME"),
    CORD_OPTION_FLAG(struct figures_config, claims,
                     "definitions, and everything that was counted with its claim"),
    CORD_OPTION_FLAG(struct figures_config, json, "one JSON object a line"),
    CORD_OPTION_FLAG(struct figures_config, help, "print this help", .letter = 'h'),
    REMOTE_OPTIONS(struct figures_config),
    CORD_OPTION_END,
};

struct run {
    const struct command *command;
    struct figures_config config;
    struct cord_record *record;
    struct cord_record_view *view;
    struct cord_figure_scope *scope;
    struct cord_figure_scope *before; /* NULL: nothing is compared */
    struct cord_buf line;
    uint64_t moves; /* printed of one figure */
    struct cord_error err;
};

static int fail(struct run *run, cord_status status)
{
    (void)command_error(run->command,
                        run->err.text[0] != '\0' ? run->err.text : cord_error_name(status));
    return COMMAND_UNREADABLE;
}

/* --- text --- */

/* What is not printable would reach the terminal. */
static void put_shown(struct cord_buf *line, cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        cord_buf_put_char(line, c < 0x20 || c == 0x7f ? '?' : (char)c);
    }
}

static void put_time(struct cord_buf *line, int64_t time_ns)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    cord_str text = cord_timestamp_format(time_ns, buffer);
    bool whole = cord_str_ends(text, CORD_STR(".000Z"));
    cord_buf_put(line, whole ? cord_str_slice(text, 0, text.len - 5) : text);
    cord_buf_put_text(line, whole ? "Z" : "");
}

static cord_status print_line(struct run *run)
{
    cord_buf_put_char(&run->line, '\n');
    bool whole =
        !run->line.failed && fwrite(run->line.ptr, 1, run->line.len, stdout) == run->line.len;
    cord_buf_clear(&run->line);
    return whole ? CORD_OK : cord_error_errno(&run->err, "write");
}

static void put_value(struct cord_buf *line, const struct cord_figure *figure)
{
    char buffer[CORD_FIXED_TEXT];
    if (!figure->value.ptr) {
        cord_buf_printf(line, "not known (%s)", figure->definition->unit);
        return;
    }
    cord_buf_printf(line, "%.*s %s", CORD_STR_ARG(figure->value), figure->definition->unit);
    if (figure->of.ptr) {
        cord_str percent = cord_figure_percent(figure, buffer);
        cord_buf_printf(line, ", %.*s%s%.*s of %.*s %.*s%s", CORD_STR_ARG(percent),
                        percent.len > 0 ? " (" : "", CORD_STR_ARG(figure->value),
                        CORD_STR_ARG(figure->of), CORD_STR_ARG(figure->of_what),
                        percent.len > 0 ? ")" : "");
    }
    if (figure->lowest.ptr || figure->highest.ptr) {
        cord_buf_printf(line, ", range %.*s to %.*s",
                        CORD_STR_ARG(figure->lowest.ptr ? figure->lowest : CORD_STR("?")),
                        CORD_STR_ARG(figure->highest.ptr ? figure->highest : CORD_STR("?")));
    }
}

static void put_parts(struct cord_buf *line, const struct cord_figure *figure)
{
    for (size_t i = 0; i < figure->part_count; i++) {
        cord_buf_put_text(line, i == 0 ? "\n    " : ", ");
        put_shown(line, figure->parts[i].name);
        cord_buf_printf(line, " %.*s", CORD_STR_ARG(figure->parts[i].value));
    }
}

static void put_ground(struct cord_buf *line, const struct cord_figure *figure)
{
    cord_str basis = cord_figure_basis(figure);
    cord_buf_printf(line,
                    "\n    %.*s%s%" PRIu64 " of %" PRIu64 " expected have reported; %zu claims",
                    CORD_STR_ARG(basis), basis.ptr ? "; " : "", figure->reporting, figure->expected,
                    figure->claim_count);
    for (size_t i = 0; i < figure->claim_count && i < CLAIMS_SHOWN; i++) {
        cord_buf_printf(line, "%sc%" PRIu64, i == 0 ? " (" : ", ", figure->claims[i]);
    }
    cord_buf_put_text(line, figure->claim_count == 0             ? ""
                            : figure->claim_count > CLAIMS_SHOWN ? " ...)"
                                                                 : ")");
    if (figure->from_ns > CORD_TIME_NONE + 1) {
        cord_buf_put_text(line, "; from ");
        put_time(line, figure->from_ns);
    }
    if (figure->to_ns > CORD_TIME_NONE + 1) {
        cord_buf_put_text(line, figure->from_ns > CORD_TIME_NONE + 1 ? " to " : "; until ");
        put_time(line,
                 figure->to_ns > figure->as_of.about_ns ? figure->as_of.about_ns : figure->to_ns);
    }
    if (figure->note.len > 0) {
        cord_buf_put_text(line, "\n    ");
        put_shown(line, figure->note);
    }
}

static void put_stated(struct cord_buf *line, const struct cord_figure *figure)
{
    for (size_t i = 0; i < figure->stated_count; i++) {
        const struct cord_figure_stated *stated = &figure->stated[i];
        cord_buf_put_text(line, i == 0 ? "\n    published: " : "; ");
        cord_buf_put(line, stated->amount);
        if (!cord_str_eq(stated->unit, cord_str_from(figure->definition->unit))) {
            cord_buf_printf(line, " %.*s", CORD_STR_ARG(stated->unit));
        }
        cord_buf_put_text(line, " by ");
        put_shown(line, stated->claimant);
        cord_buf_put_text(line, " at ");
        put_time(line, stated->stated_ns);
    }
}

static void put_items(struct cord_buf *line, const struct cord_figure *figure)
{
    cord_buf_printf(line, "\n    %s", figure->definition->definition);
    for (size_t i = 0; i < figure->item_count; i++) {
        const struct cord_figure_item *item = &figure->items[i];
        if (item->part.len > 0) {
            cord_buf_put_text(line, "\n        ");
            put_shown(line, item->what);
            cord_buf_put_char(line, ' ');
            put_shown(line, item->part);
            cord_buf_printf(line, " %.*s c%" PRIu64, CORD_STR_ARG(item->amount), item->claim);
        }
    }
}

static cord_status print_figure(struct run *run, const struct cord_figure *figure)
{
    struct cord_buf *line = &run->line;
    if (run->config.json) {
        cord_buf_put_text(line, "{\"exercise\":");
        cord_json_write_string(line, cord_record_exercise(run->record));
        cord_buf_put_text(line, ",\"figure\":");
        cord_figure_write(figure, run->config.claims, line);
        cord_buf_put_char(line, '}');
        return print_line(run);
    }
    cord_buf_printf(line, "%s: %s\n    ", figure->definition->id, figure->definition->title);
    put_value(line, figure);
    put_parts(line, figure);
    put_ground(line, figure);
    put_stated(line, figure);
    if (run->config.claims) {
        put_items(line, figure);
    }
    return print_line(run);
}

/* --- what moved --- */

static cord_status put_reason(void *self, const struct cord_claim *claim,
                              const struct cord_digest *hash)
{
    struct run *run = self;
    struct cord_buf *line = &run->line;
    cord_str why = cord_claim_member(claim->value, "reason");
    (void)hash;
    if (run->config.json) {
        cord_buf_printf(line, ",\"claim\":%" PRIu64 ",\"kind\":\"%s\",\"claimant\":", claim->number,
                        claim->kind->name);
        cord_json_write_string(line, claim->claimant);
        cord_buf_put_text(line, ",\"method\":");
        cord_json_write_string(line, claim->method);
        cord_buf_put_text(line, ",\"source\":");
        cord_json_write_string(line, claim->source);
        cord_buf_printf(line, ",\"reason\":\"%.*s\"", CORD_STR_ARG(why)); /* escaped already */
        cord_buf_put_text(line, ",\"recorded\":\"");
        put_time(line, claim->recorded_ns);
        cord_buf_put_text(line, "\"");
        return CORD_OK;
    }
    cord_buf_printf(line, ": c%" PRIu64 " %s of ", claim->number, claim->kind->name);
    put_shown(line, claim->claimant);
    cord_buf_put_text(line, ", recorded ");
    put_time(line, claim->recorded_ns);
    cord_buf_put_text(line, ", method ");
    put_shown(line, claim->method);
    if (why.len > 0) {
        cord_buf_put_text(line, ": ");
        put_shown(line, why);
    }
    if (claim->source.len > 0) {
        cord_buf_put_text(line, " [");
        put_shown(line, claim->source);
        cord_buf_put_text(line, "]");
    }
    return CORD_OK;
}

static void put_end(struct cord_buf *line, cord_str part, cord_str amount)
{
    put_shown(line, part.len > 0 ? part : CORD_STR("not counted"));
    if (part.len > 0 && !cord_str_eq(amount, CORD_STR("1"))) {
        cord_buf_printf(line, " %.*s", CORD_STR_ARG(amount));
    }
}

static void put_move_json(struct cord_buf *line, const struct cord_figure_move *move)
{
    const struct {
        const char *name;
        cord_str text;
    } members[] = {{"what", move->what},
                   {"from", move->from_part},
                   {"to", move->to_part},
                   {"from_amount", move->from_amount},
                   {"to_amount", move->to_amount}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        cord_buf_printf(line, "%s\"%s\":", i == 0 ? "{" : ",", members[i].name);
        cord_json_write_string(line, members[i].text);
    }
}

static cord_status on_move(void *self, const struct cord_figure_move *move)
{
    struct run *run = self;
    struct cord_buf *line = &run->line;
    uint64_t claim = move->to_claim ? move->to_claim : move->from_claim;
    if (run->config.json) {
        cord_buf_put_text(line, run->moves == 0 ? "" : ",");
        put_move_json(line, move);
    } else {
        cord_buf_put_text(line, "\n    ");
        put_shown(line, move->what);
        cord_buf_put_text(line, ": ");
        put_end(line, move->from_part, move->from_amount);
        cord_buf_put_text(line, " -> ");
        put_end(line, move->to_part, move->to_amount);
    }
    run->moves++;
    cord_status status =
        claim > 0 ? cord_record_view_claim(run->view, claim, put_reason, run, &run->err) : CORD_OK;
    cord_buf_put_text(line, run->config.json ? "}" : "");
    return status;
}

static cord_status compare_json(struct run *run, const struct cord_figure *before,
                                const struct cord_figure *after)
{
    struct cord_buf *line = &run->line;
    cord_buf_put_text(line, "{\"exercise\":");
    cord_json_write_string(line, cord_record_exercise(run->record));
    cord_buf_put_text(line, ",\"before\":");
    cord_figure_write(before, false, line);
    cord_buf_put_text(line, ",\"after\":");
    cord_figure_write(after, false, line);
    cord_buf_put_text(line, ",\"moved\":[");
    cord_status status = cord_figure_compare(before, after, on_move, run);
    cord_buf_put_text(line, "]}");
    return status == CORD_OK ? print_line(run) : status;
}

static bool is_same(cord_str a, cord_str b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && cord_str_eq(a, b);
}

/* A figure that did not change is passed over, unless something moved within it. */
static cord_status print_compared(struct run *run, const struct cord_figure *before,
                                  const struct cord_figure *after)
{
    struct cord_buf *line = &run->line;
    run->moves = 0;
    if (run->config.json) {
        return compare_json(run, before, after);
    }
    cord_buf_printf(line, "%s: %s\n    ", after->definition->id, after->definition->title);
    put_value(line, before);
    cord_buf_put_text(line, "\n    -> ");
    put_value(line, after);
    cord_status status = cord_figure_compare(before, after, on_move, run);
    if (status == CORD_OK && run->moves == 0 && is_same(before->value, after->value) &&
        is_same(before->of, after->of)) {
        cord_buf_clear(line);
        return CORD_OK;
    }
    return status == CORD_OK ? print_line(run) : status;
}

/* --- which --- */

static cord_status do_figure(struct run *run, const struct cord_figure_definition *definition)
{
    const struct cord_figure *figure = NULL;
    const struct cord_figure *before = NULL;
    cord_status status = cord_figure_compute(run->scope, definition, &figure, &run->err);
    if (status == CORD_OK && run->before) {
        status = cord_figure_compute(run->before, definition, &before, &run->err);
    }
    if (status != CORD_OK) {
        return status;
    }
    return before ? print_compared(run, before, figure) : print_figure(run, figure);
}

static cord_status do_all(struct run *run)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < run->config.id.count && status == CORD_OK; i++) {
        status = do_figure(run, cord_figure_find(run->config.id.items[i]));
    }
    for (size_t i = 0; i < cord_figure_count() && run->config.id.count == 0 && status == CORD_OK;
         i++) {
        status = do_figure(run, cord_figure_definition(i));
    }
    return status;
}

static cord_status print_head(struct run *run, const struct cord_as_of *as_of)
{
    struct cord_buf *line = &run->line;
    cord_str exercise = cord_record_exercise(run->record);
    cord_str incident = cord_figure_scope_incident(run->scope);
    if (run->config.json) {
        return CORD_OK; /* each object says it */
    }
    if (exercise.len > 0) {
        cord_buf_put_text(line, "EXERCISE ");
        put_shown(line, exercise);
        cord_buf_put_text(line, ". ");
    }
    cord_buf_put_text(line, "As known at ");
    put_time(line, as_of->known_ns);
    if (as_of->about_ns != INT64_MAX && as_of->about_ns != as_of->known_ns) {
        cord_buf_put_text(line, ", about ");
        put_time(line, as_of->about_ns);
    }
    cord_buf_put_text(line, incident.len > 0 ? "; incident " : "; no incident declared");
    put_shown(line, incident);
    cord_buf_put_char(line, '\n');
    return print_line(run);
}

static cord_status on_last(void *self, const struct cord_claim *claim,
                           const struct cord_digest *hash)
{
    int64_t *time_ns = self;
    (void)hash;
    *time_ns = claim->recorded_ns;
    return CORD_OK;
}

static cord_status find_time(struct run *run, int64_t *ret_ns)
{
    const struct cord_clock clock = cord_clock_system();
    uint64_t count = cord_record_count(run->record);
    *ret_ns = cord_clock_now_ns(&clock);
    return cord_record_exercise(run->record).len > 0 && count > 0
               ? cord_record_view_claim(run->view, count, on_last, ret_ns, &run->err)
               : CORD_OK;
}

static cord_status open_scope(struct run *run, struct cord_figure_request *request,
                              int64_t before_ns)
{
    cord_status status = CORD_OK;
    if (request->as_of.known_ns == CORD_TIME_NONE) {
        status = find_time(run, &request->as_of.known_ns);
    }
    if (status == CORD_OK) {
        status = cord_figure_scope_new(run->view, request, &run->scope, &run->err);
    }
    if (status == CORD_OK) {
        status = print_head(run, &request->as_of);
    }
    if (status == CORD_OK && before_ns != CORD_TIME_NONE) {
        struct cord_figure_request earlier = *request;
        earlier.as_of.known_ns = before_ns;
        status = cord_figure_scope_new(run->view, &earlier, &run->before, &run->err);
    }
    return status;
}

static bool parse_time(cord_str text, int64_t absent, int64_t *ret_ns)
{
    *ret_ns = absent;
    return !text.ptr || cord_timestamp_parse(text, ret_ns);
}

static int check_ids(const struct run *run)
{
    for (size_t i = 0; i < run->config.id.count; i++) {
        cord_str id = run->config.id.items[i];
        const char *near = cord_figure_find(id) ? NULL : cord_figure_nearest(id);
        if (!cord_figure_find(id)) {
            struct cord_error err;
            (void)cord_error_set(&err, CORD_E_FORMAT, "there is no figure '%.*s'%s%s%s",
                                 CORD_STR_ARG(id), near ? ", did you mean '" : "", near ? near : "",
                                 near ? "'?" : "");
            return command_usage(run->command, err.text);
        }
    }
    return COMMAND_DONE;
}

static int ask_server(struct run *run)
{
    const struct figures_config *config = &run->config;
    const struct remote_config remote = {config->server, config->token_file, config->ca_file};
    const struct remote_parameter parameters[] = {
        {"at", config->at}, {"about", config->about}, {"from", config->from}, {.name = NULL}};
    if (config->record.ptr || config->compare.ptr || config->id.count > 0 || config->claims) {
        return command_usage(run->command, "with --server only --at, --about and --from");
    }
    return remote_list(run->command, &remote, "/figures", parameters);
}

static int act(struct run *run, const struct cord_option_list *operands)
{
    struct cord_figure_request request = {0};
    const struct cord_record_options record = {.read_only = true, .clock = cord_clock_system()};
    int64_t before_ns;
    if (run->config.server.ptr && operands->count == 0) {
        return ask_server(run);
    }
    if (operands->count > 0 || !run->config.record.ptr) {
        return command_usage(run->command, "say which record: --record DIR; nothing else is read");
    }
    if (!parse_time(run->config.at, CORD_TIME_NONE, &request.as_of.known_ns) ||
        !parse_time(run->config.about, INT64_MAX, &request.as_of.about_ns) ||
        !parse_time(run->config.from, CORD_TIME_NONE, &request.from_ns) ||
        !parse_time(run->config.compare, CORD_TIME_NONE, &before_ns)) {
        return command_usage(run->command, "--at, --about, --from and --compare take a time such "
                                           "as 2017-05-12T20:00:00+01:00");
    }
    int code = check_ids(run);
    if (code != COMMAND_DONE) {
        return code;
    }
    cord_status status = cord_record_open(run->config.record.ptr, &record, &run->record, &run->err);
    if (status == CORD_OK) {
        status = cord_record_view_open(run->record, &run->view, &run->err);
    }
    if (status == CORD_OK) {
        status = open_scope(run, &request, before_ns);
    }
    status = status == CORD_OK ? do_all(run) : status;
    return status == CORD_OK ? COMMAND_DONE : fail(run, status);
}

static int figures_main(const struct command *command, int argc, char **argv)
{
    struct run run = {.command = command};
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES_MAX);
    struct cord_option_list operands = {0};
    cord_buf_init(&run.line, LINE_BYTES_MAX);
    int code = command_begin(command, argc, argv, arena, &run.config, &operands);
    if (code == COMMAND_BEGUN) {
        code = act(&run, &operands);
    }
    code = command_end(command, code);
    cord_figure_scope_free(run.before);
    cord_figure_scope_free(run.scope);
    cord_record_view_close(run.view);
    cord_record_close(run.record);
    cord_buf_done(&run.line);
    cord_arena_free(arena);
    return code;
}

const struct command command_figures = {
    .name = "figures",
    .operands = "--record DIR",
    .summary = "Numbers derived from the record, as known at any time.",
    .help = "Every figure with its unit, fraction, basis, range, time, completeness and claims.\n"
            "Nothing is stored: asked as known at a past time, it is what was known then.\n\n"
            "Exit code: 0 done, 2 wrong usage, 3 the record cannot be read.\n",
    .options = options,
    .run = figures_main,
};
