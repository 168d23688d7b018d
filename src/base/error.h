/*
 * error.h: what went wrong, in two halves.
 *
 * The status is for the program: few values, each something a caller would do
 * differently. The text is for a person: the caller lends a struct cord_error
 * (or passes NULL), the level that failed writes the sentence, and each level
 * above that knows more puts its context in front. Any thread; no state.
 */
#ifndef CORD_BASE_ERROR_H
#define CORD_BASE_ERROR_H

#define CORD_MUST_USE         __attribute__((warn_unused_result))
#define CORD_PRINTF(at, args) __attribute__((format(printf, at, args)))

enum cord_status {
    CORD_OK = 0,
    CORD_E_MORE,        /* the input ends early: come back with more of it */
    CORD_E_END,         /* there is nothing further; not a failure */
    CORD_E_FORMAT,      /* the input is wrong: drop it and count it */
    CORD_E_UNSUPPORTED, /* understood, but cannot be honoured: refuse it, say so */
    CORD_E_LIMIT,       /* a stated bound is reached: slow down or refuse */
    CORD_E_NOMEM,
    CORD_E_IO,
    CORD_E_NOENT,
    CORD_E_BUSY,    /* another holds it now: come again */
    CORD_E_DAMAGED, /* what was kept is not what was written: nobody's request is at fault */
};
typedef enum cord_status cord_status;

#define CORD_ERROR_BYTES 512

struct cord_error {
    char text[CORD_ERROR_BYTES]; /* always NUL-terminated; longer text is cut */
};

/* A short English name of a status, for logs and tests. Static storage. */
const char *cord_error_name(cord_status status);

/* Replace the text. Returns status, so that a failing branch is one statement. */
cord_status cord_error_set(struct cord_error *err, cord_status status, const char *format, ...)
    CORD_PRINTF(3, 4);

/* Put "context: " in front of the text. */
void cord_error_context(struct cord_error *err, const char *format, ...) CORD_PRINTF(2, 3);

/* Replace the text by "context: strerror(errno)". Returns the status that
 * errno stands for: CORD_E_NOENT, CORD_E_NOMEM, CORD_E_LIMIT (no space left,
 * too many files) or CORD_E_IO. */
cord_status cord_error_errno(struct cord_error *err, const char *format, ...) CORD_PRINTF(2, 3);

#endif
