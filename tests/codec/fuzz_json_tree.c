/* fuzz_json_tree.c: any text. What is taken is UTF-8 and made of spans of the text, a second
 * reading of any span is the same, and jansson takes it, too. */
#include "codec/json_tree.h"

#include <assert.h>
#include <jansson.h>

static void walk(const struct cord_json *root, cord_str text)
{
    const struct cord_json *stack[CORD_JSON_TREE_DEPTH_MAX + 1];
    size_t depth = 0;
    stack[depth++] = root;
    while (depth > 0) {
        const struct cord_json *node = stack[depth - 1];
        assert(node->span.ptr >= text.ptr && node->span.len > 0);
        assert(node->span.ptr + node->span.len <= text.ptr + text.len);
        stack[depth - 1] = node->next;
        depth -= node->next ? 0 : 1;
        if (node->child) {
            assert(depth <= CORD_JSON_TREE_DEPTH_MAX);
            stack[depth++] = node->child;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size};
    struct cord_arena *arena = cord_arena_new(1 << 22);
    const struct cord_json *root = NULL;
    const struct cord_json *again = NULL;
    struct cord_error err;
    if (arena && size > 0 && cord_json_tree_parse(text, arena, &root, &err) == CORD_OK) {
        walk(root, text);
        assert(cord_json_tree_parse(root->span, arena, &again, &err) == CORD_OK);
        assert(again->kind == root->kind && again->count == root->count);
        json_error_t error;
        json_t *other = json_loadb(
            text.ptr, text.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        /* jansson has a range of numbers, we keep them as they are written; and no name of it has a
         * byte of zero. */
        assert(other || json_error_code(&error) == json_error_numeric_overflow ||
               json_error_code(&error) == json_error_null_byte_in_key);
        json_decref(other);
    }
    cord_arena_free(arena);
    return 0;
}
