/*
 * cef.h: ArcSight CEF and QRadar LEEF events.
 *
 * CEF:Version|Vendor|Product|Version|SignatureId|Name|Severity|k=v k=v ...
 * (ArcSight Common Event Format, revision 26). In the header '|' and '\' are
 * escaped by '\', in the extension '=', '\', CR and LF. Values may hold blanks.
 * LEEF:1.0|Vendor|Product|Version|EventID|k=v<TAB>k=v ... and LEEF:2.0, which has
 * one more header field, the delimiter: a character, or "0x5e", "x5e" for one.
 * Pure; everything borrows from the text, escapes left in it.
 */
#ifndef CORD_CODEC_CEF_H
#define CORD_CODEC_CEF_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct cord_cef {
    bool is_leef;
    cord_str version; /* of the format: "0", "1.0" */
    cord_str vendor;
    cord_str product;
    cord_str product_version;
    cord_str event_id; /* signature id */
    cord_str name;     /* CEF only */
    cord_str severity; /* CEF only */
    cord_str extension;
    char delimiter; /* LEEF: between pairs */
};

/* Offset of "CEF:" or "LEEF:" with a version behind it, in the first
 * `within` bytes; SIZE_MAX when there is none. */
size_t cord_cef_find(cord_str text, size_t within);

/* text begins with "CEF:" or "LEEF:". CORD_E_FORMAT: the header is not whole. */
CORD_MUST_USE cord_status cord_cef_read(cord_str text, struct cord_cef *ret_event);

/* The next pair of the extension: *rest is event->extension to begin with.
 * False at the end. */
bool cord_cef_next(const struct cord_cef *event, cord_str *rest, cord_str *ret_key,
                   cord_str *ret_value);

/* Takes the escapes out: in the arena when there are any. ptr NULL: no room. */
cord_str cord_cef_unescape(struct cord_arena *arena, cord_str text);

#endif
