/* claim_read_internal.h: what reading and checking claims share. */
#ifndef CORD_RECORD_CLAIM_READ_INTERNAL_H
#define CORD_RECORD_CLAIM_READ_INTERNAL_H

#include "record/claim_read.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "codec/json_span.h"

enum {
    CORD_CLAIM_READER_BYTES_MAX = 1 << 20,
    CORD_CLAIM_SHOWN_BYTES = 40,
    CORD_CLAIM_CHOICES_BYTES = 200, /* of a list of what there is, in a message */
};

struct cord_claim_reader {
    struct cord_arena *arena; /* texts whose escape sequences are resolved */
    struct cord_buf value;
    char amount[CORD_DECIMAL_BYTES];
};

/* All that fail do so with CORD_E_FORMAT, and err says what is wrong, or for want of memory. */

/* --- claim_take.c: one text, number or time of JSON --- */

/* Sets err to this text. */
cord_status cord_claim_take_wrong(struct cord_error *err, const char *what);
/* "'infcted' is none; did you mean 'infected'?", or all there are when they are few. */
cord_status cord_claim_take_no_such(cord_str given, const char *const *words,
                                    struct cord_error *err);
/* Hostile text for a message: short, and nothing that moves a cursor. */
const char *cord_claim_take_shown(cord_str text, char shown[CORD_CLAIM_SHOWN_BYTES]);
/* Not empty, of at most `most` bytes, and plain. */
CORD_MUST_USE cord_status cord_claim_take_check_text(cord_str text, size_t most,
                                                     struct cord_error *err);
/* A JSON string as such a text; in the reader's arena or borrowing the span. */
CORD_MUST_USE cord_status cord_claim_take_text(struct cord_claim_reader *reader,
                                               const struct cord_json_span *span, size_t most,
                                               cord_str *ret_text, struct cord_error *err);
CORD_MUST_USE cord_status cord_claim_take_word(struct cord_claim_reader *reader,
                                               const struct cord_json_span *span,
                                               const char *const *words, cord_str *ret_word,
                                               struct cord_error *err);
CORD_MUST_USE cord_status cord_claim_take_whole(const struct cord_json_span *span, int64_t least,
                                                int64_t most, int64_t *ret_number,
                                                struct cord_error *err);
/* Canonical; in buffer or borrowing text. */
CORD_MUST_USE cord_status cord_claim_take_check_decimal(cord_str text,
                                                        char buffer[CORD_DECIMAL_BYTES],
                                                        cord_str *ret_decimal,
                                                        struct cord_error *err);
/* A decimal may come as JSON's number or as text, which no reader rounds. */
CORD_MUST_USE cord_status cord_claim_take_decimal(struct cord_claim_reader *reader,
                                                  const struct cord_json_span *span,
                                                  char buffer[CORD_DECIMAL_BYTES],
                                                  cord_str *ret_decimal, struct cord_error *err);
CORD_MUST_USE cord_status cord_claim_take_time(struct cord_claim_reader *reader,
                                               const struct cord_json_span *span, int64_t *ret_ns,
                                               struct cord_error *err);
CORD_MUST_USE cord_status cord_claim_take_date(struct cord_claim_reader *reader,
                                               const struct cord_json_span *span,
                                               cord_str *ret_date, struct cord_error *err);

/* --- claim_value.c --- */

/* The value in its canonical form, in reader->value. */
CORD_MUST_USE cord_status cord_claim_value_check(struct cord_claim_reader *reader,
                                                 const struct cord_claim_kind *kind, cord_str value,
                                                 struct cord_error *err);

/* --- claim_check.c --- */

/* As cord_claim_check, of a claim with this value whose texts came through cord_claim_take_text:
 * they are not looked at again. */
CORD_MUST_USE cord_status cord_claim_check_read(struct cord_claim_reader *reader,
                                                struct cord_claim *claim, cord_str value,
                                                struct cord_error *err);

#endif
