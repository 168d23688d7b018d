/* sighting_scan.c: see sighting_scan.h. */
#include "triage/sighting_scan.h"

#include "base/timestamp.h"
#include "base/utf8.h"
#include "codec/json_unescape.h"

#include <endian.h>

enum { NAMES_MAX = 48, FIELDS_MAX = 128, TAGS_MAX = 48, DIGITS_MAX = 18 };

struct scanning {
    const char *at, *end;
    struct cord_arena *arena;
};

/* --- strings, eight bytes at a time --- */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH       EACH(0x80)

/* The lowest high bit that is set is that of the first byte which is zero. */
static uint64_t zeroes(uint64_t word)
{
    return (word - EACH(1)) & ~word & HIGH;
}

/* What is inside the quote that ends there; at is moved behind it. */
struct inside {
    cord_str text;
    bool escaped, foreign; /* with escape sequences; not ASCII alone */
};

/* At a backslash: whether one character behind it ends the escape sequence; others are not sure. */
static bool is_short_escape(const struct scanning *scanning, const char *at)
{
    switch (scanning->end - at >= 2 ? at[1] : '\0') {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return true;
    default:
        return false;
    }
}

/* Behind the opening quote. False: not sure. */
static bool skip_string(struct scanning *scanning, struct inside *ret_inside)
{
    const char *from = scanning->at;
    const char *at = from;
    uint64_t high = 0;
    *ret_inside = (struct inside){.escaped = false};
    while (at < scanning->end) {
        size_t left = (size_t)(scanning->end - at);
        uint64_t word = 0; /* near the end zeroes follow, which are control characters */
        if (left >= sizeof word) {
            memcpy(&word, at, sizeof word);
        } else {
            memcpy(&word, at, left);
        }
        word = le64toh(word);
        uint64_t control = (word - EACH(0x20)) & ~word & HIGH;
        uint64_t stop = zeroes(word ^ EACH('"')) | zeroes(word ^ EACH('\\')) | control;
        if (stop == 0) {
            high |= word & HIGH;
            at += sizeof word;
            continue;
        }
        high |= word & HIGH & ((stop & -stop) - 1);
        at += (unsigned)__builtin_ctzll(stop) / 8;
        if (at < scanning->end && *at == '"') {
            ret_inside->text = (cord_str){from, (size_t)(at - from)};
            ret_inside->foreign = high != 0;
            scanning->at = at + 1;
            return true;
        }
        if (at >= scanning->end || *at != '\\' || !is_short_escape(scanning, at)) {
            return false;
        }
        ret_inside->escaped = true;
        at += 2;
    }
    return false; /* it is not closed */
}

/* A text that is wanted. */
static bool take_string(struct scanning *scanning, cord_str *ret_text)
{
    struct inside inside;
    if (!skip_string(scanning, &inside) || (inside.foreign && !cord_utf8_is_valid(inside.text))) {
        return false;
    }
    if (!inside.escaped) {
        *ret_text = inside.text;
        return true;
    }
    char *buffer = cord_arena_bytes(scanning->arena, inside.text.len);
    if (buffer) {
        *ret_text = (cord_str){buffer, cord_json_unescape(inside.text, buffer)};
    }
    return buffer != NULL;
}

/* --- what stands where --- */

static char peek_far(struct scanning *scanning)
{
    while (scanning->at < scanning->end && (*scanning->at == ' ' || *scanning->at == '\n' ||
                                            *scanning->at == '\t' || *scanning->at == '\r')) {
        scanning->at++;
    }
    return scanning->at < scanning->end ? *scanning->at : '\0';
}

/* The next character that is no blank; nearly always the next one. */
static inline char peek(struct scanning *scanning)
{
    return scanning->at<scanning->end && * scanning->at> ' ' ? *scanning->at : peek_far(scanning);
}

static inline bool take_char(struct scanning *scanning, char c)
{
    bool there = peek(scanning) == c;
    scanning->at += there ? 1 : 0;
    return there;
}

