/*
 * organisation.h: which organisations there are, as known at one time, about another.
 *
 * An organisation is an identity: one, whatever codes, names and roles it has had. Codes
 * are never used again for another. Succession: one closes, another takes over; after it the
 * former counts as the latter (N4). All of it is derived from claims of the topics
 * "organisation" (org.upsert, org.close), "succession", "alias" and "relation"; this module only
 * reads. Where several claimants answer, the better basis wins, then the higher confidence, then
 * what was recorded last.
 */
#ifndef CORD_RECORD_ORGANISATION_H
#define CORD_RECORD_ORGANISATION_H

#include "record/record_view.h"

struct cord_organisation {
    cord_str code; /* "R1H" */
    cord_str name;
    cord_str role;     /* as org.upsert has them: "trust", "practice", "commissioner" ... */
    cord_str roles;    /* further ones, as a JSON array; "" */
    cord_str standing; /* "active", "dormant", "proposed", "undated"; "": active */
    cord_str region;   /* code, "" */
    /* Code, "": by relation, else by its description, else of what it is a site, else its
     * commissioner. */
    cord_str parent;
    cord_str commissioner; /* code, "" */
    cord_str network;      /* code, "" */
    cord_str site_of;      /* code, "" */
    cord_str postcode;
    cord_str country;   /* "ENG", "WAL", "FRA" ... */
    int64_t opened_ns;  /* NONE: not known */
    int64_t closed_ns;  /* the first moment that it is not open, known so far; NONE */
    cord_str successor; /* code that it counts as at about_ns; "": itself */
    uint64_t claim;     /* behind its description */
    bool joined; /* another code may count as it: of one that it took over, of a site, an alias */
};

/* A picture of all organisations as of one moment, in memory; never changes; any thread. 25,000
 * are built in well under a second and kept by whoever asks often. Those that are closed, or that
 * will open only later, are in it, too: cord_organisation_is_open tells them apart. */
struct cord_organisations;

CORD_MUST_USE cord_status cord_organisations_build(struct cord_record_view *view,
                                                   struct cord_as_of as_of,
                                                   struct cord_organisations **ret_organisations,
                                                   struct cord_error *err);
void cord_organisations_free(struct cord_organisations *organisations);

/* Codes, in ASCII order: place 0 to count - 1. */
size_t cord_organisations_count(const struct cord_organisations *organisations);
const struct cord_organisation *
cord_organisations_at(const struct cord_organisations *organisations, size_t place);
/* What the picture is about, never INT64_MAX. */
int64_t cord_organisations_about(const struct cord_organisations *organisations);

/* By code, or by an alias that is no name and that only one has; successors are not followed. NULL:
 * unknown. */
const struct cord_organisation *
cord_organisations_find(const struct cord_organisations *organisations, cord_str code);
/* The identity that a code counts as: successions followed to their end. Of a ring, which only
 * mistaken claims make, the first code. NULL: unknown. */
const struct cord_organisation *
cord_organisations_identity(const struct cord_organisations *organisations, cord_str code);
/* Whom it belongs to, of a site of somebody's: what is said of a site is said of them. The identity
 * of any other. NULL: unknown. */
const struct cord_organisation *
cord_organisations_owner(const struct cord_organisations *organisations, cord_str code);
/* _find and _owner for one code after another, mostly in their order: *place is where the last one
 * was found, 0 at first, and spares the search when the next is not far. */
const struct cord_organisation *
cord_organisations_find_near(const struct cord_organisations *organisations, cord_str code,
                             size_t *place);
const struct cord_organisation *
cord_organisations_owner_near(const struct cord_organisations *organisations, cord_str code,
                              size_t *place);

struct cord_organisation_filter {
    cord_str role, region, parent, country; /* "": any */
    bool open;                              /* only those open at about_ns */
};

/* Opened, not closed, and neither dormant nor only proposed. Of one whose opening nobody knows it
 * is not known to be open: false. */
bool cord_organisation_is_open(const struct cord_organisation *organisation, int64_t about_ns);
bool cord_organisation_passes(const struct cord_organisation *organisation,
                              const struct cord_organisation_filter *filter, int64_t about_ns);

/* How many distinct identities pass (N4): each once, whatever merged into it. */
size_t cord_organisations_distinct(const struct cord_organisations *organisations,
                                   const struct cord_organisation_filter *filter);

#endif
