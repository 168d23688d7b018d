/* rule_source.c: see rule_source.h. */
#include "detect/rule_source.h"

/* "---" with nothing, or a blank and whatever, behind it; and the byte order mark that may be
 * before the first. */
static bool parts(cord_str line)
{
    line = cord_str_starts(line, CORD_STR("\xef\xbb\xbf")) ? cord_str_from_byte(line, 3) : line;
    return cord_str_starts(line, CORD_STR("---")) &&
           (line.len == 3 || line.ptr[3] == ' ' || line.ptr[3] == '\t' || line.ptr[3] == '\r');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

cord_str cord_rule_source_at(cord_str text, uint32_t line)
{
    size_t from = 0;
    size_t to = text.len;
    uint32_t number = 1;
    for (size_t at = 0; at < text.len; number++) {
        size_t end = cord_str_find_char(text, '\n', at);
        end = end == SIZE_MAX ? text.len : end;
        if (parts(cord_str_slice(text, at, end - at))) {
            if (number > line) {
                to = at;
                break;
            }
            from = end;
        }
        at = end + 1;
    }
    while (from < to && (text.ptr[from] == '\n' || text.ptr[from] == '\r')) {
        from++;
    }
    while (to > from && is_blank(text.ptr[to - 1])) {
        to--;
    }
    return cord_str_slice(text, from, to - from);
}
