/*
 * audit_fields.h: the pairs of Linux audit records as values.
 *
 * Hexadecimal values are decoded, the arguments of EXECVE also joined to
 * CommandLine, and what Sigma's process rules ask for is added under its
 * names. One worker thread.
 */
#ifndef CORD_NORMALISE_AUDIT_FIELDS_H
#define CORD_NORMALISE_AUDIT_FIELDS_H

#include "codec/auditd.h"
#include "normalise/emit.h"

enum cord_audit_name {
    CORD_AUDIT_TYPE,
    CORD_AUDIT_NODE,
    CORD_AUDIT_TIME,
    CORD_AUDIT_SERIAL,
    CORD_AUDIT_COMMAND_LINE,
    CORD_AUDIT_NAME_COUNT,
};

struct cord_audit_fields {
    uint32_t paths[CORD_AUDIT_NAME_COUNT];
};

void cord_audit_fields_intern(struct cord_audit_fields *fields, struct cord_paths *paths);

/* Adds one record's values. `first`: of its event, so that time, serial and
 * node are added as well. */
void cord_audit_fields_emit(const struct cord_audit_fields *fields, struct cord_emit *emit,
                            const struct cord_auditd *record, bool first);

#endif
