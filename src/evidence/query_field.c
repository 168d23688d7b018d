/* query_field.c: the names of fields; see query_internal.h. */
#include "evidence/query_internal.h"

#include "base/nearest.h"

const char *const cord_query_builtin_fields[] = {
    [CORD_QUERY_FIELD_TIME] = "time",
    [CORD_QUERY_FIELD_RECEIVED] = "received",
    [CORD_QUERY_FIELD_ORG] = "org",
    [CORD_QUERY_FIELD_SOURCE] = "source",
    [CORD_QUERY_FIELD_CLASS] = "class",
    [CORD_QUERY_FIELD_FORMAT] = "format",
    [CORD_QUERY_FIELD_HOST] = "host",
    [CORD_QUERY_FIELD_USER] = "user",
    [CORD_QUERY_FIELD_ID] = "id",
    [CORD_QUERY_FIELD_RAW] = "raw",
    NULL,
};

bool cord_query_field_is_char(char c)
{
    char lower = cord_str_lower_char(c);
    return (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) || ((unsigned char)c & 0x80u) ||
           (c != '\0' && strchr("_.@-$%#[]", c));
}

cord_str cord_query_field_near(cord_str word)
{
    struct cord_nearest nearest;
    cord_nearest_init(&nearest, word);
    for (size_t i = 0; cord_query_builtin_fields[i]; i++) {
        cord_nearest_offer(&nearest, cord_str_from(cord_query_builtin_fields[i]));
    }
    return cord_nearest_found(&nearest);
}

/* "[12]" at the start of the text, its number below 2^32; 0 when there is none. */
static size_t take_index(cord_str text, uint32_t *ret_member)
{
    uint64_t member = 0;
    size_t close = text.len > 0 && text.ptr[0] == '[' ? cord_str_find_char(text, ']', 0) : SIZE_MAX;
    if (close == SIZE_MAX || close < 2 ||
        !cord_str_u64(cord_str_slice(text, 1, close - 1), &member) || member > UINT32_MAX) {
        return 0;
    }
    if (close + 1 < text.len && text.ptr[close + 1] != '.' && text.ptr[close + 1] != '[') {
        return 0;
    }
    *ret_member = (uint32_t)member;
    return close + 1;
}

/* The name without what is in brackets, in the arena. */
static cord_status take_indexes(const struct cord_query_lex *lex, cord_str text, size_t at,
                                struct cord_query_field *field)
{
    char *name = cord_arena_bytes(lex->arena, text.len + 1);
    size_t len = 0;
    if (!name) {
        return cord_error_set(lex->err, CORD_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < text.len;) {
        uint32_t member = 0;
        size_t taken = len > 0 ? take_index(cord_str_from_byte(text, i), &member) : 0;
        if (taken == 0) {
            name[len++] = text.ptr[i++];
            continue;
        }
        if (field->index_count == CORD_QUERY_INDEXES_MAX) {
            return cord_query_lex_fail(lex, CORD_E_LIMIT, at, "at most %u '[n]' in one name",
                                       CORD_QUERY_INDEXES_MAX);
        }
        field->indexes[field->index_count].name_len = (uint32_t)len;
        field->indexes[field->index_count++].member = member;
        i += taken;
    }
    field->name = (cord_str){name, len};
    field->rooted = field->rooted || field->index_count > 0;
    return CORD_OK;
}

cord_status cord_query_field_read(const struct cord_query_lex *lex, cord_str text, size_t at,
                                  struct cord_query_field *ret_field)
{
    struct cord_query_field field = {.text = text, .builtin = CORD_QUERY_FIELD_OWN};
    cord_str name = text;
    if (text.len > 1 && text.ptr[0] == '.') {
        field.rooted = true;
        name = cord_str_from_byte(text, 1);
    }
    if (name.len == 0) {
        return cord_query_lex_refuse(lex, at, "a field has a name");
    }
    cord_status status = take_indexes(lex, name, at, &field);
    for (unsigned i = 0; i < CORD_QUERY_BUILTIN_COUNT && !field.rooted; i++) {
        if (cord_str_eq_fold(field.name, cord_str_from(cord_query_builtin_fields[i]))) {
            field.builtin = (enum cord_query_builtin)i;
        }
    }
    if (status == CORD_OK) {
        *ret_field = field;
    }
    return status;
}
