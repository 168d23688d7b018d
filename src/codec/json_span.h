/*
 * json_span.h: the members of one JSON object or array as spans of the text,
 * without looking into them.
 *
 * For whoever takes an envelope off: what is inside a member is skipped by its
 * brackets and strings and read by somebody else later. So a member may turn
 * out to be no JSON. Pure; any thread; no recursion.
 */
#ifndef CORD_CODEC_JSON_SPAN_H
#define CORD_CODEC_JSON_SPAN_H

#include "base/error.h"
#include "base/str.h"

enum cord_json_kind {
    CORD_JSON_STRING,
    CORD_JSON_NUMBER,
    CORD_JSON_TRUE,
    CORD_JSON_FALSE,
    CORD_JSON_NULL,
    CORD_JSON_OBJECT,
    CORD_JSON_ARRAY,
};

struct cord_json_span {
    enum cord_json_kind kind;
    bool escaped;  /* a string with escape sequences: cord_json_unescape(text) */
    cord_str name; /* inside its quotes, escape sequences left; ptr NULL in an array */
    cord_str raw;  /* the whole value */
    cord_str text; /* a string's inside; else as raw */
};

/* Past space, tab, CR and LF. */
size_t cord_json_span_skip_blank(cord_str text, size_t at);

/* The value at *at, blanks before it allowed; moves *at behind it. CORD_E_END: there
 * are only blanks; CORD_E_FORMAT: no value, or one without an end. On failure *at
 * stays. */
CORD_MUST_USE cord_status cord_json_span_read(cord_str text, size_t *at,
                                              struct cord_json_span *ret_span);

/* A walk along the members of one container. */
struct cord_json_walk {
    cord_str text;
    size_t at; /* after CORD_E_END: behind the closing bracket */
    bool object;
    bool begun;
};

/* The container at text[at]; false when neither bracket stands there. */
bool cord_json_span_begin(struct cord_json_walk *walk, cord_str text, size_t at);
/* CORD_E_END: that was all; CORD_E_FORMAT: not an object or array. */
CORD_MUST_USE cord_status cord_json_span_next(struct cord_json_walk *walk,
                                              struct cord_json_span *ret_span);

/* The whole text, but for blanks around it, is between the brackets of one object. */
bool cord_json_span_is_object(cord_str text);

#endif
