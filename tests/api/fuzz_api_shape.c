/* fuzz_api_shape.c: a body of anybody's making against the shape of every route. Faults are
 * whole texts, and a document without any has all that is required. */
#include "api/api_openapi.h"

#include <assert.h>

static void check_faults(const struct cord_api_faults *faults)
{
    assert(faults->count <= CORD_API_FAULTS_MAX);
    assert(faults->more == 0 || faults->count == CORD_API_FAULTS_MAX);
    for (size_t i = 0; i < faults->count; i++) {
        assert(memchr(faults->items[i].path, '\0', sizeof faults->items[i].path));
        assert(memchr(faults->items[i].detail, '\0', sizeof faults->items[i].detail));
        assert(faults->items[i].detail[0] != '\0');
    }
}

static void check(const struct cord_api_shape *shape, const struct cord_json *root)
{
    struct cord_api_faults faults = {.count = 0};
    cord_api_shape_check(shape, root, &faults);
    check_faults(&faults);
    if (faults.count > 0) {
        return;
    }
    assert(root->kind == CORD_JSON_MAP);
    for (const struct cord_api_member *at = shape->members; at->type != CORD_API_END; at++) {
        assert(!at->required || cord_json_tree_get(root, cord_str_from(at->name)));
    }
}

/* Parameters are texts: each of the members' types, from the same bytes. */
static void check_values(const struct cord_api_shape *shape, cord_str text)
{
    for (const struct cord_api_member *at = shape->members; at->type != CORD_API_END; at++) {
        struct cord_api_faults faults = {.count = 0};
        struct cord_api_value value = {.present = false};
        bool taken = cord_api_shape_value(at, text, &value, &faults) == CORD_OK;
        assert(taken == (faults.count == 0) && taken == value.present);
        check_faults(&faults);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_api_shape *shapes[CORD_API_OPENAPI_SHAPES_MAX];
    size_t count = cord_api_openapi_shapes(shapes);
    cord_str text = {(const char *)data, size};
    struct cord_arena *arena = cord_arena_new(1 << 22);
    const struct cord_json *root = NULL;
    bool parsed = arena && size > 0 && cord_json_tree_parse(text, arena, &root, NULL) == CORD_OK;
    for (size_t i = 0; i < count; i++) {
        if (parsed) {
            check(shapes[i], root);
        }
        check_values(shapes[i], text);
    }
    cord_arena_free(arena);
    return 0;
}
