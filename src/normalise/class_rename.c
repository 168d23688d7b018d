/*
 * class_rename.c: the names by which rules may mean a path.
 *
 * The path itself, without what transports and formats wrap around it, with
 * attributes joined the way Sigma writes them, and Sigma's name for the
 * source's. Asked once a class and path. Names that are made (not cut out of
 * the path or the tables) are kept until the paths are reset.
 */
#include <stdlib.h>

#include "base/map.h"
#include "normalise/class_internal.h"

#define MADE_BYTES ((size_t)8 << 20)
#define NAME_MAX   256u

struct cord_class_rename {
    struct cord_arena *arena;
    struct cord_map made; /* made names to their place in `names` */
    cord_str *names;
    size_t count;
    uint64_t seed;
};

#define MADE_MAX 65536u

/* The answer being gathered. */
struct gather {
    struct cord_class_rename *rename;
    cord_str *names;
    size_t count;
};

struct cord_class_rename *cord_class_rename_new(uint64_t seed)
{
    struct cord_class_rename *rename = calloc(1, sizeof(*rename));
    if (!rename) {
        return NULL;
    }
    rename->seed = seed;
    cord_map_init(&rename->made, seed);
    rename->arena = cord_arena_new(MADE_BYTES);
    rename->names = calloc(MADE_MAX, sizeof(*rename->names));
    if (!rename->arena || !rename->names) {
        cord_class_rename_free(rename);
        return NULL;
    }
    return rename;
}

void cord_class_rename_free(struct cord_class_rename *rename)
{
    if (rename) {
        free(rename->names);
        cord_arena_free(rename->arena);
        cord_map_done(&rename->made);
        free(rename);
    }
}

void cord_class_rename_reset(struct cord_class_rename *rename)
{
    cord_map_done(&rename->made);
    cord_map_init(&rename->made, rename->seed);
    cord_arena_reset(rename->arena);
    rename->count = 0;
}

static bool strip(cord_str *text, const char *prefix)
{
    cord_str head = cord_str_from(prefix);
    if (text->len > head.len && cord_str_starts(*text, head)) {
        *text = cord_str_from_byte(*text, head.len);
        return true;
    }
    return false;
}

cord_str cord_class_rename_unwrap(cord_str path)
{
    /* Elasticsearch and Splunk exports, shippers' envelopes, OpenTelemetry. */
    static const char *const wraps[] = {"_source.", "result.",     "hits.hits._source.",  "_raw.",
                                        "detail.",  "attributes.", "resource.attributes."};
    for (size_t at = 0; at < sizeof(wraps) / sizeof(wraps[0]); at++) {
        if (strip(&path, wraps[at])) {
            break;
        }
    }
    return path;
}

/* Keeps a made name; ptr NULL when there is no room. */
static cord_str keep(struct cord_class_rename *rename, cord_str name)
{
    uint32_t at = cord_map_get(&rename->made, name);
    if (at != CORD_MAP_NONE) {
        return rename->names[at];
    }
    if (rename->count == MADE_MAX) {
        return (cord_str){NULL, 0};
    }
    cord_str kept = cord_arena_copy(rename->arena, name);
    if (!kept.ptr || cord_map_put(&rename->made, kept, (uint32_t)rename->count) != CORD_OK) {
        return (cord_str){NULL, 0};
    }
    rename->names[rename->count++] = kept;
    return kept;
}

static void put(struct gather *gather, cord_str name)
{
    for (size_t at = 0; at < gather->count; at++) {
        if (cord_str_eq(gather->names[at], name)) {
            return;
        }
    }
    if (name.ptr && name.len > 0 && gather->count < CORD_CLASS_NAMES_MAX) {
        gather->names[gather->count++] = name;
    }
}

static void put_made(struct gather *gather, const char *bytes, size_t len)
{
    for (size_t at = 0; at < gather->count; at++) {
        if (cord_str_eq(gather->names[at], (cord_str){bytes, len})) {
            return;
        }
    }
    put(gather, keep(gather->rename, (cord_str){bytes, len}));
}

/* Sigma 2.1: blanks are taken out of field names. */
static void put_without_blanks(struct gather *gather, cord_str name)
{
    if (cord_str_find_char(name, ' ', 0) == SIZE_MAX || name.len > NAME_MAX) {
        put(gather, name);
        return;
    }
    char made[NAME_MAX];
    size_t len = 0;
    for (size_t at = 0; at < name.len; at++) {
        if (name.ptr[at] != ' ') {
            made[len++] = name.ptr[at];
        }
    }
    put_made(gather, made, len);
}

/* "Event.UserData.LogFileCleared.Channel": the middle name is the event's. */
static bool strip_user_data(cord_str *text)
{
    static const char *const heads[] = {"Event.UserData.", "UserData.", "winlog.user_data.",
                                        "user_data."};
    for (size_t at = 0; at < sizeof(heads) / sizeof(heads[0]); at++) {
        if (strip(text, heads[at])) {
            size_t dot = cord_str_find_char(*text, '.', 0);
            bool named = at < 2 && dot != SIZE_MAX && dot + 1 < text->len;
            *text = named ? cord_str_from_byte(*text, dot + 1) : *text;
            return true;
        }
    }
    return false;
}

