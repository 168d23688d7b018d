/* syslog_stream.c: see syslog_stream.h. */
#include "codec/syslog_stream.h"

enum {
    COUNT_DIGITS_MAX = 9,
    PRIORITY_BYTES = 5, /* "<191>" */
    LOOK_BEHIND = 16,   /* a count and its blank, in front of "<PRI>" */
};

enum answer { NO, YES, UNSURE };

static void take(struct cord_syslog_stream *stream, cord_str *input, size_t len)
{
    *input = cord_str_from_byte(*input, len);
    stream->looked = stream->looked > len ? stream->looked - len : 0;
}

static void begin_frame(struct cord_syslog_stream *stream)
{
    stream->in_line = false;
    stream->broken = false;
    stream->skipping = false;
    stream->looked = 0;
}

/* "<0>" to "<191>" at the front; UNSURE when the text ends too early. */
static enum answer is_priority(cord_str text)
{
    size_t at = 1;
    if (text.len == 0) {
        return UNSURE;
    }
    if (text.ptr[0] != '<') {
        return NO;
    }
    while (at < text.len && at < PRIORITY_BYTES - 1 && cord_str_is_digit(text.ptr[at])) {
        at++;
    }
    if (at == text.len) {
        return UNSURE;
    }
    return at > 1 && text.ptr[at] == '>' ? YES : NO;
}

/* "LENGTH SP", which makes a frame when a "<" follows, or such frames were seen. */
static enum answer is_count(const struct cord_syslog_stream *stream, cord_str text,
                            size_t *ret_head, size_t *ret_len)
{
    size_t at = 0;
    size_t len = 0;
    while (at < text.len && at < COUNT_DIGITS_MAX && cord_str_is_digit(text.ptr[at])) {
        len = len * 10 + (size_t)(text.ptr[at] - '0');
        at++;
    }
    if (at == 0 && text.len > 0) {
        return NO;
    }
    if (at == text.len) {
        return text.len > 0 && text.ptr[0] == '0' ? NO : UNSURE;
    }
    if (text.ptr[0] == '0' || text.ptr[at] != ' ') {
        return NO;
    }
    *ret_head = at + 1;
    *ret_len = len;
    if (stream->counted) {
        return YES;
    }
    if (at + 1 == text.len) {
        return UNSURE;
    }
    return text.ptr[at + 1] == '<' ? YES : NO;
}

static cord_status take_counted(struct cord_syslog_stream *stream, cord_str *input, size_t head,
                                size_t len, cord_str *ret_frame)
{
    if (len > stream->bytes_max) {
        stream->counted = true;
        stream->skip = len;
        take(stream, input, head);
        return CORD_E_LIMIT;
    }
    if (len > input->len - head) {
        return CORD_E_MORE;
    }
    stream->counted = true;
    *ret_frame = cord_str_slice(*input, head, len);
    take(stream, input, head + len);
    return CORD_OK;
}

/* A count and a priority where a wrong count left us in the middle: the way back.
 * ret_end is where the count begins. */
static enum answer is_next_count(cord_str text, size_t at, size_t *ret_end)
{
    size_t from = at;
    if (at < 2 || text.ptr[at - 1] != ' ') {
        return NO;
    }
    for (from--; from > 0 && at - from <= COUNT_DIGITS_MAX && cord_str_is_digit(text.ptr[from - 1]);
         from--) {
    }
    if (from == at - 1 || text.ptr[from] == '0') {
        return NO;
    }
    *ret_end = from;
    return is_priority(cord_str_from_byte(text, at));
}

/* Does the line end at this byte? ret_end: the line's length; ret_behind: where the
 * rest begins. */
static enum answer line_ends(const struct cord_syslog_stream *stream, cord_str text, size_t at,
                             size_t *ret_end, size_t *ret_behind)
{
    char c = text.ptr[at];
    *ret_end = at;
    *ret_behind = at + 1;
    if (c == '\n') {
        return stream->multiline || stream->ends_nul ? is_priority(cord_str_from_byte(text, at + 1))
                                                     : YES;
    }
    if (c == '\0') {
        return stream->ends_lf ? NO : YES;
    }
    if (c == '<' && stream->broken) {
        enum answer answer = is_next_count(text, at, ret_end);
        *ret_behind = *ret_end;
        return answer;
    }
    return NO;
}

static cord_str without_line_end(cord_str line)
{
    while (line.len > 0 && (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == '\n')) {
        line.len--;
    }
    return line;
}

