/* check_report.c: see check_report.h. */
#include "cmd/check_report.h"

#include "base/vec.h"
#include "codec/json_write.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_BYTES_MAX = 1 << 20 };

struct check_finding {
    struct cord_lint_finding lint;
    bool refusal; /* the rule cannot be used */
    size_t order; /* of arrival */
};

void check_report_done(struct check_report *report)
{
    free(report->findings);
    report->findings = NULL;
    report->count = 0;
    report->cap = 0;
}

static cord_status put(struct check_report *report, const struct cord_lint_finding *finding,
                       bool refusal)
{
    struct check_finding *grown =
        cord_vec_room(report->findings, report->count, &report->cap, sizeof *grown);
    if (!grown) {
        return CORD_E_NOMEM;
    }
    report->findings = grown;
    struct check_finding *to = &grown[report->count];
    *to = (struct check_finding){.lint = *finding, .refusal = refusal, .order = report->count};
    to->lint.file = cord_arena_copy(report->arena, finding->file);
    to->lint.id = cord_arena_copy(report->arena, finding->id);
    to->lint.title = cord_arena_copy(report->arena, finding->title);
    to->lint.message = cord_arena_copy(report->arena, finding->message);
    if (!to->lint.file.ptr || !to->lint.id.ptr || !to->lint.title.ptr || !to->lint.message.ptr) {
        return cord_arena_failure(report->arena);
    }
    report->count++;
    return CORD_OK;
}

static cord_status put_lint(void *self, const struct cord_lint_finding *finding)
{
    struct check_report *report = self;
    return put(report, finding, false);
}

struct cord_lint_sink check_report_sink(struct check_report *report)
{
    return (struct cord_lint_sink){.put = put_lint, .self = report};
}

cord_status check_report_add(struct check_report *report, const struct cord_collection *collection)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < cord_collection_refusal_count(collection) && status == CORD_OK; i++) {
        const struct cord_rule_refusal *from = cord_collection_refusal(collection, i);
        const struct cord_lint_finding finding = {
            .error = !from->warning,
            .file = from->file,
            .line = from->line,
            .id = from->id,
            .title = from->title,
            .kind = from->warning ? CORD_STR("doubtful") : CORD_STR("refused"),
            .message = from->reason,
        };
        status = put(report, &finding, !from->warning);
    }
    return status;
}

/* By file, line and message; of two that say the same, the error first. */
static int compare(const void *left, const void *right)
{
    const struct check_finding *a = left;
    const struct check_finding *b = right;
    int order = cord_str_compare(a->lint.file, b->lint.file);
    if (order == 0 && a->lint.line != b->lint.line) {
        order = a->lint.line < b->lint.line ? -1 : 1;
    }
    if (order == 0) {
        order = cord_str_compare(a->lint.message, b->lint.message);
    }
    if (order == 0 && a->lint.error != b->lint.error) {
        order = a->lint.error ? -1 : 1;
    }
    return order != 0 ? order : a->order < b->order ? -1 : a->order > b->order;
}

static bool says_the_same(const struct cord_lint_finding *a, const struct cord_lint_finding *b)
{
    return a->line == b->line && cord_str_eq(a->file, b->file) &&
           cord_str_eq(a->message, b->message) && cord_str_eq(a->id, b->id);
}

void check_report_finish(struct check_report *report)
{
    size_t kept = 0;
    if (report->count > 0) {
        qsort(report->findings, report->count, sizeof *report->findings, compare);
    }
    for (size_t i = 0; i < report->count; i++) {
        const struct check_finding *finding = &report->findings[i];
        if (kept > 0 && says_the_same(&report->findings[kept - 1].lint, &finding->lint)) {
            continue;
        }
        report->refused += finding->refusal;
        report->schema += finding->lint.error && !finding->refusal;
        report->warnings += !finding->lint.error;
        report->findings[kept++] = *finding;
    }
    report->count = kept;
}

static void print_json(struct cord_buf *line, const struct cord_lint_finding *finding)
{
    const struct {
        const char *name;
        cord_str text;
    } texts[] = {
        {"severity", finding->error ? CORD_STR("error") : CORD_STR("warning")},
        {"check", finding->kind},
        {"file", finding->file},
        {"id", finding->id},
        {"title", finding->title},
        {"reason", finding->message},
    };
    cord_buf_clear(line);
    cord_buf_printf(line, "{\"line\":%u", finding->line);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cord_buf_printf(line, ",\"%s\":", texts[i].name);
        cord_json_write_string(line, texts[i].text);
    }
    cord_buf_put_text(line, "}\n");
    (void)fwrite(line->ptr, 1, line->len, stdout);
}

/* A text for a terminal: no control characters, no line ends. */
static void put_plain(struct cord_buf *line, cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        cord_buf_put_char(line, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
}

static void print_text(struct cord_buf *line, const struct cord_lint_finding *finding)
{
    cord_buf_clear(line);
    put_plain(line, finding->file);
    cord_buf_printf(line, ":%u: %s: ", finding->line, finding->error ? "error" : "warning");
    put_plain(line, finding->message);
    if (finding->title.len > 0) {
        cord_buf_put_text(line, " [");
        put_plain(line, finding->title);
        cord_buf_put_text(line, "]");
    }
    if (finding->id.len > 0) {
        cord_buf_put_char(line, ' ');
        put_plain(line, finding->id);
    }
    cord_buf_put_char(line, '\n');
    (void)fwrite(line->ptr, 1, line->len, stdout);
}

void check_report_print(const struct check_report *report, bool json, bool quiet)
{
    struct cord_buf line;
    cord_buf_init(&line, LINE_BYTES_MAX);
    for (size_t i = 0; i < report->count; i++) {
        const struct cord_lint_finding *finding = &report->findings[i].lint;
        if (!finding->error && quiet) {
            continue;
        }
        if (json) {
            print_json(&line, finding);
        } else {
            print_text(&line, finding);
        }
    }
    cord_buf_done(&line);
}
