/*
 * findings_log.h: the findings of a server's journal, by their numbers.
 *
 * Beside the judge who writes them. Where they lie is learnt by reading the journal
 * once, and what was added since whenever something is asked. Any thread.
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

#endif
