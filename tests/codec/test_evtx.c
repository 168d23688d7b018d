/* test_evtx.c: the EVTX reader on chunks written token by token. */
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/evtx.h"
#include "kit/evtx_chunk.h"

struct bench {
    struct cord_paths *paths;
    struct cord_arena *arena;
    struct cord_evtx *reader;
    struct cord_values values;
    struct cord_value items[32768];
    struct cord_evtx_record record;
    char text[1 << 20]; /* "path=value\n" of the record's values */
};

static struct bench *bench_new(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    CHECK(bench);
    bench->paths = cord_paths_new(7);
    bench->arena = cord_arena_new(64u << 20);
    bench->reader = cord_evtx_new(bench->paths, cord_cpu_level_detect());
    bench->values = (struct cord_values){.items = bench->items, .max = 32768};
    CHECK(bench->paths && bench->arena && bench->reader);
    return bench;
}

static void bench_free(struct bench *bench)
{
    cord_evtx_free(bench->reader);
    cord_arena_free(bench->arena);
    cord_paths_free(bench->paths);
    free(bench);
}

static const char *kind_text(const struct cord_value *value)
{
    switch ((enum cord_value_kind)value->kind) {
    case CORD_VALUE_NUMBER:
        return "#";
    case CORD_VALUE_TRUE:
    case CORD_VALUE_FALSE:
        return "?";
    case CORD_VALUE_NULL:
        return "null";
    case CORD_VALUE_TEXT:
    case CORD_VALUE_EMPTY:
        return "";
    }
    return "";
}

static cord_status next(struct bench *bench)
{
    bench->values.count = 0;
    cord_status status = cord_evtx_next(bench->reader, &bench->values, &bench->record);
    size_t at = 0;
    bench->text[0] = '\0';
    for (size_t i = 0; i < bench->values.count && at < sizeof bench->text - 8192; i++) {
        const struct cord_value *value = &bench->items[i];
        cord_str path = cord_paths_text(bench->paths, value->path);
        at += (size_t)snprintf(bench->text + at, 8192, "%.*s=%s%.*s%s\n", CORD_STR_ARG(path),
                               kind_text(value), (int)(value->len < 4000 ? value->len : 4000),
                               value->ptr, value->flags & CORD_VALUE_IN_ARRAY ? "[]" : "");
    }
    return status;
}

static void check_text(const struct bench *bench, const char *wanted)
{
    CHECK_STR_EQ(cord_str_from(bench->text), cord_str_from(wanted));
}

static unsigned begin(struct bench *bench, const struct kit_evtx *chunk)
{
    return cord_evtx_chunk_begin(bench->reader, kit_evtx_str(chunk), 0, bench->arena);
}

