/* test_http_parse.c: heads and bodies over byte strings, whole and cut. */
#include "kit/http_trace.h"
#include "kit/kit.h"

#include "comms/http_parse.h"

#include <stdio.h>

/* The same, whole and in any pieces. */
static void check(cord_str bytes, const char *wanted)
{
    for (size_t step = 1; step <= bytes.len; step++) {
        struct cord_buf log;
        cord_buf_init(&log, 1 << 16);
        kit_http_trace(bytes, step, &log);
        kit_check_str(cord_buf_str(&log), cord_str_from(wanted), __FILE__, __LINE__);
        cord_buf_done(&log);
    }
}

#define CHECK_TRACE(bytes, wanted) check(CORD_STR(bytes), wanted)
#define GET_X                      "GET /x HTTP/1.1\r\nHost: h\r\n"
#define POST_X                     "POST /x HTTP/1.1\r\nHost: h\r\n"
#define CHUNKED                    POST_X "Transfer-Encoding: chunked\r\n\r\n"

static void takes_requests_one_after_the_other(void)
{
    CHECK_TRACE(GET_X "\r\n", "GET /x keep host=h\n");
    CHECK_TRACE("\r\n\r\n" GET_X "\r\n\r\n" GET_X "\r\n",
                "GET /x keep host=h\nGET /x keep host=h\n");
    CHECK_TRACE(POST_X "Content-Length: 5\r\n\r\nhello" GET_X "Connection: close\r\n\r\n",
                "POST /x keep host=h [hello]\nGET /x host=h\n");
    CHECK_TRACE(POST_X "Content-Length: 0\r\n\r\n" GET_X "\r\n",
                "POST /x keep host=h\nGET /x keep host=h\n");
    CHECK_TRACE("HEAD * HTTP/1.1\r\nhOsT:\t h \t\r\n\r\n", "HEAD * keep host=h\n");
    CHECK_TRACE("GET /x HTTP/1.0\r\n\r\n", "GET /x host=\n");
    CHECK_TRACE("PATCH /x HTTP/1.1\r\nHost:\r\nEmpty:\r\n\r\n", "OTHER /x keep host=\n");
    CHECK_TRACE("GET http://a.example/x?y=1 HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET http://a.example/x?y=1 keep host=h\n");
}

static void takes_chunks(void)
{
    CHECK_TRACE(CHUNKED "5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\n\r\n" GET_X "\r\n",
                "POST /x keep host=h [hello world]\nGET /x keep host=h\n");
    CHECK_TRACE(CHUNKED "0\r\n\r\n", "POST /x keep host=h []\n");
    CHECK_TRACE(CHUNKED "00A\r\n0123456789\r\n0\r\n\r\n", "POST /x keep host=h [0123456789]\n");
}

static void waits_for_the_rest(void)
{
    CHECK_TRACE("GET /x HTT", "... more");
    CHECK_TRACE(GET_X, "... more");
    CHECK_TRACE(GET_X "\r", "... more");
    CHECK_TRACE(POST_X "Content-Length: 5\r\n\r\nhell", "POST /x keep host=h... more");
    CHECK_TRACE(CHUNKED "5\r\nhello\r\n0\r\n\r", "POST /x keep host=h... more");
}

static void declines_other_protocols_by_silence(void)
{
    CHECK_TRACE(GET_X "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n" GET_X "\r\n",
                "GET /x keep host=h\nGET /x keep host=h\n");
    CHECK_TRACE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "! 505 HTTP/1.1 is spoken here");
    CHECK_TRACE("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "! 501 this is no proxy");
}

static void knows_what_is_expected(void)
{
    CHECK_TRACE(POST_X "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
                "POST /x keep expects host=h [x]\n");
    CHECK_TRACE(POST_X "Expect: miracles\r\n\r\n",
                "! 417 the only expectation known here is 100-continue");
}

