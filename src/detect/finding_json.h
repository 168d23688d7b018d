/*
 * finding_json.h: a finding as members of a JSON object: the form that
 * `cordon scan --json` prints and the journal of findings keeps.
 *
 * In two halves, since the first is the same for all findings of a rule and
 * may be written once. Both leave the object open; failures are the buffer's.
 * Any thread.
 */
#ifndef CORD_DETECT_FINDING_JSON_H
#define CORD_DETECT_FINDING_JSON_H

#include "base/buf.h"
#include "detect/finding.h"

/* "level":..,"title":..,"rule":{..}: without a comma before or behind. */
void cord_finding_json_rule(struct cord_buf *buf, const struct cord_finding *finding);

/* Of the event, each member with a comma before it; evidence_id "" when it is
 * not stored. */
void cord_finding_json_event(struct cord_buf *buf, const struct cord_finding *finding,
                             cord_str evidence_id);

/* ,"name":"value"; nothing for an empty value. */
void cord_finding_json_member(struct cord_buf *buf, const char *name, cord_str value);
/* ,"name":"2017-05-12T08:24:00Z"; nothing for CORD_TIME_NONE. */
void cord_finding_json_time(struct cord_buf *buf, const char *name, int64_t time_ns);

#endif
