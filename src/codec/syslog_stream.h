/*
 * syslog_stream.h: where a message ends on a connection that carries syslog.
 *
 * RFC 6587: octet-counted frames (section 3.4.1: "LENGTH SP <PRI>..."), and lines
 * ended by LF or NUL (3.4.2). Told apart for each frame, so that a connection
 * may mix them. A number alone does not make a frame: the first one must have a
 * "<" behind it, since people send lines that begin with numbers. Where a count
 * was wrong, the next "LENGTH SP <PRI>" or line end is the way back.
 *
 * Pure; frames borrow from the input. How the input was split into reads never
 * changes what comes out (tests/codec/fuzz_syslog_stream.c).
 */
#ifndef CORD_CODEC_SYSLOG_STREAM_H
#define CORD_CODEC_SYSLOG_STREAM_H

#include "base/error.h"
#include "base/str.h"

/* Zeroed, then the caller sets the first two. */
struct cord_syslog_stream {
    size_t bytes_max; /* longer messages are passed over; at least 16 */
    bool multiline;   /* a line end ends a message only when "<PRI>" comes behind it */

    /* The codec's own. */
    bool in_line; /* what was left of the input is the beginning of a line: may be read */
    bool counted; /* frames with a count were seen */
    bool ends_lf; /* the first line that ended did so by LF, so that NUL is text */
    bool ends_nul;
    bool broken;   /* the line began where a count should have been */
    bool skipping; /* within a line that is too long */
    size_t skip;   /* bytes of a counted frame that is too long */
    size_t looked; /* of the input's front: no end in there */
};

/* Takes the next message off the input. What it has done with is off the input
 * whatever it returns; the caller keeps the rest and puts it in front of what
 * comes next. CORD_E_MORE: no whole message is left, and never more than
 * bytes_max + 32 bytes. CORD_E_LIMIT: a message longer than bytes_max began; once for
 * each, then come the ones behind it. `last`: nothing comes any more; a line
 * counts as ended, and CORD_E_FORMAT says that a counted frame was cut short. */
CORD_MUST_USE cord_status cord_syslog_stream_next(struct cord_syslog_stream *stream,
                                                  cord_str *input, bool last, cord_str *ret_frame);

#endif
