/*
 * output_table.c: what happened, on one screen: levels, rules, hosts, tactics.
 *
 * Rows are cut to the terminal's width, counts never; a list that is longer
 * than a screen wants says how many rows it left out and how to see them.
 */
#include "cmd/output.h"
#include "cmd/run_notes.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>

enum {
    TEXT_BYTES_MAX = 64 << 20,
    HOSTS_SHOWN = 15,
    PROBLEMS_SHOWN = 20,
    TITLE_LEAST = 24,
};

struct output {
    FILE *out;
    const struct cord_store *store;
    bool colour;
    unsigned columns;
    struct cord_buf text;
    struct cord_buf problems;
    size_t problem_count;
};

static const char *const level_colours[SUMMARY_LEVELS] = {"",         "\033[2m",  "\033[36m",
                                                          "\033[33m", "\033[91m", "\033[1;31m"};

static void style(struct output *output, const char *code)
{
    cord_buf_put_text(&output->text, output->colour ? code : "");
}

static void heading(struct output *output, const char *text)
{
    cord_buf_put_char(&output->text, '\n');
    style(output, "\033[1m");
    cord_buf_put_text(&output->text, text);
    style(output, "\033[0m");
    cord_buf_put_char(&output->text, '\n');
}

static cord_status table_open(const struct output_config *config, struct output **ret_output)
{
    struct output *output = calloc(1, sizeof *output);
    if (!output) {
        return CORD_E_NOMEM;
    }
    output->out = config->out;
    output->store = config->store;
    output->colour = config->colour;
    output->columns = config->columns < 60 ? 60 : config->columns;
    cord_buf_init(&output->text, TEXT_BYTES_MAX);
    cord_buf_init(&output->problems, TEXT_BYTES_MAX);
    *ret_output = output;
    return CORD_OK;
}

static cord_status table_finding(struct output *output, const struct cord_finding *finding,
                                 size_t rule_no)
{
    (void)output;
    (void)finding;
    (void)rule_no; /* the summary has counted it */
    return CORD_OK;
}

/* Text from an event or a file name: without what a terminal would obey. */
static void put_safe(struct cord_buf *buf, cord_str text, size_t width, bool pad)
{
    size_t used = 0;
    size_t points = cord_utf8_count(text);
    bool cut = points > width;
    for (size_t at = 0; at < text.len && used < (cut ? width - 1 : width); used++) {
        uint32_t code = 0;
        size_t len = cord_utf8_decode(text, at, &code);
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        cord_buf_put(buf, control ? CORD_STR("?") : cord_str_slice(text, at, len));
        at += len;
    }
    if (cut) {
        cord_buf_put_text(buf, "\xe2\x80\xa6"); /* an ellipsis */
        used++;
    }
    while (pad && used++ < width) {
        cord_buf_put_char(buf, ' ');
    }
}

static cord_status table_problem(struct output *output, const struct cord_scan_problem *problem)
{
    if (output->problem_count++ >= PROBLEMS_SHOWN) {
        return CORD_OK;
    }
    struct cord_buf *buf = &output->problems;
    cord_buf_put_text(buf, "  ");
    put_safe(buf, problem->stream, SIZE_MAX, false);
    if (!problem->fatal || problem->offset > 0) {
        cord_buf_printf(buf, ", byte %llu", (unsigned long long)problem->offset);
    }
    cord_buf_put_text(buf, ": ");
    put_safe(buf, problem->reason, SIZE_MAX, false);
    cord_buf_put_text(buf, problem->fatal ? " (the rest of it was not read)\n" : "\n");
    return CORD_OK;
}

