/* alert_book_points.c: what an alert's risk is made of, and an alert as it is lent; see
 * alert_book.h.
 *
 *   level      35 critical, 26 high, 16 medium, 7 low or none, 2 informational
 *   precision  20 times (true + 1) / (judged + 2) of the rule's alerts that were closed as true,
 * false positive or benign: 10 as long as nobody has judged; 15 when a person raised it care 25
 * life-critical, 20 clinical, 10 support, 8 unknown, 2 administrative count      5 from 100
 * findings on, 3 from 10, 1 from 2 spread     10 when it is part of a cluster again      5 when
 * findings came after it was closed
 *
 * Together 100 at most.
 */
#include "triage/alert_book_internal.h"

#include "codec/json_write.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

unsigned cord_alert_book_points_level(enum cord_level level)
{
    static const unsigned char points[LEVELS] = {
        [CORD_LEVEL_NONE] = 7,    [CORD_LEVEL_INFORMATIONAL] = 2, [CORD_LEVEL_LOW] = 7,
        [CORD_LEVEL_MEDIUM] = 16, [CORD_LEVEL_HIGH] = 26,         [CORD_LEVEL_CRITICAL] = 35,
    };
    return points[level];
}

unsigned cord_alert_book_points_precision(const struct cord_alert_verdicts *verdicts)
{
    uint64_t judged =
        (uint64_t)verdicts->true_positive + verdicts->false_positive + verdicts->benign + 2;
    uint64_t held = (uint64_t)verdicts->true_positive + 1;
    return (unsigned)((held * 20 + judged / 2) / judged);
}

struct cord_alert_points cord_alert_book_points_rest(const struct cord_alert_hot *hot,
                                                     enum cord_alert_criticality criticality)
{
    static const unsigned char care[] = {
        [CORD_ALERT_UNKNOWN] = 8,   [CORD_ALERT_ADMINISTRATIVE] = 2, [CORD_ALERT_SUPPORT] = 10,
        [CORD_ALERT_CLINICAL] = 20, [CORD_ALERT_LIFE_CRITICAL] = 25,
    };
    return (struct cord_alert_points){
        .care = care[criticality],
        .count = hot->count >= 100  ? 5
                 : hot->count >= 10 ? 3
                 : hot->count >= 2  ? 1
                                    : 0,
        .spread = (hot->marks & CORD_ALERT_CLUSTERED) != 0 ? 10 : 0,
        .again = (hot->marks & CORD_ALERT_RETURNED) != 0 ? 5 : 0,
    };
}

/* --- why --- */

static void put_part(struct cord_buf *out, const char *part, cord_str value, cord_str text,
                     unsigned points)
{
    cord_buf_put_text(out, out->len > 0 && out->ptr[out->len - 1] == '[' ? "" : ",");
    cord_buf_printf(out, "{\"part\":\"%s\",\"value\":", part);
    cord_json_write_string(out, value);
    cord_buf_put_text(out, ",\"text\":");
    cord_json_write_string(out, text);
    if (points != UINT_MAX) {
        cord_buf_printf(out, ",\"points\":%u", points);
    }
    cord_buf_put_char(out, '}');
}

static cord_str print(char *buffer, size_t room, const char *format, ...) CORD_PRINTF(3, 4);
static cord_str print(char *buffer, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(buffer, room, format, arguments);
    va_end(arguments);
    return (cord_str){buffer, len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1};
}

static void put_precision(struct cord_buf *why, const struct cord_alert *alert,
                          const struct cord_alert_verdicts *verdicts, unsigned points)
{
    char value[64];
    char text[128];
    uint64_t judged =
        (uint64_t)verdicts->true_positive + verdicts->false_positive + verdicts->benign;
    if (alert->manual) {
        put_part(why, "precision", CORD_STR("raised"), CORD_STR("raised by a person"), points);
        return;
    }
    cord_str ratio =
        print(value, sizeof value, "%u/%llu", verdicts->true_positive, (unsigned long long)judged);
    cord_str says = judged == 0
                        ? CORD_STR("nobody has judged this rule's alerts yet")
                        : print(text, sizeof text, "true positives: %u of %llu that were judged",
                                verdicts->true_positive, (unsigned long long)judged);
    put_part(why, "precision", ratio, says, points);
}

static void put_care(struct cord_buf *why, const struct cord_alert *alert, unsigned points)
{
    char text[512];
    cord_str word = cord_str_from(cord_alert_criticality_name(alert->criticality));
    cord_str says = word;
    if (alert->care.len > 0 && alert->care.len < 400) {
        says =
            print(text, sizeof text, "%.*s: %.*s", CORD_STR_ARG(word), CORD_STR_ARG(alert->care));
    }
    put_part(why, "care", word, says, points);
}

static void put_number(struct cord_buf *why, const char *part, uint64_t number, const char *what,
                       unsigned points)
{
    char value[32];
    char text[128];
    put_part(why, part, print(value, sizeof value, "%llu", (unsigned long long)number),
             print(text, sizeof text, "%llu %s", (unsigned long long)number, what), points);
}

