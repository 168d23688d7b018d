/* recording.c: see recording.h. */
#include "care/recording.h"

#include "base/timestamp.h"
#include "codec/json_write.h"

#include <inttypes.h>
#include <stdio.h>

enum { DATE_BYTES = 19, NEAR_S = 2 * 86400, VALUE_BYTES_MAX = 1 << 20 };

struct writing {
    const struct cord_paths *paths;
    const struct cord_recording_change *change;
    int64_t shift_s;
    struct cord_buf text; /* the value that is being changed */
    struct cord_buf *out;
};

/* --- dates --- */

static bool is_date(cord_str text)
{
    static const char form[] = "dddd-dd-dd*dd:dd:dd";
    if (text.len < DATE_BYTES) {
        return false;
    }
    for (size_t i = 0; i < DATE_BYTES; i++) {
        char c = text.ptr[i];
        bool good = form[i] == 'd'   ? cord_str_is_digit(c)
                    : form[i] == '*' ? c == 'T' || c == ' '
                                     : c == form[i];
        if (!good) {
            return false;
        }
    }
    return text.len == DATE_BYTES || !cord_str_is_digit(text.ptr[DATE_BYTES]);
}

static bool is_near(const struct writing *writing, int64_t second)
{
    int64_t was_s = writing->change->was_ns / CORD_SECOND_NS;
    return writing->change->was_ns != CORD_TIME_NONE && second > was_s - NEAR_S &&
           second < was_s + NEAR_S;
}

/* Its form, and what follows it, stays: fraction and zone hold for any whole second. */
static bool put_date(struct writing *writing, cord_str date)
{
    int64_t ns = 0;
    char text[64];
    char head[DATE_BYTES + 1];
    (void)snprintf(head, sizeof head, "%.*s", DATE_BYTES, date.ptr);
    if (!cord_timestamp_parse((cord_str){head, DATE_BYTES}, &ns) ||
        !is_near(writing, ns / CORD_SECOND_NS)) {
        return false;
    }
    struct cord_civil civil = cord_timestamp_to_civil(ns + writing->shift_s * CORD_SECOND_NS);
    int len = snprintf(text, sizeof text, "%04d-%02d-%02d%c%02d:%02d:%02d", civil.year, civil.month,
                       civil.day, date.ptr[10], civil.hour, civil.minute, civil.second);
    if (len != DATE_BYTES) {
        return false;
    }
    cord_buf_put(&writing->text, (cord_str){text, DATE_BYTES});
    return true;
}

/* --- names --- */

static bool is_part(char c)
{
    char lower = cord_str_lower_char(c);
    return (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) || c == '-' || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* "10.1.1.1" is in "10.1.1.1:445", not in "10.1.1.10" nor in "110.1.1.1" or "10.1.1.1.7". */
static bool stands_alone(cord_str text, size_t at, size_t len)
{
    size_t end = at + len;
    if (at > 0 && (is_part(text.ptr[at - 1]) ||
                   (text.ptr[at - 1] == '.' && cord_str_is_digit(text.ptr[at])))) {
        return false;
    }
    return end == text.len ||
           (!is_part(text.ptr[end]) &&
            !(text.ptr[end] == '.' && end + 1 < text.len && cord_str_is_digit(text.ptr[end + 1]) &&
              cord_str_is_digit(text.ptr[end - 1])));
}

static const struct cord_traffic_change *change_at(const struct writing *writing, cord_str text,
                                                   size_t at)
{
    cord_str rest = cord_str_from_byte(text, at);
    for (size_t i = 0; i < writing->change->count; i++) {
        const struct cord_traffic_change *change = &writing->change->changes[i];
        if (cord_str_starts_fold(rest, change->from) && stands_alone(text, at, change->from.len)) {
            return change;
        }
    }
    return NULL;
}

/* Into writing->text; what is written there is plain ASCII, so that a JSON string stays one. */
static void change_text(struct writing *writing, cord_str text)
{
    cord_buf_clear(&writing->text);
    for (size_t at = 0; at < text.len;) {
        bool begins = at == 0 || !is_part(text.ptr[at - 1]);
        const struct cord_traffic_change *change = begins ? change_at(writing, text, at) : NULL;
        if (change) {
            cord_buf_put(&writing->text, change->to);
            at += change->from.len;
        } else if (begins && is_date(cord_str_from_byte(text, at)) &&
                   put_date(writing, cord_str_from_byte(text, at))) {
            at += DATE_BYTES;
        } else {
            cord_buf_put_char(&writing->text, text.ptr[at++]);
        }
    }
}

/* Zeek's "1492450813.474661". False: it stays. */
static bool change_seconds(struct writing *writing, const struct cord_value *value)
{
    cord_str text = cord_value_str(value);
    size_t point = cord_str_find_char(text, '.', 0);
    uint64_t second = 0;
    if (!cord_str_eq(cord_paths_leaf(writing->paths, value->path), CORD_STR("ts")) ||
        !cord_str_u64(cord_str_slice(text, 0, point), &second) || second > INT32_MAX ||
        !is_near(writing, (int64_t)second)) {
        return false;
    }
    cord_buf_clear(&writing->text);
    cord_buf_printf(&writing->text, "%" PRId64, (int64_t)second + writing->shift_s);
    cord_buf_put(&writing->text, cord_str_from_byte(text, point == SIZE_MAX ? text.len : point));
    return true;
}

static cord_str changed(struct writing *writing, const struct cord_value *value)
{
    cord_str text = cord_value_str(value);
    bool is_text = value->kind == CORD_VALUE_TEXT;
    if ((is_text || value->kind == CORD_VALUE_NUMBER) && change_seconds(writing, value)) {
        return cord_buf_str(&writing->text);
    }
    if (!is_text || text.len == 0) {
        return text;
    }
    change_text(writing, text);
    return writing->text.failed ? text : cord_buf_str(&writing->text);
}

/* --- as it was written --- */

/* One line: outside of strings a line end is nothing but a blank, and inside there is none. */
static void put_raw(struct cord_buf *out, cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        cord_buf_put_char(out, text.ptr[i] == '\n' || text.ptr[i] == '\r' ? ' ' : text.ptr[i]);
    }
}

