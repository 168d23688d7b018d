/*
 * What jansson reads we read too, with the same names and values in the same
 * order; what it refuses we refuse, but for what json.h says is kept. All
 * levels agree, on the text as one document and as a stream of them.
 */
#include "codec/json.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 1 << 16 };

struct world {
    struct cord_paths *paths;
    struct cord_json_reader *reader[CORD_CPU_LEVELS];
    struct cord_values values[CORD_CPU_LEVELS];
};

static void world_init(struct world *world)
{
    world->paths = cord_paths_new(1);
    assert(world->paths);
    for (int i = 0; i < CORD_CPU_LEVELS; i++) {
        world->reader[i] = cord_json_reader_new((enum cord_cpu_level)i);
        world->values[i] = (struct cord_values){
            .items = malloc(VALUES_MAX * sizeof(struct cord_value)), .max = VALUES_MAX};
        assert(world->reader[i] && world->values[i].items);
    }
}

static void check_ascii(const struct cord_value *value)
{
    unsigned char seen = 0;
    for (uint32_t i = 0; i < value->len; i++) {
        seen |= (unsigned char)value->ptr[i];
    }
    assert(((value->flags & CORD_VALUE_ASCII) != 0) == (seen < 0x80));
}

static void same_values(const struct cord_values *a, const struct cord_values *b)
{
    assert(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct cord_value *x = &a->items[i];
        const struct cord_value *y = &b->items[i];
        assert(x->ptr == y->ptr && x->len == y->len && x->path == y->path);
        assert(x->kind == y->kind && x->flags == y->flags);
        check_ascii(x);
    }
}

struct cursor {
    const struct world *world;
    const struct cord_values *values;
    size_t at;
};

static void same_text(const struct cord_value *value, const char *wanted, size_t len)
{
    char *plain = malloc(value->len > 0 ? value->len : 1);
    assert(plain);
    size_t plain_len = value->len;
    if (value->flags & CORD_VALUE_ESCAPED) {
        assert(memchr(value->ptr, '\\', value->len));
        plain_len = cord_json_unescape(cord_value_str(value), plain);
    } else {
        assert(!memchr(value->ptr, '\\', value->len));
        memcpy(plain, value->ptr, value->len);
    }
    assert(plain_len == len && memcmp(plain, wanted, len) == 0);
    free(plain);
}

static void same_scalar(const struct cord_value *value, const json_t *wanted)
{
    char lexeme[512];
    switch (json_typeof(wanted)) {
    case JSON_STRING:
        assert(value->kind == CORD_VALUE_TEXT);
        same_text(value, json_string_value(wanted), json_string_length(wanted));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        assert(value->kind == CORD_VALUE_NUMBER);
        if (value->len < sizeof lexeme) {
            memcpy(lexeme, value->ptr, value->len);
            lexeme[value->len] = '\0';
            double mine = strtod(lexeme, NULL);
            double theirs = json_number_value(wanted);
            assert(memcmp(&mine, &theirs, sizeof mine) == 0 || mine == theirs);
        }
        break;
    case JSON_TRUE:
        assert(value->kind == CORD_VALUE_TRUE);
        break;
    case JSON_FALSE:
        assert(value->kind == CORD_VALUE_FALSE);
        break;
    case JSON_NULL:
        assert(value->kind == CORD_VALUE_NULL);
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
        assert(value->kind == CORD_VALUE_EMPTY);
        break;
    }
}

/* Depth is bounded: we have read it. */
static void same_tree(struct cursor *cursor, const json_t *node, uint32_t path, bool in_array,
                      bool root)
{
    size_t size = json_is_object(node) ? json_object_size(node) : json_array_size(node);
    if (size > 0 && json_is_array(node)) {
        for (size_t i = 0; i < size; i++) {
            same_tree(cursor, json_array_get(node, i), path, true, false);
        }
    } else if (size > 0) {
        for (void *at = json_object_iter((json_t *)(uintptr_t)node); at;
             at = json_object_iter_next((json_t *)(uintptr_t)node, at)) {
            cord_str key = {json_object_iter_key(at), json_object_iter_key_len(at)};
            same_tree(cursor, json_object_iter_value(at),
                      cord_paths_child(cursor->world->paths, path, key), in_array, false);
        }
    } else if (!root) {
        assert(cursor->at < cursor->values->count);
        const struct cord_value *value = &cursor->values->items[cursor->at++];
        assert(value->path == path);
        assert(((value->flags & CORD_VALUE_IN_ARRAY) != 0) == in_array);
        same_scalar(value, node);
    }
}

