/* The real lists, where they lie beside the checkout: nothing in them is lost. */
#include "kit/kit.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "codec/csv.h"
#include "codec/json_span.h"
#include "codec/json_unescape.h"
#include "record/organisation_date.h"
#include "record/organisation_import.h"

#include <stdlib.h>

/* All texts that claims say, and all that rows hold. */
struct told {
    struct cord_arena *arena;
    struct cord_map texts;
    struct cord_organisation_import *import;
    uint64_t claims;
};

static void tell(struct told *told, cord_str text)
{
    if (cord_map_get(&told->texts, text) == CORD_MAP_NONE) {
        cord_str copy = cord_arena_copy(told->arena, text);
        CHECK(copy.ptr != NULL);
        CHECK(cord_map_put(&told->texts, copy, 1) == CORD_OK);
    }
}

/* A string; of "name=value" and "line, line" also the parts. */
static void tell_string(struct told *told, const struct cord_json_span *span)
{
    char *room = malloc(span->text.len + 1);
    CHECK(room != NULL);
    cord_str text = {room, cord_json_unescape(span->text, room)};
    tell(told, text);
    size_t at = cord_str_find_char(text, '=', 0);
    if (at != SIZE_MAX) {
        tell(told, cord_str_from_byte(text, at + 1));
    }
    free(room);
}

static void tell_value(struct told *told, cord_str value)
{
    struct cord_json_walk walk;
    struct cord_json_span span;
    CHECK(cord_json_span_begin(&walk, value, 0));
    while (cord_json_span_next(&walk, &span) == CORD_OK) {
        if (span.kind == CORD_JSON_ARRAY) {
            struct cord_json_walk inner;
            struct cord_json_span item;
            CHECK(cord_json_span_begin(&inner, span.raw, 0));
            while (cord_json_span_next(&inner, &item) == CORD_OK) {
                tell_string(told, &item);
            }
        } else {
            tell_string(told, &span);
        }
    }
}

static void tell_day(struct told *told, int64_t ns)
{
    char text[CORD_TIMESTAMP_TEXT];
    if (ns != CORD_TIME_NONE) {
        tell(told, cord_str_slice(cord_timestamp_format(ns, text), 0, 10));
    }
}

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    struct told *told = self;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        tell(told, cord_str_from_byte(claims[i].subject, 4));
        tell_value(told, claims[i].value);
        tell_day(told, claims[i].valid_from_ns);
    }
    told->claims += count;
    return CORD_OK;
}

/* Joined lines of an address are told whole; a line of it counts as told when it is part of one
 * that the row's other columns lead to. */
static cord_str address_of(const cord_str *fields, size_t from, size_t to, char *room)
{
    size_t len = 0;
    for (size_t i = from; i < to; i++) {
        if (fields[i].len > 0) {
            if (len > 0) {
                memcpy(room + len, ", ", 2);
                len += 2;
            }
            memcpy(room + len, fields[i].ptr, fields[i].len);
            len += fields[i].len;
        }
    }
    return (cord_str){room, len};
}

static bool is_told(const struct told *told, cord_str text)
{
    char iso[16];
    int64_t ns;
    if (cord_map_get(&told->texts, text) != CORD_MAP_NONE) {
        return true;
    }
    if (!cord_organisation_date_parse(text, &ns)) {
        return false;
    }
    return cord_map_get(&told->texts, cord_organisation_date_format(ns, iso)) != CORD_MAP_NONE;
}

static size_t split(cord_str record, cord_str *fields)
{
    size_t count = 0;
    bool doubled;
    while (cord_csv_field(&record, ',', &fields[count], &doubled)) {
        CHECK(!doubled);
        fields[count] = cord_str_trim(fields[count]);
        count++;
    }
    return count;
}

/* Address lines are columns 5 to 9 of lists without a header. */
static void check_row(const struct told *told, cord_str record, bool header, uint64_t line)
{
    cord_str fields[64];
    char room[2048];
    size_t count = split(record, fields);
    for (size_t i = 0; i < count; i++) {
        bool address = !header && i >= 4 && i < 9;
        cord_str text = address ? address_of(fields, 4, 9, room) : fields[i];
        bool nobody = header && (cord_str_eq(text, CORD_STR("U")) ||
                                 cord_str_eq(text, CORD_STR("Unallocated")));
        if (fields[i].len > 0 && !nobody && !is_told(told, text)) {
            fail_msg("line %llu, column %zu is lost: %.*s", (unsigned long long)line, i + 1,
                     CORD_STR_ARG(text));
        }
    }
}

