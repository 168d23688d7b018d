/*
 * classifier.h: which log source an event comes from, in Sigma's words.
 *
 * A classifier looks at the few values that tell (Windows channel and event
 * id, an EVE event_type, a Zeek _path, ECS event.dataset, ...) and gives the
 * event a class: product, categories and services, and what Sigma calls each
 * of the source's field names. All of that is worked out once a class and
 * name, and looked up by number for every further event.
 *
 * A classifier belongs to one worker thread, like its paths. The tables behind
 * it are constant.
 */
#ifndef CORD_NORMALISE_CLASSIFIER_H
#define CORD_NORMALISE_CLASSIFIER_H

#include "codec/paths.h"
#include "event/batch.h"

#define CORD_CLASS_WORDS_MAX 6
#define CORD_CLASS_NAMES_MAX 16

/* What rules see of a class. Product "" with no words: an unknown source, which
 * meets only rules that ask for nothing it lacks. */
struct cord_event_class {
    uint32_t number;
    cord_str product;
    cord_str categories[CORD_CLASS_WORDS_MAX];
    size_t category_count;
    cord_str services[CORD_CLASS_WORDS_MAX];
    size_t service_count;

    /* Values that are the same in every event of the class; "" when they are
     * not, or when a second field of the event may have the same name. A
     * matcher may decide comparisons with them beforehand. */
    cord_str channel;
    cord_str event_id;
    cord_str provider;

    const struct cord_class_mapping *mapping; /* field names; private to normalise */
};

struct cord_classifier;

/* Borrows paths. NULL when out of memory. */
struct cord_classifier *cord_classifier_new(struct cord_paths *paths, uint64_t seed);
void cord_classifier_free(struct cord_classifier *classifier);

/* Fills role[] and event_class of the batch's events from event number `from`
 * on. An event_class or a role that the decoder has set already stays. Adds
 * values that rules want whole and the source has in parts (User of a 4688,
 * TargetObject of a 4657, Hashes, c-uri): such an event then points to its own
 * list of values in the batch's arena; where that has no room, the batch gets a
 * note of the loss. Once an event; the paths may grow. */
void cord_classifier_run(struct cord_classifier *classifier, struct cord_batch *batch, size_t from);

/* The class of a source that the decoder knows by its format alone; "" for
 * what is not known. 0 (the unknown class) when there is no room. */
uint32_t cord_classifier_known(struct cord_classifier *classifier, cord_str product,
                               cord_str category, cord_str service);

/* The words by which cord_classifier_known gave this class; false when it never
 * did. Whoever classifies an event of the class once more states them again. */
bool cord_classifier_stated(const struct cord_classifier *classifier, uint32_t number,
                            cord_str *ret_product, cord_str *ret_category, cord_str *ret_service);

/* Good as long as the classifier. number 0 is the unknown class. */
const struct cord_event_class *cord_classifier_class(const struct cord_classifier *classifier,
                                                     uint32_t number);
uint32_t cord_classifier_class_count(const struct cord_classifier *classifier);

/* Every name by which a rule may mean the values of `path` in events of this
 * class: its dotted name, the name without its wrappers ("Event.EventData."),
 * Sigma's name for it. Blanks are taken out of names, as rules have it. */
size_t cord_classifier_names(const struct cord_classifier *classifier,
                             const struct cord_event_class *event_class, uint32_t path,
                             cord_str ret_names[CORD_CLASS_NAMES_MAX]);

#endif
