/*
 * incident_internal.h: what the files that make an incident share.
 *
 * An incident is made in steps, each from what the one before found: what is common to all
 * incidents (merges, splits, who was named in which); what was said of it (gather); what that
 * comes to (fold); who is in it (organisations); what happened when (timeline); how long it
 * took (kpi). A step's failure ends it.
 */
#ifndef CORD_TRIAGE_INCIDENT_INTERNAL_H
#define CORD_TRIAGE_INCIDENT_INTERNAL_H

#include "base/arena.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "triage/incident.h"

/* --- common to all incidents --- */

struct cord_incident_merge {
    cord_str from, into;
    bool merged; /* else taken back */
};

struct cord_incident_part {
    cord_str id, from;
};

/* Somebody's status was said to be in an incident. */
struct cord_incident_naming {
    cord_str incident, subject;
};

/* A site, and whose it is: an identity's code. Both borrow the picture of organisations. */
struct cord_incident_site {
    cord_str owner, code;
};

struct cord_incident_common {
    struct cord_arena *arena;
    struct cord_incident_merge *merges; /* one for each that ever merged */
    size_t merge_count, merge_cap;
    struct cord_map merge_of; /* place by id */
    uint64_t *retracted; /* numbers of claims about incidents that were taken back; ascending */
    size_t retracted_count, retracted_cap;
    struct cord_incident_part *parts;
    size_t part_count, part_cap;
    struct cord_incident_naming *namings; /* by incident, then subject; each once */
    size_t naming_count, naming_cap;
    struct cord_incident_site *sites; /* by owner */
    size_t site_count, site_cap;
};

CORD_MUST_USE cord_status cord_incident_common_init(struct cord_incident_common *common,
                                                    struct cord_record_view *view,
                                                    const struct cord_organisations *organisations,
                                                    int64_t known_ns, struct cord_error *err);
void cord_incident_common_done(struct cord_incident_common *common);
/* The identity that a code counts as; a site's, whose it is. Itself when nobody knows it. */
cord_str cord_incident_common_identity(const struct cord_organisations *organisations,
                                       cord_str code);
/* Of an identity's sites the first, and how many. */
const struct cord_incident_site *
cord_incident_common_sites(const struct cord_incident_common *common, cord_str owner,
                           size_t *ret_count);
/* Was the claim, about an incident, taken back with nothing in its place? */
bool cord_incident_common_retracted(const struct cord_incident_common *common, uint64_t claim);
/* What it has merged into, ptr NULL: it has not. */
cord_str cord_incident_common_into(const struct cord_incident_common *common, cord_str id);
/* Whether `id` is `of`, or has merged into it by however many steps. */
bool cord_incident_common_within(const struct cord_incident_common *common, cord_str id,
                                 cord_str of);
/* Of which it was a part; ptr NULL: it was declared by itself. */
cord_str cord_incident_common_split_from(const struct cord_incident_common *common, cord_str id);
/* Of the namings of an incident: the first, and how many. */
const struct cord_incident_naming *
cord_incident_common_named(const struct cord_incident_common *common, cord_str id,
                           size_t *ret_count);

/* --- one incident in the making --- */

struct cord_incident_said {
    struct cord_claim claim; /* its texts in the arena */
    uint64_t taken_back;     /* by this claim, which the reader sees, too; 0 */
    bool frame_back;         /* by any: for the frame */
    bool retracted;          /* by a claim.retract */
    bool replaced;           /* by what was said instead, which the reader sees; */
    bool frame_replaced;     /* by any such */
    cord_str incident;       /* of a claim about an incident: its id; "" */
    cord_str organisation;   /* of one about an organisation or a site, or an alert of it: the
                                identity's code; "" */
    bool hidden;             /* goes into the frame, or takes something back, and nowhere else */
};

struct cord_incident_making {
    struct cord_record_view *view;
    const struct cord_incident_request *request;
    const struct cord_incident_common *common;
    struct cord_incident *incident;
    struct cord_arena *arena; /* the incident's */
    struct cord_error *err;
    bool brief; /* without the timeline */

    cord_str *names; /* it, and those that merged into it */
    size_t name_count, name_cap;

