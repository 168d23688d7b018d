/* alert_book_column.c: what alerts say, by fields of a query; see alert_book_scan_internal.h. */
#include "triage/alert_book_scan_internal.h"

#include "base/nearest.h"

#include <stdio.h>

enum { SMALL = 1024 }; /* counts below are answered once each */

static const char *const names[CORD_ALERT_COLUMNS] = {
    [CORD_ALERT_COLUMN_ID] = "id",
    [CORD_ALERT_COLUMN_SEVERITY] = "severity",
    [CORD_ALERT_COLUMN_STATUS] = "status",
    [CORD_ALERT_COLUMN_REASON] = "reason",
    [CORD_ALERT_COLUMN_OWNER] = "owner",
    [CORD_ALERT_COLUMN_RULE] = "rule",
    [CORD_ALERT_COLUMN_TITLE] = "title",
    [CORD_ALERT_COLUMN_AUTHOR] = "author",
    [CORD_ALERT_COLUMN_TAG] = "tag",
    [CORD_ALERT_COLUMN_TECHNIQUE] = "technique",
    [CORD_ALERT_COLUMN_TACTIC] = "tactic",
    [CORD_ALERT_COLUMN_ORG] = "org",
    [CORD_ALERT_COLUMN_REGION] = "region",
    [CORD_ALERT_COLUMN_HOST] = "host",
    [CORD_ALERT_COLUMN_USER] = "user",
    [CORD_ALERT_COLUMN_ADDRESS] = "address",
    [CORD_ALERT_COLUMN_ENTITY] = "entity",
    [CORD_ALERT_COLUMN_KIND] = "kind",
    [CORD_ALERT_COLUMN_CRITICALITY] = "criticality",
    [CORD_ALERT_COLUMN_CARE] = "care",
    [CORD_ALERT_COLUMN_RISK] = "risk",
    [CORD_ALERT_COLUMN_FINDINGS] = "count",
    [CORD_ALERT_COLUMN_AGAIN] = "again",
    [CORD_ALERT_COLUMN_NOTES] = "notes",
    [CORD_ALERT_COLUMN_FIRST] = "first",
    [CORD_ALERT_COLUMN_LAST] = "last",
    [CORD_ALERT_COLUMN_KNOWN] = "known",
    [CORD_ALERT_COLUMN_UPDATED] = "updated",
    [CORD_ALERT_COLUMN_CLUSTER] = "cluster",
    [CORD_ALERT_COLUMN_INCIDENT] = "incident",
    [CORD_ALERT_COLUMN_SUPPRESSED] = "suppressed",
    [CORD_ALERT_COLUMN_MANUAL] = "manual",
};

const char *cord_alert_book_column_name(enum cord_alert_column column)
{
    return column < CORD_ALERT_COLUMNS ? names[column] : "";
}

cord_status cord_alert_book_column_find(cord_str name, enum cord_alert_column *ret_column,
                                        struct cord_error *err)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, name);
    for (unsigned i = 0; i < CORD_ALERT_COLUMNS; i++) {
        if (cord_str_eq_fold(name, cord_str_from(names[i]))) {
            *ret_column = (enum cord_alert_column)i;
            return CORD_OK;
        }
        cord_nearest_offer(&nearest, cord_str_from(names[i]));
    }
    cord_str near = cord_nearest_found(&nearest);
    if (near.ptr) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "alerts have no field '%.*s', did you mean '%.*s'?",
                              CORD_STR_ARG(name), CORD_STR_ARG(near));
    }
    return cord_error_set(err, CORD_E_FORMAT, "alerts have no field '%.*s'", CORD_STR_ARG(name));
}

