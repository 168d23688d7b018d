/* hunt_fields.c: see hunt_fields.h. */
#include "wire/hunt_fields.h"

#include "evidence/query_pick.h"
#include "evidence/store_names.h"

#include <stdio.h>

static void add(struct cord_hunt_fields *fields, const struct cord_query_field *field)
{
    if (field->text.len == 0 || field->builtin != CORD_QUERY_FIELD_OWN ||
        fields->count == CORD_HUNT_FIELDS_MAX) {
        return;
    }
    for (size_t i = 0; i < fields->count; i++) {
        if (cord_str_eq_fold(fields->items[i].name, field->name)) {
            return;
        }
    }
    fields->fields[fields->count] = field;
    fields->items[fields->count++] =
        (struct cord_hunt_field){.name = field->name, .edits = SIZE_MAX};
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the parser */
static void add_condition(struct cord_hunt_fields *fields, const struct cord_query_node *node)
{
    add(fields, &node->field);
    for (size_t i = 0; i < node->child_count; i++) {
        add_condition(fields, node->children[i]);
    }
}

void cord_hunt_fields_init(struct cord_hunt_fields *fields, const struct cord_query *query)
{
    size_t count = 0;
    size_t columns = 0;
    const struct cord_query_stage *stages = cord_query_stages(query, &count);
    bool table = cord_query_columns(query, &columns) != NULL;
    fields->count = 0;
    add_condition(fields, cord_query_condition(query));
    for (size_t i = 0; i < count; i++) {
        bool of_table = table && i > 0; /* its columns are known to be there */
        for (size_t at = 0; at < stages[i].field_count && !of_table; at++) {
            add(fields, &stages[i].fields[at]);
        }
        for (size_t at = 0; at < stages[i].by_count; at++) {
            add(fields, &stages[i].by[at]);
        }
        for (size_t at = 0; at < stages[i].measure_count; at++) {
            add(fields, &stages[i].measures[at].field);
        }
    }
}

static void offer(struct cord_hunt_field *item, cord_str name)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, item->name);
    cord_nearest_offer(&nearest, name);
    if (cord_nearest_found(&nearest).ptr && nearest.best_edits < item->edits &&
        name.len < sizeof item->near) {
        item->edits = nearest.best_edits;
        (void)snprintf(item->near, sizeof item->near, "%.*s", CORD_STR_ARG(name));
    }
}

/* What one field is called. False: all are met. */
static bool meet(void *self, const cord_str *names, size_t count)
{
    struct cord_hunt_fields *fields = self;
    bool all = true;
    for (size_t i = 0; i < fields->count; i++) {
        struct cord_hunt_field *item = &fields->items[i];
        item->met = item->met || cord_query_pick_names(fields->fields[i], names, count) ||
                    cord_query_pick_above(fields->fields[i], names[0]);
        for (size_t at = 0; at < count && !item->met; at++) {
            offer(item, names[at]);
        }
        all = all && item->met;
    }
    return !all;
}

void cord_hunt_fields_look(struct cord_hunt_fields *fields, const struct cord_rows *rows)
{
    for (uint32_t number = 0; number < cord_rows_field_count(rows); number++) {
        size_t count = 0;
        const cord_str *names = cord_rows_names(rows, number, &count);
        (void)meet(fields, names, count);
    }
}

cord_status cord_hunt_fields_store(struct cord_hunt_fields *fields, struct cord_store *store,
                                   struct cord_error *err)
{
    const struct cord_store_names_sink sink = {meet, fields};
    bool all = true;
    if (fields->count == 0) {
        return CORD_OK;
    }
    cord_status status = cord_store_names_visit(store, &sink, &all, err);
    for (size_t i = 0; i < fields->count && status == CORD_OK && !all; i++) {
        fields->items[i].met = true;
    }
    return status;
}

void cord_hunt_fields_merge(struct cord_hunt_fields *into, const struct cord_hunt_fields *from)
{
    for (size_t i = 0; i < into->count && i < from->count; i++) {
        struct cord_hunt_field *item = &into->items[i];
        bool met = item->met || from->items[i].met;
        if (from->items[i].edits < item->edits) {
            *item = from->items[i];
        }
        item->met = met;
    }
}
