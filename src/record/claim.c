/* claim.c: see claim.h. */
#include "record/claim.h"

#include "codec/json_put.h"
#include "codec/json_span.h"

static const char *const basis_names[] = {
    [CORD_CLAIM_CONFIRMED] = "confirmed",
    [CORD_CLAIM_REPORTED] = "reported",
    [CORD_CLAIM_ESTIMATED] = "estimated",
};

static const char *const marking_names[] = {
    [CORD_CLAIM_CLEAR] = "TLP:CLEAR", [CORD_CLAIM_GREEN] = "TLP:GREEN",
    [CORD_CLAIM_AMBER] = "TLP:AMBER", [CORD_CLAIM_AMBER_STRICT] = "TLP:AMBER+STRICT",
    [CORD_CLAIM_RED] = "TLP:RED",
};

const char *cord_claim_basis_name(enum cord_claim_basis basis)
{
    return basis_names[basis];
}

const char *cord_claim_marking_name(enum cord_claim_marking marking)
{
    return marking_names[marking];
}

bool cord_claim_basis_find(cord_str name, enum cord_claim_basis *ret_basis)
{
    for (unsigned i = CORD_CLAIM_CONFIRMED; i <= CORD_CLAIM_ESTIMATED; i++) {
        if (cord_str_eq(name, cord_str_from(basis_names[i]))) {
            *ret_basis = (enum cord_claim_basis)i;
            return true;
        }
    }
    return false;
}

bool cord_claim_marking_find(cord_str name, enum cord_claim_marking *ret_marking)
{
    for (unsigned i = CORD_CLAIM_CLEAR; i <= CORD_CLAIM_RED; i++) {
        if (cord_str_eq(name, cord_str_from(marking_names[i]))) {
            *ret_marking = (enum cord_claim_marking)i;
            return true;
        }
    }
    return false;
}

/* --- writing --- */

static void write_open(const struct cord_claim *claim, struct cord_buf *text)
{
    cord_buf_put_char(text, '{');
    if (claim->number > 0) {
        cord_json_put_number(text, "number", claim->number);
    }
    cord_json_put_some(text, "kind", cord_str_from(claim->kind->name));
    cord_json_put_some(text, "subject", claim->subject);
    cord_json_put_name(text, "value");
    cord_buf_put(text, claim->value);
    cord_json_put_some(text, "amount", claim->amount);
    cord_json_put_some(text, "unit", claim->unit);
    cord_json_put_some_time(text, "valid_from", claim->valid_from_ns);
    cord_json_put_some_time(text, "valid_to", claim->valid_to_ns);
    cord_json_put_some_time(text, "recorded", claim->recorded_ns);
    cord_json_put_some(text, "claimant", claim->claimant);
    cord_json_put_some(text, "method", claim->method);
    cord_json_put_number(text, "confidence", claim->confidence);
    cord_json_put_some(text, "basis", cord_str_from(cord_claim_basis_name(claim->basis)));
    cord_json_put_some(text, "source", claim->source);
    cord_json_put_some(text, "key", claim->key);
    if (claim->supersedes > 0) {
        cord_json_put_number(text, "supersedes", claim->supersedes);
    }
    cord_json_put_some(text, "marking", cord_str_from(cord_claim_marking_name(claim->marking)));
    cord_json_put_some(text, "exercise", claim->exercise);
}

void cord_claim_write(const struct cord_claim *claim, struct cord_buf *text)
{
    write_open(claim, text);
    cord_buf_put_char(text, '}');
}

void cord_claim_write_hashed(const struct cord_claim *claim, const struct cord_digest *hash,
                             struct cord_buf *text)
{
    char hex[CORD_DIGEST_TEXT];
    write_open(claim, text);
    cord_json_put_some(text, "hash", cord_digest_format(hash, hex));
    cord_buf_put_char(text, '}');
}

cord_status cord_claim_hash(const struct cord_claim *claim, const struct cord_digest *previous,
                            struct cord_buf *scratch, struct cord_digest *ret_hash)
{
    cord_buf_clear(scratch);
    cord_buf_put(scratch, (cord_str){(const char *)previous->bytes, CORD_DIGEST_BYTES});
    cord_claim_write(claim, scratch);
    return scratch->failed ? CORD_E_NOMEM : cord_digest_of(cord_buf_str(scratch), ret_hash);
}

/* --- a canonical value --- */

static bool find_member(cord_str value, cord_str name, struct cord_json_span *ret_span)
{
    struct cord_json_walk walk;
    if (!cord_json_span_begin(&walk, value, 0)) {
        return false;
    }
    while (cord_json_span_next(&walk, ret_span) == CORD_OK) {
        if (cord_str_eq(ret_span->name, name)) {
            return true;
        }
    }
    return false;
}

cord_str cord_claim_member(cord_str value, const char *name)
{
    struct cord_json_span span;
    return find_member(value, cord_str_from(name), &span) ? span.text : (cord_str){NULL, 0};
}

void cord_claim_write_part(const struct cord_claim *claim, struct cord_buf *part)
{
    struct cord_json_span span;
    bool first = true;
    cord_buf_put_char(part, '{');
    for (const struct cord_member *member = claim->kind->members; member->type != CORD_MEMBER_END;
         member++) {
        if (!member->key || !find_member(claim->value, cord_str_from(member->name), &span)) {
            continue;
        }
        cord_buf_put_text(part, first ? "\"" : ",\"");
        cord_buf_put_text(part, member->name);
        cord_buf_put_text(part, "\":");
        cord_buf_put(part, span.raw);
        first = false;
    }
    cord_buf_put_char(part, '}');
}

cord_str cord_claim_state(const struct cord_claim *claim)
{
    const struct cord_claim_kind *kind = claim->kind;
    if (kind->state_member) {
        cord_str state = cord_claim_member(claim->value, kind->state_member);
        return state.ptr ? state : CORD_STR("");
    }
    return kind->state ? cord_str_from(kind->state) : CORD_STR("");
}

/* --- subjects --- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_rest(cord_str rest)
{
    for (size_t i = 0; i < rest.len; i++) {
        char c = rest.ptr[i];
        if (!is_letter(c) && !cord_str_is_digit(c) && (c == '\0' || !strchr("-._:/@+", c))) {
            return false;
        }
    }
    return rest.len > 0;
}

bool cord_claim_is_subject(cord_str text, const char *const *prefixes)
{
    size_t colon = text.len <= CORD_CLAIM_TEXT_MAX ? cord_str_find_char(text, ':', 0) : SIZE_MAX;
    if (colon == SIZE_MAX || colon == 0 || !is_rest(cord_str_from_byte(text, colon + 1))) {
        return false;
    }
    cord_str prefix = cord_str_slice(text, 0, colon);
    for (size_t i = 0; !prefixes && i < prefix.len; i++) {
        if (prefix.ptr[i] < 'a' || prefix.ptr[i] > 'z') {
            return false;
        }
    }
    for (size_t i = 0; prefixes && prefixes[i]; i++) {
        if (cord_str_eq(prefix, cord_str_from(prefixes[i]))) {
            return true;
        }
    }
    return !prefixes;
}

cord_str cord_claim_subject_rest(cord_str subject, const char *prefix)
{
    size_t len = strlen(prefix);
    if (!cord_str_starts(subject, cord_str_from(prefix)) || subject.len <= len ||
        subject.ptr[len] != ':') {
        return (cord_str){NULL, 0};
    }
    return cord_str_from_byte(subject, len + 1);
}