/* A record of one event with EventID 7 and one value X of the type. */
static void put_typed(struct kit_evtx *chunk, size_t *definition, unsigned type, const void *bytes,
                      size_t len)
{
    kit_evtx_record(chunk);
    if (*definition == 0) {
        *definition = kit_evtx_template(chunk, 77);
        kit_evtx_event(chunk);
        kit_evtx_data(chunk, "X", 1);
        kit_evtx_event_end(chunk);
        kit_evtx_template_end(chunk, 2);
    } else {
        kit_evtx_instance(chunk, 77, *definition, 2);
    }
    kit_evtx_descriptor(chunk, 2, 6);
    kit_evtx_descriptor(chunk, len, type);
    kit_evtx_put(chunk, 7, 2);
    kit_evtx_bytes(chunk, bytes, len);
    kit_evtx_record_end(chunk);
}

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
    unsigned type;
    const char *bytes;
    size_t len;
    const char *wanted; /* behind "Event.EventData.X=", each line */
} typed[] = {
    {0x00, BYTES(""), "\n"},
    {0x01, BYTES("h\0i\0\xe4\0"), "hi\xc3\xa4\n"},
    {0x01, BYTES("h\0i\0\0\0"), "hi\n"},
    {0x01, BYTES(""), "\n"},
    {0x01, BYTES("\x3d\xd8\x00\xde!\0"), "\xf0\x9f\x98\x80!\n"},
    {0x01, BYTES("\x3d\xd8!\0"), "\xef\xbf\xbd!\n"},
    {0x02, BYTES("caf\xe9\0"), "caf\xc3\xa9\n"},
    {0x03, BYTES("\xff"), "#-1\n"},
    {0x04, BYTES("\xff"), "#255\n"},
    {0x05, BYTES("\x00\x80"), "#-32768\n"},
    {0x06, BYTES("\xff\xff"), "#65535\n"},
    {0x07, BYTES("\x00\x00\x00\x80"), "#-2147483648\n"},
    {0x08, BYTES("\xff\xff\xff\xff"), "#4294967295\n"},
    {0x09, BYTES("\0\0\0\0\0\0\0\x80"), "#-9223372036854775808\n"},
    {0x0a, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "#18446744073709551615\n"},
    {0x0b, BYTES("\x00\x00\xc0\x3f"), "#1.5\n"},
    {0x0b, BYTES("\xcd\xcc\xcc\x3d"), "#0.1\n"},
    {0x0c, BYTES("\x9a\x99\x99\x99\x99\x99\xb9\x3f"), "#0.1\n"},
    {0x0d, BYTES("\x00\x00\x00\x00"), "?false\n"},
    {0x0d, BYTES("\x02\x00\x00\x00"), "?true\n"},
    {0x0e, BYTES("\x00\xab\xff"), "00ABFF\n"},
    {0x0f, BYTES("\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"),
     "{01020304-0506-0708-090A-0B0C0D0E0F10}\n"},
    {0x10, BYTES("\x00\x10\x00\x00"), "0x1000\n"},
    {0x10, BYTES("\x00\x10\x00\x00\x01\x00\x00\x00"), "0x100001000\n"},
    {0x11, BYTES("\x00\x80\x3e\xd5\xde\xb1\x9d\x01"), "1970-01-01T00:00:00.0000000Z\n"},
    {0x11, BYTES("\x67\x45\x23\x01\x00\x00\x00\x00"), "1601-01-01T00:00:01.9088743Z\n"},
    {0x12, BYTES("\xe4\x07\x02\x00\x06\x00\x1d\x00\x17\x00\x3b\x00\x3a\x00\x07\x00"),
     "2020-02-29T23:59:58.007Z\n"},
    {0x13, BYTES("\x01\x01\0\0\0\0\0\x05\x12\0\0\0"), "S-1-5-18\n"},
    {0x13, BYTES("\x01\x02\0\0\0\0\0\x05\x15\0\0\0\xff\xff\xff\xff"), "S-1-5-21-4294967295\n"},
    {0x13, BYTES("\x01\x05\0\0\0\0\0\x05\x15\0\0\0"), "010500000000000515000000\n"},
    {0x14, BYTES("\xe7\x03\0\0"), "0x3e7\n"},
    {0x14, BYTES("\0\0\0\0"), "0x0\n"},
    {0x15, BYTES("\0\0\0\0\0\0\0\x80"), "0x8000000000000000\n"},
    {0x08, BYTES("\x05\0"), "#5\n"},                   /* another width than the type's */
    {0x11, BYTES("\x01\x02"), "0102\n"},               /* too short for its type */
    {0x81, BYTES("a\0\0\0b\0c\0\0\0"), "a[]\nbc[]\n"}, /* arrays */
    {0x88, BYTES("\1\0\0\0\2\0\0\0"), "#1[]\n#2[]\n"},
    {0x95, BYTES("\x10\0\0\0\0\0\0\0\x20\0\0\0\0\0\0\0"), "0x10[]\n0x20[]\n"},
    {0x93, BYTES("\1\1\0\0\0\0\0\5\x12\0\0\0\1\1\0\0\0\0\0\5\x13\0\0\0"),
     "S-1-5-18[]\nS-1-5-19[]\n"},
    {0x7f, BYTES("\xca\xfe"), "CAFE\n"}, /* a type that nobody knows */
};

/* Puts "Event.EventData.X=" before each line. */
static void expect_lines(char wanted[1024], const char *lines)
{
    size_t at = (size_t)snprintf(wanted, 1024, "Event.System.EventID=#7\n");
    while (*lines) {
        int len = (int)(strchr(lines, '\n') - lines) + 1;
        at += (size_t)snprintf(wanted + at, 1024 - at, "Event.EventData.X=%.*s", len, lines);
        lines += len;
    }
}

