/*
 * json_frame.h: where JSON documents end, without reading them.
 *
 * For whoever cuts a stream of them into pieces: strings and brackets are told
 * apart, nothing else is looked at. A text that is no JSON is cut somewhere.
 */
#ifndef CORD_CODEC_JSON_FRAME_H
#define CORD_CODEC_JSON_FRAME_H

#include "base/str.h"

/* How far a text has been looked at. Zero at a place outside of all. */
struct cord_json_frame {
    size_t depth; /* brackets open */
    bool in_string;
    bool escaped; /* the next byte stands behind a backslash */
};

/* Looks at text[from, text.len) until `depth` has come down to `down_to`, which
 * it is above: returns the offset behind that bracket. SIZE_MAX: it has not;
 * go on with more text from text.len. Any thread. */
size_t cord_json_frame_close(struct cord_json_frame *frame, cord_str text, size_t from,
                             size_t down_to);

enum cord_json_wrapper {
    CORD_JSON_WRAPPER_NO,
    CORD_JSON_WRAPPER_YES,
    CORD_JSON_WRAPPER_MORE, /* the text ends before it can be told */
};

/* Whether the document at the text's start is but the wrapping of a list of
 * records: [{...}], {"Records":[{...}]}, {"hits":{"hits":[{...}]}} and the
 * like. If so, ret_len bytes are in front of the first record, and ret_depth
 * brackets are open there. */
enum cord_json_wrapper cord_json_frame_wrapper(cord_str text, size_t *ret_len, size_t *ret_depth);

#endif
