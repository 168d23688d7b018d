/* http_parse.c: see http_parse.h. */
#include "comms/http_parse.h"

#include <assert.h>
#include <llhttp.h>
#include <stdlib.h>

enum { HEAD_BYTES_KEPT = 4096 };

/* Offsets, since the head's buffer moves while it grows. */
struct header {
    uint32_t name_at;
    uint32_t name_len;
    uint32_t value_at;
    uint32_t value_len;
};

/* Headers that a request has once at most: two readers could take different ones. */
enum single {
    SINGLE_HOST,
    SINGLE_LENGTH,
    SINGLE_TRANSFER,
    SINGLE_EXPECT,
    SINGLE_TYPE,
    SINGLE_CODING,
    SINGLE_AUTHORIZATION,
    SINGLE_COUNT,
};

struct cord_http_parse {
    llhttp_t llhttp;
    struct cord_http_head result;
    struct cord_http_refusal refusal;
    const struct cord_http_body_sink *sink; /* while a body is fed */
    struct cord_buf head;
    size_t target_at;
    size_t target_len;
    size_t line_len;
    size_t extension_bytes; /* of chunks */
    bool carriage_return;   /* the byte before this one */
    bool line_seen;         /* the request line is complete */
    bool in_value;          /* of the header that came last */
    bool headers_done;
    bool complete;
    bool sink_full;
    uint32_t single[SINGLE_COUNT]; /* its header's number and 1 */
    uint32_t header_count;
    struct header headers[CORD_HTTP_HEADERS_MAX];
};

#define AS_IT_IS(c) [c] = (c)

/* Characters of tokens, in lower case; 0: it is none. */
static const char TOKEN_LOWER[256] = {
    AS_IT_IS('!'), AS_IT_IS('#'), AS_IT_IS('$'), AS_IT_IS('%'), AS_IT_IS('&'), AS_IT_IS('\''),
    AS_IT_IS('*'), AS_IT_IS('+'), AS_IT_IS('-'), AS_IT_IS('.'), AS_IT_IS('^'), AS_IT_IS('_'),
    AS_IT_IS('`'), AS_IT_IS('|'), AS_IT_IS('~'), AS_IT_IS('0'), AS_IT_IS('1'), AS_IT_IS('2'),
    AS_IT_IS('3'), AS_IT_IS('4'), AS_IT_IS('5'), AS_IT_IS('6'), AS_IT_IS('7'), AS_IT_IS('8'),
    AS_IT_IS('9'), AS_IT_IS('a'), AS_IT_IS('b'), AS_IT_IS('c'), AS_IT_IS('d'), AS_IT_IS('e'),
    AS_IT_IS('f'), AS_IT_IS('g'), AS_IT_IS('h'), AS_IT_IS('i'), AS_IT_IS('j'), AS_IT_IS('k'),
    AS_IT_IS('l'), AS_IT_IS('m'), AS_IT_IS('n'), AS_IT_IS('o'), AS_IT_IS('p'), AS_IT_IS('q'),
    AS_IT_IS('r'), AS_IT_IS('s'), AS_IT_IS('t'), AS_IT_IS('u'), AS_IT_IS('v'), AS_IT_IS('w'),
    AS_IT_IS('x'), AS_IT_IS('y'), AS_IT_IS('z'), ['A'] = 'a',   ['B'] = 'b',   ['C'] = 'c',
    ['D'] = 'd',   ['E'] = 'e',   ['F'] = 'f',   ['G'] = 'g',   ['H'] = 'h',   ['I'] = 'i',
    ['J'] = 'j',   ['K'] = 'k',   ['L'] = 'l',   ['M'] = 'm',   ['N'] = 'n',   ['O'] = 'o',
    ['P'] = 'p',   ['Q'] = 'q',   ['R'] = 'r',   ['S'] = 's',   ['T'] = 't',   ['U'] = 'u',
    ['V'] = 'v',   ['W'] = 'w',   ['X'] = 'x',   ['Y'] = 'y',   ['Z'] = 'z',
};

bool cord_http_parse_is_token(char c)
{
    return TOKEN_LOWER[(unsigned char)c] != 0;
}

static cord_status refuse(struct cord_http_parse *parse, unsigned status, const char *detail)
{
    if (parse->refusal.status == 0) { /* the first is the cause */
        parse->refusal = (struct cord_http_refusal){status, detail};
    }
    return CORD_E_FORMAT;
}

