/* document_merge.c: see document_merge.h. */
#include "detect/document_merge.h"

static cord_status no_room(struct cord_document_merge *merge, struct cord_error *err)
{
    return cord_error_set(err, cord_arena_failure(merge->arena), "no memory to merge documents");
}

static cord_status add_member(struct cord_document_merge *merge, struct cord_yaml *map,
                              struct cord_yaml ***tail, const struct cord_yaml *from,
                              struct cord_error *err)
{
    struct cord_yaml *member = cord_arena_alloc(merge->arena, sizeof *member);
    if (!member) {
        return no_room(merge, err);
    }
    *member = *from;
    member->next = NULL;
    **tail = member;
    *tail = &member->next;
    map->count++;
    return CORD_OK;
}

/* The map without its members. NULL when out of memory. */
static struct cord_yaml *emptied(struct cord_document_merge *merge, const struct cord_yaml *map)
{
    struct cord_yaml *made = cord_arena_alloc(merge->arena, sizeof *made);
    if (made) {
        *made = *map;
        made->child = NULL;
        made->count = 0;
        made->next = NULL;
    }
    return made;
}

/* base with the members of over. Recursion is bounded by the YAML reader's
 * depth. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status merge_maps(struct cord_document_merge *merge, const struct cord_yaml *base,
                              const struct cord_yaml *over, struct cord_yaml **ret_map,
                              struct cord_error *err)
{
    struct cord_yaml *map = emptied(merge, over);
    if (!map) {
        return no_room(merge, err);
    }
    struct cord_yaml **tail = &map->child;
    cord_status status = CORD_OK;
    for (const struct cord_yaml *old = base->child; old && status == CORD_OK; old = old->next) {
        const struct cord_yaml *new = cord_yaml_get(over, old->key->text);
        struct cord_yaml *both = NULL;
        if (new &&new->kind == CORD_YAML_MAP && old->kind == CORD_YAML_MAP) {
            status = merge_maps(merge, old, new, &both, err);
            new = both;
        }
        if (status == CORD_OK) {
            status = add_member(merge, map, &tail, new ? new : old, err);
        }
    }
    for (const struct cord_yaml *new = over->child; new &&status == CORD_OK; new = new->next) {
        if (!cord_yaml_get(base, new->key->text)) {
            status = add_member(merge, map, &tail, new, err);
        }
    }
    *ret_map = map;
    return status;
}

/* A document without its member `action`. */
static cord_status without_action(struct cord_document_merge *merge,
                                  const struct cord_yaml *document, struct cord_yaml **ret_map,
                                  struct cord_error *err)
{
    struct cord_yaml *map = emptied(merge, document);
    if (!map) {
        return no_room(merge, err);
    }
    struct cord_yaml **tail = &map->child;
    cord_status status = CORD_OK;
    for (const struct cord_yaml *from = document->child; from && status == CORD_OK;
         from = from->next) {
        if (!cord_str_eq(from->key->text, CORD_STR("action"))) {
            status = add_member(merge, map, &tail, from, err);
        }
    }
    *ret_map = map;
    return status;
}

static cord_status take_global(struct cord_document_merge *merge, const struct cord_yaml *document,
                               struct cord_error *err)
{
    struct cord_yaml *map = NULL;
    cord_status status = without_action(merge, document, &map, err);
    if (status == CORD_OK && merge->global) {
        status = merge_maps(merge, merge->global, map, &map, err);
    }
    if (status == CORD_OK) {
        merge->global = map;
    }
    return status;
}

static cord_status take_repeat(struct cord_document_merge *merge, const struct cord_yaml *document,
                               const struct cord_yaml **ret_rule, struct cord_error *err)
{
    struct cord_yaml *map = NULL;
    if (!merge->previous) {
        return cord_error_set(err, CORD_E_FORMAT, "action: repeat without a rule before it");
    }
    cord_status status = without_action(merge, document, &map, err);
    if (status == CORD_OK) {
        status = merge_maps(merge, merge->previous, map, &map, err);
    }
    if (status == CORD_OK) {
        merge->previous = map;
        *ret_rule = map;
    }
    return status;
}

cord_status cord_document_merge_next(struct cord_document_merge *merge,
                                     const struct cord_yaml *document,
                                     const struct cord_yaml **ret_rule, bool *ret_inherited,
                                     struct cord_error *err)
{
    const struct cord_yaml *action = cord_yaml_get(document, CORD_STR("action"));
    cord_str word = cord_yaml_text(action);
    bool own_id = cord_yaml_get(document, CORD_STR("id")) != NULL;
    *ret_rule = NULL;
    *ret_inherited = false;
    if (cord_str_eq(word, CORD_STR("global"))) {
        return take_global(merge, document, err);
    }
    if (cord_str_eq(word, CORD_STR("reset"))) {
        merge->global = NULL;
        return CORD_OK;
    }
    if (cord_str_eq(word, CORD_STR("repeat"))) {
        *ret_inherited = !own_id;
        return take_repeat(merge, document, ret_rule, err);
    }
    if (action) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "unknown action '%.*s': write global, reset or repeat",
                              CORD_STR_ARG(cord_str_slice(word, 0, 60)));
    }
    const struct cord_yaml *rule = document;
    cord_status status = CORD_OK;
    if (merge->global) {
        struct cord_yaml *map = NULL;
        status = merge_maps(merge, merge->global, document, &map, err);
        rule = map;
        *ret_inherited = !own_id;
    }
    if (status == CORD_OK) {
        merge->previous = rule;
        *ret_rule = rule;
    }
    return status;
}
