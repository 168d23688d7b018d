/* organisation_import_read.c: a row of a list as what it says of organisations. */
#include "record/organisation_import_internal.h"

#include "base/nearest.h"
#include "base/timestamp.h"
#include "codec/csv.h"
#include "record/claim_kind.h"
#include "record/claim_read.h"
#include "record/organisation_date.h"

#include <inttypes.h>

enum { ADDRESS_BYTES_MAX = 2 * CORD_ORGANISATION_IMPORT_TEXT_MAX };

static const int64_t day_ns = 86400 * CORD_SECOND_NS;

/* --- places --- */

static cord_status place_of(const struct row *header, cord_str title, uint32_t *ret_place,
                            struct cord_error *err)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, title);
    for (size_t i = 0; i < header->count; i++) {
        if (cord_str_eq(header->fields[i], title)) {
            *ret_place = (uint32_t)i + 1;
            return CORD_OK;
        }
        cord_nearest_offer(&nearest, header->fields[i]);
    }
    cord_str near = cord_nearest_found(&nearest);
    return cord_error_set(err, CORD_E_FORMAT, "the header has no column '%.*s'%s%.*s%s",
                          CORD_STR_ARG(title), near.ptr ? "; is it '" : "",
                          near.ptr ? (int)near.len : 0, near.ptr ? near.ptr : "",
                          near.ptr ? "'?" : "");
}

static cord_status place(const struct row *header, cord_str title, uint32_t number,
                         uint32_t *ret_place, struct cord_error *err)
{
    if (title.len > 0) {
        return place_of(header, title, ret_place, err);
    }
    if (number > CORD_ORGANISATION_COLUMNS_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "column %" PRIu32 ": a row has at most %u",
                              number, CORD_ORGANISATION_COLUMNS_MAX);
    }
    *ret_place = number;
    return CORD_OK;
}

cord_status cord_organisation_import_read_places(const struct cord_organisation_columns *columns,
                                                 const struct row *header,
                                                 cord_organisation_import_places places,
                                                 uint32_t *ret_only, struct cord_error *err)
{
    cord_status status = place(header, columns->only_header, columns->only_number, ret_only, err);
    for (size_t i = 0; i < columns->entry_count && status == CORD_OK; i++) {
        const struct cord_organisation_entry *entry = &columns->entries[i];
        for (size_t r = 0; r < entry->rule_count && status == CORD_OK; r++) {
            uint32_t at = 0;
            status = place(header, entry->rules[r].header, entry->rules[r].number, &at, err);
            places[i][r] = (uint16_t)at;
        }
    }
    return status;
}

/* --- rows --- */

static bool wrong(struct row *row, const char *why)
{
    row->wrong = why;
    return false;
}

bool cord_organisation_import_read_row(cord_str record, char delimiter, struct cord_arena *arena,
                                       struct row *row)
{
    cord_str field;
    bool doubled = false;
    row->count = 0;
    row->wrong = NULL;
    row->no_memory = false;
    while (cord_csv_field(&record, delimiter, &field, &doubled)) {
        if (row->count == CORD_ORGANISATION_COLUMNS_MAX) {
            return wrong(row, "it has too many columns");
        }
        if (doubled) {
            field = cord_csv_undouble(arena, field);
            if (!field.ptr) {
                row->no_memory = true;
                return wrong(row, "out of memory");
            }
        }
        row->taken[row->count] = false;
        row->fields[row->count++] = cord_str_trim(field);
    }
    return true;
}

static bool is_code(cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = cord_str_lower_char(text.ptr[i]);
        if (!cord_str_is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '.') {
            return false;
        }
    }
    return text.len <= CORD_CODE_BYTES_MAX;
}

static bool read_day(struct row *row, cord_str text, int64_t *ret_ns)
{
    if (text.len > 0 && !cord_organisation_date_parse(text, ret_ns)) {
        return wrong(row, "a date is none");
    }
    return true;
}

/* What lasted until the end of a day. */
static bool read_last_day(struct row *row, cord_str text, int64_t *ret_ns)
{
    int64_t ns = CORD_TIME_NONE;
    if (!read_day(row, text, &ns)) {
        return false;
    }
    *ret_ns = ns == CORD_TIME_NONE || ns > INT64_MAX - day_ns ? ns : ns + day_ns;
    return true;
}

