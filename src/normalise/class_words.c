/*
 * class_words.c: small sets of words.
 */
#include "normalise/class_internal.h"

static bool has(const cord_str *words, size_t count, cord_str word)
{
    for (size_t at = 0; at < count; at++) {
        if (cord_str_eq_fold(words[at], word)) {
            return true;
        }
    }
    return false;
}

static void add(cord_str *words, size_t *count, cord_str word)
{
    if (word.len > 0 && *count < CORD_CLASS_WORDS_MAX && !has(words, *count, word)) {
        words[(*count)++] = word;
    }
}

void cord_class_words_category(struct cord_class_words *words, cord_str word)
{
    add(words->categories, &words->category_count, word);
}

void cord_class_words_service(struct cord_class_words *words, cord_str word)
{
    add(words->services, &words->service_count, word);
}

void cord_class_words_categories(struct cord_class_words *words, const char *list)
{
    cord_str rest = cord_str_from(list), word;
    while (cord_str_cut(&rest, ' ', &word)) {
        cord_class_words_category(words, word);
    }
}

void cord_class_words_services(struct cord_class_words *words, const char *list)
{
    cord_str rest = cord_str_from(list), word;
    while (cord_str_cut(&rest, ' ', &word)) {
        cord_class_words_service(words, word);
    }
}

void cord_class_words_fields(struct cord_class_words *words, const struct cord_class_fields *fields)
{
    struct cord_class_mapping *mapping = &words->mapping;
    for (size_t at = 0; at < mapping->count; at++) {
        if (mapping->fields[at] == fields) {
            return;
        }
    }
    if (mapping->count < CORD_CLASS_FIELDS_MAX) {
        mapping->fields[mapping->count++] = fields;
    }
}

bool cord_class_words_has_category(const struct cord_class_words *words, const char *word)
{
    return has(words->categories, words->category_count, cord_str_from(word));
}

bool cord_class_words_has_service(const struct cord_class_words *words, const char *word)
{
    return has(words->services, words->service_count, cord_str_from(word));
}

bool cord_class_words_cover(const struct cord_class_words *words,
                            const struct cord_class_words *wanted)
{
    if (wanted->product.len > 0 && !cord_str_eq_fold(wanted->product, words->product)) {
        return false;
    }
    for (size_t at = 0; at < wanted->category_count; at++) {
        if (!has(words->categories, words->category_count, wanted->categories[at])) {
            return false;
        }
    }
    for (size_t at = 0; at < wanted->service_count; at++) {
        if (!has(words->services, words->service_count, wanted->services[at])) {
            return false;
        }
    }
    return true;
}