static bool take_text(struct scanning *scanning, cord_str *ret_text)
{
    return take_char(scanning, '"') && take_string(scanning, ret_text) &&
           ret_text->len <= CORD_SIGHTING_TEXT_MAX;
}

/* Whole and not negative; others are not sure. */
static bool take_number(struct scanning *scanning, uint64_t *ret_number)
{
    uint64_t number = 0;
    unsigned digits = 0;
    bool zero = peek(scanning) == '0';
    for (; scanning->at < scanning->end && cord_str_is_digit(*scanning->at); scanning->at++) {
        number = number * 10 + (uint64_t)(*scanning->at - '0');
        if (++digits > DIGITS_MAX) {
            return false;
        }
    }
    char next = scanning->at < scanning->end ? *scanning->at : '\0';
    *ret_number = number;
    return digits > 0 && (!zero || digits == 1) && next != '.' && next != 'e' && next != 'E';
}

static bool skip_word(struct scanning *scanning)
{
    static const cord_str words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    cord_str rest = {scanning->at, (size_t)(scanning->end - scanning->at)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (cord_str_starts(rest, words[i])) {
            scanning->at += words[i].len;
            return true;
        }
    }
    return false;
}

static bool skip_simple(struct scanning *scanning)
{
    struct inside inside;
    uint64_t number;
    char c = peek(scanning);
    if (c == '"') {
        scanning->at++;
        return skip_string(scanning, &inside) &&
               (!inside.foreign || cord_utf8_is_valid(inside.text));
    }
    return cord_str_is_digit(c) ? take_number(scanning, &number) : skip_word(scanning);
}

/* Whether a list goes on with another member, of which `count` were there; *ret_sure: it has its
 * comma or its end. */
static bool list_goes_on(struct scanning *scanning, size_t count, char close, bool *ret_sure)
{
    char c = peek(scanning);
    *ret_sure = true;
    if (c == close) {
        scanning->at++;
        return false;
    }
    if (count > 0) {
        *ret_sure = take_char(scanning, ',');
    }
    return *ret_sure;
}

/* Names of one object: none may be there twice. */
struct names {
    cord_str items[NAMES_MAX];
    size_t count;
    uint64_t seen[4]; /* a bit a hash: most are new without comparing */
};

/* The name of the next member, at its value. */
static bool take_name(struct scanning *scanning, struct names *names, cord_str *ret_name)
{
    if (!take_text(scanning, ret_name) || !take_char(scanning, ':') || ret_name->len == 0 ||
        names->count == NAMES_MAX) {
        return false;
    }
    const unsigned char *bytes = (const unsigned char *)ret_name->ptr;
    size_t middle = ret_name->len / 2;
    unsigned hash = ((unsigned)ret_name->len * 37u + bytes[0] * 5u +
                     bytes[ret_name->len - 1] * 11u + bytes[middle] * 3u) &
                    255u;
    uint64_t bit = UINT64_C(1) << (hash & 63u);
    bool seen = (names->seen[hash / 64] & bit) != 0;
    for (size_t i = 0; seen && i < names->count; i++) {
        if (cord_str_eq(names->items[i], *ret_name)) {
            return false;
        }
    }
    names->seen[hash / 64] |= bit;
    names->items[names->count++] = *ret_name;
    return true;
}

/* Whether the object has another member, whose name and colon are taken then. `sure` tells of what
 * came before: false ends it, and so does what is not sure here. */
static inline bool next_member(struct scanning *scanning, struct names *names, cord_str *ret_name,
                               bool *sure)
{
    if (!*sure || !list_goes_on(scanning, names->count, '}', sure)) {
        return false;
    }
    *sure = take_name(scanning, names, ret_name);
    return *sure;
}

/* An object of simple members. */
static bool skip_object(struct scanning *scanning)
{
    struct names names = {.count = 0};
    cord_str name;
    bool sure = take_char(scanning, '{');
    while (next_member(scanning, &names, &name, &sure)) {
        sure = skip_simple(scanning);
    }
    return sure;
}

