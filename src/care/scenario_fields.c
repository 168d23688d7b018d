/* scenario_fields.c: see scenario_fields.h. */
#include "care/scenario_fields.h"

#include "base/buf.h"
#include "base/nearest.h"
#include "base/timestamp.h"
#include "care/scenario_internal.h"
#include "codec/json_write.h"

#include <inttypes.h>

enum { TEXTS_MAX = 1000, OBJECT_BYTES_MAX = 65536, DAYS_MAX = 10000 };

static cord_status refuse(struct cord_error *err, const struct cord_yaml *node, cord_str name,
                          const char *wanted)
{
    return cord_error_set(err, CORD_E_FORMAT, "line %" PRIu32 ", %.*s: is to be %s", node->line,
                          CORD_STR_ARG(name), wanted);
}

static const struct cord_scenario_field *find(const struct cord_scenario_field *fields,
                                              cord_str name)
{
    for (; fields->name; fields++) {
        if (cord_str_eq(cord_str_from(fields->name), name)) {
            return fields;
        }
    }
    return NULL;
}

static cord_status unknown(const struct cord_scenario_field *fields, const struct cord_yaml *node,
                           struct cord_error *err)
{
    struct cord_nearest nearest;
    cord_str name = cord_yaml_text(node->key);
    cord_nearest_init(&nearest, name);
    for (; fields->name; fields++) {
        cord_nearest_offer(&nearest, cord_str_from(fields->name));
    }
    cord_str near = cord_nearest_found(&nearest);
    return cord_error_set(err, CORD_E_FORMAT, "line %" PRIu32 ": there is no '%.*s'%s%.*s%s",
                          node->line, CORD_STR_ARG(name), near.ptr ? ", did you mean '" : "",
                          CORD_STR_ARG(near), near.ptr ? "'?" : "");
}

/* --- one value --- */

bool cord_scenario_fields_duration(cord_str text, int64_t *ret_ns)
{
    static const char letters[] = "smhd";
    static const int64_t seconds[] = {1, 60, 3600, 86400};
    uint64_t count = 0;
    text = text.len > 0 && text.ptr[0] == '+' ? cord_str_from_byte(text, 1) : text;
    const char *letter = text.len > 0 ? strchr(letters, text.ptr[text.len - 1]) : NULL;
    if (!letter || *letter == '\0' ||
        !cord_str_u64(cord_str_slice(text, 0, text.len - 1), &count) || count == 0) {
        return false;
    }
    int64_t unit_s = seconds[letter - letters];
    if (count > (uint64_t)(DAYS_MAX * 86400LL / unit_s)) {
        return false;
    }
    *ret_ns = (int64_t)count * unit_s * CORD_SECOND_NS;
    return true;
}

static bool get_text(const struct cord_yaml *node, struct cord_arena *arena, cord_str *ret_text)
{
    cord_str text = cord_yaml_text(node);
    *ret_text = text.ptr ? cord_arena_copy(arena, text) : text;
    return ret_text->ptr != NULL;
}

static bool get_texts(const struct cord_yaml *node, struct cord_arena *arena,
                      struct cord_scenario_texts *ret_texts)
{
    bool list = node->kind == CORD_YAML_LIST;
    const struct cord_yaml *item = list ? node->child : node;
    size_t count = list ? node->count : 1;
    cord_str *items =
        count <= TEXTS_MAX ? cord_arena_zalloc(arena, count + 1, sizeof *items) : NULL;
    bool good = items != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = item && get_text(item, arena, &items[i]);
        item = list && item ? item->next : NULL;
    }
    if (good) {
        *ret_texts = (struct cord_scenario_texts){items, count};
    }
    return good;
}

static bool get_span(const struct cord_yaml *node, int64_t span[2])
{
    bool list = node->kind == CORD_YAML_LIST;
    const struct cord_yaml *from = list ? node->child : node;
    const struct cord_yaml *to = list ? (from ? from->next : NULL) : node;
    return (!list || node->count == 2) && cord_timestamp_parse(cord_yaml_text(from), &span[0]) &&
           cord_timestamp_parse(cord_yaml_text(to), &span[1]) && span[0] <= span[1];
}

static bool get_u64(const struct cord_yaml *node, uint64_t most, uint64_t *ret_number)
{
    return node->kind == CORD_YAML_INT && cord_str_u64(cord_yaml_text(node), ret_number) &&
           *ret_number <= most;
}

