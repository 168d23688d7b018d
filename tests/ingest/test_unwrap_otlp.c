/* test_unwrap_otlp.c: the same records as protobuf and as JSON, and what they become. */
#include "codec/otlp.h"
#include "ingest/unwrap_kinds.h"
#include "kit/kit.h"
#include "kit/kit_unwrap.h"

#include <stdio.h>

/* ---- writing protobuf ---- */

static void put_varint(struct cord_buf *buf, uint64_t value)
{
    while (value >= 0x80) {
        cord_buf_put_char(buf, (char)(value | 0x80));
        value >>= 7;
    }
    cord_buf_put_char(buf, (char)value);
}

static void put_bytes(struct cord_buf *buf, unsigned number, cord_str bytes)
{
    put_varint(buf, number << 3 | 2);
    put_varint(buf, bytes.len);
    cord_buf_put(buf, bytes);
}

static void put_fixed64(struct cord_buf *buf, unsigned number, uint64_t value)
{
    put_varint(buf, number << 3 | 1);
    for (int at = 0; at < 8; at++) {
        cord_buf_put_char(buf, (char)(value >> (8 * at)));
    }
}

/* Wraps what is in the buffer as field `number` of a message. */
static void wrap(struct cord_buf *buf, unsigned number)
{
    struct cord_buf whole;
    cord_buf_init(&whole, 1 << 20);
    put_bytes(&whole, number, cord_buf_str(buf));
    cord_buf_done(buf);
    *buf = whole;
}

static struct cord_buf text_value(const char *text)
{
    struct cord_buf any;
    cord_buf_init(&any, 1 << 20);
    put_bytes(&any, 1, cord_str_from(text));
    return any;
}

static void put_pair(struct cord_buf *buf, unsigned number, const char *key, struct cord_buf any)
{
    struct cord_buf pair;
    cord_buf_init(&pair, 1 << 20);
    put_bytes(&pair, 1, cord_str_from(key));
    put_bytes(&pair, 2, cord_buf_str(&any));
    put_bytes(buf, number, cord_buf_str(&pair));
    cord_buf_done(&pair);
    cord_buf_done(&any);
}

/* A request of one record, whose resource comes behind it. */
static struct cord_buf request_of(struct cord_buf *record)
{
    struct cord_buf resource;
    cord_buf_init(&resource, 1 << 20);
    put_pair(&resource, 1, "host.name", text_value("ward-7"));
    wrap(&resource, 1);
    struct cord_buf scope;
    cord_buf_init(&scope, 1 << 20);
    put_bytes(&scope, 1, CORD_STR("app"));
    put_bytes(&scope, 2, CORD_STR("1.0"));
    wrap(&scope, 1);
    wrap(record, 2);
    cord_buf_put(record, cord_buf_str(&scope));
    wrap(record, 2);
    cord_buf_put(record, cord_buf_str(&resource));
    wrap(record, 1);
    cord_buf_done(&resource);
    cord_buf_done(&scope);
    return *record;
}

static struct cord_unwrap unwrapped(const struct cord_delivery_kind *kind, cord_str body)
{
    struct cord_unwrap unwrap;
    struct cord_error err = {0};
    CHECK(cord_unwrap_init(&unwrap, 65536));
    CHECK(kind->unwrap(kind, body, (cord_str){0}, &unwrap, &err) == CORD_OK);
    CHECK(!unwrap.failed);
    return unwrap;
}

/* ---- */

#define WANTED                                                                                     \
    "{\"timestamp\":\"2026-11-22T00:46:48.123Z\",\"severity_number\":9,\"severity_text\":"         \
    "\"INFO\",\"trace_id\":\"5b8efff798038103d269b633813fc60c\",\"attributes\":{\"n\":-7,\"d\":"   \
    "0.1,\"b\":true,\"l\":[\"x\",null],\"m\":{\"k\":\"v\"},\"raw\":\"AQI=\"},\"resource\":"        \
    "{\"attributes\":{\"host.name\":\"ward-7\"}},\"scope\":{\"name\":\"app\",\"version\":\"1.0\"}" \
    ",\"body\":\"said \\\"no\\\"\"}"

