/* api_hunts_file.c: see api_hunts_file.h. */
#include "api/api_hunts_file.h"

#include "base/arena.h"
#include "codec/json_put.h"
#include "codec/json_unescape.h"
#include "codec/json_write.h"
#include "normalise/personal_number.h"

#include <stdio.h>
#include <stdlib.h>

/* Columns of values that sources name; what has further names is in one column, as JSON. */
enum { NAMED_MAX = 200 };

#define BOM "\xef\xbb\xbf"

/* What every event has, in the order of columns; behind them the named ones, then these two. */
static const char *const OWN[] = {"time",   "received", "id",   "org", "source",
                                  "format", "class",    "host", "user"};
enum { OWN_COUNT = sizeof OWN / sizeof *OWN };
static const char OTHER[] = "other";
static const char RAW[] = "raw";

struct making {
    const struct cord_api_hunts_file *file;
    struct cord_arena *arena;
    struct cord_buf body;
    struct cord_buf text; /* a string, its escapes resolved */
    struct cord_buf cell;
    uint64_t withheld;
    cord_str named[NAMED_MAX]; /* as JSON writes them, with quotes */
    size_t named_count;
    bool events; /* rows are events, not of a table */
    bool other;  /* there are more names */
};

/* --- JSON of our own, which is checked all the same --- */

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z'; /* of true, false and null */
}

static bool is_number(char c)
{
    return cord_str_is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Where the string that begins at `at` ends; SIZE_MAX: nowhere. */
static size_t string_end(cord_str text, size_t at)
{
    for (size_t i = at + 1; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            return i + 1;
        }
        i += text.ptr[i] == '\\' ? 1 : 0;
    }
    return SIZE_MAX;
}

/* Where the value that begins at `at` ends; SIZE_MAX: it does not. */
static size_t value_end(cord_str text, size_t at)
{
    size_t depth = 0;
    while (at < text.len) {
        char c = text.ptr[at];
        if (c == '"') {
            at = string_end(text, at);
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if (c == '}' || c == ']') {
            depth = depth > 0 ? depth - 1 : 0;
            at++;
        } else {
            at++;
            while (at < text.len && (is_number(text.ptr[at]) || is_letter(text.ptr[at]))) {
                at++;
            }
        }
        if (at == SIZE_MAX || depth == 0) {
            return at;
        }
    }
    return SIZE_MAX;
}

struct member {
    cord_str name; /* with quotes */
    cord_str value;
};

/* The next member of an object whose text this is; *at is behind its brace at first.
 * CORD_E_END: there is none. */
static cord_status member_next(cord_str text, size_t *at, struct member *ret_member)
{
    size_t from = *at;
    while (from < text.len && (text.ptr[from] == ',' || text.ptr[from] == ' ')) {
        from++;
    }
    if (from < text.len && text.ptr[from] == '}') {
        return CORD_E_END;
    }
    size_t colon = from < text.len && text.ptr[from] == '"' ? string_end(text, from) : SIZE_MAX;
    if (colon >= text.len || text.ptr[colon] != ':') {
        return CORD_E_FORMAT;
    }
    size_t end = value_end(text, colon + 1);
    if (end >= text.len) {
        return CORD_E_FORMAT; /* the object's brace is to follow */
    }
    ret_member->name = cord_str_slice(text, from, colon - from);
    ret_member->value = cord_str_slice(text, colon + 1, end - colon - 1);
    *at = end;
    return CORD_OK;
}

static bool is_object(cord_str value)
{
    return value.len >= 2 && value.ptr[0] == '{';
}

static bool is_string(cord_str value)
{
    return value.len >= 2 && value.ptr[0] == '"';
}

static bool is_name(cord_str name, const char *word)
{
    return is_string(name) &&
           cord_str_eq(cord_str_slice(name, 1, name.len - 2), cord_str_from(word));
}

/* --- without numbers of persons --- */

/* The text of a string with its escapes resolved: making->text. */
static void read_string(struct making *making, cord_str string)
{
    cord_str inside = cord_str_slice(string, 1, string.len - 2);
    cord_buf_clear(&making->text);
    char *into = cord_buf_reserve(&making->text, inside.len + 1);
    if (into) {
        making->text.len += cord_json_unescape(inside, into);
    }
}

/* A record as it was received may itself be JSON: "\n943..." in it is a border and a number, not a
 * letter and one. The same text with blanks for what escapes say, byte for byte. */
static void blank_escapes(char *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        size_t digits = text[i] == '\\' && text[i + 1] == 'u' ? 4 : 0;
        if (text[i] == '\\') {
            for (size_t k = i + 1; k < len && k <= i + 1 + digits; k++) {
                text[k] = ' ';
            }
            i += 1 + digits;
        }
    }
}