static void put_levels(struct output *output, const struct summary *summary)
{
    static const enum cord_level order[] = {CORD_LEVEL_CRITICAL,      CORD_LEVEL_HIGH,
                                            CORD_LEVEL_MEDIUM,        CORD_LEVEL_LOW,
                                            CORD_LEVEL_INFORMATIONAL, CORD_LEVEL_NONE};
    heading(output, "Findings by level");
    for (size_t i = 0; i < SUMMARY_LEVELS; i++) {
        uint64_t count = summary->levels[order[i]];
        if (count == 0 && order[i] == CORD_LEVEL_NONE) {
            continue;
        }
        size_t rules = 0;
        for (size_t at = 0; at < summary->rule_count; at++) {
            rules += summary->rules[at].about->level == order[i] ? 1 : 0;
        }
        style(output, level_colours[order[i]]);
        cord_buf_printf(&output->text, "  %-14s", cord_rule_about_level(order[i]));
        style(output, "\033[0m");
        cord_buf_printf(&output->text, " %10llu   %zu rule%s\n", (unsigned long long)count, rules,
                        rules == 1 ? "" : "s");
    }
}

static void put_rules(struct output *output, const struct summary *summary)
{
    char first[CORD_TIMESTAMP_TEXT];
    char id[CORD_STORE_ID_TEXT];
    size_t title = output->columns - (2 + 13 + 1 + 10 + 1 + 6 + 1 + 20);
    title = title < TITLE_LEAST ? TITLE_LEAST : title;
    heading(output, "Rules");
    style(output, "\033[2m");
    cord_buf_printf(&output->text, "  %-13s ", "level");
    put_safe(&output->text, CORD_STR("rule"), title, true);
    cord_buf_printf(&output->text, " %9s %6s %s\n", "findings", "hosts", "first (UTC)");
    style(output, "\033[0m");
    for (size_t i = 0; i < summary->rule_count; i++) {
        const struct summary_rule *rule = &summary->rules[i];
        cord_str time = cord_str_slice(cord_timestamp_format(rule->first_ns, first), 0, 19);
        style(output, level_colours[rule->about->level]);
        cord_buf_printf(&output->text, "  %-13s ", cord_rule_about_level(rule->about->level));
        style(output, "\033[0m");
        put_safe(&output->text, rule->about->title, title, true);
        cord_buf_printf(&output->text, " %9llu %6u %.*s\n", (unsigned long long)rule->count,
                        rule->hosts, CORD_STR_ARG(time));
        style(output, "\033[2m");
        cord_buf_put_text(&output->text, "                  by ");
        put_safe(&output->text, rule->about->author,
                 output->columns > 32 ? output->columns - 22 : 32, false);
        if (rule->evidence != 0 && output->store) {
            cord_buf_printf(&output->text, "\n                  first is evidence %.*s",
                            CORD_STR_ARG(output_evidence_id(output->store, rule->evidence, id)));
        }
        style(output, "\033[0m");
        cord_buf_put_char(&output->text, '\n');
    }
}

static void put_hosts(struct output *output, const struct summary *summary)
{
    size_t shown = summary->host_count < HOSTS_SHOWN ? summary->host_count : HOSTS_SHOWN;
    size_t width = output->columns - (2 + 5 * 9 + 11);
    width = width < TITLE_LEAST ? TITLE_LEAST : width;
    heading(output, "Hosts");
    style(output, "\033[2m");
    cord_buf_put_text(&output->text, "  ");
    put_safe(&output->text, CORD_STR("host"), width, true);
    cord_buf_printf(&output->text, " %8s %8s %8s %8s %10s\n", "critical", "high", "medium", "low",
                    "all");
    style(output, "\033[0m");
    for (size_t i = 0; i < shown; i++) {
        const struct summary_host *host = &summary->hosts[i];
        cord_buf_put_text(&output->text, "  ");
        put_safe(&output->text, host->name.len > 0 ? host->name : CORD_STR("(not stated)"), width,
                 true);
        cord_buf_printf(&output->text, " %8llu %8llu %8llu %8llu %10llu\n",
                        (unsigned long long)host->levels[CORD_LEVEL_CRITICAL],
                        (unsigned long long)host->levels[CORD_LEVEL_HIGH],
                        (unsigned long long)host->levels[CORD_LEVEL_MEDIUM],
                        (unsigned long long)host->levels[CORD_LEVEL_LOW],
                        (unsigned long long)host->count);
    }
    if (shown < summary->host_count) {
        cord_buf_printf(&output->text, "  and %zu more hosts: --output csv or html has them\n",
                        summary->host_count - shown);
    }
}

