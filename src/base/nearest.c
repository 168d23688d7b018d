/* nearest.c: optimal string alignment, three rows of it. */
#include "base/nearest.h"

static char letter(cord_str s, size_t at)
{
    char c = cord_str_lower_char(s.ptr[at]);
    return c == '_' ? '-' : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t cord_nearest_edits(cord_str a, cord_str b)
{
    size_t rows[3][CORD_NEAREST_BYTES_MAX + 1];
    if (a.len > CORD_NEAREST_BYTES_MAX || b.len > CORD_NEAREST_BYTES_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = letter(a, i - 1) == letter(b, j - 1);
            size_t edits = least(above[j], row[j - 1]) + 1;
            edits = least(edits, above[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && letter(a, i - 1) == letter(b, j - 2) &&
                letter(a, i - 2) == letter(b, j - 1)) {
                edits = least(edits, two_above[j - 2] + 1);
            }
            row[j] = edits;
        }
    }
    return rows[a.len % 3][b.len];
}

void cord_nearest_init(struct cord_nearest *nearest, cord_str word)
{
    *nearest = (struct cord_nearest){.word = word, .best_edits = SIZE_MAX};
}

void cord_nearest_offer(struct cord_nearest *nearest, cord_str candidate)
{
    size_t edits = cord_nearest_edits(nearest->word, candidate);
    if (edits < nearest->best_edits) {
        nearest->best_edits = edits;
        nearest->best = candidate;
    }
}

cord_str cord_nearest_found(const struct cord_nearest *nearest)
{
    size_t allowed = nearest->word.len / 3 > 2 ? nearest->word.len / 3 : 2;
    /* Replacing every letter of a short word would make it anything. */
    bool close = nearest->best_edits <= allowed && nearest->best_edits < nearest->word.len;
    return close ? nearest->best : (cord_str){0};
}
