/*
 * token.h: secrets that are shown once and kept as their hash.
 *
 * 256 random bits as text: a prefix that says what it opens, and 64 hexadecimal digits. What
 * is kept is the SHA-256 of the whole text: whoever reads the file has no key to anything.
 * Any thread.
 */
#ifndef CORD_RECORD_TOKEN_H
#define CORD_RECORD_TOKEN_H

#include "base/digest.h"

enum cord_token_kind {
    CORD_TOKEN_SESSION, /* no prefix: it is in a cookie */
    CORD_TOKEN_API,     /* "cordon_" */
    CORD_TOKEN_SETUP,   /* "setup_" */
    CORD_TOKEN_LINK,    /* "link_" */
};

#define CORD_TOKEN_TEXT 80 /* with a NUL */

/* CORD_E_IO: there are no random numbers; CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_token_make(enum cord_token_kind kind, char ret_text[CORD_TOKEN_TEXT],
                                          struct cord_digest *ret_hash);

/* The hash under which a text is kept. CORD_E_FORMAT: it is none of that kind, to the letter. */
CORD_MUST_USE cord_status cord_token_read(enum cord_token_kind kind, cord_str text,
                                          struct cord_digest *ret_hash);

#endif
