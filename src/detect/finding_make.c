/* finding_make.c: see finding_make.h. */
#include "detect/finding_make.h"

#include "codec/json_unescape.h"
#include "normalise/event_time.h"

enum {
    FIELDS_MAX = 32,
    MESSAGE_BYTES_MAX = 4096,
};

/* A value's text as the source meant it, at most bytes_max of it. */
static cord_str text_of(const struct cord_value *value, size_t bytes_max, struct cord_arena *arena)
{
    cord_str raw = cord_str_slice(cord_value_str(value), 0, bytes_max);
    if ((value->flags & CORD_VALUE_ESCAPED) == 0) {
        return cord_arena_copy(arena, raw);
    }
    char *text = cord_arena_bytes(arena, raw.len + 1);
    return text ? (cord_str){text, cord_json_unescape(raw, text)} : (cord_str){0};
}

static bool copy_role(const struct cord_event *event, enum cord_role role, size_t bytes_max,
                      struct cord_arena *arena, cord_str *ret_text)
{
    const struct cord_value *value = cord_event_role(event, role);
    *ret_text = value ? text_of(value, bytes_max, arena) : CORD_STR("");
    return ret_text->ptr != NULL;
}

static bool names_field(const cord_str *names, size_t count, cord_str field)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq(names[i], field)) {
            return true;
        }
    }
    return false;
}

/* Whether the finding shows a value of this name: the rule's own `fields:`, or
 * else what it was that matched. */
static bool wanted(const struct cord_finding *finding, cord_str name)
{
    const struct cord_rule *rule = finding->rule;
    if (names_field(rule->fields, rule->field_count, name)) {
        return true;
    }
    for (size_t i = 0; i < finding->reason_count; i++) {
        if (cord_str_eq(finding->reasons[i].field, name)) {
            return true;
        }
    }
    return false;
}

static cord_status fill_fields(const struct cord_match *match,
                               const struct cord_classifier *classifier, struct cord_arena *arena,
                               struct cord_finding *finding)
{
    const struct cord_event *event = match->event;
    const struct cord_event_class *event_class =
        cord_classifier_class(classifier, event->event_class);
    struct cord_finding_field *fields = cord_arena_zalloc(arena, FIELDS_MAX, sizeof *fields);
    size_t count = 0;
    if (!fields) {
        return CORD_E_NOMEM;
    }
    for (size_t i = 0; i < event->value_count && count < FIELDS_MAX; i++) {
        cord_str names[CORD_CLASS_NAMES_MAX];
        size_t name_count =
            cord_classifier_names(classifier, event_class, event->values[i].path, names);
        size_t at = 0;
        while (at < name_count && !wanted(finding, names[at])) {
            at++;
        }
        if (at < name_count) {
            fields[count].name = cord_arena_copy(arena, names[at]);
            fields[count].value = text_of(&event->values[i], CORD_FINDING_VALUE_BYTES, arena);
            if (!fields[count].name.ptr || !fields[count].value.ptr) {
                return CORD_E_NOMEM;
            }
            count++;
        }
    }
    finding->fields = fields;
    finding->field_count = count;
    return CORD_OK;
}

cord_status cord_finding_make(const struct cord_match *match, struct cord_classifier *classifier,
                              struct cord_explain *explain, struct cord_arena *arena,
                              struct cord_finding *ret_finding)
{
    const struct cord_event *event = match->event;
    struct cord_finding finding = {
        .rule = match->rule,
        .time_ns = cord_event_time(event),
        .first_ns = CORD_TIME_NONE,
        .incomplete = match->incomplete,
    };
    if (!copy_role(event, CORD_ROLE_HOST, CORD_FINDING_VALUE_BYTES, arena, &finding.host) ||
        !copy_role(event, CORD_ROLE_USER, CORD_FINDING_VALUE_BYTES, arena, &finding.user) ||
        !copy_role(event, CORD_ROLE_CHANNEL, CORD_FINDING_VALUE_BYTES, arena, &finding.channel) ||
        !copy_role(event, CORD_ROLE_EVENT_ID, CORD_FINDING_VALUE_BYTES, arena, &finding.event_id) ||
        !copy_role(event, CORD_ROLE_RECORD_ID, CORD_FINDING_VALUE_BYTES, arena,
                   &finding.record_id)) {
        return CORD_E_NOMEM;
    }
    if (explain) {
        if (!copy_role(event, CORD_ROLE_MESSAGE, MESSAGE_BYTES_MAX, arena, &finding.message)) {
            return CORD_E_NOMEM;
        }
        cord_status status = cord_explain_run(explain, match->rule, event, arena, &finding.reasons,
                                              &finding.reason_count);
        status = status == CORD_OK ? fill_fields(match, classifier, arena, &finding) : status;
        if (status != CORD_OK) {
            return status;
        }
    }
    *ret_finding = finding;
    return CORD_OK;
}

cord_status cord_finding_values(const struct cord_event *event,
                                const struct cord_classifier *classifier, const cord_str *names,
                                size_t count, struct cord_arena *arena, cord_str *ret_values)
{
    const struct cord_event_class *event_class =
        cord_classifier_class(classifier, event->event_class);
    for (size_t i = 0; i < count; i++) {
        ret_values[i] = (cord_str){0};
    }
    cord_status status = CORD_OK;
    for (size_t i = 0; i < event->value_count && status == CORD_OK; i++) {
        cord_str known[CORD_CLASS_NAMES_MAX];
        const struct cord_value *value = &event->values[i];
        size_t known_count =
            value->kind == CORD_VALUE_NULL
                ? 0
                : cord_classifier_names(classifier, event_class, value->path, known);
        for (size_t at = 0; at < count && status == CORD_OK; at++) {
            if (!ret_values[at].ptr && names_field(known, known_count, names[at])) {
                ret_values[at] = text_of(value, CORD_FINDING_VALUE_BYTES, arena);
                status = ret_values[at].ptr ? CORD_OK : CORD_E_LIMIT;
            }
        }
    }
    return status;
}

bool cord_finding_is_host(cord_str name)
{
    static const char *const names[] = {"Computer", "ComputerName", "Hostname", "host.name",
                                        "host",     "hostname",     "Host"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (cord_str_eq(name, cord_str_from(names[i]))) {
            return true;
        }
    }
    return false;
}