/* The next number of a text at or behind `at`; the one found before serves while it does. */
static void look_on(cord_str text, size_t at, struct cord_personal_number *number)
{
    if (number->at < at && !cord_personal_number_find(text, at, number)) {
        number->at = SIZE_MAX;
    }
}

uint64_t cord_api_hunts_file_put(cord_str text, struct cord_buf *out)
{
    struct cord_buf blanked;
    uint64_t withheld = 0;
    size_t at = 0;
    /* Either reading may be the reader's: a backslash need not be an escape ("\\943..."). */
    struct cord_personal_number plain = {.at = SIZE_MAX};
    struct cord_personal_number resolved = {.at = SIZE_MAX};
    cord_buf_init(&blanked, text.len);
    (void)cord_personal_number_find(text, 0, &plain);
    if (cord_str_find_char(text, '\\', 0) != SIZE_MAX) {
        cord_buf_put(&blanked, text);
        blank_escapes(blanked.ptr, blanked.len);
        (void)cord_personal_number_find(cord_buf_str(&blanked), 0, &resolved);
    }
    out->failed = out->failed || blanked.failed;
    for (; plain.at != SIZE_MAX || resolved.at != SIZE_MAX; withheld++) {
        const struct cord_personal_number *first = plain.at <= resolved.at ? &plain : &resolved;
        cord_buf_put(out, cord_str_slice(text, at, first->at - at));
        cord_buf_put_text(out, CORD_API_HUNTS_FILE_WITHHELD);
        at = first->at + first->len;
        look_on(text, at, &plain);
        look_on(cord_buf_str(&blanked), at, &resolved);
    }
    cord_buf_put(out, cord_str_from_byte(text, at));
    cord_buf_done(&blanked);
    return withheld;
}

static void put_without(struct making *making, cord_str text, struct cord_buf *out)
{
    making->withheld += cord_api_hunts_file_put(text, out);
}

static void put_json_string(struct making *making, cord_str string)
{
    uint64_t before = making->withheld;
    read_string(making, string);
    cord_buf_clear(&making->cell);
    put_without(making, cord_buf_str(&making->text), &making->cell);
    if (making->withheld == before) {
        cord_buf_put(&making->body, string); /* as it is written */
    } else {
        cord_json_write_string(&making->body, cord_buf_str(&making->cell));
    }
}

static size_t number_end(cord_str json, size_t at)
{
    while (at < json.len && is_number(json.ptr[at])) {
        at++;
    }
    return at;
}

/* Any JSON, with strings and numbers that are a person's in other words. */
static void put_json(struct making *making, cord_str json)
{
    struct cord_personal_number number;
    for (size_t at = 0; at < json.len;) {
        char c = json.ptr[at];
        size_t end = at + 1;
        if (c == '"') {
            end = string_end(json, at);
            end = end == SIZE_MAX ? json.len : end;
            put_json_string(making, cord_str_slice(json, at, end - at));
        } else if (cord_str_is_digit(c) || c == '-') {
            end = number_end(json, at);
            cord_str text = cord_str_slice(json, at, end - at);
            bool personal = cord_personal_number_find(text, 0, &number);
            making->withheld += personal ? 1 : 0;
            cord_buf_put(&making->body,
                         personal ? CORD_STR("\"" CORD_API_HUNTS_FILE_WITHHELD "\"") : text);
        } else {
            cord_buf_put_char(&making->body, c);
        }
        at = end;
    }
}

/* --- cells --- */

static bool opens_formula(char c)
{
    return c == '=' || c == '+' || c == '-' || c == '@';
}

/* A decimal number as people and machines write it: no formula. */
static bool is_plain_number(cord_str text)
{
    size_t at =
        text.len > 0 && opens_formula(text.ptr[0]) && text.ptr[0] != '=' && text.ptr[0] != '@' ? 1
                                                                                               : 0;
    size_t digits = 0;
    size_t points = 0;
    for (; at < text.len; at++) {
        digits += cord_str_is_digit(text.ptr[at]) ? 1 : 0;
        points += text.ptr[at] == '.' ? 1 : 0;
    }
    bool sign = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    return digits > 0 && points <= 1 && digits + points + (sign ? 1 : 0) == text.len;
}

