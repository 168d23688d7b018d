/*
 * time_text.h: a date of a log line as a value that the time role can hold.
 *
 * Dates without year or in a server's own form are written as RFC 3339 into the
 * batch's arena; lines of one second share the text. One worker thread.
 */
#ifndef CORD_NORMALISE_TIME_TEXT_H
#define CORD_NORMALISE_TIME_TEXT_H

#include "codec/log_date.h"
#include "event/batch.h"

struct cord_time_text {
    int64_t ns;
    cord_str text; /* ptr NULL: nothing kept */
};

/* Forgets the text: when another batch begins. */
static inline void cord_time_text_begin(struct cord_time_text *kept)
{
    kept->text = (cord_str){0};
}

/* RFC 3339 text of the moment; ptr NULL when the arena is full. */
cord_str cord_time_text_of(struct cord_time_text *kept, struct cord_arena *arena, int64_t ns);

/* Whether cord_timestamp_parse reads the text as it stands. */
bool cord_time_text_is_plain(const struct cord_log_date *date, cord_str text);

#endif
