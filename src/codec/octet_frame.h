/*
 * octet_frame.h: octet-counted syslog frames (RFC 6587 section 3.4.1).
 *
 * "LENGTH SP MESSAGE". Pure: on anything but success nothing has moved.
 */
#ifndef CORD_CODEC_OCTET_FRAME_H
#define CORD_CODEC_OCTET_FRAME_H

#include "base/error.h"
#include "base/str.h"

/* Takes one frame off the input. CORD_E_MORE: it ends early; CORD_E_FORMAT: no
 * length; CORD_E_LIMIT: longer than bytes_max. */
CORD_MUST_USE cord_status cord_octet_frame_next(cord_str *input, size_t bytes_max,
                                                cord_str *ret_frame);

#endif
