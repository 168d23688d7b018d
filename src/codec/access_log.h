/*
 * access_log.h: web server access and error log lines.
 *
 * Common and combined log format (Apache, nginx, and the many that copy them):
 *   HOST IDENT USER [TIME] "METHOD URI PROTOCOL" STATUS BYTES ["REFERER" "AGENT" ...]
 * with an optional virtual host in front (vhost:port), and error logs:
 *   [TIME] [module:level] [pid N:tid N] [client IP:PORT] message   (Apache)
 *   YYYY/MM/DD HH:MM:SS [level] pid#tid: *cid message, client: IP, ...   (nginx)
 * Pure; parts borrow from the line. Any thread.
 */
#ifndef CORD_CODEC_ACCESS_LOG_H
#define CORD_CODEC_ACCESS_LOG_H

#include "base/error.h"
#include "base/str.h"
#include "codec/log_date.h"

struct cord_access_log {
    cord_str vhost; /* empty when there is none */
    cord_str client;
    cord_str ident;
    cord_str user;
    cord_str time; /* "12/May/2017:13:24:05 +0200" */
    struct cord_log_date date;
    cord_str request; /* the whole quoted text */
    cord_str method;  /* empty when the request is not METHOD URI [PROTOCOL] */
    cord_str uri;
    cord_str uri_stem;  /* uri up to the '?' */
    cord_str uri_query; /* behind the '?'; ptr NULL when there is no '?' */
    cord_str protocol;
    cord_str status;
    cord_str bytes;
    cord_str referer;
    cord_str agent;
    cord_str more; /* what follows */
};

CORD_MUST_USE cord_status cord_access_log_read(cord_str line, struct cord_access_log *ret_entry);

/* Splits "METHOD URI PROTOCOL" of entry->request; for other formats as well. */
void cord_access_log_request(cord_str request, struct cord_access_log *entry);

struct cord_error_log {
    bool is_nginx;
    cord_str time;
    struct cord_log_date date;
    cord_str module; /* Apache 2.4 */
    cord_str level;
    cord_str pid;
    cord_str thread;
    cord_str client;
    cord_str client_port;
    cord_str code;        /* "AH01075" */
    cord_str system_code; /* of the operating system or APR: "70008" */
    cord_str system_error;
    cord_str message;
};

CORD_MUST_USE cord_status cord_access_log_error_read(cord_str line, int64_t now_ns,
                                                     struct cord_error_log *ret_entry);

#endif
