/* query_array.c: see query_array.h. */
#include "evidence/query_array.h"

#include "codec/json_unescape.h"

enum { DEPTH_MAX = 64, KEY_BYTES_MAX = 1024 };

/* An object or array that is open at the place looked at. */
struct level {
    bool is_array;
    uint32_t member;
    size_t name_len; /* of the dotted name down to it */
};

struct walk {
    cord_str raw;
    size_t at;
    struct level levels[DEPTH_MAX];
    size_t depth;
    size_t name_len; /* of what comes next */
};

/* Behind the string whose opening quote is at `at`. */
static size_t skip_string(cord_str raw, size_t at)
{
    at++;
    while (at < raw.len && raw.ptr[at] != '"') {
        at += raw.ptr[at] == '\\' ? 2 : 1;
    }
    return at < raw.len ? at + 1 : raw.len;
}

static size_t skip_blanks(cord_str raw, size_t at)
{
    while (at < raw.len && (raw.ptr[at] == ' ' || raw.ptr[at] == '\t' || raw.ptr[at] == '\n' ||
                            raw.ptr[at] == '\r')) {
        at++;
    }
    return at;
}

static size_t key_len(cord_str key)
{
    char buffer[KEY_BYTES_MAX];
    bool escaped = cord_str_find_char(key, '\\', 0) != SIZE_MAX;
    return escaped && key.len <= sizeof buffer ? cord_json_unescape(key, buffer) : key.len;
}

/* A string that a colon follows is a key, and tells the name of what comes. */
static void take_string(struct walk *walk)
{
    size_t from = walk->at;
    size_t behind = skip_string(walk->raw, from);
    size_t next = skip_blanks(walk->raw, behind);
    bool in_object = walk->depth > 0 && !walk->levels[walk->depth - 1].is_array;
    if (in_object && next < walk->raw.len && walk->raw.ptr[next] == ':') {
        size_t above = walk->levels[walk->depth - 1].name_len;
        cord_str key = cord_str_slice(walk->raw, from + 1, behind - from - 2);
        walk->name_len = above + (above > 0 ? 1 : 0) + key_len(key);
        behind = next + 1;
    }
    walk->at = behind;
}

static bool open_level(struct walk *walk, bool is_array)
{
    if (walk->depth == DEPTH_MAX) {
        return false;
    }
    walk->levels[walk->depth++] = (struct level){.is_array = is_array, .name_len = walk->name_len};
    return true;
}

/* One character outside of strings; false when there is no sense in it. */
static bool take(struct walk *walk)
{
    char c = walk->raw.ptr[walk->at];
    struct level *level = walk->depth > 0 ? &walk->levels[walk->depth - 1] : NULL;
    walk->at++;
    switch (c) {
    case '{':
    case '[':
        return open_level(walk, c == '[');
    case '}':
    case ']':
        walk->depth -= level ? 1 : 0;
        walk->name_len = walk->depth > 0 ? walk->levels[walk->depth - 1].name_len : 0;
        return level != NULL;
    case ',':
        if (level && level->is_array) {
            level->member++;
            walk->name_len = level->name_len;
        }
        return true;
    default:
        return true;
    }
}

/* Every index names an open array in turn, one within the other. */
static bool levels_fit(const struct walk *walk, const struct cord_query_field *field)
{
    size_t wanted = 0;
    for (size_t i = 0; i < walk->depth && wanted < field->index_count; i++) {
        const struct level *level = &walk->levels[i];
        if (level->is_array && level->name_len == field->indexes[wanted].name_len) {
            if (level->member != field->indexes[wanted].member) {
                return false;
            }
            wanted++;
        }
    }
    return wanted == field->index_count;
}

bool cord_query_array_holds(const struct cord_query_field *field, cord_str raw, size_t at)
{
    struct walk walk = {.raw = raw};
    if (at > raw.len) {
        return false;
    }
    while (walk.at < at) {
        if (raw.ptr[walk.at] != '"') {
            if (!take(&walk)) {
                return false;
            }
            continue;
        }
        take_string(&walk); /* opens and closes no level: the value may be this string */
    }
    return levels_fit(&walk, field);
}
