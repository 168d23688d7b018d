/*
 * web.h: the console's files as a browser asks for them.
 *
 * They are in the program, each as it is and as gzip and brotli make it shorter; or, for
 * whoever works on them, in a folder. What has the hash of its content in its name is kept
 * by browsers for ever; the one page, which names it, is asked for again every time. A path that
 * can be no file's is one of the page's own, also one with dots such as /figures/trusts.infected:
 * the page is the answer. Any thread; choosing is pure.
 */
#ifndef CORD_API_WEB_H
#define CORD_API_WEB_H

#include "comms/http_server.h"

struct cord_web_asset {
    const char *path; /* "/assets/main-4XQ2.js" */
    const char *type;
    const char *tag; /* of the content, without quotes */
    cord_str raw;
    cord_str gz; /* len 0: not shorter */
    cord_str br;
    bool immutable; /* its name changes with its content */
};

struct cord_web {
    const struct cord_web_asset *assets; /* by path, as memcmp sorts */
    size_t count;                        /* 0: built without the console */
    int root;                            /* a folder instead of them; -1: none */
};

struct cord_web_request {
    enum cord_http_method method;
    cord_str path; /* decoded */
    cord_str accept_encoding;
    cord_str if_none_match;
};

#define CORD_WEB_TAG_MAX 80

struct cord_web_answer {
    unsigned status; /* 200, 304, 404, 405 */
    const char *type;
    cord_str body;              /* borrowed */
    const char *encoding;       /* NULL: as it is */
    const char *cache;          /* of Cache-Control */
    char tag[CORD_WEB_TAG_MAX]; /* with its quotes; "": none */
};

/* Whether a coding may be used, by the text of an Accept-Encoding (RFC 9110 section 12.5.3). */
bool cord_web_accepts(cord_str header, cord_str coding);

struct cord_web_answer cord_web_choose(const struct cord_web *web,
                                       const struct cord_web_request *request);

/* Replies to a request whose head is there. The status that it was. */
unsigned cord_web_reply(const struct cord_web *web, struct cord_http *http);

#endif