/* jansson refuses these; json.h keeps them. */
static bool kept_anyway(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_invalid_utf8:
    case json_error_numeric_overflow:
    case json_error_null_character:
    case json_error_null_byte_in_key:
    case json_error_duplicate_key:
        return true;
    case json_error_invalid_syntax:
        return strstr(error->text, "control character") || strstr(error->text, "escape") ||
               strstr(error->text, "Unicode") || strstr(error->text, "unexpected newline");
    case json_error_premature_end_of_input:
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_stack_overflow:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_end_of_input_expected:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_index_out_of_range:
    case json_error_invalid_format:
    case json_error_item_not_found:
        break;
    }
    return false;
}

static void as_jansson(const struct world *world, cord_str text, cord_status status)
{
    json_error_t error;
    if (memchr(text.ptr, '\0', text.len)) {
        return; /* jansson takes a NUL byte behind a number for white space */
    }
    json_t *tree = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (tree && status == CORD_OK) {
        struct cursor cursor = {world, &world->values[0], 0};
        same_tree(&cursor, tree, CORD_PATH_ROOT, false, true);
        assert(cursor.at == cursor.values->count);
    } else if (tree) {
        assert(status == CORD_E_UNSUPPORTED || status == CORD_E_LIMIT);
    } else {
        assert(status != CORD_OK || kept_anyway(&error));
    }
    json_decref(tree);
}

static void as_document(struct world *world, cord_str text)
{
    cord_status status = CORD_OK;
    for (int i = 0; i < CORD_CPU_LEVELS; i++) {
        world->values[i].count = 0;
        cord_status got = cord_json_flatten(world->reader[i], text, world->paths, CORD_PATH_ROOT,
                                            &world->values[i], NULL);
        assert(i == 0 || got == status);
        status = got;
        same_values(&world->values[0], &world->values[i]);
    }
    if (status == CORD_OK || text.len < 4096) {
        as_jansson(world, text, status);
    }
}

/* From each place where one may begin, forwards and back. */
static void as_stream(struct world *world, cord_str text, bool lines)
{
    size_t tried = 0;
    for (int i = 0; i < CORD_CPU_LEVELS; i++) {
        world->values[i].count = 0;
        cord_json_begin(world->reader[i], text, world->paths, lines);
    }
    for (size_t at = 0; at < text.len && tried < 64; tried++) {
        size_t next = at;
        for (int i = 0; i < CORD_CPU_LEVELS; i++) {
            size_t end = at;
            cord_status got =
                cord_json_next(world->reader[i], &end, CORD_PATH_ROOT, &world->values[i], NULL);
            assert(got == CORD_OK ? end > at && end <= text.len : end == at);
            assert(i == 0 || end == next);
            next = end;
            same_values(&world->values[0], &world->values[i]);
        }
        at = next > at ? next : cord_str_find_char(text, '\n', at);
        at += at < text.len && text.ptr[at] == '\n';
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world; /* kept: what a reader remembers must not matter */
    char *memory = malloc(size + CORD_JSON_PADDING);
    assert(memory);
    if (size > 0) {
        memcpy(memory, data, size);
    }
    memset(memory + size, '"', CORD_JSON_PADDING);
    if (!world.paths) {
        world_init(&world);
    }
    if (cord_paths_full(world.paths) || cord_paths_count(world.paths) > CORD_PATHS_MAX / 2) {
        cord_paths_reset(world.paths);
    }
    as_document(&world, (cord_str){memory, size});
    as_stream(&world, (cord_str){memory, size}, true);
    as_stream(&world, (cord_str){memory, size}, false);
    free(memory);
    return 0;
}