/* A value that nobody wants; of lists those of simple members, or of objects of such. */
static bool skip_value(struct scanning *scanning)
{
    bool sure = true;
    char c = peek(scanning);
    if (c != '[') {
        return c == '{' ? skip_object(scanning) : skip_simple(scanning);
    }
    scanning->at++;
    for (size_t count = 0; sure && list_goes_on(scanning, count, ']', &sure); count++) {
        if (!(peek(scanning) == '{' ? skip_object(scanning) : skip_simple(scanning))) {
            return false;
        }
    }
    return sure;
}

/* --- parts --- */

/* A list that was read, in the arena; NULL: it is full. */
static void *keep(const struct scanning *scanning, const void *items, size_t count, size_t size)
{
    void *kept = cord_arena_zalloc(scanning->arena, count, size);
    if (kept) {
        memcpy(kept, items, count * size);
    }
    return kept;
}

static bool take_tags(struct scanning *scanning, struct cord_sighting *sighting)
{
    cord_str tags[TAGS_MAX];
    size_t count = 0;
    bool sure = take_char(scanning, '[');
    while (sure && list_goes_on(scanning, count, ']', &sure)) {
        if (count == TAGS_MAX || !take_text(scanning, &tags[count])) {
            return false;
        }
        count++;
    }
    if (!sure || count == 0) {
        return sure;
    }
    sighting->tags = keep(scanning, tags, count, sizeof *tags);
    sighting->tag_count = count;
    return sighting->tags != NULL;
}

static bool take_rule(struct scanning *scanning, struct cord_sighting *sighting)
{
    struct names names = {.count = 0};
    cord_str name;
    bool sure = take_char(scanning, '{');
    while (next_member(scanning, &names, &name, &sure)) {
        sure = cord_str_eq(name, CORD_STR("id"))       ? take_text(scanning, &sighting->rule)
               : cord_str_eq(name, CORD_STR("author")) ? take_text(scanning, &sighting->author)
               : cord_str_eq(name, CORD_STR("tags"))   ? take_tags(scanning, sighting)
                                                       : skip_value(scanning);
    }
    return sure;
}

static bool take_field(struct scanning *scanning, struct cord_sighting_field *field)
{
    struct names names = {.count = 0};
    cord_str name;
    bool sure = take_char(scanning, '{');
    while (next_member(scanning, &names, &name, &sure)) {
        bool is_name = cord_str_eq(name, CORD_STR("name"));
        if (is_name || cord_str_eq(name, CORD_STR("value"))) {
            sure = take_char(scanning, '"') &&
                   take_string(scanning, is_name ? &field->name : &field->value);
        } else {
            sure = skip_value(scanning);
        }
    }
    return sure && field->name.ptr && field->value.ptr;
}

static bool take_fields(struct scanning *scanning, struct cord_sighting *sighting)
{
    struct cord_sighting_field fields[FIELDS_MAX];
    size_t count = 0;
    bool sure = take_char(scanning, '[');
    while (sure && list_goes_on(scanning, count, ']', &sure)) {
        fields[count % FIELDS_MAX] = (struct cord_sighting_field){{0}, {0}};
        if (count == FIELDS_MAX || !take_field(scanning, &fields[count])) {
            return false;
        }
        count++;
    }
    if (!sure || count == 0) {
        return sure;
    }
    sighting->fields = keep(scanning, fields, count, sizeof *fields);
    sighting->field_count = count;
    return sighting->fields != NULL;
}

/* --- the whole --- */

/* Texts that are looked at when all of them are known. */
struct texts {
    cord_str first_seen, time, first, level;
    bool rule;
};