static void reads_every_type(void)
{
    static struct kit_evtx chunk;
    size_t definition = 0;
    kit_evtx_begin(&chunk);
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        put_typed(&chunk, &definition, typed[i].type, typed[i].bytes, typed[i].len);
    }
    kit_evtx_end(&chunk);
    struct bench *bench = bench_new();
    CHECK_U64(begin(bench, &chunk), 0);
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        char wanted[1024];
        expect_lines(wanted, typed[i].wanted);
        CHECK(next(bench) == CORD_OK);
        check_text(bench, wanted);
        CHECK(!bench->record.damage);
        CHECK_U64(bench->record.id, i + 1);
    }
    CHECK(next(bench) == CORD_E_END);
    bench_free(bench);
}

static void names_attributes_and_text(void)
{
    static struct kit_evtx chunk;
    kit_evtx_begin(&chunk);
    kit_evtx_record(&chunk);
    (void)kit_evtx_template(&chunk, 5);
    kit_evtx_open_with(&chunk, "Event");
    kit_evtx_attribute(&chunk, "xmlns");
    kit_evtx_text(&chunk, "urn:x");
    kit_evtx_content(&chunk);
    kit_evtx_open_with(&chunk, "EventID");
    kit_evtx_attribute(&chunk, "Qualifiers");
    kit_evtx_substitution(&chunk, 0);
    kit_evtx_content(&chunk);
    kit_evtx_text(&chunk, "a");
    kit_evtx_put(&chunk, 0x09, 1); /* an entity */
    kit_evtx_put(&chunk, chunk.at + 4, 4);
    kit_evtx_bytes(&chunk, "\0\0\0\0\0\0\3\0a\0m\0p\0\0", 16);
    kit_evtx_substitution(&chunk, 0);
    kit_evtx_put(&chunk, 0x08, 1); /* a character */
    kit_evtx_put(&chunk, 'z', 2);
    kit_evtx_put(&chunk, 0x07, 1); /* CDATA */
    kit_evtx_put(&chunk, 2, 2);
    kit_evtx_units(&chunk, "<>");
    kit_evtx_close(&chunk);
    kit_evtx_open_with(&chunk, "Correlation"); /* its only attribute is absent */
    kit_evtx_attribute(&chunk, "ActivityID");
    kit_evtx_substitution(&chunk, 1);
    kit_evtx_put(&chunk, 0x03, 1);
    kit_evtx_open(&chunk, "Empty");
    kit_evtx_close(&chunk);
    kit_evtx_open_with(&chunk, "Data");
    kit_evtx_attribute(&chunk, "Name");
    kit_evtx_substitution(&chunk, 2);
    kit_evtx_content(&chunk);
    kit_evtx_substitution(&chunk, 0);
    kit_evtx_close(&chunk);
    kit_evtx_open(&chunk, "Data");
    kit_evtx_substitution(&chunk, 1);
    kit_evtx_close(&chunk);
    kit_evtx_close(&chunk);
    kit_evtx_template_end(&chunk, 3);
    kit_evtx_descriptor(&chunk, 2, 6);
    kit_evtx_descriptor(&chunk, 0, 0);
    kit_evtx_descriptor(&chunk, 4, 1);
    kit_evtx_put(&chunk, 42, 2);
    kit_evtx_units(&chunk, "Me");
    kit_evtx_record_end(&chunk);
    kit_evtx_end(&chunk);
    struct bench *bench = bench_new();
    CHECK_U64(begin(bench, &chunk), 0);
    CHECK(next(bench) == CORD_OK);
    check_text(bench, "Event.#attributes.xmlns=urn:x\n"
                      "Event.EventID.#attributes.Qualifiers=#42\n"
                      "Event.EventID=a&42z<>\n"
                      "Event.Correlation=null\n"
                      "Event.Empty=null\n"
                      "Event.Me=#42\n"
                      "Event.Data=[]\n");
    CHECK(!bench->record.damage);
    bench_free(bench);
}