/* Whether a spreadsheet could begin a cell behind this. */
static bool may_part(char c)
{
    return c == ';' || c == '\t' || c == '\n' || c == '\r';
}

/* A value as a cell, in quotes, that no spreadsheet takes for a formula. */
static void put_cell(struct cord_buf *out, cord_str text)
{
    bool plain = is_plain_number(text);
    cord_buf_put_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool begins = i == 0 || may_part(text.ptr[i - 1]);
        bool first = i == 0 && (c == '\'' || c == '\t' || c == '\r' || c == '\n');
        if (!plain && ((begins && opens_formula(c)) || first)) {
            cord_buf_put_char(out, '\'');
        }
        if (c == '"') {
            cord_buf_put_char(out, '"');
        }
        cord_buf_put_char(out, c);
    }
    cord_buf_put_char(out, '"');
}

/* Of a member that is not there, or null: an empty cell. */
static void put_value(struct making *making, cord_str value)
{
    cord_buf_clear(&making->cell);
    if (is_string(value)) {
        read_string(making, value);
        put_without(making, cord_buf_str(&making->text), &making->cell);
    } else if (value.len > 0 && (value.ptr[0] == '{' || value.ptr[0] == '[')) {
        struct cord_buf body = making->body;
        cord_buf_init(&making->body, body.bytes_max);
        put_json(making, value);
        cord_buf_clear(&making->cell);
        /* Written anew, strings stand beside each other that stood apart. */
        put_without(making, cord_buf_str(&making->body), &making->cell);
        body.failed = body.failed || making->body.failed;
        cord_buf_done(&making->body);
        making->body = body;
    } else if (value.ptr && !cord_str_eq(value, CORD_STR("null"))) {
        put_without(making, value, &making->cell);
    }
    if (making->cell.len > 0) {
        put_cell(&making->body, cord_buf_str(&making->cell));
    }
    making->body.failed = making->body.failed || making->cell.failed || making->text.failed;
}

/* --- the table --- */

static cord_str row_at(const struct making *making, size_t at)
{
    const struct cord_api_hunts_kept *kept = making->file->kept;
    size_t from = at > 0 ? kept->ends[at - 1] : 0;
    return cord_str_slice(kept->rows, from, kept->ends[at] - from);
}

/* Names come in the same order from row to row: looked for from the last one on. */
static size_t find_named(const struct making *making, cord_str name, size_t hint)
{
    for (size_t i = 0; i < making->named_count; i++) {
        size_t at = (hint + i) % making->named_count;
        if (cord_str_eq(making->named[at], name)) {
            return at;
        }
    }
    return SIZE_MAX;
}

static void note_names(struct making *making, cord_str object, size_t *hint)
{
    struct member member;
    size_t at = 1;
    while (member_next(object, &at, &member) == CORD_OK) {
        size_t found = find_named(making, member.name, *hint);
        if (found == SIZE_MAX && making->named_count < NAMED_MAX) {
            found = making->named_count;
            making->named[making->named_count++] = member.name;
        }
        making->other = making->other || found == SIZE_MAX;
        *hint = found == SIZE_MAX ? *hint : found + 1;
    }
}

/* The fields of an event; of a row of a table the row itself. ptr NULL: none. */
static cord_str named_of(const struct making *making, cord_str row)
{
    struct member member;
    size_t at = 1;
    if (!making->events) {
        return row;
    }
    while (member_next(row, &at, &member) == CORD_OK) {
        if (is_name(member.name, "fields") && is_object(member.value)) {
            return member.value;
        }
    }
    return (cord_str){0};
}

/* That every row is an object, and whether they are events: by the first. */
static cord_status look_through(struct making *making)
{
    const struct cord_api_hunts_kept *kept = making->file->kept;
    size_t hint = 0;
    for (size_t i = 0; i < kept->row_count; i++) {
        cord_str row = row_at(making, i);
        struct member member;
        size_t at = 1;
        cord_status status = CORD_E_FORMAT;
        while (is_object(row) && (status = member_next(row, &at, &member)) == CORD_OK) {
            making->events = making->events ||
                             (i == 0 && is_name(member.name, "fields") && is_object(member.value));
        }
        if (status != CORD_E_END) {
            return CORD_E_FORMAT;
        }
        cord_str named = named_of(making, row);
        if (named.ptr) {
            note_names(making, named, &hint);
        }
    }
    return CORD_OK;
}

