/*
 * fuzz_classifier.c: any names and values make some class, and always the
 * same one.
 *
 * The input is lines "name value"; an empty line ends an event. A first byte
 * '+' of a name picks a known one, so that the tables are met. What a
 * classifier remembers must not matter: some events are shown to a fresh one.
 */
#include <assert.h>
#include <stdlib.h>

#include "normalise/classifier.h"
#include "normalise/event_time.h"

enum { FRESH_MAX = 16 };

static const char *const known[] = {
    "Event.System.Channel",
    "Event.System.EventID",
    "Channel",
    "EventID",
    "Provider_Name",
    "event.dataset",
    "product",
    "category",
    "service",
    "id.orig_h",
    "eventSource",
    "eventName",
    "EventType",
    "host.os.type",
    "ecs.version",
    "operationName",
    "SubjectDomainName",
    "SubjectUserName",
    "ObjectName",
    "ObjectValueName",
    "Direction",
    "process.hash.md5",
    "uri",
    "host",
    "request_body_len",
    "flow_id",
    "event_type",
    "@timestamp",
};

static cord_str name_of(cord_str name)
{
    if (name.len >= 2 && name.ptr[0] == '+') {
        size_t pick = (unsigned char)name.ptr[1] % (sizeof(known) / sizeof(known[0]));
        return cord_str_from(known[pick]);
    }
    return name;
}

static void look_at(struct cord_paths *paths, struct cord_classifier *classifier,
                    const struct cord_event *event)
{
    const struct cord_event_class *found = cord_classifier_class(classifier, event->event_class);
    assert(found->number == event->event_class);
    assert(event->event_class < cord_classifier_class_count(classifier));
    (void)cord_event_time(event);
    for (unsigned role = 0; role < CORD_ROLE_COUNT; role++) {
        uint16_t at = event->role[role];
        assert(at == CORD_VALUE_NONE || at < event->value_count);
    }
    for (uint32_t at = 0; at < event->value_count; at++) {
        cord_str names[CORD_CLASS_NAMES_MAX];
        uint32_t path = event->values[at].path;
        size_t count = cord_classifier_names(classifier, found, path, names);
        assert(count <= CORD_CLASS_NAMES_MAX);
        assert(count > 0 || cord_paths_text(paths, path).len == 0);
    }
}

static bool same_words(const cord_str *a, const cord_str *b, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        if (!cord_str_eq(a[at], b[at])) {
            return false;
        }
    }
    return true;
}

static void same_class(const struct cord_event_class *a, const struct cord_event_class *b)
{
    assert(cord_str_eq(a->product, b->product));
    assert(a->category_count == b->category_count && a->service_count == b->service_count);
    assert(same_words(a->categories, b->categories, a->category_count));
    assert(same_words(a->services, b->services, a->service_count));
    assert(cord_str_eq(a->channel, b->channel) && cord_str_eq(a->event_id, b->event_id) &&
           cord_str_eq(a->provider, b->provider));
}

/* The last event of the batch, which has been classified, again. */
static void as_if_new(struct cord_paths *paths, const struct cord_event_class *found,
                      struct cord_batch *batch)
{
    struct cord_event *event = &batch->events[batch->event_count - 1];
    struct cord_classifier *fresh = cord_classifier_new(paths, 3);
    uint16_t role[CORD_ROLE_COUNT];
    assert(fresh);
    memcpy(role, event->role, sizeof(role));
    memset(event->role, 0xff, sizeof(event->role));
    event->event_class = 0;
    cord_classifier_run(fresh, batch, batch->event_count - 1);
    same_class(found, cord_classifier_class(fresh, event->event_class));
    assert(memcmp(role, event->role, sizeof(role)) == 0);
    cord_classifier_free(fresh);
}

static void finish(struct cord_paths *paths, struct cord_classifier *classifier,
                   struct cord_batch *batch)
{
    struct cord_event *event = NULL;
    size_t from = batch->event_count;
    if (cord_batch_add(batch, CORD_STR(""), &event) != CORD_OK) {
        size_t len = batch->text_len;
        cord_batch_reset(batch);
        batch->text_len = len;
        return;
    }
    const struct cord_value *values = event->values;
    uint32_t value_count = event->value_count;
    cord_classifier_run(classifier, batch, from);
    look_at(paths, classifier, event);
    uint32_t first = event->event_class;
    event->event_class = 0;
    event->values = values;
    event->value_count = value_count;
    memset(event->role, 0xff, sizeof(event->role));
    cord_classifier_run(classifier, batch, from);
    assert(event->event_class == first);
    if (from % 4 == 3 && from < FRESH_MAX) {
        event->values = values;
        event->value_count = value_count;
        as_if_new(paths, cord_classifier_class(classifier, first), batch);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_paths *paths = cord_paths_new(1);
    struct cord_classifier *classifier = paths ? cord_classifier_new(paths, 2) : NULL;
    struct cord_batch *batch = cord_batch_new(64);
    assert(classifier && batch && cord_batch_text_grow(batch, size) == CORD_OK);
    if (size > 0) {
        memcpy(batch->text, data, size);
    }
    batch->text_len = size;
    cord_str rest = {batch->text, size}, line;
    while (cord_str_cut(&rest, '\n', &line)) {
        cord_str name;
        if (line.len == 0) {
            finish(paths, classifier, batch);
            continue;
        }
        cord_str value = line;
        (void)cord_str_cut(&value, ' ', &name);
        value = value.ptr ? value : (cord_str){"", 0};
        uint32_t path = cord_paths_dotted(paths, name_of(name));
        unsigned flags = value.len % 3 == 0 ? CORD_VALUE_ESCAPED : 0;
        if (cord_value_add(&batch->values, path, CORD_VALUE_TEXT, flags, value) != CORD_OK) {
            cord_batch_reset(batch);
            batch->text_len = size;
        }
    }
    cord_batch_free(batch);
    cord_classifier_free(classifier);
    cord_paths_free(paths);
    return 0;
}
