/* subject.c: see subject.h. */
#include "detect/subject.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/decimal.h"
#include "base/fold.h"
#include "codec/json_unescape.h"
#include "detect/lower.h"

/* One block serves nearly every event; larger ones spill into the arena. */
enum { BLOCK_BYTES = 192 << 10 };
#define SPILL_BYTES_MAX ((size_t)4 << 30)

struct cord_scratch {
    size_t used;
    enum cord_cpu_level level;
    struct cord_arena *spill; /* NULL until needed */
    bool spilled;
    char block[BLOCK_BYTES];
};

struct cord_scratch *cord_subject_scratch_new(enum cord_cpu_level level)
{
    struct cord_scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch) {
        scratch->level = level;
    }
    return scratch;
}

void cord_subject_scratch_free(struct cord_scratch *scratch)
{
    if (scratch) {
        cord_arena_free(scratch->spill);
        free(scratch);
    }
}

void cord_subject_scratch_reset(struct cord_scratch *scratch)
{
    scratch->used = 0;
    if (scratch->spilled) {
        cord_arena_free(scratch->spill);
        scratch->spill = NULL;
        scratch->spilled = false;
    }
}

char *cord_subject_scratch_bytes(struct cord_scratch *scratch, size_t bytes)
{
    if (bytes <= BLOCK_BYTES - scratch->used) {
        char *memory = scratch->block + scratch->used;
        scratch->used += bytes;
        return memory;
    }
    if (!scratch->spill) {
        scratch->spill = cord_arena_new(SPILL_BYTES_MAX);
        if (!scratch->spill) {
            return NULL;
        }
    }
    scratch->spilled = true;
    return cord_arena_bytes(scratch->spill, bytes);
}

static cord_status plain_number(cord_str lexeme, struct cord_scratch *scratch, cord_str *ret_text)
{
    char buffer[CORD_DECIMAL_BYTES];
    cord_str text = cord_decimal_canonical(lexeme, buffer);
    if (text.ptr != buffer) {
        *ret_text = lexeme;
        return CORD_OK;
    }
    char *copy = cord_subject_scratch_bytes(scratch, text.len);
    if (!copy) {
        return CORD_E_NOMEM;
    }
    memcpy(copy, text.ptr, text.len);
    *ret_text = (cord_str){copy, text.len};
    return CORD_OK;
}

static cord_status plain_escaped(cord_str text, struct cord_scratch *scratch, cord_str *ret_text)
{
    char *plain = cord_subject_scratch_bytes(scratch, text.len + CORD_SUBJECT_PADDING);
    if (!plain) {
        return CORD_E_NOMEM;
    }
    size_t len = cord_json_unescape_at_level(scratch->level, text, plain);
    *ret_text = (cord_str){plain, len};
    return CORD_OK;
}

cord_status cord_subject_plain(struct cord_subject *subject, struct cord_scratch *scratch,
                               cord_str *ret_text)
{
    cord_status status = CORD_OK;
    if (!subject->plain.ptr) {
        cord_str text = cord_value_str(subject->value);
        text.ptr = text.ptr ? text.ptr : "";
        if (subject->value->kind == CORD_VALUE_NUMBER) {
            status = plain_number(text, scratch, &text);
        } else if ((subject->value->flags & CORD_VALUE_ESCAPED) != 0) {
            status = plain_escaped(text, scratch, &text);
        }
        if (status != CORD_OK) {
            return status;
        }
        subject->plain = text;
    }
    *ret_text = subject->plain;
    return CORD_OK;
}

/* To `folded`, which has room and CORD_SUBJECT_PADDING more; returns the length. */
static size_t fold(const struct cord_scratch *scratch, cord_str text, char *folded, size_t room,
                   bool *ret_escape)
{
    size_t len = cord_lower_copy(scratch->level, text, folded, ret_escape);
    if (len < text.len) {
        *ret_escape = true;
        len += cord_fold_text(cord_str_from_byte(text, len), folded + len, room - len);
    }
    return len;
}

/* These return what they made in registers: a pair that was just written by
 * halves cannot be read back as a whole without waiting. ptr NULL: no memory. */
static cord_str fold_plain(struct cord_scratch *scratch, cord_str text, bool *ret_escape)
{
    size_t room = CORD_FOLD_BYTES_MAX(text.len);
    char *folded = cord_subject_scratch_bytes(scratch, room + CORD_SUBJECT_PADDING);
    if (!folded) {
        return (cord_str){NULL, 0};
    }
    size_t len = fold(scratch, text, folded, room, ret_escape);
    memset(folded + len, 0, CORD_SUBJECT_PADDING);
    return (cord_str){folded, len};
}

cord_status cord_subject_fold(struct cord_scratch *scratch, cord_str text, cord_str *ret_folded,
                              bool *ret_escape)
{
    cord_str folded = fold_plain(scratch, text, ret_escape);
    if (!folded.ptr) {
        return CORD_E_NOMEM;
    }
    *ret_folded = folded;
    return CORD_OK;
}

/* Unescaped and folded at once; what that does not know, one after the other. */
static cord_str fold_escaped(cord_str text, struct cord_scratch *scratch)
{
    const cord_str none = {NULL, 0};
    size_t room = CORD_FOLD_BYTES_MAX(text.len);
    char *folded = cord_subject_scratch_bytes(scratch, room + CORD_SUBJECT_PADDING);
    if (!folded) {
        return none;
    }
    size_t len;
    size_t used = cord_lower_unescape(scratch->level, text, folded, &len);
    if (used < text.len) {
        cord_str rest;
        bool escape = false;
        if (plain_escaped(cord_str_from_byte(text, used), scratch, &rest) != CORD_OK) {
            return none;
        }
        len += fold(scratch, rest, folded + len, room - len, &escape);
    }
    memset(folded + len, 0, CORD_SUBJECT_PADDING);
    return (cord_str){folded, len};
}

static cord_str make_folded(struct cord_subject *subject, struct cord_scratch *scratch)
{
    const struct cord_value *value = subject->value;
    bool escaped = (value->flags & CORD_VALUE_ESCAPED) != 0;
    if (!subject->plain.ptr && value->kind != CORD_VALUE_NUMBER &&
        (!escaped || scratch->level >= CORD_CPU_AVX512)) {
        cord_str text = cord_value_str(value);
        bool escape = false;
        return escaped ? fold_escaped(text, scratch) : fold_plain(scratch, text, &escape);
    }
    cord_str plain;
    bool escape = false;
    if (cord_subject_plain(subject, scratch, &plain) != CORD_OK) {
        return (cord_str){NULL, 0};
    }
    return fold_plain(scratch, plain, &escape);
}

cord_status cord_subject_folded(struct cord_subject *subject, struct cord_scratch *scratch,
                                cord_str *ret_text)
{
    cord_str text = subject->folded;
    if (!text.ptr) {
        text = make_folded(subject, scratch);
        if (!text.ptr) {
            return CORD_E_NOMEM;
        }
        subject->folded = text;
    }
    *ret_text = text;
    return CORD_OK;
}