/* A source's own name that is also ours has a dot before it, as in a query. */
static void put_name(struct making *making, cord_str name)
{
    bool ours = is_name(name, RAW) || is_name(name, OTHER);
    for (size_t i = 0; i < OWN_COUNT; i++) {
        ours = ours || is_name(name, OWN[i]);
    }
    read_string(making, name);
    cord_buf_clear(&making->cell);
    cord_buf_put_text(&making->cell, making->events && ours ? "." : "");
    put_without(making, cord_buf_str(&making->text), &making->cell);
    put_cell(&making->body, cord_buf_str(&making->cell));
}

static void put_header(struct making *making)
{
    struct cord_buf *out = &making->body;
    bool first = true;
    for (size_t i = 0; making->events && i < OWN_COUNT; i++) {
        cord_buf_printf(out, "%s\"%s\"", i > 0 ? "," : "", OWN[i]);
        first = false;
    }
    for (size_t i = 0; i < making->named_count; i++) {
        cord_buf_put_text(out, first ? "" : ",");
        put_name(making, making->named[i]);
        first = false;
    }
    if (making->other) {
        cord_buf_printf(out, "%s\"%s\"", first ? "" : ",", OTHER);
    }
    if (making->events) {
        cord_buf_printf(out, ",\"%s\"", RAW);
    }
    cord_buf_put_text(out, "\r\n");
}

/* What has no column of its own, as an object. */
static void put_others(struct making *making, cord_str named)
{
    struct member member;
    struct cord_buf json;
    size_t at = 1;
    cord_buf_init(&json, making->body.bytes_max);
    while (member_next(named, &at, &member) == CORD_OK) {
        if (find_named(making, member.name, 0) == SIZE_MAX) {
            cord_buf_put_text(&json, json.len > 0 ? "," : "{");
            cord_buf_put(&json, member.name);
            cord_buf_put_char(&json, ':');
            cord_buf_put(&json, member.value);
        }
    }
    cord_buf_put_text(&json, json.len > 0 ? "}" : "");
    put_value(making, cord_buf_str(&json));
    making->body.failed = making->body.failed || json.failed;
    cord_buf_done(&json);
}

static void put_row(struct making *making, cord_str row)
{
    cord_str own[OWN_COUNT] = {{0}};
    cord_str cells[NAMED_MAX] = {{0}};
    cord_str raw = {0};
    struct member member;
    size_t at = 1;
    size_t hint = 0;
    while (making->events && member_next(row, &at, &member) == CORD_OK) {
        for (size_t i = 0; i < OWN_COUNT; i++) {
            own[i] = is_name(member.name, OWN[i]) ? member.value : own[i];
        }
        raw = is_name(member.name, RAW) ? member.value : raw;
    }
    cord_str named = named_of(making, row);
    at = 1;
    while (named.ptr && member_next(named, &at, &member) == CORD_OK) {
        size_t found = find_named(making, member.name, hint);
        if (found != SIZE_MAX) {
            cells[found] = member.value;
            hint = found + 1;
        }
    }
    bool first = true;
    for (size_t i = 0; making->events && i < OWN_COUNT; i++, first = false) {
        cord_buf_put_text(&making->body, first ? "" : ",");
        put_value(making, own[i]);
    }
    for (size_t i = 0; i < making->named_count; i++, first = false) {
        cord_buf_put_text(&making->body, first ? "" : ",");
        put_value(making, cells[i]);
    }
    if (making->other) {
        cord_buf_put_text(&making->body, first ? "" : ",");
        put_others(making, named.ptr ? named : CORD_STR("{}"));
    }
    if (making->events) {
        cord_buf_put_char(&making->body, ',');
        put_value(making, raw);
    }
    cord_buf_put_text(&making->body, "\r\n");
}

/* --- what this is --- */

enum { FACTS_MAX = 24, NUMBER_TEXT = 24 };

struct facts {
    struct {
        const char *name;
        cord_str text;
        bool bare; /* JSON: no quotes */
    } items[FACTS_MAX];
    size_t count;
    char times[5][CORD_TIMESTAMP_TEXT];
    size_t time_count;
    char numbers[4][NUMBER_TEXT];
    size_t number_count;
};

static void say(struct facts *facts, const char *name, cord_str text)
{
    facts->items[facts->count].name = name;
    facts->items[facts->count++].text = text.ptr ? text : CORD_STR("");
}

static void say_time(struct facts *facts, const char *name, int64_t time_ns)
{
    say(facts, name, cord_timestamp_format(time_ns, facts->times[facts->time_count++]));
}

static void say_bare(struct facts *facts, const char *name, cord_str text)
{
    facts->items[facts->count].bare = true;
    say(facts, name, text);
}