static void check_rows(const struct told *told, cord_str text, bool header)
{
    uint64_t line = 1;
    while (text.len > 0) {
        size_t len = cord_csv_record(text, ',', true);
        if (line > 1 || !header) {
            check_row(told, cord_str_trim(cord_str_slice(text, 0, len)), header, line);
        }
        text = cord_str_from_byte(text, len);
        line++;
    }
}

/* Skips without the file, before anything is made that would then be left. */
static struct told begin(const char *file)
{
    (void)kit_shared_path(file);
    struct told told = {.arena = cord_arena_new((size_t)256 << 20)};
    CHECK(told.arena != NULL);
    cord_map_init(&told.texts, 1);
    return told;
}

static void end(struct told *told)
{
    cord_organisation_import_free(told->import);
    cord_map_done(&told->texts);
    cord_arena_free(told->arena);
}

static struct cord_organisation_import_outcome take(struct told *told, const char *file,
                                                    const char *format)
{
    struct cord_organisation_import_options options = {.claimant = CORD_STR("org:X26"),
                                                       .method = CORD_STR("list"),
                                                       .since_ns = CORD_TIME_NONE,
                                                       .complete_ns = CORD_TIME_NONE,
                                                       .put = on_claims,
                                                       .self = told};
    struct cord_organisation_import_outcome outcome;
    const char *path = kit_shared_path(file);
    cord_str text = kit_read_file(path);
    const struct cord_organisation_columns *columns =
        cord_organisation_columns_guess(cord_str_slice(text, 0, cord_str_find_char(text, '\n', 0)));
    CHECK(columns != NULL);
    CHECK_STR_EQ(columns->name, cord_str_from(format));
    if (!told->import) {
        CHECK(cord_organisation_import_new(&options, &told->import) == CORD_OK);
    }
    CHECK(cord_organisation_import_list(told->import, columns, cord_str_from(file), text, &outcome,
                                        NULL) == CORD_OK);
    for (size_t i = 0; i < CORD_ORGANISATION_IMPORT_REASONS; i++) {
        CHECK_U64(outcome.refused[i], 0);
    }
    CHECK_U64(outcome.unread, 0);
    CHECK_U64(outcome.others, 0);
    check_rows(told, text, columns->header);
    free((void *)(uintptr_t)text.ptr);
    return outcome;
}

static void nothing_of_the_trusts_is_lost(void)
{
    struct told told = begin("standards/ods/etr-2015-2017-regions.csv");
    struct cord_organisation_import_outcome outcome =
        take(&told, "standards/ods/etr-2015-2017-regions.csv", "trusts");
    CHECK_U64(outcome.rows, 241);
    CHECK_U64(outcome.claims, 243); /* two of them closed */
    outcome = take(&told, "standards/ods/etr-2022-03.csv", "trusts");
    CHECK_U64(outcome.rows, 218);
    end(&told);
}

static void nothing_of_the_practices_is_lost(void)
{
    struct told told = begin("standards/ods/epraccur-2019-07.csv");
    struct cord_organisation_import_outcome outcome =
        take(&told, "standards/ods/epraccur-2019-07.csv", "practices");
    CHECK_U64(outcome.rows, 14221);
    CHECK_U64(outcome.claims, 14221 + 2358 + 14056); /* closings, commissioners */
    outcome = take(&told, "standards/ods/gp-reg-pat-prac-map-2022-01.csv", "practice-map");
    CHECK_U64(outcome.rows, 6527);
    end(&told);
}

static void nothing_of_the_security_returns_is_lost(void)
{
    struct told told = begin("standards/ods/dspt-status-2022-02.csv");
    CHECK_U64(take(&told, "standards/ods/dspt-status-2022-02.csv", "dspt").rows, 357);
    end(&told);
}

KIT_MAIN(KIT_TEST(nothing_of_the_trusts_is_lost), KIT_TEST(nothing_of_the_practices_is_lost),
         KIT_TEST(nothing_of_the_security_returns_is_lost))
