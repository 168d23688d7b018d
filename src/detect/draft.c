/* draft.c: see draft_internal.h. */
#include "detect/draft_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { REASON_BYTES = 1024 };

void cord_draft_refuse_text(struct cord_draft_context *context, uint32_t line, const char *format,
                            ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(context->err.text, sizeof context->err.text, format, args);
    va_end(args);
    context->line = line;
}

cord_status cord_draft_no_room_reason(struct cord_draft_context *context,
                                      const struct cord_arena *arena)
{
    cord_status status = cord_arena_failure(arena);
    return cord_error_set(&context->err, status,
                          status == CORD_E_LIMIT ? "the rules need more memory than is allowed"
                                                 : "out of memory");
}

bool cord_draft_is_refusal(cord_status status)
{
    return status == CORD_E_FORMAT || status == CORD_E_UNSUPPORTED;
}

static bool grow_refusals(struct cord_draft_context *context)
{
    if (context->refusal_count < context->refusal_cap) {
        return true;
    }
    size_t cap = context->refusal_cap == 0 ? 64 : context->refusal_cap * 2;
    struct cord_rule_refusal *items = realloc(context->refusals, cap * sizeof *items);
    if (!items) {
        return false;
    }
    context->refusals = items;
    context->refusal_cap = cap;
    return true;
}

cord_status cord_draft_report(struct cord_draft_context *context, uint32_t line, bool warning,
                              cord_str reason)
{
    if (!grow_refusals(context)) {
        return cord_error_set(&context->err, CORD_E_NOMEM, "out of memory");
    }
    cord_str kept = cord_arena_copy(context->arena, reason);
    if (!kept.ptr) {
        return cord_draft_no_room(context, context->arena);
    }
    context->refusals[context->refusal_count++] = (struct cord_rule_refusal){
        .file = context->file,
        .line = line,
        .id = context->id,
        .title = context->title,
        .reason = kept,
        .warning = warning,
    };
    return CORD_OK;
}

cord_status cord_draft_warn(struct cord_draft_context *context, uint32_t line, const char *format,
                            ...)
{
    char reason[REASON_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return cord_draft_report(context, line, true, cord_str_from(reason));
}

static bool grow_interned(struct cord_draft_context *context)
{
    if (context->interned_count < context->interned_cap) {
        return true;
    }
    size_t cap = context->interned_cap == 0 ? 256 : context->interned_cap * 2;
    cord_str *texts = realloc(context->interned_texts, cap * sizeof *texts);
    if (!texts) {
        return false;
    }
    context->interned_texts = texts;
    context->interned_cap = cap;
    return true;
}

cord_status cord_draft_intern(struct cord_draft_context *context, cord_str text, cord_str *ret_text)
{
    uint32_t at = cord_map_get(&context->interned, text);
    if (at != CORD_MAP_NONE) {
        *ret_text = context->interned_texts[at];
        return CORD_OK;
    }
    if (!grow_interned(context)) {
        return cord_error_set(&context->err, CORD_E_NOMEM, "out of memory");
    }
    cord_str kept = cord_arena_copy(context->arena, text);
    if (!kept.ptr) {
        return cord_draft_no_room(context, context->arena);
    }
    cord_status status = cord_map_put(&context->interned, kept, (uint32_t)context->interned_count);
    if (status != CORD_OK) {
        return cord_error_set(&context->err, status, "out of memory");
    }
    context->interned_texts[context->interned_count++] = kept;
    *ret_text = kept;
    return CORD_OK;
}

cord_str cord_draft_brief(cord_str text)
{
    return cord_str_slice(text, 0, 80);
}

struct cord_draft_value *cord_draft_value_new(struct cord_draft_context *context,
                                              enum cord_draft_kind kind, uint32_t line)
{
    struct cord_draft_value *value = cord_arena_zalloc(context->work, 1, sizeof *value);
    if (value) {
        value->kind = kind;
        value->line = line;
    }
    return value;
}

/* Recursion below is bounded by the YAML reader's depth, and expansions hold
 * no expansions. */
/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status copy_values(struct cord_draft_context *context,
                               const struct cord_draft_value *values,
                               struct cord_draft_value **ret_values)
{
    struct cord_draft_value *first = NULL;
    struct cord_draft_value **tail = &first;
    for (const struct cord_draft_value *value = values; value; value = value->next) {
        struct cord_draft_value *copy = cord_arena_alloc(context->work, sizeof *copy);
        if (!copy) {
            return cord_draft_no_room(context, context->work);
        }
        *copy = *value;
        copy->next = NULL;
        if (value->members) {
            cord_status status = copy_values(context, value->members, &copy->members);
            if (status != CORD_OK) {
                return status;
            }
        }
        *tail = copy;
        tail = &copy->next;
    }
    *ret_values = first;
    return CORD_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by the reader */
static cord_status copy_nodes(struct cord_draft_context *context,
                              const struct cord_draft_node *nodes,
                              struct cord_draft_node **ret_nodes)
{
    struct cord_draft_node *first = NULL;
    struct cord_draft_node **tail = &first;
    for (const struct cord_draft_node *node = nodes; node; node = node->next) {
        struct cord_draft_node *copy = cord_arena_alloc(context->work, sizeof *copy);
        if (!copy) {
            return cord_draft_no_room(context, context->work);
        }
        *copy = *node;
        copy->next = NULL;
        cord_status status = copy_values(context, node->values, &copy->values);
        if (status == CORD_OK && node->child) {
            status = copy_nodes(context, node->child, &copy->child);
        }
        if (status != CORD_OK) {
            return status;
        }
        *tail = copy;
        tail = &copy->next;
    }
    *ret_nodes = first;
    return CORD_OK;
}

cord_status cord_draft_copy(struct cord_draft_context *context,
                            const struct cord_draft_detection *detection,
                            struct cord_draft_detection *ret_detection)
{
    struct cord_draft_detection copy = {.conditions = detection->conditions};
    struct cord_draft_selection **tail = &copy.selections;
    for (const struct cord_draft_selection *from = detection->selections; from; from = from->next) {
        struct cord_draft_selection *to = cord_arena_alloc(context->work, sizeof *to);
        if (!to) {
            return cord_draft_no_room(context, context->work);
        }
        *to = *from;
        to->next = NULL;
        cord_status status = copy_nodes(context, from->node, &to->node);
        if (status != CORD_OK) {
            return status;
        }
        *tail = to;
        tail = &to->next;
    }
    *ret_detection = copy;
    return CORD_OK;
}
