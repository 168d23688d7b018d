/*
 * auditd.h: records of the Linux audit system.
 *
 *   [node=HOST ]type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e ...
 * A value is bare, in quotes, or hexadecimal where the kernel found it unsafe
 * to print (only in some fields). msg='...' nests further pairs; a 0x1d byte
 * parts what auditd has resolved (UID="root"). Pure. Any thread.
 */
#ifndef CORD_CODEC_AUDITD_H
#define CORD_CODEC_AUDITD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct cord_auditd {
    cord_str node;
    cord_str type;
    cord_str time;   /* "1364481363.243": seconds since the epoch */
    cord_str serial; /* "24287" */
    cord_str id;     /* both: "1364481363.243:24287" */
    cord_str body;   /* pairs */
};

/* The text may begin with a syslog tag ("audispd: ", "audit: "); what is before
 * "type=" or "audit(" is passed over by the caller. CORD_E_FORMAT: no record. */
CORD_MUST_USE cord_status cord_auditd_read(cord_str text, struct cord_auditd *ret_record);

/* The next pair of the body; *rest is record->body to begin with. ret_quoted:
 * the value stood in quotes, so that it is not hexadecimal. The pairs inside of
 * msg='...' come as pairs of their own. False at the end. */
bool cord_auditd_next(cord_str *rest, cord_str *ret_key, cord_str *ret_value, bool *ret_quoted);

/* True for the fields that the kernel may write as hexadecimal: a0.., proctitle,
 * name, comm, exe, cwd, cmd, data, path, acct, key ... */
bool cord_auditd_is_encoded(cord_str type, cord_str key);

/* Decodes hexadecimal; NUL bytes become blanks, as in proctitle, but not a last
 * one. value itself when it is not hexadecimal; ptr NULL: no room. */
cord_str cord_auditd_decode(struct cord_arena *arena, cord_str value);

#endif
