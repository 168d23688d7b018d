/*
 * pattern.c: see pattern.h.
 *
 * A pattern is a row of segments with '*' between them. The first is tied to
 * the start, the last to the end; those between take the leftmost place that
 * is left, which leaves most for the rest.
 */
#include "base/pattern.h"

#include "base/utf8.h"

/* Parts without '*'. */
struct segment {
    const struct cord_part *parts;
    size_t count;
};

/* Where the segment ends when it begins at byte `at`; SIZE_MAX: it does not. */
static size_t match_at(const struct segment *segment, cord_str text, size_t at)
{
    for (size_t i = 0; i < segment->count; i++) {
        const struct cord_part *part = &segment->parts[i];
        if (part->kind == CORD_PART_ONE) {
            uint32_t code;
            if (at >= text.len) {
                return SIZE_MAX;
            }
            at += cord_utf8_decode(text, at, &code);
        } else {
            if (!cord_str_starts(cord_str_from_byte(text, at), part->text)) {
                return SIZE_MAX;
            }
            at += part->text.len;
        }
    }
    return at;
}

/* The next place to try, from byte `at` on; SIZE_MAX when there is none. */
static size_t next_start(const struct segment *segment, cord_str text, size_t at)
{
    if (segment->count > 0 && segment->parts[0].kind == CORD_PART_TEXT) {
        return cord_str_find(text, segment->parts[0].text, at);
    }
    return at <= text.len ? at : SIZE_MAX;
}

static size_t step(cord_str text, size_t at)
{
    uint32_t code;
    return at < text.len ? at + cord_utf8_decode(text, at, &code) : at + 1;
}

/* The leftmost place at or after `from`; *ret_end is behind it. With `at_end`
 * it has to reach the end of the text. */
static bool find(const struct segment *segment, cord_str text, size_t from, bool at_end,
                 size_t *ret_end)
{
    for (size_t at = next_start(segment, text, from); at != SIZE_MAX;
         at = next_start(segment, text, step(text, at))) {
        size_t end = match_at(segment, text, at);
        if (end != SIZE_MAX && (!at_end || end == text.len)) {
            *ret_end = end;
            return true;
        }
    }
    return false;
}

static bool find_last(const struct segment *segment, cord_str text, size_t from)
{
    size_t end;
    if (segment->count == 1 && segment->parts[0].kind == CORD_PART_TEXT) {
        return cord_str_ends(cord_str_from_byte(text, from), segment->parts[0].text);
    }
    return segment->count == 0 || find(segment, text, from, true, &end);
}

static struct segment take_segment(const struct cord_part *parts, size_t count, size_t *at)
{
    struct segment segment = {.parts = parts + *at};
    while (*at < count && parts[*at].kind != CORD_PART_ANY) {
        (*at)++;
        segment.count++;
    }
    return segment;
}

bool cord_pattern_matches(const struct cord_part *parts, size_t part_count, cord_str text)
{
    size_t at = 0;
    struct segment segment = take_segment(parts, part_count, &at);
    size_t end = match_at(&segment, text, 0);
    if (end == SIZE_MAX || at == part_count) {
        return end == text.len;
    }
    for (;;) {
        at++; /* the '*' */
        segment = take_segment(parts, part_count, &at);
        if (at == part_count) {
            return find_last(&segment, text, end);
        }
        if (!find(&segment, text, end, false, &end)) {
            return false;
        }
    }
}

cord_str cord_pattern_longest(const struct cord_part *parts, size_t part_count)
{
    cord_str longest = CORD_STR("");
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].kind == CORD_PART_TEXT && parts[i].text.len > longest.len) {
            longest = parts[i].text;
        }
    }
    return longest;
}
