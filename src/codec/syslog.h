/*
 * syslog.h: one syslog message: RFC 3164, RFC 5424, and what devices make of them.
 *
 * Pure; every part borrows from the line. What a message lacks is empty (ptr
 * may be NULL). Any thread.
 */
#ifndef CORD_CODEC_SYSLOG_H
#define CORD_CODEC_SYSLOG_H

#include "base/error.h"
#include "base/str.h"
#include "codec/log_date.h"

struct cord_syslog {
    bool has_priority;
    bool is_5424;
    bool has_date;
    bool tag_bare;     /* the tag had neither ':' nor '[': it may be the message's first word */
    unsigned priority; /* 0..191; 13 (user.notice) when there is none, as RFC 3164 has it */
    cord_str severity_word; /* "INFO" where it stands for the host (ChromeOS) */
    struct cord_log_date date;
    cord_str date_text;
    cord_str relay; /* host of an outer header, when a relay put its own in front */
    cord_str host;
    cord_str tag;      /* RFC 3164 TAG as written: "sshd[12]:"; RFC 5424: APP-NAME */
    cord_str program;  /* "sshd" */
    cord_str pid;      /* PROCID */
    cord_str msgid;    /* RFC 5424 only */
    cord_str data;     /* RFC 5424 STRUCTURED-DATA with its brackets */
    cord_str sequence; /* Cisco's message counter */
    cord_str content;  /* behind the tag */
    cord_str message;  /* content, with the tag when it is bare */
};

/* Never fails: what is no header is message. A line without priority, date or
 * tag is all message; cord_syslog_is_header tells. */
void cord_syslog_parse(cord_str line, int64_t now_ns, struct cord_syslog *ret_syslog);

/* True when something of a header was there: a priority or a date. */
static inline bool cord_syslog_is_header(const struct cord_syslog *syslog)
{
    return syslog->has_priority || syslog->has_date || syslog->is_5424;
}

/* Walks structured data: *rest is syslog->data to begin with. Gives one
 * parameter of one element at a time, or an element without parameters
 * (name empty). Values keep their escapes (\" \\ \]). False at the end. */
bool cord_syslog_data_next(cord_str *rest, cord_str *element, cord_str *ret_name,
                           cord_str *ret_value);

/* Static text: "auth", "info"; "" when out of range. */
const char *cord_syslog_facility(unsigned facility);
const char *cord_syslog_severity(unsigned severity);

#endif