static bool read_code(struct row *row, cord_str text, cord_str *ret_code)
{
    *ret_code = text;
    return is_code(text) || wrong(row, "a code has other than letters, digits, '-' and '.'");
}

static bool add(struct row *row, struct sayings *sayings, cord_str name, cord_str text)
{
    if (text.len == 0) {
        return true;
    }
    if (sayings->count == SAYINGS_MAX) {
        return wrong(row, "it says too much of one organisation");
    }
    sayings->items[sayings->count++] = (struct saying){
        .name = name, .text = text, .from_ns = CORD_TIME_NONE, .to_ns = CORD_TIME_NONE};
    return true;
}

static bool add_address(struct row *row, struct said *said, cord_str text)
{
    if (text.len == 0 || said->address.len == 0) {
        said->address = text.len > 0 ? text : said->address;
        return true;
    }
    if (said->address.len + text.len + 2 > ADDRESS_BYTES_MAX) {
        return wrong(row, "its address is too long");
    }
    said->address = cord_arena_printf(row->arena, "%.*s, %.*s", CORD_STR_ARG(said->address),
                                      CORD_STR_ARG(text));
    row->no_memory = !said->address.ptr;
    return said->address.ptr || wrong(row, "out of memory");
}

static bool read_relation(struct row *row, struct said *said, cord_str name, cord_str text)
{
    cord_str code;
    said->related = text.len > 0;
    return read_code(row, text, &code) && add(row, &said->relations, name, code);
}

/* From when, until when: the relation in the rule before, which may not be there. */
static bool read_term(struct row *row, struct said *said, const struct cord_organisation_rule *rule,
                      cord_str text)
{
    struct saying *relation =
        said->related ? &said->relations.items[said->relations.count - 1] : NULL;
    int64_t unused;
    if (rule->use == CORD_ORGANISATION_USE_RELATED) {
        return read_day(row, text, relation ? &relation->from_ns : &unused);
    }
    return read_last_day(row, text, relation ? &relation->to_ns : &unused);
}

/* Whatever is not just a text kept. */
static bool read_use(struct row *row, struct said *said, const struct cord_organisation_rule *rule,
                     cord_str text)
{
    switch (rule->use) {
    case CORD_ORGANISATION_USE_CODE:
        return read_code(row, text, &said->code);
    case CORD_ORGANISATION_USE_REGION:
        return read_code(row, text, &said->region);
    case CORD_ORGANISATION_USE_PARENT:
        return read_code(row, text, &said->parent);
    case CORD_ORGANISATION_USE_COUNTRY:
        return read_code(row, text, &said->country);
    case CORD_ORGANISATION_USE_SUCCESSOR:
        return read_code(row, text, &said->successor);
    case CORD_ORGANISATION_USE_ROLE:
        return read_code(row, text, &said->role);
    case CORD_ORGANISATION_USE_OPENED:
        said->dated = true;
        return read_day(row, text, &said->opened_ns);
    case CORD_ORGANISATION_USE_CLOSED:
        return read_last_day(row, text, &said->closed_ns);
    case CORD_ORGANISATION_USE_LISTED:
        return read_day(row, text, &said->listed_ns);
    case CORD_ORGANISATION_USE_STATED:
        return read_day(row, text, &said->stated_ns);
    case CORD_ORGANISATION_USE_SUCCEEDED:
        return read_day(row, text, &said->succeeded_ns);
    case CORD_ORGANISATION_USE_RELATED:
    case CORD_ORGANISATION_USE_UNRELATED:
        return read_term(row, said, rule, text);
    case CORD_ORGANISATION_USE_NAME:
        said->described = true;
        said->name = text;
        return text.len > 0 || wrong(row, "it has no name");
    case CORD_ORGANISATION_USE_STANDING:
        said->standing = text;
        return true;
    case CORD_ORGANISATION_USE_POSTCODE:
        said->postcode = text;
        return text.len <= CORD_CODE_BYTES_MAX || wrong(row, "a postcode is too long");
    case CORD_ORGANISATION_USE_ADDRESS:
        return add_address(row, said, text);
    case CORD_ORGANISATION_USE_ALIAS:
        return add(row, &said->aliases, rule->name, text);
    case CORD_ORGANISATION_USE_ATTRIBUTE:
        return add(row, &said->attributes, rule->name, text);
    case CORD_ORGANISATION_USE_STATEMENT:
        return add(row, &said->statements, rule->name, text);
    case CORD_ORGANISATION_USE_RELATION:
        return read_relation(row, said, rule->name, text);
    case CORD_ORGANISATION_USE_END:
    case CORD_ORGANISATION_USE_NOTHING:
        break;
    }
    return true;
}

