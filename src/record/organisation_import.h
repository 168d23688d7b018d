/*
 * organisation_import.h: a list of organisations as claims.
 *
 * Each row becomes what it says: an organisation's description (org.upsert) from the day it
 * opened until the day it closed (org.close), its relations, aliases, attributes, its successor.
 * What has been said already, by this claimant, is not said again; what a newer list says otherwise
 * replaces the older on its line. A row is taken whole or refused, and counted, with its reason:
 * above all a code that stood for another organisation before, for codes are never used again.
 *
 * Pure but for what it is handed: no file, no record. One thread.
 */
#ifndef CORD_RECORD_ORGANISATION_IMPORT_H
#define CORD_RECORD_ORGANISATION_IMPORT_H

#include "record/claim.h"
#include "record/organisation_columns.h"

#define CORD_ORGANISATION_IMPORT_TEXT_MAX 256u /* bytes of a field */

/* Why a row was refused. */
enum cord_organisation_import_reason {
    CORD_ORGANISATION_IMPORT_REUSED,    /* the code was another organisation's */
    CORD_ORGANISATION_IMPORT_TWICE,     /* the code stands in the list twice and not for the same */
    CORD_ORGANISATION_IMPORT_MALFORMED, /* a field is not what it should be */
    CORD_ORGANISATION_IMPORT_REASONS,
};
const char *cord_organisation_import_reason_name(enum cord_organisation_import_reason reason);

struct cord_organisation_import_refusal {
    uint64_t line;
    cord_str code; /* "" when there is none */
    enum cord_organisation_import_reason reason;
    const char *detail;
};

struct cord_organisation_import_options {
    cord_str claimant; /* "org:X26" */
    cord_str method;
    cord_str exercise; /* the record's */
    enum cord_claim_basis basis;
    enum cord_claim_marking marking;
    unsigned confidence;
    uint64_t seed; /* of tables: random */
    /* From when on a newer list is right about organisations that are known; CORD_TIME_NONE:
     * from their opening. */
    int64_t since_ns;
    /* When all that were open were listed: those known of the same roles that are not in the list
     * are closed by then, as an estimate. CORD_TIME_NONE: nothing follows from absence. */
    int64_t complete_ns;
    /* Claims by thousands; borrowed until it returns. What it returns ends the import, too. */
    cord_status (*put)(void *self, const struct cord_claim *claims, size_t count,
                       struct cord_error *err);
    void (*refused)(void *self, const struct cord_organisation_import_refusal *refusal);
    void *self;
};

struct cord_organisation_import_outcome {
    uint64_t rows;
    uint64_t others;        /* rows that are not of the kind that the mapping reads */
    uint64_t claims;        /* made */
    uint64_t unchanged;     /* not made: said before */
    uint64_t absent;        /* closed because the list has them no longer */
    uint64_t unread;        /* fields that hold something and that no rule reads */
    uint32_t unread_column; /* the first such */
    uint64_t refused[CORD_ORGANISATION_IMPORT_REASONS];
};

struct cord_organisation_import;

/* CORD_E_NOMEM. Borrows the texts of the options. */
CORD_MUST_USE cord_status
cord_organisation_import_new(const struct cord_organisation_import_options *options,
                             struct cord_organisation_import **ret_import);
void cord_organisation_import_free(struct cord_organisation_import *import);

/* What the claimant says already: each claim that holds now or did, in the order of the record.
 * Those of other kinds and claimants are passed over. CORD_E_NOMEM, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_organisation_import_learn(struct cord_organisation_import *import,
                                                         const struct cord_claim *claim);

/* The whole list; `name` goes into the claims' source. CORD_E_FORMAT: it has not the columns that
 * it should have, err says which; single rows that are wrong are refused and counted only. */
CORD_MUST_USE cord_status cord_organisation_import_list(
    struct cord_organisation_import *import, const struct cord_organisation_columns *columns,
    cord_str name, cord_str text, struct cord_organisation_import_outcome *ret_outcome,
    struct cord_error *err);

/* A directory, in YAML: services, contacts and supplies, each a list of maps with the members of
 * service.upsert, contact and org.supply, and what they are of: `code` of a service; `of` of the
 * others, a code or a subject such as service:spine. A row is one such map. CORD_E_FORMAT: it is
 * not as it should be, err says where; then nothing is put. */
CORD_MUST_USE cord_status cord_organisation_import_directory(
    struct cord_organisation_import *import, cord_str name, cord_str text,
    struct cord_organisation_import_outcome *ret_outcome, struct cord_error *err);

#endif
