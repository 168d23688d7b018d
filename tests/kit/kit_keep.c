/* kit_keep.c: see kit_keep.h. */
#include "kit/kit_keep.h"

#include <assert.h>

#include "normalise/event_time.h"

enum { ROWS_MAX = 20 }; /* then they are taken away */
#define ROWS_BYTES_MAX ((size_t)16 << 20)

static const struct cord_keep_source source = {
    .organisation = {"RJ1", 3}, .source = {"kit", 3}, .format = {"any", 3}};

void kit_keep_init(struct kit_keep *keep)
{
    *keep = (struct kit_keep){0};
    keep->rows = cord_rows_new(ROWS_BYTES_MAX, 3);
    keep->paths = cord_paths_new(7);
    assert(keep->rows && keep->paths);
    keep->classifier = cord_classifier_new(keep->paths, 7);
    keep->batch = cord_batch_new(4096);
    assert(keep->classifier && keep->batch);
    keep->replay = cord_replay_new(keep->paths, keep->classifier);
    assert(keep->replay);
}

void kit_keep_done(struct kit_keep *keep)
{
    cord_keep_free(keep->keep);
    cord_replay_free(keep->replay);
    cord_batch_free(keep->batch);
    cord_classifier_free(keep->classifier);
    cord_paths_free(keep->paths);
    cord_rows_free(keep->rows);
}

static void rows_anew(struct kit_keep *keep)
{
    cord_rows_reset(keep->rows);
    cord_keep_into(keep->keep, keep->rows);
}

static void check_row(const struct kit_keep *keep, const struct cord_event *event)
{
    const struct cord_row *row = cord_rows_at(keep->rows, cord_rows_count(keep->rows) - 1);
    assert(cord_str_eq(cord_row_raw(row), event->raw));
    assert(row->span_count == event->value_count);
    assert(row->time_ns == cord_event_time(event) && row->received_ns == 42);
    for (uint32_t i = 0; i < row->span_count; i++) {
        const struct cord_span *span = &row->spans[i];
        const struct cord_value *value = &event->values[i];
        size_t count;
        const cord_str *names = cord_rows_names(keep->rows, span->field, &count);
        assert(cord_str_eq(cord_row_value(row, span), cord_value_str(value)));
        assert(cord_str_eq(names[0], cord_paths_text(keep->decode->paths, value->path)));
        assert(span->kind == value->kind);
        assert((span->flags & ~CORD_SPAN_DERIVED) == value->flags);
        bool derived = i >= event->value_count - event->derived_count;
        assert(derived == ((span->flags & CORD_SPAN_DERIVED) != 0));
    }
    assert(memcmp(row->role, event->role, sizeof row->role) == 0);
}

static bool words_eq(const cord_str *a, size_t a_count, const cord_str *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; i < a_count && same; i++) {
        same = cord_str_eq(a[i], b[i]);
    }
    return same;
}

static void check_class(const struct cord_event_class *a, const struct cord_event_class *b)
{
    assert(cord_str_eq(a->product, b->product));
    assert(words_eq(a->categories, a->category_count, b->categories, b->category_count));
    assert(words_eq(a->services, a->service_count, b->services, b->service_count));
    assert(cord_str_eq(a->channel, b->channel));
    assert(cord_str_eq(a->event_id, b->event_id));
    assert(cord_str_eq(a->provider, b->provider));
}

static void check_event(const struct kit_keep *keep, const struct cord_event *event,
                        const struct cord_event *again)
{
    const struct cord_event_class *classes[2] = {
        cord_classifier_class(keep->decode->classifier, event->event_class),
        cord_classifier_class(keep->classifier, again->event_class)};
    check_class(classes[0], classes[1]);
    assert(cord_str_eq(event->raw, again->raw));
    assert(event->value_count == again->value_count);
    assert(event->derived_count == again->derived_count);
    assert(memcmp(event->role, again->role, sizeof event->role) == 0);
    for (uint32_t i = 0; i < event->value_count; i++) {
        const struct cord_value *a = &event->values[i];
        const struct cord_value *b = &again->values[i];
        cord_str names[2][CORD_CLASS_NAMES_MAX];
        size_t counts[2] = {
            cord_classifier_names(keep->decode->classifier, classes[0], a->path, names[0]),
            cord_classifier_names(keep->classifier, classes[1], b->path, names[1])};
        assert(words_eq(names[0], counts[0], names[1], counts[1]));
        assert(cord_str_eq(cord_value_str(a), cord_value_str(b)));
        assert(a->kind == b->kind && a->flags == b->flags);
    }
}

void kit_keep_event(void *context, const struct kit_decode *decode, const struct cord_event *event)
{
    struct kit_keep *keep = context;
    struct cord_event copy = *event;
    struct cord_batch batch = {.events = &copy, .event_count = 1};
    cord_str words[3];
    size_t next;
    if (keep->keep && cord_rows_count(keep->rows) >= ROWS_MAX) {
        cord_keep_taken(keep->keep);
    }
    if (keep->decode != decode) {
        cord_keep_free(keep->keep);
        keep->decode = decode;
        keep->keep = cord_keep_new(decode->paths, decode->classifier);
        assert(keep->keep);
        cord_keep_into(keep->keep, keep->rows);
        cord_keep_from(keep->keep, &source);
    }
    cord_status status = cord_keep_run(keep->keep, &batch, 0, 42, &next);
    if (status == CORD_E_LIMIT) {
        rows_anew(keep);
        status = cord_keep_run(keep->keep, &batch, 0, 42, &next);
    }
    assert(status == CORD_OK && next == 1);
    check_row(keep, event);

    size_t count = cord_rows_count(keep->rows);
    status = cord_replay_run(keep->replay, keep->rows, count - 1, keep->batch, &next);
    assert(status == CORD_OK && next == count && keep->batch->event_count == 1);
    check_event(keep, event, &keep->batch->events[0]);
    if (cord_paths_full(keep->paths)) {
        cord_paths_reset(keep->paths);
    }
    keep->events++;
    keep->derived += event->derived_count;
    keep->stated += cord_classifier_stated(decode->classifier, event->event_class, &words[0],
                                           &words[1], &words[2]);
}