static bool strip_format(cord_str *text)
{
    static const char *const heads[] = {
        "Event.EventData.",
        "Event.System.",
        "Event.ProcessingErrorData.",
        "Event.RenderingInfo.",
        "EventData.",
        "System.",
        "ExtraEventData.",
        "winlog.event_data.",
        "event_data.data.",
        "event_data.",
        "winlog.",
        "data.win.eventdata.",
        "data.win.system.",
        "fields.",
        "logsource.",
    };
    if (strip_user_data(text)) {
        return true;
    }
    for (size_t at = 0; at < sizeof(heads) / sizeof(heads[0]); at++) {
        if (strip(text, heads[at])) {
            return true;
        }
    }
    return false;
}

cord_str cord_class_rename_bare(cord_str path)
{
    cord_str bare = cord_class_rename_unwrap(path);
    (void)strip_format(&bare);
    return bare;
}

/* "Provider.#attributes.Name" is Provider_Name; "EventID.#text" is EventID. */
static void put_attribute(struct gather *gather, cord_str name)
{
    static const char *const texts[] = {".#text", "._text", ".Value", ".text"};
    for (size_t at = 0; at < sizeof(texts) / sizeof(texts[0]); at++) {
        cord_str tail = cord_str_from(texts[at]);
        if (name.len > tail.len && cord_str_ends(name, tail)) {
            put_without_blanks(gather, cord_str_slice(name, 0, name.len - tail.len));
        }
    }
    static const char *const marks[] = {".#attributes.", ".@attributes.", ".@", ".$."};
    for (size_t at = 0; at < sizeof(marks) / sizeof(marks[0]); at++) {
        cord_str mark = cord_str_from(marks[at]);
        size_t found = cord_str_find(name, mark, 0);
        if (found == SIZE_MAX || found == 0 || name.len > NAME_MAX) {
            continue;
        }
        char made[NAME_MAX + 1];
        cord_str leaf = cord_str_from_byte(name, found + mark.len);
        memcpy(made, name.ptr, found);
        made[found] = '_';
        memcpy(made + found + 1, leaf.ptr, leaf.len);
        put_made(gather, made, found + 1 + leaf.len);
        return;
    }
}

static void put_camel(struct gather *gather, cord_str name)
{
    if (name.len > NAME_MAX || cord_str_find_char(name, '_', 0) == SIZE_MAX) {
        return;
    }
    char made[NAME_MAX];
    size_t len = 0;
    bool raise = false;
    for (size_t at = 0; at < name.len; at++) {
        char c = name.ptr[at];
        if (c == '_' && len > 0) {
            raise = true;
            continue;
        }
        made[len++] = raise && c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        raise = false;
    }
    put_made(gather, made, len);
}

static void put_pascal(struct gather *gather, cord_str name)
{
    if (name.len == 0 || name.len > NAME_MAX || name.ptr[0] < 'a' || name.ptr[0] > 'z') {
        return;
    }
    char made[NAME_MAX];
    memcpy(made, name.ptr, name.len);
    made[0] = (char)(made[0] - 32);
    put_made(gather, made, name.len);
}

/* Of the first `count` names: an alias of an alias is none. */
static void put_aliases(struct gather *gather, const struct cord_class_fields *fields, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        for (const struct cord_class_alias *alias = fields->aliases; alias && alias->from;
             alias++) {
            if (cord_str_eq(gather->names[at], cord_str_from(alias->from))) {
                put(gather, cord_str_from(alias->to));
            }
        }
    }
}

static void put_prefixes(struct gather *gather, const struct cord_class_fields *fields,
                         cord_str bare)
{
    for (size_t at = 0; at < CORD_CLASS_PREFIXES_MAX && fields->prefixes[at]; at++) {
        cord_str name = bare;
        if (strip(&name, fields->prefixes[at])) {
            put_without_blanks(gather, name);
            if (fields->camel) {
                put_camel(gather, name);
            }
            bare = name;
        }
    }
    if (fields->pascal) {
        put_pascal(gather, bare);
    }
    for (size_t at = 0; at < CORD_CLASS_WHOLES_MAX && fields->wholes[at]; at++) {
        cord_str whole = cord_str_from(fields->wholes[at]);
        if (bare.len > whole.len && cord_str_starts(bare, whole) && bare.ptr[whole.len] == '.') {
            put(gather, whole);
        }
    }
}

size_t cord_class_rename_names(struct cord_class_rename *rename,
                               const struct cord_class_mapping *mapping, cord_str path,
                               cord_str ret_names[CORD_CLASS_NAMES_MAX])
{
    struct gather gather = {rename, ret_names, 0};
    put_without_blanks(&gather, path);
    cord_str bare = cord_class_rename_unwrap(path);
    put_without_blanks(&gather, bare);
    bool lower = cord_str_starts(bare, CORD_STR("data.win."));
    if (strip_format(&bare)) {
        put_without_blanks(&gather, bare);
    }
    if (lower) {
        put_pascal(&gather, bare); /* Wazuh lowers the first letter */
    }
    put_attribute(&gather, bare);
    for (size_t at = 0; mapping && at < mapping->count; at++) {
        put_prefixes(&gather, mapping->fields[at], bare);
    }
    size_t count = gather.count;
    for (size_t at = 0; mapping && at < mapping->count; at++) {
        put_aliases(&gather, mapping->fields[at], count);
    }
    return gather.count;
}
