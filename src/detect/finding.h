/*
 * finding.h: a rule matched an event, in a form that outlives the event.
 *
 * Everything a person needs to judge it: the rule with its author (DRL 1.1
 * demands the name), where the event lies, when and on which machine it
 * happened, and which selection, field, value and pattern matched. Strings are
 * in the arena of whoever made the finding.
 */
#ifndef CORD_DETECT_FINDING_H
#define CORD_DETECT_FINDING_H

#include "base/timestamp.h"
#include "detect/rule.h"

struct cord_correlation;

/* One test that held. */
struct cord_finding_reason {
    cord_str selection;
    cord_str field;   /* as the rule names it; "" for a keyword */
    cord_str value;   /* of the event; cut to CORD_FINDING_VALUE_BYTES */
    cord_str pattern; /* as in the rule, modifiers in words: "endswith \cmd.exe" */
};

#define CORD_FINDING_VALUE_BYTES 1024

struct cord_finding_field {
    cord_str name;
    cord_str value;
};

struct cord_finding {
    const struct cord_rule *rule;               /* NULL for a correlation's finding */
    const struct cord_correlation *correlation; /* NULL for a rule's */

    cord_str source;   /* file, or "-" for standard input; members as "a.zip!b.json" */
    uint64_t record;   /* from 1, within the source */
    uint64_t offset;   /* bytes into the (unpacked) source */
    uint64_t evidence; /* the store's number of the event; 0: it is not stored */
    int64_t time_ns;   /* CORD_TIME_NONE when the event does not say */
    cord_str host;
    cord_str user;
    cord_str channel;
    cord_str event_id;
    cord_str record_id; /* the source's own number of the record (EventRecordID) */
    cord_str message;   /* raw, for sources without fields; may be empty */

    const struct cord_finding_reason *reasons;
    size_t reason_count;
    const struct cord_finding_field *fields; /* of the event: the rule's `fields:`, else those it
                                              * tests; for a correlation its group-by values */
    size_t field_count;

    uint64_t event_count; /* correlation: events in the window */
    int64_t first_ns;     /* correlation: of the window's first event */
    bool incomplete;      /* a regex met its limit: not fully evaluated, which is not "no match" */
};

/* Of its rule or correlation: the same pointer for the same rule, for no other. */
const struct cord_rule_about *cord_finding_about(const struct cord_finding *finding);

#endif
