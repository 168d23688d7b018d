/*
 * sighting.h: one finding of the journal, as triage reads it.
 *
 * Parsed from the JSON object that the journal of findings holds (detect/finding_json.h). Members
 * that are not listed here are passed over, so that a later version's findings can be read. Its
 * texts are in the caller's arena or borrow the JSON. Pure; any thread.
 */
#ifndef CORD_TRIAGE_SIGHTING_H
#define CORD_TRIAGE_SIGHTING_H

#include "base/arena.h"
#include "base/error.h"
#include "detect/rule_about.h"

#define CORD_SIGHTING_TAGS_MAX   256u /* of one rule */
#define CORD_SIGHTING_FIELDS_MAX 1024u
#define CORD_SIGHTING_TEXT_MAX                                                                     \
    8192u /* of each text but the fields' values; a longer one is refused */

struct cord_sighting_field {
    cord_str name;
    cord_str value;
};

struct cord_sighting {
    uint64_t number;       /* of the finding, from 1, without a gap */
    int64_t known_ns;      /* when it was judged: as known from then on */
    int64_t time_ns;       /* when it happened; known_ns where the event does not say */
    cord_str organisation; /* code; "": the event's source has none */
    cord_str rule;         /* its id, or its title where it has none */
    cord_str title;
    cord_str author;
    enum cord_level level;
    const cord_str *tags; /* as the rule has them: "attack.t1210", "attack.lateral-movement" */
    size_t tag_count;
    cord_str host, user, channel, event_id; /* "": not said */
    cord_str evidence; /* id of the event; "": of a correlation, or not stored */
    uint64_t events;   /* of a correlation those in its window; else 1 */
    int64_t first_ns;  /* of a correlation the window's first event; else time_ns */
    const struct cord_sighting_field *fields; /* as in the finding */
    size_t field_count;
};

/* CORD_E_FORMAT: not a finding; CORD_E_LIMIT: longer than the bounds above, or the arena is full;
 * CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_sighting_read(cord_str json, struct cord_arena *arena,
                                             struct cord_sighting *ret_sighting,
                                             struct cord_error *err);

/* The same by way of a tree: what `read` does where the form is not the usual one. */
CORD_MUST_USE cord_status cord_sighting_read_tree(cord_str json, struct cord_arena *arena,
                                                  struct cord_sighting *ret_sighting,
                                                  struct cord_error *err);

/* The value of the first of its fields that has one of the names that sources have for it, whatever
 * the case (src_ip, source.ip, id.orig_h, SourceIp ...); ptr NULL: there is none. */
cord_str cord_sighting_source_address(const struct cord_sighting *sighting);
cord_str cord_sighting_target_address(const struct cord_sighting *sighting);
/* Likewise of one field. */
cord_str cord_sighting_field(const struct cord_sighting *sighting, cord_str name);

#endif