static void makes_a_document_of_protobuf(void)
{
    enum cord_unwrap_form form;
    struct cord_buf record;
    struct cord_buf any;
    cord_buf_init(&record, 1 << 20);
    put_fixed64(&record, 1, 1795308408123000000ULL);
    cord_buf_put(&record, CORD_STR("\x10\x09"));
    put_bytes(&record, 3, CORD_STR("INFO"));
    any = text_value("said \"no\"");
    put_bytes(&record, 5, cord_buf_str(&any));
    cord_buf_done(&any);
    cord_buf_init(&any, 64);
    put_varint(&any, 3 << 3);
    put_varint(&any, (uint64_t)-7);
    put_pair(&record, 6, "n", any);
    cord_buf_init(&any, 64);
    put_fixed64(&any, 4, 0x3fb999999999999aULL);
    put_pair(&record, 6, "d", any);
    cord_buf_init(&any, 64);
    cord_buf_put(&any, CORD_STR("\x10\x01"));
    put_pair(&record, 6, "b", any);
    any = text_value("x");
    wrap(&any, 1);
    cord_buf_put(&any, CORD_STR("\x0a\0"));
    wrap(&any, 5);
    put_pair(&record, 6, "l", any);
    struct cord_buf map;
    cord_buf_init(&map, 64);
    put_pair(&map, 1, "k", text_value("v"));
    wrap(&map, 6);
    put_pair(&record, 6, "m", map);
    cord_buf_init(&any, 64);
    put_bytes(&any, 7, CORD_STR("\x01\x02"));
    put_pair(&record, 6, "raw", any);
    put_bytes(&record, 9,
              CORD_STR("\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c"));
    struct cord_buf request = request_of(&record);
    struct cord_unwrap unwrap = unwrapped(&cord_unwrap_otlp_proto, cord_buf_str(&request));
    CHECK_U64(unwrap.items, 1);
    CHECK_STR(kit_unwrap_record(&unwrap, 0, &form), WANTED);
    CHECK(form == CORD_UNWRAP_JSON);
    cord_unwrap_done(&unwrap);
    cord_buf_done(&request);
}

static void makes_the_same_of_json(void)
{
    enum cord_unwrap_form form;
    struct cord_unwrap unwrap = unwrapped(
        &cord_unwrap_otlp_json,
        CORD_STR(
            "{\"resourceLogs\":[{\"scopeLogs\":[{\"scope\":{\"name\":\"app\",\"version\":\"1.0\"},"
            "\"logRecords\":[{\"timeUnixNano\":\"1795308408123000000\",\"severityNumber\":9,"
            "\"severityText\":\"INFO\",\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":"
            "\"\",\"flags\":0,\"body\":{\"stringValue\":\"said \\\"no\\\"\"},\"attributes\":["
            "{\"key\":\"n\",\"value\":{\"intValue\":\"-7\"}},{\"key\":\"d\",\"value\":"
            "{\"doubleValue\":0.1}},{\"key\":\"b\",\"value\":{\"boolValue\":true}},{\"key\":\"l\","
            "\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"x\"},{}]}}},{\"key\":\"m\","
            "\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"stringValue\":"
            "\"v\"}}]}}},{\"key\":\"raw\",\"value\":{\"bytesValue\":\"AQI=\"}}]}]}],"
            "\"resource\":{\"attributes\":[{\"key\":\"host.name\",\"value\":{\"stringValue\":"
            "\"ward-7\"}}]}}]}"));
    CHECK_STR(kit_unwrap_record(&unwrap, 0, &form), WANTED);
    cord_unwrap_done(&unwrap);
}

static struct cord_unwrap of_body(const char *any)
{
    char text[2048];
    int len = snprintf(text, sizeof text,
                       "{\"resource_logs\":[{\"resource\":{\"attributes\":[{\"key\":\"host.name\","
                       "\"value\":{\"stringValue\":\"ward-7\"}}]},\"scope_logs\":[{"
                       "\"log_records\":[{\"time_unix_nano\":1795308408000000000,\"body\":%s,"
                       "\"attributes\":[{\"key\":\"log.file.name\",\"value\":{\"stringValue\":"
                       "\"a\\u002eb\"}},{\"key\":\"l\",\"value\":{\"arrayValue\":{\"values\":["
                       "{\"intValue\":1},{\"intValue\":2}]}}}]}]}]}]}",
                       any);
    return unwrapped(&cord_unwrap_otlp_json, (cord_str){text, (size_t)len});
}

static void takes_a_body_that_is_an_event_for_the_record(void)
{
    static const struct {
        const char *any;
        const char *record;
        enum cord_unwrap_form form;
    } cases[] = {
        {"{\"stringValue\":\"{\\\"a\\\":1}\\n\"}", "{\"a\":1}", CORD_UNWRAP_JSON},
        {"{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"intValue\":\"1\"}}]}}",
         "{\"a\":1}", CORD_UNWRAP_JSON},
        {"{\"stringValue\":\"<Event xmlns='x'/>\"}", "<Event xmlns='x'/>", CORD_UNWRAP_TEXT},
        {"{\"stringValue\":\"<13>Oct 11 22:14:15 h su: x\"}", "<13>Oct 11 22:14:15 h su: x",
         CORD_UNWRAP_TEXT},
        {"{\"stringValue\":\"type=CWD msg=audit(1.0:1): cwd=x\"}",
         "type=CWD msg=audit(1.0:1): cwd=x", CORD_UNWRAP_TEXT},
    };
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        enum cord_unwrap_form form;
        struct cord_unwrap unwrap = of_body(cases[at].any);
        CHECK_STR_EQ(kit_unwrap_record(&unwrap, 0, &form), cord_str_from(cases[at].record));
        CHECK(form == cases[at].form);
        CHECK_STR(kit_unwrap_note(&unwrap, 0, "otel.timestamp"), "2026-11-22T00:46:48.000Z");
        CHECK_STR(kit_unwrap_note(&unwrap, 0, "resource.attributes.host.name"), "ward-7");
        CHECK_STR(kit_unwrap_note(&unwrap, 0, "attributes.log.file.name"), "a.b");
        CHECK_STR(kit_unwrap_note(&unwrap, 0, "attributes.l"), "1");
        CHECK_U64(unwrap.note_count, 5);
        CHECK(unwrap.notes[0].role == CORD_UNWRAP_ROLE_TIME);
        cord_unwrap_done(&unwrap);
    }
}

