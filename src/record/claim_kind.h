/*
 * claim_kind.h: the kinds of claims there are, declared once.
 *
 * One row a kind: its members with type, bounds and words, what it may be said
 * of, its units, and the line that it is on. Validation, the API's schema,
 * `cordon record kinds` and the manual come from these rows.
 *
 * A line is one question that has one answer at a time from one claimant:
 * (topic, subject, the kind's key members, claimant). What is said later on a
 * line replaces what was said there, for the time that it is valid. Kinds of one
 * topic are on the same lines: divert.start and divert.end. A kind without lines
 * (an act, as audit.read) replaces nothing, and is never taken back. Pure; any thread.
 */
#ifndef CORD_RECORD_CLAIM_KIND_H
#define CORD_RECORD_CLAIM_KIND_H

#include "base/error.h"
#include "base/str.h"

#define CORD_MEMBERS_MAX    16u /* of one kind */
#define CORD_TEXTS_MAX      64u /* in one array */
#define CORD_CODE_BYTES_MAX 32u /* of an organisation */

enum cord_member_type {
    CORD_MEMBER_END,
    CORD_MEMBER_TEXT,    /* at most `most` bytes of UTF-8, no control characters; not "" */
    CORD_MEMBER_WORD,    /* one of words */
    CORD_MEMBER_NUMBER,  /* whole, least..most */
    CORD_MEMBER_DECIMAL, /* text or number; canonical as text */
    CORD_MEMBER_FLAG,
    CORD_MEMBER_TIME,         /* RFC 3339, with a zone */
    CORD_MEMBER_DATE,         /* 2017-05-12 */
    CORD_MEMBER_ORGANISATION, /* a code: letters, digits, '-', '.' */
    CORD_MEMBER_SUBJECT,      /* "service:spine" */
    CORD_MEMBER_CLAIM,        /* number of an earlier one */
    CORD_MEMBER_TEXTS,        /* array of texts of at most `most` bytes each */
};

struct cord_member {
    const char *name;
    enum cord_member_type type;
    bool required;
    bool key; /* is part of the line */
    int64_t least, most;
    const char *const *words; /* NULL-terminated */
    const char *help;         /* a sentence part: no capital, no full stop */
};

enum cord_claim_effect {
    CORD_CLAIM_STATES,   /* holds on its line until replaced */
    CORD_CLAIM_ACTS,     /* happened; is on no line */
    CORD_CLAIM_REVISES,  /* takes back the claim it supersedes, and says on that one's line what
                            holds instead */
    CORD_CLAIM_RETRACTS, /* takes back the claim it supersedes, of whatever topic, for all the time
                            that one was valid, and says nothing instead: what that one had
                            replaced holds again (record_span.h); is on no line */
};

struct cord_claim_kind {
    const char *name;  /* "status.claim" */
    const char *topic; /* "status"; lines are by topic */
    enum cord_claim_effect effect;
    const char *state_member;          /* whose word is the state of the line; NULL: `state` is */
    const char *state;                 /* "on" of divert.start; NULL: there is none */
    const char *const *subjects;       /* prefixes of what it may be said of: "org", "service" */
    const struct cord_member *members; /* the last is CORD_MEMBER_END; in their canonical order */
    const char *const *units;          /* of its amount; NULL: it has none */
    bool amount_required;
    const char *help; /* a sentence */
};

/* All of them, by name in ASCII order. */
const struct cord_claim_kind *cord_claim_kinds(size_t *ret_count);
/* NULL: there is none of that name. */
const struct cord_claim_kind *cord_claim_kind_find(cord_str name);
/* The nearest existing name, for a message; NULL when nothing is near. */
const char *cord_claim_kind_nearest(cord_str name);
/* The topic as the rows have it, so that pointers may be compared; NULL: there is none. */
const char *cord_claim_kind_topic(cord_str name);
/* NULL: the kind has none of that name. */
const struct cord_member *cord_claim_kind_member(const struct cord_claim_kind *kind, cord_str name);
const char *cord_claim_kind_type_name(enum cord_member_type type);      /* "text" */
const char *cord_claim_kind_effect_name(enum cord_claim_effect effect); /* "states" */

#endif
