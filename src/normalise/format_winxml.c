/*
 * format_winxml.c: Windows events as XML text, as a source format.
 */
#include <stdlib.h>

#include "codec/windows_xml.h"
#include "normalise/decoder.h"
#include "normalise/formats.h"

/* Text in which no event ends is cut here all the same. */
enum { UNCUT_BYTES_MAX = 4 << 20 };

static const cord_str byte_order_mark = {"\xef\xbb\xbf", 3};
static const cord_str event_end = {"</Event>", 8};

static bool begins_a_line(cord_str text, size_t at)
{
    while (at > 0 && (text.ptr[at - 1] == ' ' || text.ptr[at - 1] == '\t')) {
        at--;
    }
    return at == 0 || text.ptr[at - 1] == '\n';
}

static unsigned probe(cord_str head, cord_str file_name)
{
    (void)file_name;
    size_t start;
    size_t end;
    if (cord_str_starts(head, byte_order_mark)) {
        head = cord_str_from_byte(head, byte_order_mark.len);
    }
    if (cord_windows_xml_find(head, 0, &start, &end) == CORD_E_END) {
        return 0;
    }
    cord_str event = cord_str_slice(head, start, end - start);
    bool named =
        cord_str_find(event, CORD_STR("schemas.microsoft.com/win/2004/08/events"), 0) != SIZE_MAX;
    if (!cord_str_starts(cord_str_trim(head), CORD_STR("<"))) {
        /* Tools put a line of their own before; XML inside other lines is theirs. */
        return named && begins_a_line(head, start) ? 60 : 0;
    }
    return named || cord_str_find(event, CORD_STR("<System>"), 0) != SIZE_MAX ? 95 : 30;
}

/* Whether what follows shows that the event before `at` is not data in another. */
static bool is_between(cord_str text, size_t at)
{
    static const cord_str spaces = {" \t\r\n", 4};
    while (at < text.len && cord_str_find_char(spaces, text.ptr[at], 0) != SIZE_MAX) {
        at++;
    }
    cord_str rest = cord_str_from_byte(text, at);
    return cord_str_starts(rest, CORD_STR("<Event")) ||
           cord_str_starts(rest, CORD_STR("</Events")) || cord_str_starts(rest, CORD_STR("<?xml"));
}

static size_t cut(struct cord_cutter *cutter, cord_str text, bool last, struct cord_batch *batch)
{
    (void)cutter;
    (void)batch;
    size_t fallback = text.len >= UNCUT_BYTES_MAX ? text.len : 0;
    if (last) {
        return text.len;
    }
    for (size_t at = text.len; at >= event_end.len; at--) {
        if (text.ptr[at - 1] == '>' &&
            memcmp(text.ptr + at - event_end.len, event_end.ptr, event_end.len) == 0) {
            if (is_between(text, at)) {
                return at;
            }
            fallback = fallback == 0 || fallback == text.len ? at : fallback;
        }
    }
    return fallback;
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    struct cord_decoder_env *decoder = malloc(sizeof *decoder);
    if (decoder) {
        *decoder = *env;
    }
    return decoder;
}

static void decoder_free(void *decoder)
{
    free(decoder);
}

static void refuse(struct cord_batch *batch, size_t at, const char *reason)
{
    cord_batch_refuse(batch, batch->text_offset + at, cord_str_from(reason));
}

/* Declarations and wrappers are no loss; other text between events is. */
static void look_between(struct cord_batch *batch, size_t from, size_t to)
{
    cord_str text = {batch->text + from, to - from};
    if (batch->text_offset + from == 0 && cord_str_starts(text, byte_order_mark)) {
        text = cord_str_from_byte(text, byte_order_mark.len);
    }
    text = cord_str_trim(text);
    if (text.len > 0 && text.ptr[0] != '<') {
        refuse(batch, from, "text that is no event");
    }
}

static cord_status take_event(const struct cord_decoder_env *env, struct cord_batch *batch,
                              size_t start, size_t end)
{
    cord_str raw = {batch->text + start, end - start};
    const char *damage;
    if (batch->event_count == batch->event_max) {
        return CORD_E_LIMIT;
    }
    cord_status status =
        cord_windows_xml_read(raw, env->paths, batch->arena, &batch->values, &damage);
    if (status == CORD_E_LIMIT) {
        return status;
    }
    if (status != CORD_OK) {
        refuse(batch, start, damage);
        return CORD_OK;
    }
    struct cord_event *event;
    status = cord_batch_add(batch, raw, &event);
    if (status == CORD_OK && damage) {
        cord_batch_note(batch, batch->text_offset + start, cord_str_from(damage));
    }
    return status;
}

static cord_status decode_events(const struct cord_decoder_env *env, struct cord_batch *batch)
{
    cord_str text = {batch->text, batch->text_len};
    for (;;) {
        size_t start;
        size_t end;
        if (cord_windows_xml_find(text, batch->taken, &start, &end) == CORD_E_END) {
            look_between(batch, batch->taken, text.len);
            batch->taken = text.len;
            return CORD_OK;
        }
        look_between(batch, batch->taken, start);
        batch->taken = start;
        /* One without its end is read as far as it goes. */
        cord_status status = take_event(env, batch, start, end);
        if (status != CORD_OK) {
            return status;
        }
        batch->taken = end;
    }
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    const struct cord_decoder_env *env = self;
    size_t from = batch->event_count;
    cord_status status = decode_events(env, batch);
    cord_classifier_run(env->classifier, batch, from);
    return status;
}

const struct cord_format cord_format_winxml = {
    .name = "winxml",
    .help = "Windows events as XML: Event Viewer, wevtutil, event collectors",
    .probe = probe,
    .cut = cut,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode = decode,
};