/* The text that a member of that name is; NULL: none that is a text. */
static cord_str *text_of(cord_str name, struct cord_sighting *sighting, struct texts *texts)
{
    switch (name.len) {
    case 4:
        return cord_str_eq(name, CORD_STR("host"))   ? &sighting->host
               : cord_str_eq(name, CORD_STR("user")) ? &sighting->user
               : cord_str_eq(name, CORD_STR("time")) ? &texts->time
                                                     : NULL;
    case 5:
        return cord_str_eq(name, CORD_STR("title"))   ? &sighting->title
               : cord_str_eq(name, CORD_STR("level")) ? &texts->level
               : cord_str_eq(name, CORD_STR("first")) ? &texts->first
                                                      : NULL;
    case 7:
        return cord_str_eq(name, CORD_STR("channel")) ? &sighting->channel : NULL;
    case 8:
        return cord_str_eq(name, CORD_STR("event_id")) ? &sighting->event_id : NULL;
    case 10:
        return cord_str_eq(name, CORD_STR("first_seen")) ? &texts->first_seen : NULL;
    case 11:
        return cord_str_eq(name, CORD_STR("evidence_id")) ? &sighting->evidence : NULL;
    case 12:
        return cord_str_eq(name, CORD_STR("organisation")) ? &sighting->organisation : NULL;
    default:
        return NULL;
    }
}

static bool take_member(struct scanning *scanning, cord_str name, struct cord_sighting *sighting,
                        struct texts *texts)
{
    cord_str *text = text_of(name, sighting, texts);
    if (text) {
        return take_text(scanning, text);
    }
    if (cord_str_eq(name, CORD_STR("rule"))) {
        texts->rule = true;
        return take_rule(scanning, sighting);
    }
    if (cord_str_eq(name, CORD_STR("fields"))) {
        return take_fields(scanning, sighting);
    }
    if (cord_str_eq(name, CORD_STR("finding"))) {
        return take_number(scanning, &sighting->number);
    }
    return cord_str_eq(name, CORD_STR("events")) ? take_number(scanning, &sighting->events)
                                                 : skip_value(scanning);
}

/* What follows from the texts; false: not sure. */
static bool conclude(struct cord_sighting *sighting, const struct texts *texts)
{
    if (!texts->rule || sighting->number == 0 || texts->first_seen.len == 0 ||
        !cord_timestamp_parse(texts->first_seen, &sighting->known_ns) ||
        sighting->known_ns == CORD_TIME_NONE) {
        return false;
    }
    sighting->time_ns = sighting->known_ns;
    if (texts->time.len > 0 && !cord_timestamp_parse(texts->time, &sighting->time_ns)) {
        return false;
    }
    sighting->first_ns = sighting->time_ns;
    if (texts->first.len > 0 && !cord_timestamp_parse(texts->first, &sighting->first_ns)) {
        return false;
    }
    sighting->rule = sighting->rule.len > 0 ? sighting->rule : sighting->title;
    return cord_rule_about_level_parse(texts->level, &sighting->level);
}

bool cord_sighting_scan(cord_str json, struct cord_arena *arena, struct cord_sighting *ret_sighting)
{
    struct scanning scanning = {json.ptr, json.ptr + json.len, arena};
    struct names names = {.count = 0};
    struct texts texts = {CORD_STR(""), CORD_STR(""), CORD_STR(""), CORD_STR(""), false};
    struct cord_sighting sighting = {.known_ns = CORD_TIME_NONE,
                                     .events = 1,
                                     .organisation = CORD_STR(""),
                                     .rule = CORD_STR(""),
                                     .title = CORD_STR(""),
                                     .author = CORD_STR(""),
                                     .host = CORD_STR(""),
                                     .user = CORD_STR(""),
                                     .channel = CORD_STR(""),
                                     .event_id = CORD_STR(""),
                                     .evidence = CORD_STR("")};
    cord_str name;
    bool sure = json.len > 0 && take_char(&scanning, '{');
    while (next_member(&scanning, &names, &name, &sure)) {
        sure = take_member(&scanning, name, &sighting, &texts);
    }
    if (!sure || peek(&scanning) != '\0' || scanning.at != scanning.end ||
        !conclude(&sighting, &texts)) {
        return false;
    }
    *ret_sighting = sighting;
    return true;
}
