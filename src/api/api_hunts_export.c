/* api_hunts_export.c: what a search has found, taken out of the house as a file, which is told. */
#include "api/api_accounts.h"
#include "api/api_events.h"
#include "api/api_hunts_file.h"
#include "api/api_internal.h"

#include "evidence/query.h"
#include "record/account_session.h"

#include <stdio.h>

enum { REASON_MAX = 400, BODY_BYTES_MAX = 4096, TOLD_BYTES_MAX = 1000 };

static const char *const FORMATS[] = {"csv", "jsonl", NULL};
static const char *const MEDIA[] = {"text/csv", "application/jsonl", NULL};
static const char *const MARKINGS[] = {"TLP:CLEAR",        "TLP:GREEN", "TLP:AMBER",
                                       "TLP:AMBER+STRICT", "TLP:RED",   NULL};

static const struct cord_api_member EXPORT_MEMBERS[] = {
    {.name = "format", .type = CORD_API_WORD, .required = true, .words = FORMATS},
    {.name = "marking",
     .type = CORD_API_WORD,
     .words = MARKINGS,
     .help = "of the file; TLP:AMBER+STRICT unless said"},
    {.name = "reason",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = REASON_MAX,
     .help = "what it is for: told to the audit, and in the file"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape EXPORT = {
    .name = "HuntExport", .help = "How a search's rows are to leave.", .members = EXPORT_MEMBERS};

/* For the audit: how much of what, for whom, why; without numbers of persons. */
static void tell(struct cord_api_call *call, const struct cord_api_hunts_file *file)
{
    const struct cord_api_hunts_kept *kept = file->kept;
    struct cord_buf text;
    cord_buf_init(&text, TOLD_BYTES_MAX + CORD_QUERY_BYTES_MAX);
    cord_buf_printf(&text, "%s, %zu rows%s of %s%llu events, %.*s: ", FORMATS[file->csv ? 0 : 1],
                    kept->row_count, kept->cut ? " (there are more)" : "",
                    kept->counted ? "" : "at least ", (unsigned long long)kept->matched,
                    CORD_STR_ARG(file->marking));
    (void)cord_api_hunts_file_put(file->reason, &text);
    cord_buf_put_text(&text, "; query: ");
    (void)cord_api_hunts_file_put(kept->query, &text);
    cord_str told = cord_buf_str(&text);
    size_t len = told.len < TOLD_BYTES_MAX ? told.len : TOLD_BYTES_MAX;
    while (len > 0 && len < told.len && ((unsigned char)told.ptr[len] & 0xc0) == 0x80) {
        len--; /* not within a character */
    }
    told = cord_arena_copy(call->arena, cord_str_slice(told, 0, len));
    call->told = told.ptr && !text.failed ? told : CORD_STR("there was no room for words");
    cord_buf_done(&text);
}

static void name_file(struct cord_api_call *call, bool csv)
{
    char time[CORD_TIMESTAMP_TEXT];
    char name[CORD_TIMESTAMP_TEXT + 64];
    size_t len = 0;
    cord_str now = cord_timestamp_format(call->now_ns, time);
    len = (size_t)snprintf(name, sizeof name, "attachment; filename=\"hunt-");
    for (size_t i = 0; i < now.len && i < 19; i++) {
        if (now.ptr[i] != ':' && now.ptr[i] != '-') {
            name[len++] = now.ptr[i];
        }
    }
    (void)snprintf(name + len, sizeof name - len, "Z.%s\"", FORMATS[csv ? 0 : 1]);
    cord_api_call_header(call, "Content-Disposition", cord_str_from(name));
}

static void answer(struct cord_api_call *call)
{
    struct cord_api_hunts_kept kept;
    char who[CORD_API_OPAQUE_SUBJECT];
    cord_str marking = cord_api_call_body_text(call, "marking");
    if (!cord_api_hunts_keep(call, &kept)) {
        return;
    }
    if (!kept.over) {
        cord_api_call_problem(call, 409, "it goes on: wait until it has ended, or cancel it");
        return;
    }
    const struct cord_api_hunts_file file = {
        .kept = &kept,
        .csv = cord_str_eq(cord_api_call_body_text(call, "format"), CORD_STR("csv")),
        .marking = marking.len > 0 ? marking : CORD_STR("TLP:AMBER+STRICT"),
        .who = cord_api_opaque_show(&call->api->opaque, cord_str_from(call->principal.name), who),
        .who_name = cord_api_accounts_identity(&call->principal)->name,
        .reason = cord_api_call_body_text(call, "reason"),
        .exercise = call->options->exercise,
        .now_ns = call->now_ns,
    };
    cord_status status = cord_api_hunts_file_write(&file, CORD_API_REPLY_BYTES_MAX, &call->out);
    if (status == CORD_E_LIMIT) {
        cord_api_call_problem(call, 500,
                              "the file is longer than a reply may be: narrow the "
                              "query, or choose fields");
        return;
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &(struct cord_error){""});
        return;
    }
    call->content_type = file.csv ? "text/csv; charset=utf-8" : "application/jsonl";
    name_file(call, file.csv);
    tell(call, &file);
}

const struct cord_api_route cord_api_hunts_export = {
    .method = CORD_HTTP_POST,
    .path = "/hunts/{id}/export",
    .id = "exportHunt",
    .verb = "events.read",
    .flags = CORD_API_CONFLICTS | CORD_API_FULL,
    .variables = cord_api_events_variable,
    .body = &EXPORT,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 200,
    .media = MEDIA,
    .summary = "The rows that one's search has kept, as a file",
    .help = "The file begins with what it is: the query, the times, as of when, the marking, who "
            "exported it and why, how many rows of how many, and whether that is the whole. "
            "Numbers that are one person's (NHS numbers, NIR) are withheld, and counted. In CSV an "
            "apostrophe stands before what a spreadsheet would take for a formula; JSON lines have "
            "values as they are. That it was exported is an audit claim.",
    .answer = answer,
};