/* The same for llhttp, which ends with HPE_USER then. */
static int refuse_within(struct cord_http_parse *parse, unsigned status, const char *detail)
{
    (void)refuse(parse, status, detail);
    return -1;
}

static cord_str text_at(const struct cord_http_parse *parse, size_t at, size_t len)
{
    return cord_str_slice(cord_buf_str(&parse->head), at, len);
}

static cord_str header_name(const struct cord_http_parse *parse, const struct header *header)
{
    return text_at(parse, header->name_at, header->name_len);
}

static cord_str header_value(const struct cord_http_parse *parse, const struct header *header)
{
    return text_at(parse, header->value_at, header->value_len);
}

/* --- what llhttp finds --- */

static size_t offset_of(const struct cord_http_parse *parse, const char *at)
{
    return (size_t)(at - parse->head.ptr);
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
    struct cord_http_parse *parse = llhttp->data;
    if (parse->target_len == 0) {
        parse->target_at = offset_of(parse, at);
    }
    parse->target_len += len;
    return 0;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t len)
{
    struct cord_http_parse *parse = llhttp->data;
    if (parse->headers_done) {
        return -1; /* a trailer: nobody needs them */
    }
    if (parse->in_value || parse->header_count == 0) {
        if (parse->header_count == CORD_HTTP_HEADERS_MAX) {
            return refuse_within(parse, 431, "too many headers");
        }
        parse->headers[parse->header_count++] =
            (struct header){.name_at = (uint32_t)offset_of(parse, at)};
        parse->in_value = false;
    }
    struct header *header = &parse->headers[parse->header_count - 1];
    char *name = parse->head.ptr + header->name_at + header->name_len;
    for (size_t i = 0; i < len; i++) {
        name[i] = TOKEN_LOWER[(unsigned char)name[i]];
        if (!name[i]) {
            return refuse_within(parse, 400, "a header's name has a character that names have not");
        }
    }
    header->name_len += (uint32_t)len;
    return 0;
}

static int on_header_field_complete(llhttp_t *llhttp)
{
    struct cord_http_parse *parse = llhttp->data;
    parse->in_value = true;
    return 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct cord_http_parse *parse = llhttp->data;
    if (parse->header_count == 0) {
        return refuse_within(parse, 400, "a value without a header");
    }
    struct header *header = &parse->headers[parse->header_count - 1];
    if (header->value_len == 0) {
        header->value_at = (uint32_t)offset_of(parse, at);
    }
    header->value_len += (uint32_t)len;
    return 0;
}

static cord_str single_name(enum single single)
{
    switch (single) {
    case SINGLE_HOST:
        return CORD_STR("host");
    case SINGLE_LENGTH:
        return CORD_STR("content-length");
    case SINGLE_TRANSFER:
        return CORD_STR("transfer-encoding");
    case SINGLE_EXPECT:
        return CORD_STR("expect");
    case SINGLE_TYPE:
        return CORD_STR("content-type");
    case SINGLE_CODING:
        return CORD_STR("content-encoding");
    case SINGLE_AUTHORIZATION:
        return CORD_STR("authorization");
    case SINGLE_COUNT:
        break;
    }
    return (cord_str){0};
}

static bool note_singles(struct cord_http_parse *parse)
{
    for (uint32_t i = 0; i < parse->header_count; i++) {
        struct header *header = &parse->headers[i];
        cord_str value = cord_str_trim(header_value(parse, header));
        if (value.len > 0) {
            header->value_at = (uint32_t)offset_of(parse, value.ptr);
        }
        header->value_len = (uint32_t)value.len;
        cord_str name = header_name(parse, header);
        for (int single = 0; single < SINGLE_COUNT; single++) {
            if (!cord_str_eq(name, single_name((enum single)single))) {
                continue;
            }
            if (parse->single[single] > 0) {
                return false;
            }
            parse->single[single] = i + 1;
            break;
        }
    }
    return true;
}

static bool single_value(const struct cord_http_parse *parse, enum single single,
                         cord_str *ret_value)
{
    uint32_t number = parse->single[single];
    if (number > 0) {
        *ret_value = header_value(parse, &parse->headers[number - 1]);
    }
    return number > 0;
}

