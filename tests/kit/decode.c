/* decode.c: see decode.h. */
#include "kit/decode.h"

#include "base/timestamp.h"
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW_NS (1511956800LL * CORD_SECOND_NS) /* 2017-11-29T12:00:00Z */

void kit_decode_init(struct kit_decode *decode)
{
    *decode = (struct kit_decode){.now_ns = NOW_NS};
    decode->paths = cord_paths_new(1);
    assert_non_null(decode->paths);
    decode->classifier = cord_classifier_new(decode->paths, 1);
    assert_non_null(decode->classifier);
}

void kit_decode_done(struct kit_decode *decode)
{
    cord_classifier_free(decode->classifier);
    cord_paths_free(decode->paths);
}

static void show(struct kit_decode *decode, struct cord_batch *batch)
{
    decode->events += batch->event_count;
    for (size_t i = 0; i < batch->event_count && decode->on_event; i++) {
        decode->on_event(decode->context, decode, &batch->events[i]);
    }
    cord_batch_events_reset(batch);
}

static void decode_batch(struct kit_decode *decode, const struct cord_format *format, void *decoder,
                         struct cord_batch *batch)
{
    cord_status status;
    do {
        size_t taken = batch->taken;
        status = format->decode(decoder, batch);
        assert_true(status == CORD_OK || status == CORD_E_LIMIT);
        assert_true(status == CORD_OK || batch->taken > taken || batch->event_count > 0);
        show(decode, batch);
    } while (status == CORD_E_LIMIT);
    assert_int_equal(batch->taken, batch->text_len);
    assert_int_equal(batch->records, batch->read + batch->skipped + batch->refused);
    decode->records += batch->records;
    decode->read += batch->read;
    decode->skipped += batch->skipped;
    decode->refused += batch->refused;
    if (batch->refusal_count > 0 && decode->reason.len == 0) {
        (void)snprintf(decode->reason_text, sizeof decode->reason_text, "%.*s",
                       CORD_STR_ARG(batch->refusals[0].reason));
        decode->reason = cord_str_from(decode->reason_text);
        decode->reason_offset = batch->refusals[0].offset;
    }
}

void kit_decode_run(struct kit_decode *decode, const struct cord_format *format, cord_str text,
                    const char *file_name, size_t step)
{
    if (!format) {
        format = cord_decoder_recognise(cord_str_slice(text, 0, 65536), cord_str_from(file_name));
    }
    struct cord_decoder_env env = {
        .paths = decode->paths, .classifier = decode->classifier, .now_ns = decode->now_ns};
    struct cord_cutter *cutter = format->cutter_new ? format->cutter_new() : NULL;
    void *decoder = format->decoder_new(&env);
    struct cord_batch *batch = cord_batch_new(4096);
    assert_non_null(decoder);
    assert_non_null(batch);
    decode->events = decode->records = decode->read = decode->skipped = decode->refused = 0;
    decode->reason = (cord_str){0};
    for (size_t at = 0, have = step; at < text.len;) {
        have = have < text.len - at ? have : text.len - at;
        bool last = at + have == text.len;
        cord_batch_reset(batch);
        size_t len = format->cut(cutter, cord_str_slice(text, at, have), last, batch);
        assert_true(len <= have && (!last || len == have));
        if (len == 0) {
            have = have > step ? have * 2 : have + step;
            continue;
        }
        assert_true(cord_batch_text_grow(batch, len) == CORD_OK);
        memcpy(batch->text, text.ptr + at, len);
        batch->text_len = len;
        assert_true(cord_batch_text_grow(batch, len) == CORD_OK); /* zeroes the padding */
        batch->text_offset = at;
        batch->last = last;
        decode_batch(decode, format, decoder, batch);
        if (cord_paths_full(decode->paths)) {
            cord_paths_reset(decode->paths);
        }
        at += len;
        have = step;
    }
    cord_batch_free(batch);
    format->decoder_free(decoder);
    if (format->cutter_free) {
        format->cutter_free(cutter);
    }
}

cord_str kit_decode_nth(const struct kit_decode *decode, const struct cord_event *event,
                        const char *name, size_t nth)
{
    for (uint32_t i = 0; i < event->value_count; i++) {
        cord_str path = cord_paths_text(decode->paths, event->values[i].path);
        if (cord_str_eq(path, cord_str_from(name)) && nth-- == 0) {
            return cord_value_str(&event->values[i]);
        }
    }
    return (cord_str){0};
}

cord_str kit_decode_value(const struct kit_decode *decode, const struct cord_event *event,
                          const char *name)
{
    return kit_decode_nth(decode, event, name, 0);
}

struct dump {
    char *buffer;
    size_t size;
    size_t len;
    bool done;
};

static void put(struct dump *dump, const char *name, cord_str value)
{
    int len = snprintf(dump->buffer + dump->len, dump->size - dump->len, "%s=%.*s\n", name,
                       CORD_STR_ARG(value));
    assert_true(len >= 0);
    dump->len += (size_t)len;
    dump->len = dump->len < dump->size ? dump->len : dump->size - 1;
}

static void dump_event(void *context, const struct kit_decode *decode,
                       const struct cord_event *event)
{
    static const char *const roles[CORD_ROLE_COUNT] = {
        "@time", "@host",    "@channel", "@event_id", "@provider", "@record_id",
        "@user", "@message", "@product", "@category", "@service",  "@dataset"};
    struct dump *dump = context;
    if (dump->done) {
        return;
    }
    dump->done = true;
    for (uint32_t i = 0; i < event->value_count; i++) {
        put(dump, cord_paths_text(decode->paths, event->values[i].path).ptr,
            cord_value_str(&event->values[i]));
    }
    for (size_t role = 0; role < CORD_ROLE_COUNT; role++) {
        const struct cord_value *value = cord_event_role(event, (enum cord_role)role);
        if (value) {
            put(dump, roles[role], cord_value_str(value));
        }
    }
    const struct cord_event_class *class =
        cord_classifier_class(decode->classifier, event->event_class);
    char text[512];
    int len =
        snprintf(text, sizeof text, "%.*s/%.*s/%.*s", CORD_STR_ARG(class->product),
                 CORD_STR_ARG(class->category_count > 0 ? class->categories[0] : CORD_STR("")),
                 CORD_STR_ARG(class->service_count > 0 ? class->services[0] : CORD_STR("")));
    put(dump, "@class", (cord_str){text, (size_t)len});
}

cord_str kit_decode_first(const struct cord_format *format, cord_str text, char *buffer,
                          size_t size)
{
    struct kit_decode decode;
    struct dump dump = {buffer, size, 0, false};
    kit_decode_init(&decode);
    decode.on_event = dump_event;
    decode.context = &dump;
    kit_decode_run(&decode, format, text, "", 1 << 16);
    kit_decode_done(&decode);
    return (cord_str){buffer, dump.len};
}

bool kit_decode_has(cord_str dump, const char *line)
{
    cord_str wanted = cord_str_from(line);
    cord_str have;
    while (cord_str_cut(&dump, '\n', &have)) {
        if (cord_str_eq(have, wanted)) {
            return true;
        }
    }
    return false;
}
