/* hunt_rule_report.c: see hunt_rule_report.h. */
#include "cmd/hunt_rule_report.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "cmd/output.h"
#include "codec/json_write.h"
#include "detect/finding.h"

#include <stdlib.h>

enum {
    TEXT_BYTES_MAX = 256 << 20,
    SILENT_SHOWN = 10, /* rules without a hit, by name */
    DAYS_SHOWN = 60,   /* the latest; JSON has all */
    NAMES_SHOWN = 15,
    BAR_WIDTH = 40,
    NAME_WIDTH = 40,
};

static const struct cord_rule_about *about_of(const struct cord_backtest_result *result)
{
    const struct cord_finding finding = {.rule = result->rule, .correlation = result->correlation};
    return cord_finding_about(&finding);
}

/* Text from an event: without what a terminal would obey. */
static void put_safe(struct cord_buf *out, cord_str text, size_t width)
{
    size_t used = 0;
    for (size_t at = 0; at < text.len && used < width; used++) {
        uint32_t code = 0;
        size_t len = cord_utf8_decode(text, at, &code);
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        cord_buf_put(out, control ? CORD_STR("?") : cord_str_slice(text, at, len));
        at += len;
    }
    for (; used < width; used++) {
        cord_buf_put_char(out, ' ');
    }
}

static void put_time(struct cord_buf *out, int64_t time_ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    cord_buf_put(out, time_ns == CORD_TIME_NONE ? CORD_STR("(no time)")
                                                : cord_timestamp_format(time_ns, text));
}

static cord_str day_text(int64_t day_ns, char text[CORD_TIMESTAMP_TEXT])
{
    return cord_str_slice(cord_timestamp_format(day_ns, text), 0, 10);
}

static void put_days(struct cord_buf *out, const struct cord_backtest_result *result)
{
    char text[CORD_TIMESTAMP_TEXT];
    size_t from = result->day_count > DAYS_SHOWN ? result->day_count - DAYS_SHOWN : 0;
    uint64_t most = 1;
    for (size_t i = from; i < result->day_count; i++) {
        most = result->days[i].hits > most ? result->days[i].hits : most;
    }
    if (from > 0) {
        cord_buf_printf(out, "  and %zu days before them: --json has all\n", from);
    }
    for (size_t i = from; i < result->day_count; i++) {
        uint64_t hits = result->days[i].hits;
        cord_buf_printf(out, "  %.*s %9llu  ", CORD_STR_ARG(day_text(result->days[i].day_ns, text)),
                        (unsigned long long)hits);
        for (uint64_t bar = 0; bar < 1 + hits * (BAR_WIDTH - 1) / most; bar++) {
            cord_buf_put_text(out, "\xe2\x96\x88");
        }
        cord_buf_put_char(out, '\n');
    }
    if (result->undated > 0) {
        cord_buf_printf(out, "  (no time)  %9llu\n", (unsigned long long)result->undated);
    }
}

static void put_names(struct cord_buf *out, const char *title,
                      const struct cord_backtest_count *names, size_t count)
{
    size_t shown = count < NAMES_SHOWN ? count : NAMES_SHOWN;
    cord_buf_printf(out, "  %s\n", title);
    for (size_t i = 0; i < shown; i++) {
        cord_buf_put_text(out, "    ");
        put_safe(out, names[i].name.len > 0 ? names[i].name : CORD_STR("(not stated)"), NAME_WIDTH);
        cord_buf_printf(out, " %9llu\n", (unsigned long long)names[i].hits);
    }
    if (shown < count) {
        cord_buf_printf(out, "    and %zu more: --json has all\n", count - shown);
    }
}

static void put_examples(struct cord_buf *out, const struct cord_store *store,
                         const struct cord_backtest_result *result)
{
    char id[CORD_STORE_ID_TEXT];
    cord_buf_put_text(out, "  examples\n");
    for (size_t i = 0; i < result->example_count; i++) {
        const struct cord_backtest_example *example = &result->examples[i];
        cord_str evidence = output_evidence_id(store, example->evidence, id);
        cord_buf_put_text(out, "    ");
        if (evidence.len > 0) {
            cord_buf_put(out, evidence);
        } else {
            put_safe(out, example->source, cord_utf8_count(example->source));
            cord_buf_printf(out, " record %llu", (unsigned long long)example->record);
        }
        cord_buf_put_text(out, "  ");
        put_time(out, example->time_ns);
        cord_buf_put_text(out, "  ");
        put_safe(out, example->host, cord_utf8_count(example->host));
        cord_buf_put_text(out, example->user.len > 0 ? "  " : "");
        put_safe(out, example->user, cord_utf8_count(example->user));
        cord_buf_put_char(out, '\n');
    }
}

