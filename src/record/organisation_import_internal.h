/* organisation_import_internal.h: what the import's two halves share: rows read, claims written. */
#ifndef CORD_RECORD_ORGANISATION_IMPORT_INTERNAL_H
#define CORD_RECORD_ORGANISATION_IMPORT_INTERNAL_H

#include "record/organisation_import.h"

#include "base/arena.h"
#include "base/map.h"
#include "record/organisation_date.h"

enum {
    SAYINGS_MAX = 32, /* aliases, attributes, statements, relations: of each */
};

enum kind {
    KIND_UPSERT,
    KIND_CLOSE,
    KIND_SUCCEED,
    KIND_ALIAS,
    KIND_RELATE,
    KIND_ATTRIBUTE,
    KIND_SERVICE,
    KIND_CONTACT,
    KIND_SUPPLY,
    KINDS,
};

struct saying {
    cord_str name;
    cord_str text;
    int64_t from_ns;
    int64_t to_ns;
};

struct sayings {
    struct saying items[SAYINGS_MAX];
    size_t count;
};

/* What one row says of one organisation. */
struct said {
    cord_str code; /* "": of none */
    cord_str name, role, standing, region, parent, country, postcode, successor;
    cord_str address; /* its lines joined */
    struct sayings aliases, attributes, statements, relations;
    int64_t opened_ns, closed_ns; /* closed: the first moment that it is no longer open */
    int64_t listed_ns, stated_ns, succeeded_ns;
    bool dated; /* the list says when they opened, of others at least */
    bool described;
    bool related; /* the relation in the rule before is there */
    bool mentions;
};

struct row {
    cord_str fields[CORD_ORGANISATION_COLUMNS_MAX];
    bool taken[CORD_ORGANISATION_COLUMNS_MAX];
    size_t count;
    uint64_t line;
    const char *wrong; /* why the row is refused */
    bool no_memory;    /* it is not the row's fault */
    struct cord_arena *arena;
};

/* What is known of an organisation; its texts are in import->kept. */
struct known {
    cord_str code;
    cord_str name, role, region, postcode, opened, closed;
    uint64_t listed_at; /* line of this list that describes it */
};

struct cord_organisation_import {
    struct cord_organisation_import_options options;
    const struct cord_claim_kind *kinds[KINDS];
    struct cord_arena *kept;    /* what is known */
    struct cord_arena *scratch; /* of the batch */
    struct cord_map codes;      /* to known */
    struct known *known;
    size_t known_count, known_cap;
    struct cord_map lines; /* to hashes */
    uint64_t *hashes;      /* of what is said on each */
    size_t hash_count, hash_cap;
    struct cord_claim *claims; /* of the batch */
    size_t claim_count, claim_cap;
    struct cord_buf value;
    struct cord_buf asked; /* a line's text */
    struct cord_organisation_import_outcome outcome;
    const struct cord_organisation_columns *columns;
    cord_str list; /* its name */
    char digest[17];
    uint64_t line;
};

/* --- organisation_import.c --- */

/* What tells lines of a kind and subject apart, from the members of a value. */
cord_str cord_organisation_import_key(struct cord_organisation_import *import, enum kind kind,
                                      const cord_str *members);

/* --- organisation_import_read.c --- */

/* Numbers of the columns that the rules name by header: [entry][rule], from 1. */
typedef uint16_t cord_organisation_import_places[CORD_ORGANISATION_ENTRIES_MAX]
                                                [CORD_ORGANISATION_RULES_MAX];

/* The columns that the header has, or that the rules number. CORD_E_FORMAT names one that is
 * missing. */
CORD_MUST_USE cord_status cord_organisation_import_read_places(
    const struct cord_organisation_columns *columns, const struct row *header,
    cord_organisation_import_places places, uint32_t *ret_only, struct cord_error *err);

/* Fields of a record, quotes resolved, blanks around them gone. False: row->wrong. */
bool cord_organisation_import_read_row(cord_str record, char delimiter, struct cord_arena *arena,
                                       struct row *row);

/* What the row says by one entry. False: row->wrong. */
bool cord_organisation_import_read_entry(const struct cord_organisation_entry *entry,
                                         const uint16_t *places, struct cord_arena *arena,
                                         struct row *row, struct said *said);

/* --- organisation_import_known.c --- */

struct known *cord_organisation_import_known_find(const struct cord_organisation_import *import,
                                                  cord_str code);
/* Made when new; NULL: no memory. */
struct known *cord_organisation_import_known_add(struct cord_organisation_import *import,
                                                 cord_str code);
CORD_MUST_USE cord_status cord_organisation_import_known_keep(
    struct cord_organisation_import *import, cord_str text, cord_str *kept);
/* Whether the line says this already; if not it does from now on. */
CORD_MUST_USE cord_status
cord_organisation_import_known_say(struct cord_organisation_import *import, enum kind kind,
                                   cord_str subject, cord_str key, cord_str value, bool *ret_said);

/* --- organisation_import_claims.c --- */

/* The claims of what was said; in the batch. */
CORD_MUST_USE cord_status cord_organisation_import_claims_of(
    struct cord_organisation_import *import, const struct said *said);
/* Whether it can be the organisation that the code stood for before. False: *ret_reason and
 * *ret_detail. */
bool cord_organisation_import_claims_fit(const struct cord_organisation_import *import,
                                         const struct said *said,
                                         enum cord_organisation_import_reason *ret_reason,
                                         const char **ret_detail);
/* One claim that is to be made unless it was before. */
struct statement {
    enum kind kind;
    cord_str subject;
    cord_str key; /* the line's part */
    int64_t from_ns;
    int64_t to_ns;
    enum cord_claim_basis basis;
    bool always; /* even when it was said before */
};
/* Its value is in import->value, whole but for the last bracket. */
CORD_MUST_USE cord_status cord_organisation_import_claims_state(
    struct cord_organisation_import *import, const struct statement *statement, bool *ret_new);

/* The last day of what lasted until `end_ns`. */
cord_str cord_organisation_import_claims_last_day(int64_t end_ns,
                                                  char buffer[CORD_ORGANISATION_DATE_TEXT]);
/* Closes one that the list has no longer. */
CORD_MUST_USE cord_status cord_organisation_import_claims_absent(
    struct cord_organisation_import *import, const struct known *known);
/* Empty again, for the list or directory `text`. */
CORD_MUST_USE cord_status cord_organisation_import_claims_begin(
    struct cord_organisation_import *import, cord_str name, cord_str text);
/* Hands the batch over. */
CORD_MUST_USE cord_status cord_organisation_import_claims_flush(
    struct cord_organisation_import *import, struct cord_error *err);

#endif
