/*
 * substring.h: a text inside others, whatever the case, at memory speed.
 *
 * Found is what cord_fold_text would make a plain search find: folded text that
 * holds the folded needle. Nothing is copied or folded on the way but around
 * the few letters that fold across ASCII's border (the Kelvin sign, the long s)
 * and, for a needle that is not ASCII, around what is not ASCII in the text.
 *
 * Pure; any thread. The answer does not depend on the vector level.
 */
#ifndef CORD_BASE_SUBSTRING_H
#define CORD_BASE_SUBSTRING_H

#include "base/cpu.h"
#include "base/str.h"

struct cord_substring;

/* The first place at or behind `from` where the needle, which is ASCII, is in
 * the text as letters of either case; text.len when there is none. *high is
 * set when a byte above 0x7f may be in text[from .. the place + needle). */
typedef size_t cord_substring_scan(const struct cord_substring *substring, cord_str text,
                                   size_t from, bool *high);

struct cord_substring {
    cord_str folded; /* borrowed */
    bool is_ascii;
    bool has_special; /* holds a letter to which more than ASCII folds */
    size_t rare[2];   /* places in folded of bytes that logs seldom have, ascending */
    cord_substring_scan *scan;
};

/* `folded` is what cord_fold_text gives, and outlives the substring. */
void cord_substring_init(struct cord_substring *substring, cord_str folded,
                         enum cord_cpu_level level);

/* Where in the text: the characters that fold to the needle. */
struct cord_substring_hit {
    size_t at;
    size_t end;
};

/* The first hit at or behind `from`, which is where a character begins. False:
 * there is none. An empty needle is found at once. */
bool cord_substring_find(const struct cord_substring *substring, cord_str text, size_t from,
                         struct cord_substring_hit *ret_hit);

static inline bool cord_substring_in(const struct cord_substring *substring, cord_str text)
{
    struct cord_substring_hit hit;
    return cord_substring_find(substring, text, 0, &hit);
}

#endif