/* The line's end is known, or it is too long whatever follows. */
static cord_status end_line(struct cord_syslog_stream *stream, cord_str *input, size_t end,
                            size_t behind, cord_str *ret_frame)
{
    bool told = stream->skipping;
    bool fits = end <= stream->bytes_max;
    if (behind > end && !stream->ends_lf && !stream->ends_nul) {
        stream->ends_lf = input->ptr[end] == '\n';
        stream->ends_nul = !stream->ends_lf;
    }
    *ret_frame = without_line_end(cord_str_slice(*input, 0, end));
    take(stream, input, behind);
    begin_frame(stream);
    if (told) {
        return CORD_E_MORE; /* the one too long, of which was told */
    }
    return fits ? CORD_OK : CORD_E_LIMIT;
}

/* Where only LF can end the line: up to the next one, or to where it gets too long. */
static size_t skip_plain(const struct cord_syslog_stream *stream, cord_str text, size_t at)
{
    if (!stream->ends_lf || stream->multiline || stream->broken) {
        return at;
    }
    size_t end = cord_str_find_char(text, '\n', at);
    size_t limit = stream->bytes_max + LOOK_BEHIND;
    if (!stream->skipping && at < limit && limit < text.len && end > limit) {
        return limit;
    }
    return end < text.len ? end : text.len - 1;
}

/* CORD_E_MORE with the end of a line that was passed over: `looked` is 0 then. */
static cord_status take_line(struct cord_syslog_stream *stream, cord_str *input, bool last,
                             cord_str *ret_frame)
{
    size_t end;
    size_t behind;
    size_t at = stream->looked;
    for (; at < input->len; at++) {
        at = skip_plain(stream, *input, at);
        enum answer answer = line_ends(stream, *input, at, &end, &behind);
        if (answer == YES || (answer == UNSURE && last && input->ptr[at] == '\n')) {
            return end_line(stream, input, end, behind, ret_frame);
        }
        if (answer == UNSURE && !last) {
            break;
        }
        if (at >= stream->bytes_max + LOOK_BEHIND && !stream->skipping) {
            stream->skipping = true;
            stream->looked = at + 1;
            take(stream, input, at + 1 - LOOK_BEHIND);
            return CORD_E_LIMIT;
        }
    }
    if (last && input->len == 0) { /* the caller has lost the line's beginning */
        begin_frame(stream);
        return CORD_E_MORE;
    }
    if (last) {
        return end_line(stream, input, input->len, input->len, ret_frame);
    }
    stream->looked = at;
    if (stream->skipping && at > LOOK_BEHIND) {
        take(stream, input, at - LOOK_BEHIND);
    }
    return CORD_E_MORE;
}

static void skip_counted(struct cord_syslog_stream *stream, cord_str *input)
{
    size_t len = stream->skip < input->len ? stream->skip : input->len;
    *input = cord_str_from_byte(*input, len);
    stream->skip -= len;
}

static bool stands_between(char c)
{
    return c == '\n' || c == '\r' || c == '\0' || c == ' ';
}

/* One step: a frame, or something passed over (CORD_E_MORE with input left). */
static cord_status step(struct cord_syslog_stream *stream, cord_str *input, bool last,
                        cord_str *ret_frame)
{
    size_t head = 0;
    size_t len = 0;
    if (stream->in_line) {
        return take_line(stream, input, last, ret_frame);
    }
    while (input->len > 0 && stands_between(input->ptr[0])) {
        *input = cord_str_from_byte(*input, 1);
    }
    if (input->len == 0) {
        return CORD_E_MORE;
    }
    enum answer answer = is_count(stream, *input, &head, &len);
    if (answer == UNSURE && !last) {
        return CORD_E_MORE;
    }
    if (answer == YES) {
        cord_status status = take_counted(stream, input, head, len, ret_frame);
        if (status == CORD_E_MORE && last) {
            take(stream, input, input->len);
            return CORD_E_FORMAT;
        }
        return status;
    }
    stream->in_line = true;
    stream->broken = stream->counted && input->ptr[0] != '<';
    return take_line(stream, input, last, ret_frame);
}

cord_status cord_syslog_stream_next(struct cord_syslog_stream *stream, cord_str *input, bool last,
                                    cord_str *ret_frame)
{
    for (;;) {
        bool passing = stream->skipping;
        skip_counted(stream, input);
        cord_status status = step(stream, input, last, ret_frame);
        if (status != CORD_E_MORE || !passing || stream->skipping) {
            return status;
        }
        /* A line that was too long has ended: on to the one behind it. */
    }
}