size_t cord_alert_book_column_size(const struct cord_alert_book *book,
                                   enum cord_alert_column column)
{
    switch (column) {
    case CORD_ALERT_COLUMN_SEVERITY:
        return LEVELS;
    case CORD_ALERT_COLUMN_STATUS:
        return CORD_ALERT_CLOSED + 1;
    case CORD_ALERT_COLUMN_REASON:
        return CORD_ALERT_OTHER + 1;
    case CORD_ALERT_COLUMN_OWNER:
        return book->owners.count;
    case CORD_ALERT_COLUMN_RULE:
    case CORD_ALERT_COLUMN_TITLE:
    case CORD_ALERT_COLUMN_AUTHOR:
    case CORD_ALERT_COLUMN_TAG:
    case CORD_ALERT_COLUMN_TECHNIQUE:
    case CORD_ALERT_COLUMN_TACTIC:
        return book->version_count;
    case CORD_ALERT_COLUMN_ORG:
    case CORD_ALERT_COLUMN_REGION:
        return book->organisations.count;
    case CORD_ALERT_COLUMN_HOST:
    case CORD_ALERT_COLUMN_USER:
    case CORD_ALERT_COLUMN_ADDRESS:
    case CORD_ALERT_COLUMN_ENTITY:
        return book->names.count + 1; /* the last: it is about something else */
    case CORD_ALERT_COLUMN_KIND:
        return CORD_ALERT_ORGANISATION + 1;
    case CORD_ALERT_COLUMN_CRITICALITY:
        return CORD_ALERT_LIFE_CRITICAL + 1;
    case CORD_ALERT_COLUMN_CARE:
        return book->cares.count;
    case CORD_ALERT_COLUMN_RISK:
        return 101;
    case CORD_ALERT_COLUMN_FINDINGS:
    case CORD_ALERT_COLUMN_AGAIN:
    case CORD_ALERT_COLUMN_NOTES:
        return SMALL;
    case CORD_ALERT_COLUMN_CLUSTER:
        return book->clusters.count;
    case CORD_ALERT_COLUMN_INCIDENT:
        return book->incidents.count;
    case CORD_ALERT_COLUMN_SUPPRESSED:
    case CORD_ALERT_COLUMN_MANUAL:
        return 2;
    case CORD_ALERT_COLUMN_ID:
    case CORD_ALERT_COLUMN_FIRST:
    case CORD_ALERT_COLUMN_LAST:
    case CORD_ALERT_COLUMN_KNOWN:
    case CORD_ALERT_COLUMN_UPDATED:
    case CORD_ALERT_COLUMNS:
        break;
    }
    return 0;
}

static uint64_t care_at(const struct cord_alert_scan *scan, uint32_t entity)
{
    uint32_t fact = 0;
    (void)cord_alert_book_criticality(scan->book, entity, &scan->moment, &fact);
    return fact == 0 ? 0 : scan->book->facts[fact].care;
}

bool cord_alert_book_column_is_about(enum cord_alert_column column, enum cord_alert_entity kind)
{
    return column == CORD_ALERT_COLUMN_ENTITY ||
           (column == CORD_ALERT_COLUMN_HOST && kind == CORD_ALERT_HOST) ||
           (column == CORD_ALERT_COLUMN_USER && kind == CORD_ALERT_USER) ||
           (column == CORD_ALERT_COLUMN_ADDRESS && kind == CORD_ALERT_ADDRESS);
}

