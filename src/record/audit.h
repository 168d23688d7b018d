/*
 * audit.h: what is told of everything that people do here.
 *
 * The accounts put an entry beside each change, in the same transaction, and hand it on
 * through a port afterwards: what was done is told, even when the program ends between the two,
 * and told once (key). Names and secrets are never in it: an account is "user:17". Any thread.
 */
#ifndef CORD_RECORD_AUDIT_H
#define CORD_RECORD_AUDIT_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

/* Borrowed until the port returns. */
struct cord_audit_entry {
    cord_str key; /* unique for ever: telling it twice is telling it once */
    int64_t at_ns;
    cord_str kind;    /* "audit.sign_in" or "audit.change" */
    cord_str act;     /* "account.disable", "sign_in.refused" */
    cord_str actor;   /* "user:17"; "system:cordon": at the machine itself; "user:0": unknown */
    cord_str subject; /* what it was done to: "user:18" */
    cord_str organisation; /* of the subject; "" */
    cord_str address;      /* whence; "" */
    cord_str detail;       /* what of it, in words of ours; "" */
};

struct cord_audit {
    /* CORD_OK: they are kept, all of them. Otherwise they come again. */
    cord_status (*put)(void *self, const struct cord_audit_entry *entries, size_t count,
                       struct cord_error *err);
    void *self;
};

#endif
