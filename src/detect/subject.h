/*
 * subject.h: one value of an event, in the forms that rules compare with.
 *
 * Values come as the source wrote them. What a rule needs of one - escape
 * sequences resolved, numbers in canonical form, case folded - is made when
 * first asked for and kept until the next event. Scratch memory belongs to one
 * thread.
 */
#ifndef CORD_DETECT_SUBJECT_H
#define CORD_DETECT_SUBJECT_H

#include "base/cpu.h"
#include "base/error.h"
#include "codec/value.h"

/* Readable bytes, zeroed, behind every folded text: vector loads need no tail. */
#define CORD_SUBJECT_PADDING 80

struct cord_scratch;

/* NULL when out of memory. */
struct cord_scratch *cord_subject_scratch_new(enum cord_cpu_level level);
void cord_subject_scratch_free(struct cord_scratch *scratch);
/* All texts made so far are gone. */
void cord_subject_scratch_reset(struct cord_scratch *scratch);
/* Unaligned; NULL when out of memory. */
char *cord_subject_scratch_bytes(struct cord_scratch *scratch, size_t bytes);

struct cord_subject {
    const struct cord_value *value;
    cord_str plain;  /* ptr NULL: not made yet */
    cord_str folded; /* likewise; CORD_SUBJECT_PADDING zero bytes behind it */
};

/* Folded text of anything, CORD_SUBJECT_PADDING zero bytes behind it.
 * *ret_escape is set when there may be a JSON \\u escape in it, or bytes above
 * 0x7f, which nobody looked at. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_subject_fold(struct cord_scratch *scratch, cord_str text,
                                            cord_str *ret_folded, bool *ret_escape);

/* Values that hold text a pattern may be compared with: all but null and empty
 * arrays or objects. Numbers have their canonical decimal text, booleans their
 * word. */
static inline bool cord_subject_has_text(const struct cord_subject *subject)
{
    return subject->value->kind != CORD_VALUE_NULL && subject->value->kind != CORD_VALUE_EMPTY;
}

/* Escapes resolved, numbers canonical, case as it was. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_subject_plain(struct cord_subject *subject,
                                             struct cord_scratch *scratch, cord_str *ret_text);
/* And case folded. */
CORD_MUST_USE cord_status cord_subject_folded(struct cord_subject *subject,
                                              struct cord_scratch *scratch, cord_str *ret_text);

#endif
