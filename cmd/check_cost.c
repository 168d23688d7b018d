/* check_cost.c: see check_cost.h. */
#include "cmd/check_cost.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "codec/json_write.h"
#include "detect/rule_cost.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_BYTES_MAX = 1 << 20, LITERAL_MAX = 24, FOUND_WIDTH = 50 };

struct priced {
    const struct cord_rule *rule;
    struct cord_rule_cost cost;
};

static int compare(const void *left, const void *right)
{
    const struct priced *a = left;
    const struct priced *b = right;
    if (a->cost.figure < b->cost.figure || a->cost.figure > b->cost.figure) {
        return a->cost.figure > b->cost.figure ? -1 : 1;
    }
    return a->rule->number < b->rule->number ? -1 : a->rule->number > b->rule->number;
}

static size_t trigger_count(const struct cord_rule_cost *cost)
{
    size_t count = 0;
    for (size_t i = 0; i < CORD_RULE_COST_TRIGGERS; i++) {
        count += cost->triggers[i];
    }
    return count;
}

/* No control characters, and no more than so many bytes of it. */
static void put_brief(struct cord_buf *line, cord_str text, size_t bytes_max)
{
    size_t len = text.len < bytes_max ? text.len : bytes_max;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--; /* not within a character */
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        cord_buf_put_char(line, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
    if (len < text.len) {
        cord_buf_put_text(line, "...");
    }
}

static void put_found_by(struct cord_buf *line, const struct cord_rule_cost *cost)
{
    if (cost->always) {
        cord_buf_printf(line, "always evaluated: %s", cost->reason);
        return;
    }
    if (cost->weakest_field.len > 0) {
        put_brief(line, cost->weakest_field, LITERAL_MAX);
    } else {
        cord_buf_put_text(line, "keyword");
    }
    cord_buf_printf(line, " %s '", cord_rule_cost_trigger_name(cost->weakest));
    put_brief(line, cost->weakest_text, LITERAL_MAX);
    cord_buf_put_text(line, "'");
    if (trigger_count(cost) > 1) {
        cord_buf_printf(line, " and %zu more", trigger_count(cost) - 1);
    }
}

static void print_row(struct cord_buf *line, const struct priced *priced)
{
    const struct cord_rule_cost *cost = &priced->cost;
    cord_buf_clear(line);
    cord_buf_printf(line, "%10.1f %6zu %3zu/%-3zu  ", cost->figure, cost->atoms, cost->regexes,
                    cost->blind_regexes);
    size_t from = line->len;
    put_found_by(line, cost);
    size_t width = cord_utf8_count(cord_str_from_byte(cord_buf_str(line), from));
    for (; width < FOUND_WIDTH; width++) {
        cord_buf_put_char(line, ' ');
    }
    cord_buf_put_text(line, "  ");
    put_brief(line, priced->rule->about.title, SIZE_MAX);
    cord_buf_put_char(line, ' ');
    put_brief(line, priced->rule->about.id, SIZE_MAX);
    cord_buf_put_char(line, '\n');
    (void)fwrite(line->ptr, 1, line->len, stdout);
}

static void print_json(struct cord_buf *line, const struct priced *priced)
{
    const struct cord_rule_cost *cost = &priced->cost;
    const struct {
        const char *name;
        cord_str text;
    } texts[] = {
        {"id", priced->rule->about.id},
        {"title", priced->rule->about.title},
        {"file", priced->rule->about.file},
        {"reason", cord_str_from(cost->reason)},
        {"weakest_kind",
         cord_str_from(cost->always ? "" : cord_rule_cost_trigger_name(cost->weakest))},
        {"weakest_field", cost->weakest_field},
        {"weakest_text", cost->weakest_text},
    };
    cord_buf_clear(line);
    cord_buf_printf(line,
                    "{\"cost\":%.1f,\"unit\":\"weighted tests per 1,000 events of the log "
                    "source, estimated\",\"weight\":%.0f,\"chance\":%.6f,\"atoms\":%zu,"
                    "\"regexes\":%zu,\"regexes_without_literal\":%zu,\"always\":%s,\"line\":%u",
                    cost->figure, cost->weight, cost->chance, cost->atoms, cost->regexes,
                    cost->blind_regexes, cost->always ? "true" : "false", priced->rule->about.line);
    cord_buf_put_text(line, ",\"triggers\":{");
    for (size_t i = 0; i < CORD_RULE_COST_TRIGGERS; i++) {
        cord_buf_printf(line, "%s\"%s\":%zu", i > 0 ? "," : "",
                        cord_rule_cost_trigger_name((enum cord_rule_cost_trigger)i),
                        cost->triggers[i]);
    }
    cord_buf_put_text(line, "}");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cord_buf_printf(line, ",\"%s\":", texts[i].name);
        cord_json_write_string(line, texts[i].text);
    }
    cord_buf_put_text(line, "}\n");
    (void)fwrite(line->ptr, 1, line->len, stdout);
}

static void print_all(const struct priced *priced, size_t count, bool json, size_t top)
{
    struct cord_buf line;
    size_t always = 0;
    size_t shown = top > 0 && top < count ? top : count;
    cord_buf_init(&line, LINE_BYTES_MAX);
    if (!json) {
        (void)printf("%10s %6s %7s  %-50s  %s\n", "cost", "tests", "regex", "found by", "rule");
    }
    for (size_t i = 0; i < count; i++) {
        always += priced[i].cost.always;
        if (i < shown && json) {
            print_json(&line, &priced[i]);
        } else if (i < shown) {
            print_row(&line, &priced[i]);
        }
    }
    if (!json) {
        if (shown < count) {
            (void)printf("and %zu cheaper ones\n", count - shown);
        }
        (void)printf(
            "%zu rules, %zu of them evaluated for every event of their log source. cost: weighted "
            "tests per 1,000\nevents of the rule's log source, estimated from its text alone; it "
            "compares rules, it is no time.\nregex: all, and those that need no literal. found by: "
            "the literal that occurs most, by guess.\n",
            count, always);
    }
    cord_buf_done(&line);
}

cord_status check_cost_print(const struct cord_collection *collection, struct cord_arena *arena,
                             bool json, size_t top, struct cord_error *err)
{
    size_t count = cord_collection_rule_count(collection);
    struct priced *priced = calloc(count + 1, sizeof *priced);
    cord_status status = priced ? CORD_OK : CORD_E_NOMEM;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        priced[i].rule = cord_collection_rule(collection, i);
        status = cord_rule_cost_estimate(priced[i].rule, arena, &priced[i].cost);
    }
    if (status == CORD_OK) {
        qsort(priced, count, sizeof *priced, compare);
        print_all(priced, count, json, top);
    }
    free(priced);
    return status == CORD_OK ? CORD_OK : cord_error_set(err, status, "no memory for the costs");
}
