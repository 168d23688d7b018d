/*
 * claim.h: what someone asserted: one value of the record.
 *
 * A claim is never changed. It is true of its subject from valid_from until
 * valid_to, was recorded at recorded_ns, and replaces what its claimant said on
 * the same line before (claim_kind.h) or, when it supersedes, what anybody said
 * in that one claim. A claim.retract only takes back.
 *
 * As text it is one JSON object with its members in the order of the struct's
 * ("number", "kind", "subject", "value", "amount", "unit", "valid_from", "valid_to",
 * "recorded", "claimant", "method", "confidence", "basis", "source", "key",
 * "supersedes", "marking", "exercise"), times in RFC 3339, amounts as text, absent
 * members left out: that is what is hashed, exported and served. Any thread; a
 * reader belongs to one at a time.
 */
#ifndef CORD_RECORD_CLAIM_H
#define CORD_RECORD_CLAIM_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/timestamp.h"
#include "record/claim_kind.h"

/* On what the claimant says it. Ordered: the better first. */
enum cord_claim_basis { CORD_CLAIM_CONFIRMED, CORD_CLAIM_REPORTED, CORD_CLAIM_ESTIMATED };

/* TLP 2.0 (FIRST). Ordered: the widest audience first. */
enum cord_claim_marking {
    CORD_CLAIM_CLEAR,
    CORD_CLAIM_GREEN,
    CORD_CLAIM_AMBER,
    CORD_CLAIM_AMBER_STRICT,
    CORD_CLAIM_RED,
};

#define CORD_CLAIM_TEXT_MAX   512u    /* of subject, claimant, method, source, key, exercise */
#define CORD_CLAIM_VALUE_MAX  65536u  /* of value */
#define CORD_CLAIM_LINE_MAX   131072u /* of a claim as text */
#define CORD_CLAIM_CERTAIN    100u    /* percent */
#define CORD_CLAIM_CONFIDENCE 50u     /* percent, when the claimant does not say */

/* Borrows its texts. */
struct cord_claim {
    uint64_t number; /* from 1, without a gap; 0 before it is recorded; shown as "c17" */
    const struct cord_claim_kind *kind;
    cord_str subject; /* "org:R1H", "service:spine", "site:...", "user:..." */
    cord_str value;   /* a JSON object of the kind's members; canonical: in its order, no blanks */
    cord_str amount;  /* canonical decimal; "": none */
    cord_str unit;    /* of the amount: one of the kind's; "" without an amount */
    int64_t valid_from_ns; /* CORD_TIME_NONE before it is recorded: then; of one that supersedes:
                              with valid_to_ns those of the superseded claim */
    int64_t valid_to_ns;   /* CORD_TIME_NONE: until something else is said */
    int64_t recorded_ns;   /* by the record; never before that of the claim before */
    cord_str claimant;     /* "org:X24", "user:17", "system:cordon" */
    cord_str method;       /* "telephone", "return", "telemetry", "press", "assigned", ... */
    unsigned confidence;   /* percent */
    enum cord_claim_basis basis;
    cord_str source;     /* link, citation or evidence id; "": none */
    cord_str key;        /* the claimant's own name for it: the same key twice is one claim; "":
                            none */
    uint64_t supersedes; /* number of an earlier claim of the same topic (of a claim.retract: of
                            any) and subject; 0: none */
    enum cord_claim_marking marking;
    cord_str exercise; /* its name; "": live (N12) */
};

const char *cord_claim_basis_name(enum cord_claim_basis basis);       /* "confirmed" */
const char *cord_claim_marking_name(enum cord_claim_marking marking); /* "TLP:AMBER" */
bool cord_claim_basis_find(cord_str name, enum cord_claim_basis *ret_basis);
bool cord_claim_marking_find(cord_str name, enum cord_claim_marking *ret_marking);

/* Appends its JSON object, without a line end; failure is in text->failed. */
void cord_claim_write(const struct cord_claim *claim, struct cord_buf *text);
/* The same with its hash as the last member "hash". */
void cord_claim_write_hashed(const struct cord_claim *claim, const struct cord_digest *hash,
                             struct cord_buf *text);

/* What is chained: SHA-256 of the hash of the claim before (32 bytes; zeroes before the first)
 * and of the text without hash. The scratch buffer is overwritten: holds CORD_CLAIM_LINE_MAX. */
CORD_MUST_USE cord_status cord_claim_hash(const struct cord_claim *claim,
                                          const struct cord_digest *previous,
                                          struct cord_buf *scratch, struct cord_digest *ret_hash);

/* The key members of a value, as one canonical JSON object; "{}" without any. */
void cord_claim_write_part(const struct cord_claim *claim, struct cord_buf *part);
/* The word that the claim puts on its line; "": none. Borrows the claim or its kind. */
cord_str cord_claim_state(const struct cord_claim *claim);
/* The inside of a member of a canonical value: a text without its quotes (escape sequences
 * stay), else the raw value; ptr NULL when it is not there. Borrows the value. */
cord_str cord_claim_member(cord_str value, const char *name);

/* "prefix:rest", the prefix one of `prefixes` (NULL: any): lower-case letters, then letters,
 * digits and -._:/@+ */
bool cord_claim_is_subject(cord_str text, const char *const *prefixes);
/* The code of "org:R1H"; ptr NULL when it is another prefix. */
cord_str cord_claim_subject_rest(cord_str subject, const char *prefix);

#endif
