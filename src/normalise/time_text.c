/* time_text.c: see time_text.h. */
#include "normalise/time_text.h"

#include "base/timestamp.h"

cord_str cord_time_text_of(struct cord_time_text *kept, struct cord_arena *arena, int64_t ns)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    if (kept->text.ptr && kept->ns == ns) {
        return kept->text;
    }
    cord_str text = cord_arena_copy(arena, cord_timestamp_format(ns, buffer));
    if (text.ptr) {
        kept->ns = ns;
        kept->text = text;
    }
    return text;
}

bool cord_time_text_is_plain(const struct cord_log_date *date, cord_str text)
{
    int64_t ns;
    return date->form == CORD_LOG_DATE_ISO && cord_timestamp_parse(text, &ns) && ns == date->ns;
}