static void put_tactics(struct output *output, const struct summary *summary)
{
    uint64_t most = 1;
    heading(output, "ATT&CK tactics");
    for (int i = 0; i < CORD_RULE_ABOUT_TACTICS; i++) {
        most = summary->tactics[i] > most ? summary->tactics[i] : most;
    }
    for (int i = 0; i < CORD_RULE_ABOUT_TACTICS; i++) {
        if (summary->tactics[i] == 0) {
            continue;
        }
        cord_buf_printf(&output->text, "  %-22s %10llu  ", cord_rule_about_tactic_name(i),
                        (unsigned long long)summary->tactics[i]);
        uint64_t bar = 1 + summary->tactics[i] * (output->columns - 42) / most;
        style(output, "\033[36m");
        for (uint64_t at = 0; at < bar; at++) {
            cord_buf_put_text(&output->text, "\xe2\x96\x88");
        }
        style(output, "\033[0m");
        cord_buf_put_char(&output->text, '\n');
    }
}

static void put_run(struct output *output, const struct output_run *run)
{
    const struct cord_scan_totals *totals = run->totals;
    struct cord_buf *text = &output->text;
    if (output->problem_count > 0) {
        heading(output, "Trouble while reading");
        cord_buf_put(text, cord_buf_str(&output->problems));
        if (output->problem_count > PROBLEMS_SHOWN) {
            cord_buf_printf(text, "  and %zu more: --output html lists them\n",
                            output->problem_count - PROBLEMS_SHOWN);
        }
    }
    heading(output, "Read");
    cord_buf_printf(text,
                    "  %llu sources (%llu unreadable), %.1f MB; %llu records = %llu events + %llu "
                    "skipped + %llu refused\n",
                    (unsigned long long)totals->streams, (unsigned long long)totals->streams_failed,
                    (double)totals->bytes / 1e6, (unsigned long long)totals->records,
                    (unsigned long long)totals->read, (unsigned long long)totals->skipped,
                    (unsigned long long)totals->refused);
    cord_buf_printf(text, "  %zu rules (%zu refused: 'cordon check' says why); %llu findings",
                    run->rules_loaded, run->rules_refused, (unsigned long long)run->summary->count);
    cord_buf_printf(text, "\n  %.2f s, %.0f events/s, %.0f MB/s\n", run->seconds,
                    (double)totals->read / (run->seconds > 0 ? run->seconds : 1),
                    (double)totals->bytes / 1e6 / (run->seconds > 0 ? run->seconds : 1));
    run_notes_put(totals, text);
}

static cord_status table_finish(struct output *output, const struct output_run *run)
{
    if (run->summary->count > 0) {
        put_levels(output, run->summary);
        put_rules(output, run->summary);
        put_hosts(output, run->summary);
        put_tactics(output, run->summary);
    } else {
        cord_buf_put_text(&output->text, "\nNo rule matched.\n");
    }
    put_run(output, run);
    if (output->text.failed) {
        return CORD_E_NOMEM;
    }
    cord_status status = output_write(output->out, cord_buf_str(&output->text));
    return status == CORD_OK && fflush(output->out) != 0 ? CORD_E_IO : status;
}

static void table_close(struct output *output)
{
    if (output) {
        cord_buf_done(&output->text);
        cord_buf_done(&output->problems);
        free(output);
    }
}

const struct output_ops output_table = {
    .name = "table",
    .open = table_open,
    .finding = table_finding,
    .problem = table_problem,
    .finish = table_finish,
    .close = table_close,
};