static enum cord_http_method method_of(const llhttp_t *llhttp)
{
    switch (llhttp->method) {
    case HTTP_GET:
        return CORD_HTTP_GET;
    case HTTP_HEAD:
        return CORD_HTTP_HEAD;
    case HTTP_POST:
        return CORD_HTTP_POST;
    case HTTP_PUT:
        return CORD_HTTP_PUT;
    case HTTP_DELETE:
        return CORD_HTTP_DELETE;
    case HTTP_OPTIONS:
        return CORD_HTTP_OPTIONS;
    default:
        return CORD_HTTP_OTHER;
    }
}

/* How long the body is (RFC 9112 section 6). */
static int measure(struct cord_http_parse *parse, bool modern)
{
    cord_str coding;
    cord_str length;
    bool chunked = single_value(parse, SINGLE_TRANSFER, &coding);
    bool measured = single_value(parse, SINGLE_LENGTH, &length);
    if (chunked && measured) {
        return refuse_within(parse, 400, "both Content-Length and Transfer-Encoding");
    }
    if (chunked && !modern) {
        return refuse_within(parse, 400, "Transfer-Encoding in HTTP/1.0");
    }
    if (chunked && !cord_str_eq_fold(coding, CORD_STR("chunked"))) {
        return refuse_within(parse, 501, "the only Transfer-Encoding known here is chunked");
    }
    if (measured && !cord_str_u64(length, &parse->result.length)) {
        return refuse_within(parse, 400, "Content-Length is no number");
    }
    parse->result.chunked = chunked;
    parse->result.has_body = chunked || parse->result.length > 0;
    return 0;
}

static int check_head(struct cord_http_parse *parse, const llhttp_t *llhttp)
{
    bool modern = llhttp->http_minor == 1;
    if (llhttp->method == HTTP_CONNECT) {
        return refuse_within(parse, 501, "this is no proxy");
    }
    if (!note_singles(parse)) {
        return refuse_within(parse, 400, "a header that may come once came twice");
    }
    if (modern && parse->single[SINGLE_HOST] == 0) {
        return refuse_within(parse, 400, "the Host header is missing");
    }
    cord_str expect;
    if (modern && single_value(parse, SINGLE_EXPECT, &expect)) {
        if (!cord_str_eq_fold(expect, CORD_STR("100-continue"))) {
            return refuse_within(parse, 417, "the only expectation known here is 100-continue");
        }
        parse->result.expects = true;
    }
    /* Who speaks 1.0 and wants to stay says so by headers of its own: not worth it. */
    parse->result.keep_alive = modern && llhttp_should_keep_alive(llhttp) != 0;
    parse->result.method = method_of(llhttp);
    parse->result.target = text_at(parse, parse->target_at, parse->target_len);
    return measure(parse, modern);
}

static int on_headers_complete(llhttp_t *llhttp)
{
    struct cord_http_parse *parse = llhttp->data;
    llhttp->upgrade = 0; /* offers of another protocol are declined by silence */
    int result = check_head(parse, llhttp);
    parse->headers_done = result == 0;
    return result;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    struct cord_http_parse *parse = llhttp->data;
    parse->sink_full = !parse->sink->put(parse->sink->self, (cord_str){at, len});
    return parse->sink_full ? -1 : 0;
}

/* Nobody needs extensions of chunks; a sender could hide any number of bytes in them. */
static int on_chunk_extension(llhttp_t *llhttp, const char *at, size_t len)
{
    (void)at;
    struct cord_http_parse *parse = llhttp->data;
    parse->extension_bytes += len;
    return parse->extension_bytes <= parse->head.bytes_max ? 0 : -1;
}

static int on_message_complete(llhttp_t *llhttp)
{
    struct cord_http_parse *parse = llhttp->data;
    parse->complete = true;
    return HPE_PAUSED; /* what follows is the next request's */
}

static const llhttp_settings_t SETTINGS = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_extension_name = on_chunk_extension,
    .on_chunk_extension_value = on_chunk_extension,
    .on_message_complete = on_message_complete,
};

/* --- the head --- */

struct cord_http_parse *cord_http_parse_new(size_t head_bytes_max)
{
    struct cord_http_parse *parse = calloc(1, sizeof *parse);
    if (parse) {
        cord_buf_init(&parse->head, head_bytes_max < UINT32_MAX ? head_bytes_max : UINT32_MAX);
        cord_http_parse_begin(parse);
    }
    return parse;
}

void cord_http_parse_free(struct cord_http_parse *parse)
{
    if (parse) {
        cord_buf_done(&parse->head);
        free(parse);
    }
}

