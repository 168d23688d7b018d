/* http_reply.c: see http_reply.h. */
#include "comms/http_reply.h"

#include "comms/http_parse.h"

const char *cord_http_reply_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } REASONS[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof REASONS / sizeof *REASONS; i++) {
        if (REASONS[i].status == status) {
            return REASONS[i].reason;
        }
    }
    return "";
}

static bool name_is_sound(const char *name)
{
    bool sound = *name != '\0';
    for (; sound && *name; name++) {
        sound = cord_http_parse_is_token(*name);
    }
    return sound;
}

/* RFC 9110 section 5.5: what is left out here could begin another header. */
static bool value_is_sound(cord_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_sound(const struct cord_http_reply *reply)
{
    bool sound = reply->status >= 100 && reply->status <= 999 &&
                 (!reply->content_type || value_is_sound(cord_str_from(reply->content_type)));
    for (size_t i = 0; sound && i < reply->header_count; i++) {
        sound = name_is_sound(reply->headers[i].name) && value_is_sound(reply->headers[i].value);
    }
    return sound;
}

static void put_header(struct cord_buf *out, const char *name, cord_str value)
{
    cord_buf_put_text(out, name);
    cord_buf_put(out, CORD_STR(": "));
    cord_buf_put(out, value);
    cord_buf_put(out, CORD_STR("\r\n"));
}

/* Statuses that have no body by their nature, and must not tell its length. */
static bool is_bodiless(unsigned status)
{
    return status < 200 || status == 204 || status == 304;
}

static void put_head(const struct cord_http_reply *reply, bool open, struct cord_buf *out)
{
    cord_buf_put(out, CORD_STR("HTTP/1.1 "));
    cord_buf_put_u64(out, reply->status);
    cord_buf_put_char(out, ' ');
    cord_buf_put_text(out, cord_http_reply_reason(reply->status));
    cord_buf_put(out, CORD_STR("\r\n"));
    if (!is_bodiless(reply->status)) {
        if (reply->content_type) {
            put_header(out, "Content-Type", cord_str_from(reply->content_type));
        }
    }
    if (!is_bodiless(reply->status) && !open) {
        cord_buf_put(out, CORD_STR("Content-Length: "));
        cord_buf_put_u64(out, reply->content_type ? reply->body.len : 0);
        cord_buf_put(out, CORD_STR("\r\n"));
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        put_header(out, reply->headers[i].name, reply->headers[i].value);
    }
    if (reply->close || open) {
        put_header(out, "Connection", CORD_STR("close"));
    }
    cord_buf_put(out, CORD_STR("\r\n"));
}

/* All of it, or nothing. */
static bool write(const struct cord_http_reply *reply, bool open, bool with_body,
                  struct cord_buf *out)
{
    if (!is_sound(reply)) {
        return false;
    }
    size_t before = out->len;
    bool failed_before = out->failed;
    out->failed = false;
    put_head(reply, open, out);
    if (with_body && reply->content_type && !is_bodiless(reply->status)) {
        cord_buf_put(out, reply->body);
    }
    bool written = !out->failed;
    out->len = written ? out->len : before;
    out->failed = failed_before;
    return written;
}

bool cord_http_reply_write(const struct cord_http_reply *reply, bool head_only,
                           struct cord_buf *out)
{
    return write(reply, false, !head_only, out);
}

bool cord_http_reply_write_open(const struct cord_http_reply *reply, struct cord_buf *out)
{
    return write(reply, true, true, out);
}