/* <Event>%0</Event>, where %0 is binary XML with its own template. */
static void reads_templates_within_values(void)
{
    static struct kit_evtx chunk;
    kit_evtx_begin(&chunk);
    kit_evtx_record(&chunk);
    (void)kit_evtx_template(&chunk, 1);
    kit_evtx_open(&chunk, "Event");
    kit_evtx_substitution(&chunk, 0);
    kit_evtx_close(&chunk);
    kit_evtx_template_end(&chunk, 1);
    size_t descriptor = chunk.at;
    kit_evtx_descriptor(&chunk, 0, 0x21);
    size_t from = chunk.at;
    kit_evtx_put(&chunk, 0x0001010f, 4);
    (void)kit_evtx_template(&chunk, 2);
    kit_evtx_open(&chunk, "UserData");
    kit_evtx_open(&chunk, "Inner");
    kit_evtx_substitution(&chunk, 0);
    kit_evtx_close(&chunk);
    kit_evtx_close(&chunk);
    kit_evtx_template_end(&chunk, 1);
    kit_evtx_descriptor(&chunk, 1, 4);
    kit_evtx_put(&chunk, 9, 1);
    kit_evtx_put(&chunk, 0, 1);
    size_t end = chunk.at;
    chunk.at = descriptor;
    kit_evtx_descriptor(&chunk, end - from, 0x21);
    chunk.at = end;
    kit_evtx_record_end(&chunk);
    kit_evtx_end(&chunk);
    struct bench *bench = bench_new();
    (void)begin(bench, &chunk);
    CHECK(next(bench) == CORD_OK);
    check_text(bench, "Event.UserData.Inner=#9\n");
    CHECK(!bench->record.damage);
    bench_free(bench);
}

static void fill(struct kit_evtx *chunk, size_t records)
{
    size_t definition = 0;
    kit_evtx_begin(chunk);
    for (size_t i = 0; i < records; i++) {
        put_typed(chunk, &definition, 4, "\1", 1);
    }
    kit_evtx_end(chunk);
}

static size_t count_records(struct bench *bench, size_t *ret_skipped)
{
    size_t count = 0;
    cord_status status;
    *ret_skipped = 0;
    while ((status = next(bench)) != CORD_E_END) {
        count += status == CORD_OK;
        *ret_skipped += status == CORD_E_FORMAT;
    }
    return count;
}

static void recovers_records_around_damage(void)
{
    static struct kit_evtx chunk;
    struct bench *bench = bench_new();
    size_t skipped;
    fill(&chunk, 10);
    size_t third = 0;
    (void)begin(bench, &chunk);
    for (int i = 0; i < 3; i++) {
        CHECK(next(bench) == CORD_OK);
        third = bench->record.offset;
    }
    size_t fourth = third + bench->record.len;

    memset(chunk.bytes, 0, 8); /* no signature */
    CHECK_U64(begin(bench, &chunk) & CORD_EVTX_NO_SIGNATURE, CORD_EVTX_NO_SIGNATURE);
    CHECK_U64(count_records(bench, &skipped), 10);
    CHECK_U64(skipped, 0);

    fill(&chunk, 10);
    memset(chunk.bytes + third + 4, 0, 4); /* a record of length zero */
    CHECK_U64(begin(bench, &chunk), CORD_EVTX_DATA_CHECKSUM);
    CHECK(next(bench) == CORD_OK && next(bench) == CORD_OK);
    CHECK(next(bench) == CORD_E_FORMAT);
    CHECK_U64(bench->record.offset, third);
    CHECK_U64(bench->record.len, fourth - third);
    CHECK_STR(cord_str_from(bench->record.damage), "a record shorter than its own header");
    CHECK_U64(count_records(bench, &skipped), 7);

    fill(&chunk, 10);
    memset(chunk.bytes + third + 4, 0xff, 4); /* beyond the chunk */
    (void)begin(bench, &chunk);
    CHECK_U64(count_records(bench, &skipped), 9);
    CHECK_U64(skipped, 1);

    fill(&chunk, 10);
    memset(chunk.bytes + 48, 0xff, 4); /* where the records end */
    (void)begin(bench, &chunk);
    CHECK_U64(count_records(bench, &skipped), 10);

    fill(&chunk, 10);
    memset(chunk.bytes + third + 8, 0xee, 8); /* a number is no reason to refuse */
    (void)begin(bench, &chunk);
    CHECK_U64(count_records(bench, &skipped), 10);
    bench_free(bench);
}

static void goes_on_behind_a_stale_end(void)
{
    static struct kit_evtx chunk;
    struct bench *bench = bench_new();
    size_t skipped;
    fill(&chunk, 10);
    (void)begin(bench, &chunk);
    CHECK(next(bench) == CORD_OK && next(bench) == CORD_OK);
    size_t third = bench->record.offset + bench->record.len;
    memcpy(chunk.bytes + 48, &(uint32_t){(uint32_t)third}, 4);
    (void)begin(bench, &chunk);
    CHECK_U64(count_records(bench, &skipped), 10);
    memset(chunk.bytes + third + 8, 0, 8); /* numbers that do not go on: leftovers */
    (void)begin(bench, &chunk);
    CHECK_U64(count_records(bench, &skipped), 2);
    CHECK_U64(skipped, 0);
    bench_free(bench);
}