static void refuses_a_damaged_record_alone(void)
{
    struct cord_buf body;
    cord_buf_init(&body, 1 << 20);
    put_bytes(&body, 2, CORD_STR("\x2a\x03\x0a\x01x")); /* body: "x" */
    put_bytes(&body, 2, CORD_STR("\x2a\x03\x0a\x09x")); /* longer than it is */
    put_bytes(&body, 2, CORD_STR("\x2a\x02\x08\x01"));  /* text as a number */
    put_bytes(&body, 2, (cord_str){"", 0});             /* nothing in it */
    wrap(&body, 2);
    wrap(&body, 1);
    struct cord_unwrap unwrap = unwrapped(&cord_unwrap_otlp_proto, cord_buf_str(&body));
    CHECK_U64(unwrap.items, 4);
    CHECK_U64(unwrap.refused[CORD_LOSS_MALFORMED], 2);
    CHECK_U64(unwrap.refused[CORD_LOSS_EMPTY], 1);
    cord_unwrap_done(&unwrap);
    cord_buf_done(&body);
}

static void refuses_what_is_nested_too_deep(void)
{
    for (int depth = CORD_OTLP_DEPTH_MAX; depth <= CORD_OTLP_DEPTH_MAX + 1; depth++) {
        struct cord_buf any = text_value("x");
        for (int at = 0; at < depth; at++) {
            wrap(&any, 1);
            wrap(&any, 5);
        }
        wrap(&any, 5);
        struct cord_buf request = request_of(&any);
        struct cord_unwrap unwrap = unwrapped(&cord_unwrap_otlp_proto, cord_buf_str(&request));
        CHECK_U64(unwrap.refusal_count, depth > CORD_OTLP_DEPTH_MAX ? 1 : 0);
        cord_unwrap_done(&unwrap);
        cord_buf_done(&request);
    }
}

static void refuses_what_is_no_request(void)
{
    static const cord_str jsons[] = {{"[]", 2},
                                     {"{\"resourceLogs\":7}", 18},
                                     {"{\"resourceLogs\":[7]}", 20},
                                     {"{}x", 3},
                                     {"", 0}};
    for (size_t at = 0; at < sizeof jsons / sizeof *jsons; at++) {
        struct cord_unwrap unwrap;
        struct cord_error err = {0};
        CHECK(cord_unwrap_init(&unwrap, 4096));
        CHECK(cord_unwrap_otlp_json.unwrap(&cord_unwrap_otlp_json, jsons[at], (cord_str){0},
                                           &unwrap, &err) == CORD_E_FORMAT);
        CHECK(err.text[0]);
        cord_unwrap_done(&unwrap);
    }
    struct cord_unwrap unwrap;
    CHECK(cord_unwrap_init(&unwrap, 4096));
    CHECK(cord_unwrap_otlp_proto.unwrap(&cord_unwrap_otlp_proto, CORD_STR("{\"resourceLogs\":[]}"),
                                        (cord_str){0}, &unwrap, NULL) == CORD_E_FORMAT);
    CHECK(cord_unwrap_otlp_proto.unwrap(&cord_unwrap_otlp_proto, (cord_str){0}, (cord_str){0},
                                        &unwrap, NULL) == CORD_OK);
    cord_unwrap_done(&unwrap);
}

static void ends_when_there_is_no_room(void)
{
    struct cord_unwrap unwrap;
    struct cord_error err = {0};
    CHECK(cord_unwrap_init(&unwrap, 64));
    cord_str body = CORD_STR("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":["
                             "{\"body\":{\"stringValue\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}},"
                             "{\"body\":{\"stringValue\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}}"
                             "]}]}]}");
    CHECK(cord_unwrap_otlp_json.unwrap(&cord_unwrap_otlp_json, body, (cord_str){0}, &unwrap,
                                       &err) == CORD_OK);
    CHECK(unwrap.failed);
    cord_unwrap_done(&unwrap);
}

KIT_MAIN(KIT_TEST(makes_a_document_of_protobuf), KIT_TEST(makes_the_same_of_json),
         KIT_TEST(takes_a_body_that_is_an_event_for_the_record),
         KIT_TEST(refuses_a_damaged_record_alone), KIT_TEST(refuses_what_is_nested_too_deep),
         KIT_TEST(refuses_what_is_no_request), KIT_TEST(ends_when_there_is_no_room))