/* Times come as their bits. */
uint64_t cord_alert_book_column_at(const struct cord_alert_scan *scan,
                                   enum cord_alert_column column, unsigned place)
{
    const struct cord_alert_book *book = scan->book;
    const struct cord_alert_hot *hot = &scan->hot[place];
    switch (column) {
    case CORD_ALERT_COLUMN_ID:
        return book->links[cord_alert_book_scan_alert(scan, place)].number;
    case CORD_ALERT_COLUMN_SEVERITY:
        return (uint64_t)book->versions[hot->rule].level;
    case CORD_ALERT_COLUMN_STATUS:
        return hot->status;
    case CORD_ALERT_COLUMN_REASON:
        return hot->reason;
    case CORD_ALERT_COLUMN_OWNER:
        return cord_alert_book_scan_owner(scan, place);
    case CORD_ALERT_COLUMN_RULE:
    case CORD_ALERT_COLUMN_TITLE:
    case CORD_ALERT_COLUMN_AUTHOR:
    case CORD_ALERT_COLUMN_TAG:
    case CORD_ALERT_COLUMN_TECHNIQUE:
    case CORD_ALERT_COLUMN_TACTIC:
        return hot->rule;
    case CORD_ALERT_COLUMN_ORG:
    case CORD_ALERT_COLUMN_REGION:
        return book->entities.organisation[hot->entity];
    case CORD_ALERT_COLUMN_HOST:
    case CORD_ALERT_COLUMN_USER:
    case CORD_ALERT_COLUMN_ADDRESS:
    case CORD_ALERT_COLUMN_ENTITY:
        return cord_alert_book_column_is_about(
                   column, (enum cord_alert_entity)book->entities.kind[hot->entity])
                   ? cord_alert_book_scan_state(scan, place)->shown
                   : book->names.count;
    case CORD_ALERT_COLUMN_KIND:
        return book->entities.kind[hot->entity];
    case CORD_ALERT_COLUMN_CRITICALITY:
        return (uint64_t)cord_alert_book_scan_criticality(scan, place);
    case CORD_ALERT_COLUMN_CARE:
        return care_at(scan, hot->entity);
    case CORD_ALERT_COLUMN_RISK:
        return cord_alert_book_scan_risk(scan, place,
                                         cord_alert_book_scan_criticality(scan, place));
    case CORD_ALERT_COLUMN_FINDINGS:
        return hot->count;
    case CORD_ALERT_COLUMN_AGAIN:
        return (hot->marks & CORD_ALERT_RETURNED) != 0
                   ? cord_alert_book_scan_state(scan, place)->again
                   : 0;
    case CORD_ALERT_COLUMN_NOTES:
        return cord_alert_book_scan_state(scan, place)->notes;
    case CORD_ALERT_COLUMN_FIRST:
        return (uint64_t)hot->first_ns;
    case CORD_ALERT_COLUMN_LAST:
        return (uint64_t)hot->last_ns;
    case CORD_ALERT_COLUMN_KNOWN:
        return (uint64_t)cord_alert_book_scan_state(scan, place)->known_ns;
    case CORD_ALERT_COLUMN_UPDATED:
        return (uint64_t)hot->updated_ns;
    case CORD_ALERT_COLUMN_CLUSTER:
        return cord_alert_book_scan_cluster(scan, place);
    case CORD_ALERT_COLUMN_INCIDENT:
        return cord_alert_book_scan_incident(scan, place);
    case CORD_ALERT_COLUMN_SUPPRESSED:
        return (hot->marks & CORD_ALERT_SUPPRESSED) != 0;
    case CORD_ALERT_COLUMN_MANUAL:
        return (hot->marks & CORD_ALERT_MANUAL) != 0;
    case CORD_ALERT_COLUMNS:
        break;
    }
    return 0;
}

/* --- texts --- */

static cord_str number_text(char buffer[CORD_ALERT_COLUMN_TEXT], uint64_t value)
{
    int len = snprintf(buffer, CORD_ALERT_COLUMN_TEXT, "%llu", (unsigned long long)value);
    return (cord_str){buffer, len > 0 ? (size_t)len : 0};
}

/* "attack.t1059.001", "attack.ta0002", "attack.execution": what is behind the dot. */
static bool is_technique(cord_str tag)
{
    return cord_str_starts_fold(tag, CORD_STR("attack.t")) && tag.len > 8 &&
           cord_str_is_digit(tag.ptr[8]);
}

static bool nth_tag(const struct cord_alert_version *version, enum cord_alert_column column,
                    size_t index, char buffer[CORD_ALERT_COLUMN_TEXT], cord_str *ret_text)
{
    for (size_t i = 0; i < version->tag_count; i++) {
        cord_str tag = version->tags[i];
        bool fits = column == CORD_ALERT_COLUMN_TAG ||
                    (column == CORD_ALERT_COLUMN_TECHNIQUE && is_technique(tag)) ||
                    (column == CORD_ALERT_COLUMN_TACTIC && cord_rule_about_tactic(tag) >= 0);
        if (!fits || index-- > 0) {
            continue;
        }
        *ret_text = column == CORD_ALERT_COLUMN_TAG ? tag : cord_str_from_byte(tag, 7);
        if (column == CORD_ALERT_COLUMN_TAG || ret_text->len > CORD_ALERT_COLUMN_TEXT) {
            return true;
        }
        /* One spelling: "T1059.001", "lateral-movement". */
        for (size_t at = 0; at < ret_text->len; at++) {
            char c = cord_str_lower_char(ret_text->ptr[at]);
            buffer[at] = column == CORD_ALERT_COLUMN_TECHNIQUE && at == 0 ? 'T'
                         : c == '_'                                       ? '-'
                                                                          : c;
        }
        *ret_text = (cord_str){buffer, ret_text->len};
        return true;
    }
    return false;
}

