/* query_pick.c: see query_pick.h. */
#include "evidence/query_pick.h"

#include "evidence/query_array.h"

#include <stdlib.h>

enum { UNKNOWN, MEANT, NOT_MEANT };

cord_str cord_query_pick_leaf(cord_str dotted)
{
    size_t at = dotted.len;
    while (at > 0 && dotted.ptr[at - 1] != '.') {
        at--;
    }
    return cord_str_from_byte(dotted, at);
}

bool cord_query_pick_names(const struct cord_query_field *field, const cord_str *names,
                           size_t name_count)
{
    size_t count = field->rooted && name_count > 1 ? 1 : name_count;
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq_fold(field->name, names[i])) {
            return true;
        }
    }
    return !field->rooted && name_count > 0 &&
           cord_str_eq_fold(field->name, cord_query_pick_leaf(names[0]));
}

bool cord_query_pick_above(const struct cord_query_field *field, cord_str dotted)
{
    return dotted.len > field->name.len && dotted.ptr[field->name.len] == '.' &&
           cord_str_starts_fold(dotted, field->name);
}

bool cord_query_pick_origin(const struct cord_origin *origin, enum cord_query_builtin builtin,
                            cord_str *ret_text)
{
    switch (builtin) {
    case CORD_QUERY_FIELD_ORG:
        *ret_text = origin->organisation;
        return true;
    case CORD_QUERY_FIELD_SOURCE:
        *ret_text = origin->source;
        return true;
    case CORD_QUERY_FIELD_CLASS:
        *ret_text = origin->event_class;
        return true;
    case CORD_QUERY_FIELD_FORMAT:
        *ret_text = origin->format;
        return true;
    case CORD_QUERY_FIELD_TIME:
    case CORD_QUERY_FIELD_RECEIVED:
    case CORD_QUERY_FIELD_HOST:
    case CORD_QUERY_FIELD_USER:
    case CORD_QUERY_FIELD_ID:
    case CORD_QUERY_FIELD_RAW:
    case CORD_QUERY_FIELD_OWN:
        break;
    }
    return false;
}

void cord_query_pick_init(struct cord_query_pick *pick, const struct cord_query_field *field,
                          bool beneath)
{
    *pick = (struct cord_query_pick){.field = field, .beneath = beneath};
}

void cord_query_pick_done(struct cord_query_pick *pick)
{
    free(pick->known);
    pick->known = NULL;
    pick->known_cap = 0;
}

void cord_query_pick_from(struct cord_query_pick *pick, const struct cord_rows *rows)
{
    pick->rows = rows;
    if (pick->known_cap > 0) {
        memset(pick->known, UNKNOWN, pick->known_cap);
    }
}

static cord_status make_room(struct cord_query_pick *pick)
{
    size_t cap = cord_rows_field_count(pick->rows) + 64u;
    uint8_t *known = realloc(pick->known, cap);
    if (!known) {
        return CORD_E_NOMEM;
    }
    memset(known + pick->known_cap, UNKNOWN, cap - pick->known_cap);
    pick->known = known;
    pick->known_cap = cap;
    return CORD_OK;
}

static uint8_t look_at_names(const struct cord_query_pick *pick, uint32_t number)
{
    size_t count = 0;
    const cord_str *names = cord_rows_names(pick->rows, number, &count);
    bool meant = cord_query_pick_names(pick->field, names, count) ||
                 (pick->beneath && cord_query_pick_above(pick->field, names[0]));
    return meant ? MEANT : NOT_MEANT;
}

static void take_span(const struct cord_row *row, const struct cord_span *span,
                      struct cord_query_picked *ret_picked)
{
    *ret_picked = (struct cord_query_picked){
        .text = cord_row_value(row, span),
        .kind = (enum cord_value_kind)span->kind,
        .flags = span->flags,
    };
}

static bool take_role(const struct cord_row *row, enum cord_role role,
                      struct cord_query_picked *ret_picked)
{
    if (row->role[role] == CORD_VALUE_NONE) {
        return false;
    }
    take_span(row, &row->spans[row->role[role]], ret_picked);
    return true;
}

static bool take_text(cord_str text, struct cord_query_picked *ret_picked)
{
    *ret_picked = (struct cord_query_picked){.text = text, .kind = CORD_VALUE_TEXT};
    return text.len > 0;
}

static bool take_builtin(struct cord_query_pick *pick, const struct cord_row *row,
                         struct cord_query_picked *ret_picked)
{
    cord_str text = {0};
    if (cord_query_pick_origin(cord_rows_origin_at(pick->rows, row->origin), pick->field->builtin,
                               &text)) {
        return take_text(text, ret_picked);
    }
    switch (pick->field->builtin) {
    case CORD_QUERY_FIELD_TIME:
        return take_text(cord_timestamp_format(cord_row_when(row), pick->buffer), ret_picked);
    case CORD_QUERY_FIELD_RECEIVED:
        return take_text(cord_timestamp_format(row->received_ns, pick->buffer), ret_picked);
    case CORD_QUERY_FIELD_HOST:
        return take_role(row, CORD_ROLE_HOST, ret_picked);
    case CORD_QUERY_FIELD_USER:
        return take_role(row, CORD_ROLE_USER, ret_picked);
    case CORD_QUERY_FIELD_RAW:
        return take_text(cord_row_raw(row), ret_picked);
    case CORD_QUERY_FIELD_ORG:
    case CORD_QUERY_FIELD_SOURCE:
    case CORD_QUERY_FIELD_CLASS:
    case CORD_QUERY_FIELD_FORMAT:
    case CORD_QUERY_FIELD_ID:
    case CORD_QUERY_FIELD_OWN:
        break;
    }
    return false;
}

static bool is_meant(struct cord_query_pick *pick, const struct cord_row *row,
                     const struct cord_span *span)
{
    uint8_t *known = &pick->known[span->field];
    if (*known == UNKNOWN) {
        *known = look_at_names(pick, span->field);
    }
    if (*known == NOT_MEANT || pick->field->index_count == 0) {
        return *known == MEANT;
    }
    return span->at < row->raw_len &&
           cord_query_array_holds(pick->field, cord_row_raw(row), span->at);
}

cord_status cord_query_pick_next(struct cord_query_pick *pick, const struct cord_row *row,
                                 size_t *cursor, struct cord_query_picked *ret_picked)
{
    if (pick->field->builtin != CORD_QUERY_FIELD_OWN) {
        bool first = *cursor == 0;
        *cursor = 1;
        return first && take_builtin(pick, row, ret_picked) ? CORD_OK : CORD_E_END;
    }
    if (pick->known_cap < cord_rows_field_count(pick->rows)) {
        cord_status status = make_room(pick);
        if (status != CORD_OK) {
            return status;
        }
    }
    while (*cursor < row->span_count) {
        const struct cord_span *span = &row->spans[(*cursor)++];
        if (is_meant(pick, row, span)) {
            take_span(row, span, ret_picked);
            return CORD_OK;
        }
    }
    return CORD_E_END;
}