static void put_place(struct cord_buf *why, const struct cord_alert *alert)
{
    const char *group = alert->suppressed                    ? "suppressed"
                        : alert->status == CORD_ALERT_CLOSED ? "closed"
                                                             : "open";
    const char *care = alert->criticality == CORD_ALERT_LIFE_CRITICAL ? "life-critical"
                       : alert->criticality == CORD_ALERT_CLINICAL    ? "clinical"
                                                                      : "other";
    char value[64];
    char text[192];
    put_part(why, "place", print(value, sizeof value, "%s/%s", group, care),
             print(text, sizeof text, "among the %s, with %s care; then by risk, then oldest first",
                   group, care),
             UINT_MAX);
}

static void put_why(struct cord_buf *why, const struct cord_alert *alert,
                    const struct cord_alert_points *points,
                    const struct cord_alert_verdicts *verdicts)
{
    cord_str level = cord_str_from(cord_rule_about_level(alert->level));
    cord_buf_put_char(why, '[');
    put_part(why, "level", level, level, points->level);
    put_precision(why, alert, verdicts, points->precision);
    put_care(why, alert, points->care);
    if (points->count > 0) {
        put_number(why, "count", alert->count, "findings", points->count);
    }
    if (points->spread > 0) {
        put_part(why, "spread", alert->cluster, CORD_STR("part of a cluster that spreads"),
                 points->spread);
    }
    if (points->again > 0) {
        put_number(why, "again", alert->again, "findings since it was closed", points->again);
    }
    if (alert->suppressed) {
        put_part(why, "suppressed", alert->suppression, CORD_STR("under a suppression"), 0);
    }
    put_place(why, alert);
    cord_buf_put_char(why, ']');
}

/* --- lending --- */

static void put_what(const struct cord_alert_book *book, uint32_t at,
                     const struct cord_alert_hot *hot, const struct cord_alert_state *state,
                     struct cord_alert *alert)
{
    const struct cord_alert_version *version = &book->versions[hot->rule];
    const struct cord_alert_entities *entities = &book->entities;
    bool manual = (hot->marks & CORD_ALERT_MANUAL) != 0;
    *alert = (struct cord_alert){
        .organisation = book->organisations.items[entities->organisation[hot->entity]],
        .region = CORD_STR(""),
        .rule = book->rule_ids.items[version->id],
        .title = version->title,
        .author = version->author,
        .level = version->level,
        .tags = version->tags,
        .tag_count = version->tag_count,
        .entity_kind = (enum cord_alert_entity)entities->kind[hot->entity],
        .entity = book->names.items[state->shown],
        .manual = manual,
        .first_ns = hot->first_ns,
        .last_ns = hot->last_ns,
        .known_ns = state->known_ns,
        .updated_ns = hot->updated_ns,
        .count = hot->count,
        .first_finding = manual ? 0 : book->links[at].number,
        .last_finding = state->last_finding,
        .status = (enum cord_alert_status)hot->status,
        .reason = (enum cord_alert_reason)hot->reason,
        .again = state->again,
        .decided_ns = state->decided_ns,
        .owner = book->owners.items[state->owner],
        .notes = state->notes,
        .cluster = book->clusters.items[state->cluster],
        .incident = book->incidents.items[state->incident],
        .suppressed = (hot->marks & CORD_ALERT_SUPPRESSED) != 0,
        .suppression = CORD_STR(""),
        .grouped = 1,
        .revision = state->revision,
    };
}

void cord_alert_book_points_lend(const struct cord_alert_book *book,
                                 const struct cord_alert_moment *moment, uint32_t at,
                                 struct cord_alert *ret_alert, char id[CORD_ALERT_ID_TEXT],
                                 struct cord_buf *why)
{
    struct cord_alert_hot hot = book->hot[at];
    struct cord_alert_state state = book->state[at];
    uint32_t fact = 0;
    if (!moment->now) {
        (void)cord_alert_book_as_of(book, at, moment, &hot, &state);
    }
    put_what(book, at, &hot, &state, ret_alert);
    if (ret_alert->suppressed) {
        uint32_t suppression = cord_alert_table_get(&book->suppressed, at);
        ret_alert->suppression = book->suppressions.items[suppression == NONE ? 0 : suppression];
    }
    ret_alert->criticality = cord_alert_book_criticality(book, hot.entity, moment, &fact);
    ret_alert->care = book->cares.items[fact == 0 ? 0 : book->facts[fact].care];
    struct cord_alert_verdicts verdicts =
        cord_alert_book_verdicts(book, book->versions[hot.rule].id, moment);
    struct cord_alert_points points = cord_alert_book_points_rest(&hot, ret_alert->criticality);
    points.level = cord_alert_book_points_level(ret_alert->level);
    points.precision =
        ret_alert->manual ? CORD_ALERT_POINTS_RAISED : cord_alert_book_points_precision(&verdicts);
    ret_alert->risk =
        points.level + points.precision + points.care + points.count + points.spread + points.again;
    ret_alert->id = cord_alert_id_format(&book->id_key, book->links[at].number, id);
    put_why(why, ret_alert, &points, &verdicts);
}