void cord_http_parse_begin(struct cord_http_parse *parse)
{
    if (parse->head.cap > HEAD_BYTES_KEPT) {
        size_t bytes_max = parse->head.bytes_max;
        cord_buf_done(&parse->head);
        cord_buf_init(&parse->head, bytes_max);
    }
    cord_buf_clear(&parse->head);
    llhttp_init(&parse->llhttp, HTTP_REQUEST, &SETTINGS);
    parse->llhttp.data = parse;
    parse->result = (struct cord_http_head){0};
    parse->refusal = (struct cord_http_refusal){0};
    parse->target_at = 0;
    parse->target_len = 0;
    parse->line_len = 0;
    parse->extension_bytes = 0;
    parse->carriage_return = false;
    parse->line_seen = false;
    parse->in_value = false;
    parse->headers_done = false;
    parse->complete = false;
    parse->sink_full = false;
    memset(parse->single, 0, sizeof parse->single);
    parse->header_count = 0;
}

/* Ends a line. CORD_OK: the head's last. */
static cord_status end_line(struct cord_http_parse *parse)
{
    if (!parse->carriage_return) {
        return refuse(parse, 400, "a line of the head does not end with CR LF");
    }
    bool last = parse->line_len == 0 && parse->line_seen;
    parse->line_seen = parse->line_seen || parse->line_len > 0; /* empty ones may come first */
    parse->line_len = 0;
    parse->carriage_return = false;
    return last ? CORD_OK : CORD_E_MORE;
}

static cord_status look_at(struct cord_http_parse *parse, char c)
{
    if (c == '\n') {
        return end_line(parse);
    }
    if (parse->carriage_return) {
        return refuse(parse, 400, "a CR in the head without its LF");
    }
    if (c == '\r') {
        parse->carriage_return = true;
        return CORD_E_MORE;
    }
    unsigned char byte = (unsigned char)c;
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
        return refuse(parse, 400, "a control character in the head");
    }
    if (parse->line_len == 0 && parse->line_seen && (c == ' ' || c == '\t')) {
        return refuse(parse, 400, "a folded header line");
    }
    if (parse->line_len == 0 && parse->line_seen && c == ':') {
        return refuse(parse, 400, "a header without a name"); /* llhttp skips it silently */
    }
    parse->line_len++;
    return CORD_E_MORE;
}

/* Bytes from 0x20 to 0x7e, eight at a time. Others may be left: look_at sees them. */
static size_t ordinary(cord_str bytes, size_t from)
{
    const uint64_t ones = 0x0101010101010101;
    size_t at = from;
    while (bytes.len - at >= 8) {
        uint64_t eight;
        memcpy(&eight, bytes.ptr + at, 8);
        /* The highest bit of a byte: it was there, is borrowed for, or carried into. */
        if (((eight | (eight - 0x20 * ones) | (eight + ones)) & (0x80 * ones)) != 0) {
            break;
        }
        at += 8;
    }
    while (at < bytes.len && (unsigned char)bytes.ptr[at] - 0x20u < 0x5fu) {
        at++;
    }
    return at - from;
}

/* How many bytes belong to the head; CORD_OK: it ends there. */
static cord_status scan(struct cord_http_parse *parse, cord_str bytes, size_t *ret_taken)
{
    cord_status status = CORD_E_MORE;
    size_t at = 0;
    while (at < bytes.len && status == CORD_E_MORE) {
        /* Within a line most bytes are ordinary. */
        if (parse->line_len > 0 && !parse->carriage_return) {
            size_t len = ordinary(bytes, at);
            parse->line_len += len;
            at += len;
            if (at == bytes.len) {
                break;
            }
        }
        status = look_at(parse, bytes.ptr[at++]);
    }
    *ret_taken = at;
    return status;
}

/* "METHOD TARGET HTTP/1.1" with single blanks (RFC 9112 section 3): llhttp takes several. */
static cord_status check_line(struct cord_http_parse *parse)
{
    cord_str head = cord_str_trim(cord_buf_str(&parse->head));
    cord_str version = cord_str_slice(head, 0, cord_str_find_char(head, '\r', 0));
    cord_str method;
    cord_str target;
    bool sound = cord_str_cut(&version, ' ', &method) && cord_str_cut(&version, ' ', &target) &&
                 method.len > 0 && target.len > 0 && version.len == 8 &&
                 cord_str_starts(version, CORD_STR("HTTP/")) && version.ptr[6] == '.';
    for (size_t i = 0; sound && i < method.len; i++) {
        sound = cord_http_parse_is_token(method.ptr[i]);
    }
    for (size_t i = 0; sound && i < target.len; i++) {
        unsigned char byte = (unsigned char)target.ptr[i];
        sound = byte > ' ' && byte < 0x7f && byte != '#'; /* a fragment is nothing to send */
    }
    if (!sound) {
        return refuse(parse, 400, "the first line is no request line");
    }
    return version.ptr[5] == '1' && (version.ptr[7] == '0' || version.ptr[7] == '1')
               ? CORD_OK
               : refuse(parse, 505, "HTTP/1.1 is spoken here");
}