static bool read_rule(struct row *row, struct said *said, const struct cord_organisation_rule *rule,
                      uint16_t at)
{
    cord_str text = CORD_STR("");
    if (at > 0 && at <= row->count) {
        text = row->fields[at - 1];
        row->taken[at - 1] = true;
    }
    if (text.len > CORD_ORGANISATION_IMPORT_TEXT_MAX) {
        return wrong(row, "a field is too long");
    }
    if (!cord_claim_read_is_plain(text)) {
        return wrong(
            row,
            "a field has characters that are not to be seen, or is not in the list's encoding");
    }
    if (!cord_organisation_columns_word(rule, text, &text)) {
        return wrong(row, "a field holds none of the words that the format knows");
    }
    return read_use(row, said, rule, text);
}

/* One of the words that a description may say there. */
static bool is_word(const char *member, cord_str text)
{
    const struct cord_claim_kind *kind = cord_claim_kind_find(CORD_STR("org.upsert"));
    const struct cord_member *row = cord_claim_kind_member(kind, cord_str_from(member));
    for (size_t i = 0; row->words[i]; i++) {
        if (cord_str_eq(cord_str_from(row->words[i]), text)) {
            return true;
        }
    }
    return false;
}

static bool is_whole(struct row *row, const struct said *said)
{
    if (said->opened_ns != CORD_TIME_NONE && said->closed_ns != CORD_TIME_NONE &&
        said->closed_ns <= said->opened_ns) {
        return wrong(row, "it closes before it opens");
    }
    if (said->described && !is_word("role", said->role)) {
        return wrong(row, "its role is none that there is");
    }
    if (said->described && said->standing.len > 0 && !is_word("standing", said->standing)) {
        return wrong(row, "its standing is none that there is");
    }
    for (size_t i = 0; i < said->relations.count; i++) {
        const struct saying *relation = &said->relations.items[i];
        if (relation->from_ns != CORD_TIME_NONE && relation->to_ns != CORD_TIME_NONE &&
            relation->to_ns <= relation->from_ns) {
            return wrong(row, "a relation ends before it begins");
        }
    }
    return true;
}

/* Of nobody nothing is read, so that a code that is missing does not refuse the row. */
static bool is_nobody(const struct cord_organisation_entry *entry, const uint16_t *places,
                      struct row *row)
{
    cord_str code = CORD_STR("");
    for (size_t i = 0; i < entry->rule_count; i++) {
        if (entry->rules[i].use == CORD_ORGANISATION_USE_CODE && places[i] > 0 &&
            places[i] <= row->count) {
            code = row->fields[places[i] - 1];
        }
    }
    if (code.len == 0) {
        return true;
    }
    bool nobody = cord_str_eq(code, entry->nobody);
    for (size_t i = 0; nobody && i < entry->rule_count; i++) {
        if (places[i] > 0 && places[i] <= row->count) {
            row->taken[places[i] - 1] = true; /* nobody's name is no loss */
        }
    }
    return nobody;
}

bool cord_organisation_import_read_entry(const struct cord_organisation_entry *entry,
                                         const uint16_t *places, struct cord_arena *arena,
                                         struct row *row, struct said *said)
{
    row->arena = arena;
    *said = (struct said){.opened_ns = CORD_TIME_NONE,
                          .closed_ns = CORD_TIME_NONE,
                          .listed_ns = CORD_TIME_NONE,
                          .stated_ns = CORD_TIME_NONE,
                          .succeeded_ns = CORD_TIME_NONE,
                          .mentions = entry->mentions};
    if (is_nobody(entry, places, row)) {
        return true;
    }
    for (size_t i = 0; i < entry->rule_count; i++) {
        if (!read_rule(row, said, &entry->rules[i], places[i])) {
            return false;
        }
    }
    said->role = said->role.len > 0 ? said->role : entry->role;
    said->country = said->country.len > 0 ? said->country : entry->country;
    return is_whole(row, said);
}
