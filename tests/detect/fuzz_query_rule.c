/*
 * fuzz_query_rule.c: any query as a draft of a rule. What comes out is one YAML document that is
 * read as one rule, or refused with a reason that a person can act on; never anything else.
 */
#include "detect/collection.h"
#include "detect/query_rule.h"

#include "codec/yaml.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_query *query = NULL;
    struct cord_query_rule rule;
    cord_str text = {(const char *)data, size};
    if (size > 4096 || cord_query_parse(text, &query, NULL) != CORD_OK) {
        return 0;
    }
    struct cord_arena *arena = cord_arena_new(32 << 20);
    struct cord_arena *tree = cord_arena_new(32 << 20);
    const struct cord_query_rule_ask ask = {
        .query = query,
        .text = text,
        .id = CORD_STR("5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11"),
        .title = CORD_STR("Draft"),
        .author = CORD_STR("Ana"),
        .date = CORD_STR("2026-11-22"),
        .level = CORD_STR("low"),
        .event_class = CORD_STR("windows/process_creation/sysmon"),
        .host = CORD_STR("Computer"),
        .user = CORD_STR("User"),
    };
    assert(arena && tree);
    if (cord_query_rule_write(&ask, arena, &rule) == CORD_OK && rule.text.len > 0) {
        struct cord_yaml *documents = NULL;
        struct cord_collection *collection = cord_collection_new();
        assert(cord_yaml_parse(rule.text, 4, tree, &documents, NULL) == CORD_OK);
        assert(documents->count == 1);
        assert(collection &&
               cord_collection_add(collection, CORD_STR("draft.yml"), rule.text, NULL) == CORD_OK &&
               cord_collection_finish(collection, NULL) == CORD_OK);
        assert(cord_collection_rule_count(collection) == 1 ||
               cord_collection_refusal(collection, 0)->reason.len > 0);
        cord_collection_free(collection);
    } else {
        assert(rule.note_count > 0 || rule.text.len == 0);
    }
    cord_query_free(query);
    cord_arena_free(tree);
    cord_arena_free(arena);
    return 0;
}