static void reads_a_truncated_chunk(void)
{
    static struct kit_evtx chunk;
    struct bench *bench = bench_new();
    size_t skipped;
    fill(&chunk, 10);
    cord_str part = cord_str_slice(kit_evtx_str(&chunk), 0, chunk.record_at + 10);
    CHECK_U64(cord_evtx_chunk_begin(bench->reader, part, 0, bench->arena) & CORD_EVTX_TRUNCATED,
              CORD_EVTX_TRUNCATED);
    CHECK_U64(count_records(bench, &skipped), 9);
    CHECK_U64(skipped, 1);
    bench_free(bench);
}

static void resumes_where_the_list_was_full(void)
{
    static struct kit_evtx chunk;
    struct bench *bench = bench_new();
    fill(&chunk, 10);
    (void)begin(bench, &chunk);
    bench->values.max = 5; /* two records of two values, and a half */
    CHECK(cord_evtx_next(bench->reader, &bench->values, &bench->record) == CORD_OK);
    CHECK(cord_evtx_next(bench->reader, &bench->values, &bench->record) == CORD_OK);
    size_t at = bench->record.offset + bench->record.len;
    CHECK(cord_evtx_next(bench->reader, &bench->values, &bench->record) == CORD_E_LIMIT);
    CHECK_U64(bench->values.count, 4);
    bench->values.max = 32768;
    (void)cord_evtx_chunk_begin(bench->reader, kit_evtx_str(&chunk), at, bench->arena);
    size_t skipped;
    CHECK_U64(count_records(bench, &skipped), 8);
    bench_free(bench);
}

/* A template that holds instances of itself must end, and quickly. */
static void bounds_templates_that_hold_themselves(void)
{
    static struct kit_evtx chunk;
    struct bench *bench = bench_new();
    kit_evtx_begin(&chunk);
    for (int record = 0; record < 20; record++) {
        kit_evtx_record(&chunk);
        size_t definition = kit_evtx_template(&chunk, 1);
        kit_evtx_open(&chunk, "Event");
        kit_evtx_text(&chunk, "x");
        for (int i = 0; i < 100; i++) {
            kit_evtx_instance(&chunk, 1, definition, 0);
        }
        kit_evtx_close(&chunk);
        kit_evtx_template_end(&chunk, 0);
        kit_evtx_record_end(&chunk);
    }
    kit_evtx_end(&chunk);
    (void)begin(bench, &chunk);
    CHECK(next(bench) == CORD_OK);
    CHECK(bench->record.damage);
    CHECK(bench->values.count <= CORD_EVTX_VALUES_MAX);
    bench_free(bench);
}

static void bounds_values_and_depth(void)
{
    static struct kit_evtx chunk;
    static const char many[20000] = {1};
    struct bench *bench = bench_new();
    size_t definition = 0;
    kit_evtx_begin(&chunk);
    put_typed(&chunk, &definition, 0x84, many, sizeof many);
    kit_evtx_record(&chunk);
    (void)kit_evtx_template(&chunk, 3);
    for (int i = 0; i < 100; i++) {
        kit_evtx_open(&chunk, "E");
        kit_evtx_text(&chunk, "x");
    }
    kit_evtx_template_end(&chunk, 0);
    kit_evtx_record_end(&chunk);
    kit_evtx_end(&chunk);
    (void)begin(bench, &chunk);
    CHECK(next(bench) == CORD_OK);
    CHECK_STR(cord_str_from(bench->record.damage), "more values than a record may have");
    CHECK_U64(bench->values.count, CORD_EVTX_VALUES_MAX);
    CHECK(next(bench) == CORD_OK);
    CHECK_STR(cord_str_from(bench->record.damage), "its elements are nested too deep");
    bench_free(bench);
}

static void keeps_what_precedes_damage_in_a_record(void)
{
    static struct kit_evtx chunk;
    struct bench *bench = bench_new();
    kit_evtx_begin(&chunk);
    kit_evtx_record(&chunk);
    (void)kit_evtx_template(&chunk, 3);
    kit_evtx_event(&chunk);
    kit_evtx_put(&chunk, 0x3f, 1);
    kit_evtx_template_end(&chunk, 1);
    kit_evtx_descriptor(&chunk, 2, 6);
    kit_evtx_put(&chunk, 7, 2);
    kit_evtx_record_end(&chunk);
    kit_evtx_end(&chunk);
    (void)begin(bench, &chunk);
    CHECK(next(bench) == CORD_OK);
    check_text(bench, "Event.System.EventID=#7\n");
    CHECK_STR(cord_str_from(bench->record.damage), "a token that binary XML does not have");
    bench_free(bench);
}