static void put_result(struct cord_buf *out, const struct hunt_rule_report *report,
                       const struct cord_backtest_result *result)
{
    const struct cord_rule_about *about = about_of(result);
    cord_buf_put(out, about->title);
    cord_buf_printf(out, " (%s, by %.*s)\n", cord_rule_about_level(about->level),
                    CORD_STR_ARG(about->author.len > 0 ? about->author : CORD_STR("nobody named")));
    if (result->hits == 0) {
        cord_buf_put_text(out, "  no hit\n\n");
        return;
    }
    cord_buf_printf(out, "  %llu hit%s on %zu day%s and %zu host%s",
                    (unsigned long long)result->hits, result->hits == 1 ? "" : "s",
                    result->day_count, result->day_count == 1 ? "" : "s", result->host_count,
                    result->host_count == 1 ? "" : "s");
    if (result->first_ns != CORD_TIME_NONE) {
        cord_buf_put_text(out, "; first ");
        put_time(out, result->first_ns);
        cord_buf_put_text(out, ", last ");
        put_time(out, result->last_ns);
    }
    cord_buf_put_char(out, '\n');
    if (result->left_out > 0) {
        cord_buf_printf(out, "  %llu of them are in no list below: too many to tell apart\n",
                        (unsigned long long)result->left_out);
    }
    put_days(out, result);
    put_names(out, "hosts", result->hosts, result->host_count);
    put_names(out, "organisations", result->organisations, result->organisation_count);
    put_examples(out, report->store, result);
    cord_buf_put_char(out, '\n');
}

static void note(struct cord_buf *out, uint64_t count, const char *text)
{
    if (count > 0) {
        cord_buf_printf(out, "%llu %s\n", (unsigned long long)count, text);
    }
}

static void put_end(struct cord_buf *out, const struct hunt_rule_report *report)
{
    cord_buf_printf(out, "%llu of %llu events looked at", (unsigned long long)report->looked_at,
                    (unsigned long long)report->events);
    if (report->store) {
        cord_buf_printf(out, "; %llu of %llu blocks were skipped unread",
                        (unsigned long long)report->blocks_skipped,
                        (unsigned long long)report->blocks);
    }
    cord_buf_put_char(out, '\n');
    if (report->cancelled) {
        cord_buf_put_text(out, "Cancelled: what there is, is not all.\n");
    }
    note(out, report->unreadable, "events could not be read.");
    note(out, report->blocks_damaged, "blocks are damaged: their events are missing here.");
    note(out, report->matcher.regex_limit,
         "tests met a regular-expression limit: not fully evaluated, which is not the same as no "
         "match.");
    note(out, report->correlator.untimed,
         "matches took no part in correlations: their events have no time.");
    note(out, report->correlator.early, "matches left the order of time early: memory ran out.");
    note(out, report->correlator.late, "matches came too late for correlations.");
    note(out, report->correlator.evicted, "groups of correlations were dropped: memory ran out.");
    note(out, report->correlator.trimmed,
         "events were dropped from windows of correlations that were full.");
}

static cord_status write_out(FILE *out, const struct cord_buf *text)
{
    if (text->failed) {
        return CORD_E_NOMEM;
    }
    cord_status status = output_write(out, cord_buf_str(text));
    return status == CORD_OK && fflush(out) != 0 ? CORD_E_IO : status;
}

cord_status hunt_rule_report_text(const struct hunt_rule_report *report, FILE *out)
{
    struct cord_buf text;
    cord_buf_init(&text, TEXT_BYTES_MAX);
    size_t count = cord_backtest_result_count(report->backtest);
    size_t silent = 0;
    for (size_t i = 0; i < count; i++) {
        silent += cord_backtest_result(report->backtest, i)->hits == 0;
    }
    for (size_t i = 0; i < count; i++) {
        const struct cord_backtest_result *result = cord_backtest_result(report->backtest, i);
        if (result->hits > 0 || silent <= SILENT_SHOWN) {
            put_result(&text, report, result);
        }
    }
    if (silent > SILENT_SHOWN) {
        cord_buf_printf(&text, "%zu further rules without a hit\n", silent);
    }
    put_end(&text, report);
    cord_status status = write_out(out, &text);
    cord_buf_done(&text);
    return status;
}

/* --- JSON --- */

static void json_text(struct cord_buf *out, const char *name, cord_str value)
{
    cord_buf_printf(out, "\"%s\":", name);
    cord_json_write_string(out, value);
}

static void json_number(struct cord_buf *out, const char *name, uint64_t number)
{
    cord_buf_printf(out, ",\"%s\":%llu", name, (unsigned long long)number);
}