static cord_status refuse_by(struct cord_http_parse *parse, llhttp_errno_t error)
{
    if (error == HPE_UNEXPECTED_CONTENT_LENGTH) {
        return refuse(parse, 400, "Content-Length twice, or with Transfer-Encoding");
    }
    if ((parse->target_len == 0 && error != HPE_INVALID_URL) || parse->llhttp.method >= HTTP_PRI) {
        /* The line is sound: what llhttp stumbled over, in several ways, is the method,
         * which is not in its table, or in it for RTSP. */
        return refuse(parse, 501, "the method is not known");
    }
    const char *reason = llhttp_get_error_reason(&parse->llhttp);
    return refuse(parse, 400, reason && *reason ? reason : "this is not HTTP");
}

static cord_status finish_head(struct cord_http_parse *parse)
{
    cord_status status = check_line(parse);
    if (status != CORD_OK) {
        return status;
    }
    llhttp_errno_t error = llhttp_execute(&parse->llhttp, parse->head.ptr, parse->head.len);
    bool sound = parse->headers_done && (parse->complete ? error == HPE_PAUSED : error == HPE_OK) &&
                 parse->complete == !parse->result.has_body;
    return sound ? CORD_OK : refuse_by(parse, error);
}

cord_status cord_http_parse_head(struct cord_http_parse *parse, cord_str bytes, size_t *ret_taken)
{
    assert(!parse->headers_done);
    size_t room = parse->head.bytes_max - parse->head.len;
    size_t taken = 0;
    cord_status status = scan(parse, cord_str_slice(bytes, 0, room), &taken);
    if (status == CORD_E_FORMAT) {
        return status;
    }
    cord_buf_put(&parse->head, cord_str_slice(bytes, 0, taken));
    *ret_taken = taken;
    if (parse->head.failed) {
        return refuse(parse, 503, "out of memory");
    }
    if (status == CORD_E_MORE && parse->head.len == parse->head.bytes_max) {
        return parse->line_seen ? refuse(parse, 431, "the head is too long")
                                : refuse(parse, 414, "the request line is too long");
    }
    return status == CORD_OK ? finish_head(parse) : status;
}

bool cord_http_parse_begun(const struct cord_http_parse *parse)
{
    return parse->head.len > 0;
}

const struct cord_http_head *cord_http_parse_result(const struct cord_http_parse *parse)
{
    return &parse->result;
}

cord_str cord_http_parse_header(const struct cord_http_parse *parse, cord_str name)
{
    for (uint32_t i = 0; i < parse->header_count; i++) {
        const struct header *header = &parse->headers[i];
        if (cord_str_eq(header_name(parse, header), name)) {
            cord_str value = header_value(parse, header);
            return value.len > 0 ? value : CORD_STR("");
        }
    }
    return (cord_str){0};
}

/* --- the body --- */

cord_status cord_http_parse_body(struct cord_http_parse *parse, cord_str bytes,
                                 const struct cord_http_body_sink *sink, size_t *ret_taken)
{
    assert(parse->headers_done && !parse->complete);
    parse->sink = sink;
    llhttp_errno_t error = llhttp_execute(&parse->llhttp, bytes.ptr, bytes.len);
    parse->sink = NULL;
    if (parse->complete && error == HPE_PAUSED) {
        *ret_taken = (size_t)(llhttp_get_error_pos(&parse->llhttp) - bytes.ptr);
        return CORD_OK;
    }
    if (parse->sink_full) {
        return CORD_E_LIMIT;
    }
    if (error != HPE_OK) {
        /* Which of several faults is met first depends on how the bytes were cut. */
        return refuse(parse, 400, "the body's chunks are broken, or have trailers");
    }
    *ret_taken = bytes.len;
    return CORD_E_MORE;
}

struct cord_http_refusal cord_http_parse_refusal(const struct cord_http_parse *parse)
{
    return parse->refusal;
}