static void refuses_what_can_be_read_in_two_ways(void)
{
    CHECK_TRACE(POST_X "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "! 400 Content-Length twice, or with Transfer-Encoding");
    CHECK_TRACE(POST_X "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                "! 400 Content-Length twice, or with Transfer-Encoding");
    CHECK_TRACE(POST_X "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
                "! 400 Content-Length twice, or with Transfer-Encoding");
    CHECK_TRACE(POST_X "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                "! 400 Invalid `Transfer-Encoding` header value");
    CHECK_TRACE(POST_X "Transfer-Encoding: gzip, chunked\r\n\r\n",
                "! 501 the only Transfer-Encoding known here is chunked");
    CHECK_TRACE(POST_X "Transfer-Encoding: gzip\r\n\r\n",
                "! 501 the only Transfer-Encoding known here is chunked");
    CHECK_TRACE("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                "! 400 Transfer-Encoding in HTTP/1.0");
    CHECK_TRACE(GET_X "Host: i\r\n\r\n", "! 400 a header that may come once came twice");
    CHECK_TRACE("GET /x HTTP/1.1\r\nA: b\r\n\r\n", "! 400 the Host header is missing");
    CHECK_TRACE(GET_X " folded\r\n\r\n", "! 400 a folded header line");
    CHECK_TRACE("GET /x HTTP/1.1\r\n Host: h\r\n\r\n", "! 400 a folded header line");
    CHECK_TRACE("GET /x HTTP/1.1\nHost: h\n\n", "! 400 a line of the head does not end with CR LF");
    CHECK_TRACE(GET_X "A: b\rC: d\r\n\r\n", "! 400 a CR in the head without its LF");
    CHECK_TRACE(GET_X "\r\r\n", "! 400 a CR in the head without its LF");
    CHECK_TRACE(GET_X "A: b\0c\r\n\r\n", "! 400 a control character in the head");
    CHECK_TRACE(GET_X "A: b\x7f\r\n\r\n", "! 400 a control character in the head");
    CHECK_TRACE("GET /x#y HTTP/1.1\r\nHost: h\r\n\r\n", "! 400 the first line is no request line");
}

static bool refused(cord_str bytes, unsigned status)
{
    struct cord_http_parse *parse = cord_http_parse_new(KIT_HTTP_HEAD_MAX);
    size_t taken = 0;
    cord_status result = cord_http_parse_head(parse, bytes, &taken);
    unsigned got = cord_http_parse_refusal(parse).status;
    cord_http_parse_free(parse);
    if (result != CORD_E_FORMAT || got != status) {
        print_error("%s with %u: %.*s\n", cord_error_name(result), got, CORD_STR_ARG(bytes));
    }
    return result == CORD_E_FORMAT && got == status;
}

#define REFUSED(text, status) CHECK(refused(CORD_STR(text), status))

static void refuses_what_is_no_http(void)
{
    REFUSED("\x16\x03\x01\x02", 400); /* a client that speaks TLS */
    REFUSED("hello\r\n\r\n", 400);
    REFUSED("GET\r\n\r\n", 400);
    REFUSED("GET  /x HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    REFUSED("GET /x HTTP/1.1\r\n: h\r\n\r\n", 400);
    REFUSED("GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    REFUSED("GET /x y HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    REFUSED("GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    REFUSED("G\xc3\xa4T /x HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    REFUSED("GET /x HTTP/1.1 \r\nHost: h\r\n\r\n", 400);
    REFUSED(GET_X "no colon\r\n\r\n", 400);
    REFUSED(GET_X ": no name\r\n\r\n", 400);
    REFUSED(GET_X "Space : before\r\n\r\n", 400);
    REFUSED(GET_X "Br(ckets: b\r\n\r\n", 400);
    REFUSED(GET_X "Umlaut\xc3\xa4: b\r\n\r\n", 400);
    REFUSED(POST_X "Content-Length : 5\r\n\r\n", 400);
    REFUSED(POST_X "Content-Length: -5\r\n\r\n", 400);
    REFUSED(POST_X "Content-Length: +5\r\n\r\n", 400);
    REFUSED(POST_X "Content-Length: 5, 5\r\n\r\n", 400);
    REFUSED(POST_X "Content-Length: 5 5\r\n\r\n", 400);
    REFUSED(POST_X "Content-Length: 0x5\r\n\r\n", 400);
    REFUSED(POST_X "Content-Length:\r\n\r\n", 400);
    REFUSED(POST_X "Content-Length: 18446744073709551616\r\n\r\n", 400);
    REFUSED(POST_X "Transfer-Encoding: chunked, gzip\r\n\r\n", 400);
    REFUSED("BREW /x HTTP/1.1\r\nHost: h\r\n\r\n", 501);
    REFUSED("get /x HTTP/1.1\r\nHost: h\r\n\r\n", 501);
    REFUSED("GETT /x HTTP/1.1\r\nHost: h\r\n\r\n", 501);
    REFUSED("SETUP /x HTTP/1.1\r\nHost: h\r\n\r\n", 501);
    REFUSED("GET /x HTTP/1.2\r\nHost: h\r\n\r\n", 505);
    REFUSED("GET /x HTTP/3.0\r\nHost: h\r\n\r\n", 505);
    REFUSED("GET /x\r\n\r\n", 400);
}

static void refuses_chunks_that_are_none(void)
{
    static const char *const CHUNKS[] = {
        "x\r\n",        "-1\r\n",      "5\nhello\r\n",  "5\r\nhello!\r\n", "5\r\nhello\n0\r\n\r\n",
        "5\rhello",     "5 \r\nhello", "0\r\nA: b\r\n", "0x5\r\nhello",    "10000000000000000\r\n",
        "5\r\nhelloX0", "\r\n5\r\n",
    };
    for (size_t i = 0; i < sizeof CHUNKS / sizeof *CHUNKS; i++) {
        char text[256];
        int len = snprintf(text, sizeof text, "%s%s", CHUNKED, CHUNKS[i]);
        struct cord_buf log;
        cord_buf_init(&log, 1 << 16);
        kit_http_trace((cord_str){text, (size_t)len}, SIZE_MAX, &log);
        if (cord_str_find(cord_buf_str(&log), CORD_STR("! 400 "), 0) == SIZE_MAX) {
            print_error("%s: %.*s\n", CHUNKS[i], CORD_STR_ARG(cord_buf_str(&log)));
            CHECK(false);
        }
        cord_buf_done(&log);
    }
}

/* A request whose head is `len` bytes long. */
static size_t head_of(size_t len, char *out)
{
    const char *front = GET_X "A: ";
    size_t at = strlen(front);
    memcpy(out, front, at);
    memset(out + at, 'a', len - at - 4);
    memcpy(out + len - 4, "\r\n\r\n", 4);
    return len;
}

static void bounds_the_head(void)
{
    char text[KIT_HTTP_HEAD_MAX + 1];
    check((cord_str){text, head_of(KIT_HTTP_HEAD_MAX, text)}, "GET /x keep host=h\n");
    check((cord_str){text, head_of(KIT_HTTP_HEAD_MAX + 1, text)}, "! 431 the head is too long");
    memset(text, 'G', sizeof text);
    check((cord_str){text, sizeof text}, "! 414 the request line is too long");
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = i % 2 == 0 ? '\r' : '\n'; /* empty lines are bounded as well */
    }
    check((cord_str){text, sizeof text}, "! 414 the request line is too long");
}

static void bounds_the_headers(void)
{
    struct cord_buf text;
    cord_buf_init(&text, 4096);
    cord_buf_put_text(&text, GET_X);
    for (int i = 1; i < CORD_HTTP_HEADERS_MAX; i++) {
        cord_buf_put_text(&text, "A:b\r\n");
    }
    size_t full = text.len;
    cord_buf_put_text(&text, "\r\n");
    check(cord_buf_str(&text), "GET /x keep host=h\n");
    text.len = full;
    cord_buf_put_text(&text, "A:b\r\n\r\n");
    check(cord_buf_str(&text), "! 431 too many headers");
    cord_buf_done(&text);
}

static void bounds_what_is_between_the_chunks(void)
{
    struct cord_buf text;
    cord_buf_init(&text, 1 << 16);
    cord_buf_put_text(&text, CHUNKED);
    for (int i = 0; i < 100; i++) {
        cord_buf_put_text(&text, "1;extension=of_no_use\r\nx\r\n");
    }
    check(cord_buf_str(&text),
          "POST /x keep host=h! 400 the body's chunks are broken, or have trailers");
    cord_buf_done(&text);
}

static void bounds_the_body_by_its_sink(void)
{
    struct cord_buf text;
    cord_buf_init(&text, 1 << 16);
    cord_buf_put_text(&text, CHUNKED);
    cord_buf_put_text(&text, "1001\r\n");
    for (int i = 0; i <= KIT_HTTP_BODY_MAX; i++) {
        cord_buf_put_char(&text, 'x');
    }
    struct cord_buf log;
    cord_buf_init(&log, 1 << 16);
    for (size_t step = 1; step < 5000; step += 499) {
        cord_buf_clear(&log);
        kit_http_trace(cord_buf_str(&text), step, &log);
        CHECK_STR(cord_buf_str(&log), "POST /x keep host=h ! too long");
    }
    cord_buf_done(&log);
    cord_buf_done(&text);
}

static void gives_headers_by_their_names(void)
{
    struct cord_http_parse *parse = cord_http_parse_new(KIT_HTTP_HEAD_MAX);
    cord_str text = CORD_STR(GET_X "X-A: first\r\nEmpty: \t\r\nx-a:second \r\nLast:z\r\n\r\n");
    size_t taken = 0;
    CHECK(cord_http_parse_head(parse, text, &taken) == CORD_OK);
    CHECK_U64(taken, text.len);
    CHECK_STR(cord_http_parse_header(parse, CORD_STR("x-a")), "first");
    CHECK_STR(cord_http_parse_header(parse, CORD_STR("last")), "z");
    cord_str empty = cord_http_parse_header(parse, CORD_STR("empty"));
    CHECK(empty.ptr && empty.len == 0);
    CHECK(!cord_http_parse_header(parse, CORD_STR("x-b")).ptr);
    cord_http_parse_begin(parse);
    CHECK(!cord_http_parse_header(parse, CORD_STR("x-a")).ptr);
    cord_http_parse_free(parse);
}

static void survives_having_no_memory(void)
{
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_http_parse *parse = cord_http_parse_new(KIT_HTTP_HEAD_MAX);
        size_t taken = 0;
        cord_status status =
            parse ? cord_http_parse_head(parse, CORD_STR(GET_X "\r\n"), &taken) : CORD_E_NOMEM;
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one == (status != CORD_OK));
        CHECK(status != CORD_E_FORMAT || cord_http_parse_refusal(parse).status == 503);
        cord_http_parse_free(parse);
        if (!failed_one) {
            break;
        }
    }
}

KIT_MAIN(KIT_TEST(takes_requests_one_after_the_other), KIT_TEST(takes_chunks),
         KIT_TEST(waits_for_the_rest), KIT_TEST(declines_other_protocols_by_silence),
         KIT_TEST(knows_what_is_expected), KIT_TEST(refuses_what_can_be_read_in_two_ways),
         KIT_TEST(refuses_what_is_no_http), KIT_TEST(refuses_chunks_that_are_none),
         KIT_TEST(bounds_the_head), KIT_TEST(bounds_the_headers),
         KIT_TEST(bounds_what_is_between_the_chunks), KIT_TEST(bounds_the_body_by_its_sink),
         KIT_TEST(gives_headers_by_their_names), KIT_TEST(survives_having_no_memory))