static cord_str version_text(const struct cord_alert_book *book, enum cord_alert_column column,
                             uint64_t value)
{
    const struct cord_alert_version *version = &book->versions[value];
    return column == CORD_ALERT_COLUMN_RULE    ? book->rule_ids.items[version->id]
           : column == CORD_ALERT_COLUMN_TITLE ? version->title
                                               : version->author;
}

static cord_str one_text(const struct cord_alert_scan *scan, enum cord_alert_column column,
                         uint64_t value, char buffer[CORD_ALERT_COLUMN_TEXT])
{
    const struct cord_alert_book *book = scan->book;
    switch (column) {
    case CORD_ALERT_COLUMN_ID:
        return cord_alert_id_format(&book->id_key, value, buffer);
    case CORD_ALERT_COLUMN_SEVERITY:
        return cord_str_from(cord_rule_about_level((enum cord_level)value));
    case CORD_ALERT_COLUMN_STATUS:
        return cord_str_from(cord_alert_status_name((enum cord_alert_status)value));
    case CORD_ALERT_COLUMN_REASON:
        return cord_str_from(cord_alert_reason_name((enum cord_alert_reason)value));
    case CORD_ALERT_COLUMN_OWNER:
        return book->owners.items[value];
    case CORD_ALERT_COLUMN_RULE:
    case CORD_ALERT_COLUMN_TITLE:
    case CORD_ALERT_COLUMN_AUTHOR:
        return version_text(book, column, value);
    case CORD_ALERT_COLUMN_ORG:
        return book->organisations.items[value];
    case CORD_ALERT_COLUMN_REGION:
        return cord_alert_book_scan_region(scan, (uint32_t)value);
    case CORD_ALERT_COLUMN_HOST:
    case CORD_ALERT_COLUMN_USER:
    case CORD_ALERT_COLUMN_ADDRESS:
    case CORD_ALERT_COLUMN_ENTITY:
        return value < book->names.count ? book->names.items[value] : CORD_STR("");
    case CORD_ALERT_COLUMN_KIND:
        return cord_str_from(cord_alert_entity_name((enum cord_alert_entity)value));
    case CORD_ALERT_COLUMN_CRITICALITY:
        return cord_str_from(cord_alert_criticality_name((enum cord_alert_criticality)value));
    case CORD_ALERT_COLUMN_CARE:
        return book->cares.items[value];
    case CORD_ALERT_COLUMN_RISK:
    case CORD_ALERT_COLUMN_FINDINGS:
    case CORD_ALERT_COLUMN_AGAIN:
    case CORD_ALERT_COLUMN_NOTES:
        return number_text(buffer, value);
    case CORD_ALERT_COLUMN_FIRST:
    case CORD_ALERT_COLUMN_LAST:
    case CORD_ALERT_COLUMN_KNOWN:
    case CORD_ALERT_COLUMN_UPDATED:
        return cord_timestamp_format((int64_t)value, buffer);
    case CORD_ALERT_COLUMN_CLUSTER:
        return book->clusters.items[value];
    case CORD_ALERT_COLUMN_INCIDENT:
        return book->incidents.items[value];
    case CORD_ALERT_COLUMN_SUPPRESSED:
    case CORD_ALERT_COLUMN_MANUAL:
        return value != 0 ? CORD_STR("true") : CORD_STR("false");
    case CORD_ALERT_COLUMN_TAG:
    case CORD_ALERT_COLUMN_TECHNIQUE:
    case CORD_ALERT_COLUMN_TACTIC:
    case CORD_ALERT_COLUMNS:
        break;
    }
    return CORD_STR("");
}

bool cord_alert_book_column_text(const struct cord_alert_scan *scan, enum cord_alert_column column,
                                 uint64_t value, size_t index, char buffer[CORD_ALERT_COLUMN_TEXT],
                                 cord_str *ret_text)
{
    if (column == CORD_ALERT_COLUMN_TAG || column == CORD_ALERT_COLUMN_TECHNIQUE ||
        column == CORD_ALERT_COLUMN_TACTIC) {
        return nth_tag(&scan->book->versions[value], column, index, buffer, ret_text);
    }
    *ret_text = index == 0 ? one_text(scan, column, value, buffer) : CORD_STR("");
    return index == 0 && ret_text->len > 0;
}
