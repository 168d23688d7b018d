/*
 * fuzz_condition.c: any condition over fixed search identifiers is a tree or a
 * refusal; and writing a tree out and reading it again gives the same tree.
 */
#include "detect/condition.h"

#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>

static void put(struct cord_buf *buf, const struct cord_condition *node)
{
    static const char *const words[] = {" and ", " or ", "not "};
    switch (node->kind) {
    case CORD_CONDITION_AND:
    case CORD_CONDITION_OR:
        for (const struct cord_condition *child = node->child; child; child = child->next) {
            cord_buf_put_text(buf, child == node->child ? "(" : words[node->kind]);
            put(buf, child);
        }
        cord_buf_put_text(buf, ")");
        break;
    case CORD_CONDITION_NOT:
        cord_buf_put_text(buf, "not ");
        put(buf, node->child);
        break;
    case CORD_CONDITION_NAME:
        cord_buf_put(buf, node->name);
        break;
    case CORD_CONDITION_ONE_OF:
    case CORD_CONDITION_ALL_OF:
        cord_buf_put_text(buf, node->kind == CORD_CONDITION_ALL_OF ? "all of " : "1 of ");
        cord_buf_put(buf, node->name);
        (void)cord_condition_selects(node->name, CORD_STR("selection_main"));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_arena *arena = cord_arena_new(1 << 24);
    struct cord_condition *first = NULL;
    struct cord_condition *second = NULL;
    struct cord_error err = {0};
    struct cord_buf once;
    struct cord_buf twice;
    cord_str text = {(const char *)data, size};
    cord_buf_init(&once, 1 << 22);
    cord_buf_init(&twice, 1 << 22);
    (void)cord_condition_explain_pipe(arena, text, CORD_STR(""));
    cord_status status = cord_condition_parse(text, arena, &first, &err);
    if (status == CORD_OK) {
        put(&once, first);
        /* Parentheses that say nothing are not written, so depth only sinks. */
        status = cord_condition_parse(cord_buf_str(&once), arena, &second, &err);
        if (status == CORD_OK) {
            put(&twice, second);
            assert(cord_str_eq(cord_buf_str(&once), cord_buf_str(&twice)));
        }
    } else {
        assert(err.text[0] != '\0');
    }
    cord_buf_done(&once);
    cord_buf_done(&twice);
    cord_arena_free(arena);
    return 0;
}