static bool is_within(cord_str raw, cord_str text, size_t from)
{
    return text.ptr && text.ptr >= raw.ptr + from && text.ptr <= raw.ptr + raw.len &&
           text.len <= raw.len - (size_t)(text.ptr - raw.ptr);
}

static void put_object(struct writing *writing, const struct cord_event *event, cord_str raw)
{
    size_t from = 0;
    size_t count = event->value_count - event->derived_count;
    for (size_t i = 0; i < count; i++) {
        cord_str text = cord_value_str(&event->values[i]);
        if (is_within(raw, text, from)) {
            size_t at = (size_t)(text.ptr - raw.ptr);
            put_raw(writing->out, cord_str_slice(raw, from, at - from));
            cord_buf_put(writing->out, changed(writing, &event->values[i]));
            from = at + text.len;
        }
    }
    put_raw(writing->out, cord_str_from_byte(raw, from));
}

/* --- as a flat object --- */

static void put_value(struct writing *writing, const struct cord_value *value)
{
    cord_str text = changed(writing, value);
    switch ((enum cord_value_kind)value->kind) {
    case CORD_VALUE_NUMBER:
    case CORD_VALUE_TRUE:
    case CORD_VALUE_FALSE:
        cord_buf_put(writing->out, text);
        return;
    case CORD_VALUE_NULL:
    case CORD_VALUE_EMPTY:
        cord_buf_put_text(writing->out, "null");
        return;
    case CORD_VALUE_TEXT:
        break;
    }
    if ((value->flags & CORD_VALUE_ESCAPED) != 0) {
        cord_buf_put_char(writing->out, '"');
        cord_buf_put(writing->out, text);
        cord_buf_put_char(writing->out, '"');
    } else {
        cord_json_write_string(writing->out, text);
    }
}

/* Values of one name that follow one another are an array. */
static void put_flat(struct writing *writing, const struct cord_event *event)
{
    struct cord_buf *out = writing->out;
    size_t count = event->value_count - event->derived_count;
    cord_buf_put_char(out, '{');
    for (size_t i = 0; i < count;) {
        size_t same = 1;
        while (i + same < count && event->values[i + same].path == event->values[i].path) {
            same++;
        }
        cord_buf_put_text(out, i > 0 ? "," : "");
        cord_json_write_string(out, cord_paths_text(writing->paths, event->values[i].path));
        cord_buf_put_text(out, same > 1 ? ":[" : ":");
        for (size_t j = 0; j < same; j++) {
            cord_buf_put_text(out, j > 0 ? "," : "");
            put_value(writing, &event->values[i + j]);
        }
        cord_buf_put_text(out, same > 1 ? "]" : "");
        i += same;
    }
    cord_buf_put_char(out, '}');
}

cord_status cord_recording_put(const struct cord_event *event, const struct cord_paths *paths,
                               const struct cord_recording_change *change, struct cord_buf *out)
{
    cord_str raw = cord_str_trim(event->raw);
    struct writing writing = {.paths = paths, .change = change, .out = out};
    bool failed;
    if (change->was_ns != CORD_TIME_NONE) {
        writing.shift_s = change->is_ns / CORD_SECOND_NS - change->was_ns / CORD_SECOND_NS;
    }
    cord_buf_init(&writing.text, VALUE_BYTES_MAX);
    if (raw.len > 0 && raw.ptr[0] == '{') {
        put_object(&writing, event, raw);
    } else {
        put_flat(&writing, event);
    }
    failed = out->failed;
    cord_buf_done(&writing.text);
    return failed ? CORD_E_LIMIT : CORD_OK;
}
