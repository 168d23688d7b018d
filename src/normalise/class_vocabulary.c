/* class_vocabulary.c: see class_vocabulary.h. */
#include "normalise/class_vocabulary.h"

#include "normalise/class_internal.h"
#include "normalise/message_fields.h"

bool cord_class_vocabulary_has_event_id(cord_str category, uint64_t event_id)
{
    return category.len == 0 || cord_class_windows_has_event_id(category, event_id);
}

static bool message_reaches(const struct cord_class_words *wanted)
{
    for (size_t at = 0; at < CORD_MESSAGE_CLASS_COUNT; at++) {
        struct cord_class_words words = {0};
        cord_message_fields_stated((enum cord_message_class)at, &words);
        if (cord_class_words_cover(&words, wanted)) {
            return true;
        }
    }
    return false;
}

bool cord_class_vocabulary_reaches(cord_str product, cord_str category, cord_str service)
{
    struct cord_class_words wanted = {.product = product};
    cord_class_words_category(&wanted, category);
    cord_class_words_service(&wanted, service);
    return cord_class_windows_reaches(&wanted) || cord_class_source_reaches(&wanted) ||
           message_reaches(&wanted);
}
