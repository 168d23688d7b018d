/*
 * findings_log.h: the findings of a server's journal, by their numbers.
 *
 * Beside the judge who writes them. Where they lie, and whose they are, is learnt by reading the
 * journal once, and what was added since whenever something is asked. Any thread.
 */
#ifndef CORD_WIRE_FINDINGS_LOG_H
#define CORD_WIRE_FINDINGS_LOG_H

#include "base/files.h"

#include <stdint.h>

struct cord_findings_log;

/* files outlives it; dir is that of the journal, and the caller's. NULL when out of memory. */
struct cord_findings_log *cord_findings_log_new(const struct cord_files *files, int dir);
void cord_findings_log_free(struct cord_findings_log *log);

/* Numbers are from 1, without a gap. 0: there is none, or the journal cannot be read. */
uint64_t cord_findings_log_newest(struct cord_findings_log *log);

/* Those numbered above `after`, ascending, each the JSON object that the journal has. A status
 * other than CORD_OK ends it and is returned; CORD_E_END as CORD_OK. */
CORD_MUST_USE cord_status cord_findings_log_read(struct cord_findings_log *log, uint64_t after,
                                                 cord_status (*visit)(void *self, uint64_t number,
                                                                      cord_str json),
                                                 void *self, struct cord_error *err);

/* Those of some organisations alone, by the names that their events bear, in one order: above
 * `after`, and below `before` unless that is 0. What others' there are is not read for it. As
 * above; the same organisation twice is once. */
struct cord_findings_log_of {
    const cord_str *organisations;
    size_t count;
    uint64_t after, before;
    bool newest; /* the highest number first */
};
CORD_MUST_USE cord_status
cord_findings_log_read_of(struct cord_findings_log *log, const struct cord_findings_log_of *of,
                          cord_status (*visit)(void *self, uint64_t number, cord_str json),
                          void *self, struct cord_error *err);

#endif
