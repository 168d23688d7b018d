/*
 * http_parse.h: the bytes of a connection as HTTP/1.0 and 1.1 requests (RFC 9112).
 *
 * llhttp in its strict mode, and in front of it what it lets pass: a head is
 * looked at byte by byte as it comes (line ends are CRLF, no control
 * characters, no folded lines) and handed to llhttp whole, so that how the
 * bytes were cut never matters. Whatever two readers could understand in two
 * ways is refused (section 11.2): both lengths, repeated single headers, a bare
 * CR. Pure: no socket, no clock. One thread at a time.
 */
#ifndef CORD_COMMS_HTTP_PARSE_H
#define CORD_COMMS_HTTP_PARSE_H

#include "base/error.h"
#include "comms/http_server.h"

#define CORD_HTTP_HEADERS_MAX 100

struct cord_http_parse;

/* A request's head. The texts live until the next cord_http_parse_begin. */
struct cord_http_head {
    enum cord_http_method method;
    cord_str target;
    bool has_body; /* more than nothing follows the head */
    bool chunked;
    bool keep_alive; /* the client will send more requests */
    bool expects;    /* 100-continue */
    uint64_t length; /* of the body, unless chunked */
};

/* Why a request is refused. */
struct cord_http_refusal {
    unsigned status;
    const char *detail; /* constant */
};

/* NULL when out of memory. */
struct cord_http_parse *cord_http_parse_new(size_t head_bytes_max);
void cord_http_parse_free(struct cord_http_parse *parse);

/* The next request, or the first. */
void cord_http_parse_begin(struct cord_http_parse *parse);

/* Takes bytes of the head. CORD_OK: it is complete; CORD_E_MORE: all were taken;
 * CORD_E_FORMAT: refused, and the connection is no good any more. */
CORD_MUST_USE cord_status cord_http_parse_head(struct cord_http_parse *parse, cord_str bytes,
                                               size_t *ret_taken);
/* Something of a request has come. */
bool cord_http_parse_begun(const struct cord_http_parse *parse);
/* Of a complete head. */
const struct cord_http_head *cord_http_parse_result(const struct cord_http_parse *parse);
/* The first header of the name, which is in lower case; {NULL,0}: none. */
cord_str cord_http_parse_header(const struct cord_http_parse *parse, cord_str name);

/* Where the body's bytes go, without the chunks' framing; false: no more of it. */
struct cord_http_body_sink {
    bool (*put)(void *self, cord_str bytes);
    void *self;
};

/* Takes bytes of the body, once the head is complete and has_body. CORD_OK: it is
 * complete; CORD_E_MORE: all were taken; CORD_E_LIMIT: the sink wants no more;
 * CORD_E_FORMAT: refused. */
CORD_MUST_USE cord_status cord_http_parse_body(struct cord_http_parse *parse, cord_str bytes,
                                               const struct cord_http_body_sink *sink,
                                               size_t *ret_taken);

/* After CORD_E_FORMAT. */
struct cord_http_refusal cord_http_parse_refusal(const struct cord_http_parse *parse);

/* A character of a token (RFC 9110 section 5.6.2): of methods and header names. */
bool cord_http_parse_is_token(char c);

#endif