/* A scalar as JSON; false for what is none. */
static bool put_scalar(const struct cord_yaml *node, struct cord_buf *text)
{
    switch (node->kind) {
    case CORD_YAML_BOOL:
        cord_buf_put_text(text, node->boolean ? "true" : "false");
        return true;
    case CORD_YAML_INT:
        cord_buf_printf(text, "%" PRId64, node->integer);
        return true;
    case CORD_YAML_FLOAT:
    case CORD_YAML_TEXT:
        cord_json_write_string(text, cord_yaml_text(node));
        return true;
    case CORD_YAML_NULL:
    case CORD_YAML_LIST:
    case CORD_YAML_MAP:
        break;
    }
    return false;
}

static bool get_object(const struct cord_yaml *node, struct cord_arena *arena, cord_str *ret_text)
{
    struct cord_buf text;
    bool good = node->kind == CORD_YAML_MAP;
    cord_buf_init(&text, OBJECT_BYTES_MAX);
    for (const struct cord_yaml *member = node->child; member && good; member = member->next) {
        cord_buf_put_char(&text, member == node->child ? '{' : ',');
        cord_json_write_string(&text, cord_yaml_text(member->key));
        cord_buf_put_char(&text, ':');
        good = put_scalar(member, &text);
    }
    cord_buf_put_text(&text, node->child ? "}" : "{}");
    *ret_text = good && !text.failed ? cord_arena_copy(arena, cord_buf_str(&text)) : (cord_str){0};
    cord_buf_done(&text);
    return ret_text->ptr != NULL;
}

static bool get_u32(const struct cord_yaml *node, uint32_t *ret_number)
{
    uint64_t number = 0;
    bool good = get_u64(node, UINT32_MAX, &number);
    *ret_number = good ? (uint32_t)number : *ret_number;
    return good;
}

static bool get(enum cord_scenario_type type, const struct cord_yaml *node,
                struct cord_arena *arena, void *at)
{
    switch (type) {
    case CORD_SCENARIO_TEXT:
        return get_text(node, arena, at);
    case CORD_SCENARIO_TEXTS:
        return get_texts(node, arena, at);
    case CORD_SCENARIO_FLAG:
        *(bool *)at = node->boolean;
        return node->kind == CORD_YAML_BOOL;
    case CORD_SCENARIO_U32:
        return get_u32(node, at);
    case CORD_SCENARIO_U64:
        return get_u64(node, INT64_MAX, at);
    case CORD_SCENARIO_TIME:
        return cord_timestamp_parse(cord_yaml_text(node), at);
    case CORD_SCENARIO_SPAN:
        return get_span(node, at);
    case CORD_SCENARIO_DURATION:
        return cord_scenario_fields_duration(cord_yaml_text(node), at);
    case CORD_SCENARIO_OBJECT:
        return get_object(node, arena, at);
    case CORD_SCENARIO_NODE:
        *(const struct cord_yaml **)at = node;
        return true;
    }
    return false;
}

/* --- the map --- */

static cord_status missing(const struct cord_scenario_field *fields, const struct cord_yaml *map,
                           struct cord_error *err)
{
    for (; fields->name; fields++) {
        if (fields->required && !cord_yaml_get(map, cord_str_from(fields->name))) {
            return cord_error_set(err, CORD_E_FORMAT, "line %" PRIu32 ": '%s' is missing: %s",
                                  map->line, fields->name, fields->help);
        }
    }
    return CORD_OK;
}

cord_status cord_scenario_fields_read(const struct cord_scenario_field *fields,
                                      const struct cord_yaml *map, struct cord_arena *arena,
                                      void *into, struct cord_error *err)
{
    if (map->kind != CORD_YAML_MAP) {
        return cord_error_set(err, CORD_E_FORMAT, "line %" PRIu32 ": is to be a map", map->line);
    }
    for (const struct cord_yaml *node = map->child; node; node = node->next) {
        cord_str name = cord_yaml_text(node->key);
        const struct cord_scenario_field *field = find(fields, name);
        if (!field) {
            return unknown(fields, node, err);
        }
        if (!get(field->type, node, arena, (char *)into + field->offset)) {
            return cord_arena_at_ceiling(arena)
                       ? cord_error_set(err, CORD_E_LIMIT, "the scenario is too long")
                       : refuse(err, node, name, field->help);
        }
    }
    return missing(fields, map, err);
}

cord_status cord_scenario_fields_each(const struct cord_yaml *list,
                                      cord_status (*read)(void *self, const struct cord_yaml *item),
                                      void *self, struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (list && list->kind != CORD_YAML_LIST) {
        return cord_error_set(err, CORD_E_FORMAT, "line %" PRIu32 ": is to be a list", list->line);
    }
    for (const struct cord_yaml *item = list ? list->child : NULL; item && status == CORD_OK;
         item = item->next) {
        status = read(self, item);
    }
    return status;
}

bool cord_scenario_fields_in_range(int64_t time_ns)
{
    return time_ns >= -2208988800LL * CORD_SECOND_NS && time_ns <= 7258118400LL * CORD_SECOND_NS;
}
