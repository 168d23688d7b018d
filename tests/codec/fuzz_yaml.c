/* fuzz_yaml.c: any bytes are a bounded tree or a refusal that says where. */
#include "codec/yaml.h"

#include <assert.h>
#include <stdlib.h>

static size_t walk(const struct cord_yaml *node, size_t depth)
{
    size_t count = 0;
    assert(depth <= 64);
    for (const struct cord_yaml *member = node->child; member; member = member->next) {
        assert((member->key != NULL) == (node->kind == CORD_YAML_MAP));
        assert(node->kind == CORD_YAML_MAP || node->kind == CORD_YAML_LIST);
        if (member->key) {
            assert(cord_yaml_get(node, member->key->text) == member);
        }
        if (member->child && depth < 8) { /* aliases may fan out far */
            (void)walk(member, depth + 1);
        }
        count++;
    }
    assert(count == node->count);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_arena *arena = cord_arena_new(1 << 22);
    struct cord_yaml *documents = NULL;
    struct cord_error err = {0};
    if (!arena) {
        return 0;
    }
    cord_status status =
        cord_yaml_parse((cord_str){(const char *)data, size}, 16, arena, &documents, &err);
    if (status == CORD_OK) {
        assert(documents->count <= 16);
        if (size < 4096) {
            (void)walk(documents, 0);
        }
    } else {
        assert(status == CORD_E_FORMAT || status == CORD_E_LIMIT || status == CORD_E_NOMEM);
        assert(err.text[0] != '\0' && !documents);
    }
    cord_arena_free(arena);
    return 0;
}