static void say_number(struct facts *facts, const char *name, uint64_t number)
{
    char *text = facts->numbers[facts->number_count++];
    (void)snprintf(text, NUMBER_TEXT, "%llu", (unsigned long long)number);
    say_bare(facts, name, cord_str_from(text));
}

static void say_flag(struct facts *facts, const char *name, bool flag)
{
    say_bare(facts, name, flag ? CORD_STR("true") : CORD_STR("false"));
}

/* As of when: evidence is never changed, so that it is what was there when the search ended. */
static void gather(const struct making *making, struct facts *facts)
{
    const struct cord_api_hunts_file *file = making->file;
    const struct cord_api_hunts_kept *kept = file->kept;
    say(facts, "marking", file->marking);
    say(facts, "query", kept->query);
    say_time(facts, "from", kept->from_ns);
    say_time(facts, "to", kept->to_ns);
    say(facts, "organisation", kept->organisation);
    say(facts, "source", kept->source);
    say_time(facts, "searched", kept->created_ns);
    say_time(facts, "as_of", kept->ended_ns != CORD_TIME_NONE ? kept->ended_ns : file->now_ns);
    say(facts, "state", cord_str_from(kept->state));
    say_number(facts, "rows", kept->row_count);
    say_number(facts, "matched", kept->matched);
    say_flag(facts, "matched_is_all", kept->counted);
    say_flag(facts, "whole",
             kept->over && !kept->cut && kept->exact && kept->damaged == 0 &&
                 cord_str_eq(cord_str_from(kept->state), CORD_STR("done")));
    say_number(facts, "damaged_blocks", kept->damaged);
    say_number(facts, "withheld", making->withheld);
    say(facts, "exported_by", file->who);
    say(facts, "exported_by_name", file->who_name);
    say_time(facts, "exported", file->now_ns);
    say(facts, "reason", file->reason);
    say(facts, "exercise", file->exercise);
}

/* A query and a reason are people's words: a patient's number may be in them, too. */
static void put_facts(struct making *making, struct cord_buf *out)
{
    struct facts facts = {.count = 0};
    struct cord_buf text;
    uint64_t withheld = making->withheld;
    gather(making, &facts);
    cord_buf_init(&text, out->bytes_max);
    cord_buf_put_text(out, making->file->csv ? BOM : "{\"export\":{");
    for (size_t i = 0; i < facts.count; i++) {
        const char *name = facts.items[i].name;
        cord_buf_clear(&text);
        put_without(making, facts.items[i].text, &text);
        if (making->file->csv) {
            cord_buf_printf(out, "\"# %s\",", name);
            put_cell(out, cord_buf_str(&text));
            cord_buf_put_text(out, "\r\n");
        } else if (facts.items[i].bare) {
            cord_json_put_name(out, name);
            cord_buf_put(out, facts.items[i].text);
        } else {
            cord_json_put_text(out, name, cord_buf_str(&text));
        }
    }
    making->withheld = withheld;
    cord_buf_put_text(out, making->file->csv ? "\r\n" : "}}\n");
    out->failed = out->failed || text.failed;
    cord_buf_done(&text);
}

static cord_status make(struct making *making, struct cord_buf *out)
{
    const struct cord_api_hunts_kept *kept = making->file->kept;
    cord_status status = look_through(making);
    if (status != CORD_OK) {
        return status;
    }
    if (making->file->csv && kept->row_count > 0) {
        put_header(making);
    }
    for (size_t i = 0; i < kept->row_count; i++) {
        if (making->file->csv) {
            put_row(making, row_at(making, i));
        } else {
            put_json(making, row_at(making, i));
            cord_buf_put_char(&making->body, '\n');
        }
    }
    put_facts(making, out);
    cord_buf_put(out, cord_buf_str(&making->body));
    return making->body.failed || out->failed ? CORD_E_LIMIT : CORD_OK;
}

cord_status cord_api_hunts_file_write(const struct cord_api_hunts_file *file, size_t bytes_max,
                                      struct cord_buf *out)
{
    struct making *making = calloc(1, sizeof *making);
    if (!making) {
        return CORD_E_NOMEM;
    }
    making->file = file;
    cord_buf_init(&making->body, bytes_max);
    cord_buf_init(&making->text, bytes_max);
    cord_buf_init(&making->cell, bytes_max);
    cord_status status = make(making, out);
    cord_buf_done(&making->cell);
    cord_buf_done(&making->text);
    cord_buf_done(&making->body);
    free(making);
    return status;
}