static void json_time(struct cord_buf *out, const char *name, int64_t time_ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    if (time_ns != CORD_TIME_NONE) {
        cord_buf_put_char(out, ',');
        json_text(out, name, cord_timestamp_format(time_ns, text));
    }
}

static void json_names(struct cord_buf *out, const char *list, const char *name,
                       const struct cord_backtest_count *names, size_t count)
{
    cord_buf_printf(out, ",\"%s\":[", list);
    for (size_t i = 0; i < count; i++) {
        cord_buf_put_text(out, i > 0 ? ",{" : "{");
        json_text(out, name, names[i].name);
        json_number(out, "hits", names[i].hits);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static void json_days(struct cord_buf *out, const struct cord_backtest_result *result)
{
    char text[CORD_TIMESTAMP_TEXT];
    cord_buf_put_text(out, ",\"days\":[");
    for (size_t i = 0; i < result->day_count; i++) {
        cord_buf_put_text(out, i > 0 ? ",{" : "{");
        json_text(out, "day", day_text(result->days[i].day_ns, text));
        json_number(out, "hits", result->days[i].hits);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static void json_examples(struct cord_buf *out, const struct cord_store *store,
                          const struct cord_backtest_result *result)
{
    char id[CORD_STORE_ID_TEXT];
    cord_buf_put_text(out, ",\"examples\":[");
    for (size_t i = 0; i < result->example_count; i++) {
        const struct cord_backtest_example *example = &result->examples[i];
        cord_buf_put_text(out, i > 0 ? ",{" : "{");
        if (store) {
            json_text(out, "evidence_id", output_evidence_id(store, example->evidence, id));
        } else {
            json_text(out, "source", example->source);
            json_number(out, "record", example->record);
        }
        json_time(out, "time", example->time_ns);
        cord_buf_put_char(out, ',');
        json_text(out, "organisation", example->organisation);
        cord_buf_put_char(out, ',');
        json_text(out, "host", example->host);
        cord_buf_put_char(out, ',');
        json_text(out, "user", example->user);
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
}

static void json_result(struct cord_buf *out, const struct hunt_rule_report *report,
                        const struct cord_backtest_result *result)
{
    const struct cord_rule_about *about = about_of(result);
    cord_buf_put_text(out, "{\"rule\":{");
    json_text(out, "id", about->id);
    cord_buf_put_char(out, ',');
    json_text(out, "title", about->title);
    cord_buf_put_char(out, ',');
    json_text(out, "level", cord_str_from(cord_rule_about_level(about->level)));
    cord_buf_put_char(out, ',');
    json_text(out, "author", about->author);
    cord_buf_put_char(out, ',');
    json_text(out, "file", about->file);
    cord_buf_put_char(out, '}');
    json_number(out, "hits", result->hits);
    json_number(out, "undated", result->undated);
    json_number(out, "left_out", result->left_out);
    json_time(out, "first", result->first_ns);
    json_time(out, "last", result->last_ns);
    json_days(out, result);
    json_names(out, "hosts", "host", result->hosts, result->host_count);
    json_names(out, "organisations", "organisation", result->organisations,
               result->organisation_count);
    json_examples(out, report->store, result);
    cord_buf_put_text(out, "}\n");
}

static void json_end(struct cord_buf *out, const struct hunt_rule_report *report)
{
    cord_buf_printf(out, "{\"looked_at\":%llu", (unsigned long long)report->looked_at);
    json_number(out, "events", report->events);
    json_number(out, "unreadable", report->unreadable);
    cord_buf_printf(out, ",\"cancelled\":%s", report->cancelled ? "true" : "false");
    if (report->store) {
        json_number(out, "blocks", report->blocks);
        json_number(out, "blocks_skipped", report->blocks_skipped);
        json_number(out, "blocks_damaged", report->blocks_damaged);
    }
    json_number(out, "regex_limit", report->matcher.regex_limit);
    json_number(out, "correlation_early", report->correlator.early);
    json_number(out, "correlation_late", report->correlator.late);
    json_number(out, "correlation_evicted", report->correlator.evicted);
    cord_buf_put_text(out, "}\n");
}

cord_status hunt_rule_report_json(const struct hunt_rule_report *report, FILE *out)
{
    struct cord_buf text;
    cord_status status = CORD_OK;
    cord_buf_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; i < cord_backtest_result_count(report->backtest) && status == CORD_OK; i++) {
        json_result(&text, report, cord_backtest_result(report->backtest, i));
        status = write_out(out, &text);
        cord_buf_clear(&text);
    }
    json_end(&text, report);
    status = status == CORD_OK ? write_out(out, &text) : status;
    cord_buf_done(&text);
    return status;
}
