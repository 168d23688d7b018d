/* pipeline_regex.c: see pipeline_regex.h. */
#include "detect/pipeline_regex.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct cord_pipeline_regex {
    pcre2_code *code;
    pcre2_match_data *match;
    struct cord_pipeline_regex *next;
};

void cord_pipeline_regex_free(struct cord_pipeline_regex *list)
{
    while (list) {
        struct cord_pipeline_regex *next = list->next;
        pcre2_match_data_free(list->match);
        pcre2_code_free(list->code);
        free(list);
        list = next;
    }
}

cord_status cord_pipeline_regex_new(cord_str expression, bool anchored,
                                    struct cord_pipeline_regex **list, struct cord_error *err)
{
    int number = 0;
    PCRE2_SIZE at = 0;
    struct cord_pipeline_regex *regex = calloc(1, sizeof *regex);
    if (!regex) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | (anchored ? PCRE2_ANCHORED : 0);
    regex->code =
        pcre2_compile((PCRE2_SPTR)expression.ptr, expression.len, options, &number, &at, NULL);
    if (!regex->code && number != PCRE2_ERROR_HEAP_FAILED) {
        PCRE2_UCHAR why[160] = {0};
        (void)pcre2_get_error_message(number, why, sizeof why);
        free(regex);
        return cord_error_set(err, CORD_E_FORMAT, "expression: %s, at character %zu",
                              (const char *)why, (size_t)at);
    }
    regex->match = regex->code ? pcre2_match_data_create_from_pattern(regex->code, NULL) : NULL;
    if (!regex->match) {
        cord_pipeline_regex_free(regex);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    regex->next = *list;
    *list = regex;
    return CORD_OK;
}

bool cord_pipeline_regex_matches(const struct cord_pipeline_regex *regex, cord_str text)
{
    return pcre2_match(regex->code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0, 0,
                       regex->match, NULL) >= 0;
}

/* Python's replacement in PCRE2's words: \1 and \g<1> are ${1}, $ is $$. */
static cord_str translate(cord_str replacement, struct cord_arena *arena)
{
    char *out = cord_arena_bytes(arena, replacement.len * 4 + 1);
    size_t len = 0;
    if (!out) {
        return (cord_str){0};
    }
    for (size_t i = 0; i < replacement.len; i++) {
        char c = replacement.ptr[i];
        char next = i + 1 < replacement.len ? replacement.ptr[i + 1] : '\0';
        cord_str rest = cord_str_from_byte(replacement, i);
        size_t end = cord_str_find_char(rest, '>', 0);
        if (c == '$') {
            out[len++] = '$';
            out[len++] = '$';
        } else if (c == '\\' && cord_str_is_digit(next)) {
            memcpy(out + len, (char[]){'$', '{', next, '}'}, 4);
            len += 4;
            i++;
        } else if (cord_str_starts(rest, CORD_STR("\\g<")) && end != SIZE_MAX) {
            out[len++] = '$';
            out[len++] = '{';
            memcpy(out + len, rest.ptr + 3, end - 3);
            len += end - 3;
            out[len++] = '}';
            i += end;
        } else if (c == '\\' && next == '\\') {
            out[len++] = '\\';
            i++;
        } else {
            out[len++] = c;
        }
    }
    out[len] = '\0';
    return (cord_str){out, len};
}

cord_status cord_pipeline_regex_replace(const struct cord_pipeline_regex *regex, cord_str text,
                                        cord_str replacement, struct cord_arena *arena,
                                        cord_str *ret_text, struct cord_error *err)
{
    cord_str with = translate(replacement, arena);
    PCRE2_SIZE room = text.len * 2 + with.len + 64;
    for (int attempt = 0; with.ptr && attempt < 2; attempt++) {
        PCRE2_SIZE len = room;
        char *out = cord_arena_bytes(arena, room);
        if (!out) {
            break;
        }
        int result = pcre2_substitute(
            regex->code, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0,
            PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH |
                PCRE2_SUBSTITUTE_UNSET_EMPTY,
            regex->match, NULL, (PCRE2_SPTR)with.ptr, with.len, (PCRE2_UCHAR *)out, &len);
        if (result >= 0) {
            *ret_text = (cord_str){out, len};
            return CORD_OK;
        }
        if (result == PCRE2_ERROR_NOMEMORY && len < 1 << 20) {
            room = len + 1;
            continue;
        }
        PCRE2_UCHAR why[160] = {0};
        (void)pcre2_get_error_message(result, why, sizeof why);
        return cord_error_set(err, CORD_E_UNSUPPORTED, "replacement: %s", (const char *)why);
    }
    return cord_error_set(err, cord_arena_failure(arena), "no memory to replace text");
}
