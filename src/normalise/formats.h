/*
 * formats.h: the rows of the format table, each in its own format_X.c.
 *
 * Constant; see decoder.h for what a row holds. A new format is declared here
 * and named in the table of decoder.c.
 */
#ifndef CORD_NORMALISE_FORMATS_H
#define CORD_NORMALISE_FORMATS_H

#include "normalise/decoder.h"

extern const struct cord_format cord_format_evtx;   /* Windows event log files */
extern const struct cord_format cord_format_winxml; /* Windows events as XML text */
extern const struct cord_format cord_format_json;   /* JSON: lines, arrays, concatenated */

extern const struct cord_format cord_format_zeek;   /* Zeek's tab-separated logs */
extern const struct cord_format cord_format_w3c;    /* W3C extended: IIS, Windows firewall */
extern const struct cord_format cord_format_cef;    /* CEF and LEEF without a syslog header */
extern const struct cord_format cord_format_auditd; /* audit.log of the Linux kernel */
extern const struct cord_format cord_format_syslog; /* RFC 3164 and 5424, and what is inside */
extern const struct cord_format cord_format_frames; /* octet-counted syslog */
extern const struct cord_format cord_format_access; /* Apache and nginx access and error logs */
extern const struct cord_format cord_format_kv;     /* lines of key=value */
extern const struct cord_format cord_format_csv;    /* RFC 4180 with a header line */
extern const struct cord_format cord_format_lines;  /* anything else: a line is a message */

#endif
