/* event_time.c: see event_time.h. */
#include "normalise/event_time.h"

#include "base/timestamp.h"

int64_t cord_event_time(const struct cord_event *event)
{
    const struct cord_value *value = cord_event_role(event, CORD_ROLE_TIME);
    int64_t ns = CORD_TIME_NONE;
    uint64_t ticks = 0;
    if (event->time_ns != 0) {
        return event->time_ns;
    }
    if (!value || value->len == 0) {
        return CORD_TIME_NONE;
    }
    cord_str text = cord_str_trim(cord_value_str(value));
    /* .NET's JSON: "\/Date(1767323045000)\/". */
    size_t date = text.len < 48 ? cord_str_find(text, CORD_STR("/Date("), 0) : SIZE_MAX;
    if (date != SIZE_MAX) {
        text = cord_str_from_byte(text, date + 6);
        text = cord_str_slice(text, 0, cord_str_find_char(text, ')', 0));
    }
    /* Eighteen digits are a FILETIME of our age; no epoch is that long. */
    if (text.len == 18 && cord_str_u64(text, &ticks)) {
        return cord_timestamp_from_filetime(ticks);
    }
    if (cord_timestamp_parse(text, &ns) || cord_timestamp_parse_epoch(text, &ns)) {
        return ns;
    }
    return CORD_TIME_NONE;
}

void cord_event_time_place(struct cord_event *event, const struct cord_zone *zone)
{
    const struct cord_value *value = cord_event_role(event, CORD_ROLE_TIME);
    int64_t ns;
    bool has_zone;
    if (value && cord_timestamp_parse_zone(cord_str_trim(cord_value_str(value)), &ns, &has_zone) &&
        !has_zone) {
        event->time_ns = cord_zone_utc(zone, ns);
    }
}