static void finds_chunks_again(void)
{
    static char text[2 * 65536 + 4096];
    memcpy(text, "ElfFile", 8);
    memcpy(text + 4096, "ElfChnk", 8);
    CHECK_U64(cord_evtx_file_header((cord_str){text, sizeof text}).header_bytes, 4096);
    CHECK_U64(cord_evtx_file_header((cord_str){text + 4096, 65536}).header_bytes, 0);
    memset(text, 0, 8);
    struct cord_evtx_file file = cord_evtx_file_header((cord_str){text, sizeof text});
    CHECK_U64(file.header_bytes, 4096);
    CHECK(file.damage);
    CHECK_U64(cord_evtx_chunk_span((cord_str){text + 4096, 65536 + 10}), 65536);
    CHECK_U64(cord_evtx_chunk_span((cord_str){text + 4000, 65536}), 96);
    CHECK_U64(cord_evtx_chunk_span((cord_str){text + 5000, 100}), 100);
    CHECK_U64(cord_evtx_chunk_span((cord_str){text + 5000, 65537}), 65536);
}

/* Both ways to sum agree, at every length about the sizes they work in. */
static void checksums_agree_at_every_level(void)
{
    static struct kit_evtx chunk;
    for (size_t records = 1; records < 300; records += 7) {
        fill(&chunk, records);
        for (int level = CORD_CPU_SCALAR; level < CORD_CPU_LEVELS; level++) {
            struct bench *bench = bench_new();
            cord_evtx_free(bench->reader);
            bench->reader =
                cord_evtx_new(bench->paths, cord_cpu_level_at_most((enum cord_cpu_level)level));
            CHECK(bench->reader);
            CHECK_U64(begin(bench, &chunk), 0);
            chunk.bytes[600] ^= 1;
            CHECK_U64(begin(bench, &chunk), CORD_EVTX_DATA_CHECKSUM);
            chunk.bytes[600] ^= 1;
            bench_free(bench);
        }
    }
}

static void survives_every_failed_allocation(void)
{
    struct cord_paths *paths = cord_paths_new(1);
    CHECK(paths);
    for (size_t nth = 1;; nth++) {
        kit_fail_allocation(nth);
        struct cord_evtx *reader = cord_evtx_new(paths, CORD_CPU_SCALAR);
        bool failed_one = kit_fail_allocation_off();
        CHECK(failed_one ? !reader : reader != NULL);
        cord_evtx_free(reader);
        if (!failed_one) {
            break;
        }
    }
    cord_paths_free(paths);
}

/* Text finds no room: the record is told to be incomplete, and the next one is
 * read as if nothing had been. */
static void tells_when_the_arena_is_full(void)
{
    static struct kit_evtx chunk;
    struct bench *bench = bench_new();
    fill(&chunk, 3);
    cord_arena_free(bench->arena);
    bench->arena = cord_arena_new(64);
    CHECK(bench->arena);
    CHECK_U64(begin(bench, &chunk), 0);
    CHECK(next(bench) == CORD_E_FORMAT);
    CHECK(bench->record.damage);
    CHECK(next(bench) == CORD_E_FORMAT);
    CHECK(next(bench) == CORD_E_FORMAT);
    CHECK(next(bench) == CORD_E_END);
    bench_free(bench);
}

KIT_MAIN(KIT_TEST(survives_every_failed_allocation), KIT_TEST(tells_when_the_arena_is_full),
         KIT_TEST(reads_every_type), KIT_TEST(names_attributes_and_text),
         KIT_TEST(reads_templates_within_values), KIT_TEST(recovers_records_around_damage),
         KIT_TEST(goes_on_behind_a_stale_end), KIT_TEST(reads_a_truncated_chunk),
         KIT_TEST(resumes_where_the_list_was_full), KIT_TEST(bounds_templates_that_hold_themselves),
         KIT_TEST(bounds_values_and_depth), KIT_TEST(keeps_what_precedes_damage_in_a_record),
         KIT_TEST(finds_chunks_again), KIT_TEST(checksums_agree_at_every_level))
