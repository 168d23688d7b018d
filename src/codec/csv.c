/* csv.c: see csv.h. */
#include "codec/csv.h"

/* The offset behind the closing quote of a field that begins with one;
 * SIZE_MAX when it is not closed. */
static size_t quoted_end(cord_str text)
{
    size_t at = 1;
    while ((at = cord_str_find_char(text, '"', at)) != SIZE_MAX) {
        if (at + 1 < text.len && text.ptr[at + 1] == '"') {
            at += 2;
            continue;
        }
        return at + 1;
    }
    return SIZE_MAX;
}

size_t cord_csv_record(cord_str text, char delimiter, bool last)
{
    bool at_start = true;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == '\n') {
            return at + 1;
        }
        if (c == '"' && at_start) {
            size_t end = quoted_end(cord_str_from_byte(text, at));
            if (end == SIZE_MAX) {
                return last ? text.len : 0;
            }
            at += end - 1;
        }
        at_start = c == delimiter;
    }
    return last ? text.len : 0;
}

bool cord_csv_field(cord_str *rest, char delimiter, cord_str *ret_field, bool *ret_doubled)
{
    if (!rest->ptr) {
        return false;
    }
    *ret_doubled = false;
    if (rest->len > 0 && rest->ptr[0] == '"') {
        size_t end = quoted_end(*rest);
        if (end != SIZE_MAX) {
            *ret_field = cord_str_slice(*rest, 1, end - 2);
            *ret_doubled = cord_str_find_char(*ret_field, '"', 0) != SIZE_MAX;
            /* What stands between the quote and the delimiter is dropped by
             * every reader of the format; blanks are what occurs. */
            size_t next = cord_str_find_char(*rest, delimiter, end);
            *rest = next == SIZE_MAX ? ((cord_str){0}) : cord_str_from_byte(*rest, next + 1);
            return true;
        }
    }
    return cord_str_cut(rest, delimiter, ret_field);
}

cord_str cord_csv_undouble(struct cord_arena *arena, cord_str field)
{
    char *out = cord_arena_bytes(arena, field.len > 0 ? field.len : 1);
    size_t len = 0;
    if (!out) {
        return (cord_str){0};
    }
    for (size_t at = 0; at < field.len; at++) {
        out[len++] = field.ptr[at];
        if (field.ptr[at] == '"' && at + 1 < field.len && field.ptr[at + 1] == '"') {
            at++;
        }
    }
    return (cord_str){out, len};
}

size_t cord_csv_count(cord_str record, char delimiter)
{
    cord_str field;
    bool doubled;
    size_t count = 0;
    if (!record.ptr) {
        return 0;
    }
    while (cord_csv_field(&record, delimiter, &field, &doubled)) {
        count++;
    }
    return count;
}

char cord_csv_sniff(cord_str header)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = '\0';
    size_t most = 1;
    for (size_t i = 0; i < sizeof candidates; i++) {
        size_t count = cord_csv_count(header, candidates[i]);
        if (count > most) {
            most = count;
            best = candidates[i];
        }
    }
    return best;
}
