/* alert.c: see alert.h. */
#include "triage/alert.h"

static const char *const statuses[] = {
    [CORD_ALERT_NEW] = "new",
    [CORD_ALERT_ACKNOWLEDGED] = "acknowledged",
    [CORD_ALERT_IN_PROGRESS] = "in-progress",
    [CORD_ALERT_CLOSED] = "closed",
};
static const char *const reasons[] = {
    [CORD_ALERT_REASON_NONE] = "",
    [CORD_ALERT_TRUE_POSITIVE] = "true-positive",
    [CORD_ALERT_FALSE_POSITIVE] = "false-positive",
    [CORD_ALERT_BENIGN] = "benign",
    [CORD_ALERT_DUPLICATE] = "duplicate",
    [CORD_ALERT_EXERCISE] = "exercise",
    [CORD_ALERT_OTHER] = "other",
};
static const char *const criticalities[] = {
    [CORD_ALERT_UNKNOWN] = "unknown",
    [CORD_ALERT_ADMINISTRATIVE] = "administrative",
    [CORD_ALERT_SUPPORT] = "support",
    [CORD_ALERT_CLINICAL] = "clinical",
    [CORD_ALERT_LIFE_CRITICAL] = "life-critical",
};
static const char *const entities[] = {
    [CORD_ALERT_HOST] = "host",
    [CORD_ALERT_USER] = "user",
    [CORD_ALERT_ADDRESS] = "address",
    [CORD_ALERT_ORGANISATION] = "organisation",
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *name_at(const char *const *names, size_t count, size_t at)
{
    return at < count ? names[at] : "";
}

/* SIZE_MAX: none of them. */
static size_t find(const char *const *names, size_t count, cord_str name)
{
    for (size_t i = 0; i < count && name.len > 0; i++) {
        if (cord_str_eq(cord_str_from(names[i]), name)) {
            return i;
        }
    }
    return SIZE_MAX;
}

const char *cord_alert_status_name(enum cord_alert_status status)
{
    return name_at(statuses, COUNT(statuses), (size_t)status);
}

const char *cord_alert_reason_name(enum cord_alert_reason reason)
{
    return name_at(reasons, COUNT(reasons), (size_t)reason);
}

const char *cord_alert_criticality_name(enum cord_alert_criticality value)
{
    return name_at(criticalities, COUNT(criticalities), (size_t)value);
}

const char *cord_alert_entity_name(enum cord_alert_entity kind)
{
    return name_at(entities, COUNT(entities), (size_t)kind);
}

bool cord_alert_status_find(cord_str name, enum cord_alert_status *ret_status)
{
    size_t at = find(statuses, COUNT(statuses), name);
    if (at != SIZE_MAX) {
        *ret_status = (enum cord_alert_status)at;
    }
    return at != SIZE_MAX;
}

bool cord_alert_reason_find(cord_str name, enum cord_alert_reason *ret_reason)
{
    size_t at = find(reasons, COUNT(reasons), name);
    if (at != SIZE_MAX) {
        *ret_reason = (enum cord_alert_reason)at;
    }
    return at != SIZE_MAX;
}

bool cord_alert_criticality_find(cord_str name, enum cord_alert_criticality *ret_value)
{
    size_t at = find(criticalities, COUNT(criticalities), name);
    if (at != SIZE_MAX) {
        *ret_value = (enum cord_alert_criticality)at;
    }
    return at != SIZE_MAX;
}

bool cord_alert_entity_find(cord_str name, enum cord_alert_entity *ret_kind)
{
    size_t at = find(entities, COUNT(entities), name);
    if (at != SIZE_MAX) {
        *ret_kind = (enum cord_alert_entity)at;
    }
    return at != SIZE_MAX;
}
