/*
 * audit_record.h: the audit as claims of the record.
 *
 * An entry becomes a claim of its kind, by whoever did it, of what it was done to, valid
 * when it was done; its key makes telling it twice telling it once. Any thread.
 */
#ifndef CORD_RECORD_AUDIT_RECORD_H
#define CORD_RECORD_AUDIT_RECORD_H

#include "record/audit.h"
#include "record/record.h"

/* Borrows the record as long as it is used: a batch of entries is one of claims. */
struct cord_audit cord_audit_record_port(struct cord_record *record);

#endif