    struct cord_incident_said *said; /* by number once cord_incident_gather_sort was called */
    size_t said_count, said_cap;

    /* What goes into the incident while it grows; malloc's. */
    struct cord_incident_link *links;
    size_t link_count, link_cap;
    struct cord_incident_sighting *sightings; /* of the links, beside them; in the arena */
    struct cord_incident_organisation *organisations;
    size_t organisation_count, organisation_cap;
    struct cord_incident_item *items;
    size_t item_count, item_cap;

    int64_t begin_ns; /* the earliest that it is known to have begun: what was so before, and does
                         not name it, is none of its story */
};

/* Why the arena gave nothing, said in err. */
cord_status cord_incident_full(struct cord_incident_making *making);

/* --- gather --- */

bool cord_incident_sees(const struct cord_incident_making *making, cord_str organisation,
                        enum cord_claim_marking marking);
/* cord_incident_common_identity of the request's picture. */
cord_str cord_incident_identity(const struct cord_incident_making *making, cord_str code);
/* The code of "org:R1H" or "site:X-LISTER"; ptr NULL: it is something else. */
cord_str cord_incident_code(cord_str subject);
/* The system says it, and no person does. */
bool cord_incident_is_automatic(const struct cord_claim *claim);
/* How "user:17" is called, in the arena; ptr NULL when there is no room. */
cord_str cord_incident_called(struct cord_incident_making *making, cord_str subject);
/* Claims about its names, visible or not. */
CORD_MUST_USE cord_status cord_incident_gather_own(struct cord_incident_making *making);
/* Visible claims about a subject, after a number; organisation: whose it is. */
CORD_MUST_USE cord_status cord_incident_gather_subject(struct cord_incident_making *making,
                                                       cord_str subject, cord_str organisation,
                                                       uint64_t after);
CORD_MUST_USE cord_status cord_incident_gather_claim(struct cord_incident_making *making,
                                                     uint64_t number);
/* By number, each once; and which were taken back by which. */
void cord_incident_gather_sort(struct cord_incident_making *making);
/* NULL: it was not gathered. After _sort. */
struct cord_incident_said *cord_incident_gather_find(const struct cord_incident_making *making,
                                                     uint64_t number);
/* Does it say something that still holds, to this reader? */
static inline bool cord_incident_holds(const struct cord_incident_said *said)
{
    return !said->hidden && said->taken_back == 0;
}

/* A member's text, escape sequences resolved, in the arena; "" when it is not there; ptr NULL when
 * there is no room. */
cord_str cord_incident_text(struct cord_incident_making *making, const struct cord_claim *claim,
                            const char *member);
/* Its time; CORD_TIME_NONE when it is not there. */
int64_t cord_incident_time(const struct cord_claim *claim, const char *member);
/* Next of a JSON array of texts; their insides. */
bool cord_incident_next_text(cord_str *rest, cord_str *ret_text);

/* --- steps --- */

CORD_MUST_USE cord_status cord_incident_fold(struct cord_incident_making *making);
/* What is known of the things that are linked. */
CORD_MUST_USE cord_status cord_incident_sightings(struct cord_incident_making *making);
/* Who is in it, and all that was said of them. */
CORD_MUST_USE cord_status cord_incident_organisations(struct cord_incident_making *making);
/* How they are. */
CORD_MUST_USE cord_status cord_incident_states(struct cord_incident_making *making);
/* Is this the code of an organisation that is in it? */
struct cord_incident_organisation *cord_incident_member(const struct cord_incident_making *making,
                                                        cord_str code);
/* In which incident a status is said to be; a correction in that of what it corrects; "". */
cord_str cord_incident_named(const struct cord_incident_making *making,
                             const struct cord_incident_said *said);
/* Does it belong to the story: it names the incident, or names none and is not from before? */
bool cord_incident_is_of(const struct cord_incident_making *making,
                         const struct cord_incident_said *said);
CORD_MUST_USE cord_status cord_incident_timeline(struct cord_incident_making *making);
CORD_MUST_USE cord_status cord_incident_measure(struct cord_incident_making *making);

#endif
