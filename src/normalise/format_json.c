/*
 * format_json.c: JSON as a source format, in all the ways logs are laid out.
 *
 * Lines: every line holds one document or several; a line feed ends whatever is
 * broken. Documents of many lines, one behind the other, and lists of records,
 * bare or in a wrapper such as {"Records":[...]}: there the cutter follows
 * brackets and strings. Which it is, the first document tells. What decoding
 * must know of where a batch begins is the batch's preamble: nothing for lines,
 * "d" for documents, for lists how many brackets of the wrapper are open.
 */
#include <stdlib.h>

#include "codec/json.h"
#include "codec/json_frame.h"
#include "normalise/formats.h"

/* A record without an end after so much is taken for broken when another seems
 * to begin at the start of a line. */
#define UNCLOSED_BYTES_MAX ((size_t)1 << 20)

enum layout { UNKNOWN, LINES, DOCUMENTS, LISTS };

struct cord_cutter {
    enum layout layout;
    size_t depth; /* brackets of the wrapper that are open where the text begins */
    size_t at;    /* the text has been looked at up to here */
    size_t here;  /* brackets of the wrapper that are open there */
    bool inside;  /* of a record, or of what closes the wrapper */
    bool opened;  /* a wrapper, and nothing in it read: no place to cut */
    size_t down_to;
    struct cord_json_frame frame;
};

static cord_str preamble_of(enum layout layout, size_t depth)
{
    static const char digits[] = "0123"; /* as deep as wrappers are */
    return layout == LISTS ? (cord_str){digits + depth, 1} : CORD_STR("d");
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\x1e';
}

/* Past blanks, commas, and the record separators of RFC 7464. */
static size_t skip_between(cord_str text, size_t at)
{
    while (at < text.len && (is_blank(text.ptr[at]) || text.ptr[at] == ',')) {
        at++;
    }
    return at;
}

static bool opens(char c)
{
    return c == '{' || c == '[';
}

/* Lines when the first document ends on the line it begins on. */
static enum layout layout_of(cord_str text, bool last)
{
    size_t at = skip_between(text, 0);
    size_t len;
    size_t depth;
    if (at == text.len || !opens(text.ptr[at])) {
        return at == text.len && !last ? UNKNOWN : LINES;
    }
    switch (cord_json_frame_wrapper(cord_str_from_byte(text, at), &len, &depth)) {
    case CORD_JSON_WRAPPER_YES:
        return LISTS;
    case CORD_JSON_WRAPPER_MORE:
        if (!last) {
            return UNKNOWN;
        }
        break;
    case CORD_JSON_WRAPPER_NO:
        break;
    }
    struct cord_json_frame frame = {.depth = 1};
    size_t end = cord_json_frame_close(&frame, text, at + 1, 0);
    size_t line_end = cord_str_find_char(text, '\n', at);
    if (line_end < end) {
        /* A line that is cut short, when the next one starts afresh. */
        bool afresh = line_end + 1 < text.len && text.ptr[line_end + 1] == '{';
        return line_end + 1 == text.len && !last ? UNKNOWN : afresh ? LINES : DOCUMENTS;
    }
    if (end == SIZE_MAX) {
        return last ? LINES : UNKNOWN;
    }
    while (end < text.len && is_blank(text.ptr[end]) && text.ptr[end] != '\n') {
        end++;
    }
    if (end == text.len) {
        return last ? LINES : UNKNOWN;
    }
    return opens(text.ptr[end]) ? DOCUMENTS : LINES;
}

static size_t cut_lines(cord_str text, bool last)
{
    const char *end = last || text.len == 0 ? NULL : memrchr(text.ptr, '\n', text.len);
    return end ? (size_t)(end - text.ptr) + 1 : last ? text.len : 0;
}

/* At what stands between two records: the next one begins, or the wrapper
 * does, or ends. False when it takes more text to tell. */
static bool start_next(struct cord_cutter *cutter, cord_str text, bool last)
{
    char c = text.ptr[cutter->at];
    size_t len;
    size_t depth;
    if (!opens(c) && (c != ']' || cutter->here == 0)) {
        cutter->at++; /* decoding will say what is wrong with it */
        return true;
    }
    if (opens(c) && cutter->here == 0 && cutter->layout == LISTS) {
        cord_str rest = cord_str_from_byte(text, cutter->at);
        enum cord_json_wrapper wrapper = cord_json_frame_wrapper(rest, &len, &depth);
        if (wrapper == CORD_JSON_WRAPPER_MORE && !last) {
            return false;
        }
        if (wrapper == CORD_JSON_WRAPPER_YES) {
            cutter->at += len;
            cutter->here = depth;
            cutter->opened = true;
            return true;
        }
    }
    cutter->inside = true;
    cutter->down_to = opens(c) ? cutter->here : 0;
    cutter->frame = (struct cord_json_frame){.depth = cutter->here};
    if (opens(c)) {
        cutter->frame.depth++;
        cutter->at++;
    }
    return true;
}

/* The start of a line, behind the first byte, where a record seems to begin. */
static size_t next_start(cord_str text)
{
    for (size_t at = 0; (at = cord_str_find_char(text, '\n', at)) != SIZE_MAX; at++) {
        if (at + 1 < text.len && opens(text.ptr[at + 1])) {
            return at + 1;
        }
    }
    return 0;
}

static size_t cut_tree(struct cord_cutter *cutter, cord_str text, bool last)
{
    size_t whole = 0;
    size_t depth = cutter->depth;
    if (cutter->at > text.len) {
        /* The text before was given up: this one begins anywhere. */
        *cutter = (struct cord_cutter){.layout = cutter->layout, .here = cutter->depth};
    }
    for (;;) {
        if (!cutter->inside) {
            if (!cutter->opened) {
                whole = cutter->at;
                depth = cutter->here;
            }
            cutter->at = skip_between(text, cutter->at);
            if (cutter->at == text.len || !start_next(cutter, text, last)) {
                break;
            }
            continue;
        }
        size_t end = cord_json_frame_close(&cutter->frame, text, cutter->at, cutter->down_to);
        if (end == SIZE_MAX) {
            cutter->at = text.len;
            break;
        }
        cutter->at = end;
        cutter->here = cutter->down_to;
        cutter->inside = false;
        cutter->opened = false;
    }
    if (whole == 0 && text.len >= UNCLOSED_BYTES_MAX && (whole = next_start(text)) > 0) {
        *cutter = (struct cord_cutter){.layout = cutter->layout, .at = whole, .here = depth};
    }
    if (whole == 0 && last) {
        return text.len;
    }
    cutter->at -= whole;
    cutter->depth = depth;
    return whole;
}

static size_t cut(struct cord_cutter *cutter, cord_str text, bool last, struct cord_batch *batch)
{
    if (cutter->layout == UNKNOWN) {
        cutter->layout = layout_of(text, last);
        if (cutter->layout == UNKNOWN) {
            return 0;
        }
    }
    if (cutter->layout == LINES) {
        return cut_lines(text, last);
    }
    batch->preamble = preamble_of(cutter->layout, cutter->depth);
    return cut_tree(cutter, text, last);
}

static bool in_lines(const struct cord_cutter *cutter)
{
    return cutter->layout == LINES;
}

static struct cord_cutter *cutter_new(void)
{
    return calloc(1, sizeof(struct cord_cutter));
}

static void cutter_free(struct cord_cutter *cutter)
{
    free(cutter);
}

/* ---- recognising ---- */

static size_t skip_blanks(cord_str text, size_t at)
{
    while (at < text.len && is_blank(text.ptr[at])) {
        at++;
    }
    return at;
}

/* '{' or '[{', then a name in quotes, then a colon. */
static bool looks_like_json(cord_str text)
{
    size_t at = skip_blanks(text, 0);
    if (at < text.len && text.ptr[at] == '[') {
        at = skip_blanks(text, at + 1);
        if (at < text.len && text.ptr[at] == ']') {
            return true;
        }
    }
    if (at == text.len || text.ptr[at] != '{') {
        return false;
    }
    at = skip_blanks(text, at + 1);
    if (at < text.len && text.ptr[at] == '}') {
        return true;
    }
    size_t end =
        at < text.len && text.ptr[at] == '"' ? cord_str_find_char(text, '"', at + 1) : SIZE_MAX;
    at = end == SIZE_MAX ? text.len : skip_blanks(text, end + 1);
    return at < text.len && text.ptr[at] == ':';
}

static unsigned probe(cord_str head, cord_str file_name)
{
    bool named = cord_str_ends(file_name, CORD_STR(".json")) ||
                 cord_str_ends(file_name, CORD_STR(".jsonl")) ||
                 cord_str_ends(file_name, CORD_STR(".ndjson"));
    if (looks_like_json(head)) {
        return named ? 95 : 90;
    }
    /* The first lines may be broken. */
    unsigned lines = 0;
    unsigned good = 0;
    cord_str line;
    while (lines < 20 && cord_str_cut(&head, '\n', &line)) {
        lines += line.len > 0;
        good += line.len > 0 && looks_like_json(line);
    }
    if (good * 2 > lines) {
        return 70;
    }
    return named && good > 0 ? 40 : 0;
}

/* ---- decoding ---- */

struct json_decoder {
    struct cord_decoder_env env;
    struct cord_json_reader *reader;
};

static void decoder_free(void *self)
{
    struct json_decoder *decoder = self;
    if (decoder) {
        cord_json_reader_free(decoder->reader);
        free(decoder);
    }
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    struct json_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) {
        return NULL;
    }
    decoder->env = *env;
    decoder->reader = cord_json_reader_new(cord_cpu_level_detect());
    if (!decoder->reader) {
        decoder_free(decoder);
        return NULL;
    }
    return decoder;
}

static cord_str batch_text(const struct cord_batch *batch)
{
    return (cord_str){batch->text, batch->text_len};
}

static size_t line_end(cord_str text, size_t at)
{
    const char *end = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;
    return end ? (size_t)(end - text.ptr) : text.len;
}

static void refuse(struct cord_batch *batch, size_t at, const char *reason)
{
    cord_batch_refuse(batch, batch->text_offset + at, cord_str_from(reason));
}

/* The document at *at: an event, or refused, when *ret_broken. CORD_E_LIMIT:
 * the batch is full. */
static cord_status take_document(struct json_decoder *decoder, struct cord_batch *batch, size_t *at,
                                 bool *ret_broken)
{
    struct cord_error err; /* written when there is one */
    struct cord_event *event;
    size_t from = *at;
    if (batch->event_count == batch->event_max) {
        return CORD_E_LIMIT;
    }
    cord_status status = cord_json_next(decoder->reader, at, CORD_PATH_ROOT, &batch->values, &err);
    *ret_broken = status != CORD_OK;
    if (status == CORD_OK) {
        return cord_batch_add(batch, (cord_str){batch->text + from, *at - from}, &event);
    }
    if (status == CORD_E_LIMIT && batch->event_count > 0) {
        return status;
    }
    if (status == CORD_E_LIMIT || status == CORD_E_UNSUPPORTED) {
        cord_batch_refuse_too_much(batch, batch->text_offset + from, cord_str_from(err.text));
    } else {
        refuse(batch, from, err.text);
    }
    return CORD_OK;
}

static cord_status decode_lines(struct json_decoder *decoder, struct cord_batch *batch)
{
    cord_str text = batch_text(batch);
    size_t at = batch->taken;
    bool blank = at == 0 || text.ptr[at - 1] == '\n'; /* the line, so far */
    cord_json_begin(decoder->reader, text, decoder->env.paths, true);
    while (at < text.len) {
        char c = text.ptr[at];
        if (c == '\n') {
            batch->skipped += blank;
            batch->records += blank;
            blank = true;
            at++;
        } else if (is_blank(c) || (c == ',' && !blank)) {
            at++;
        } else if (opens(c)) {
            bool broken;
            cord_status status = take_document(decoder, batch, &at, &broken);
            if (status != CORD_OK) {
                return status;
            }
            blank = false;
            at = broken ? line_end(text, at) : at;
        } else {
            refuse(batch, at, "no '{' or '[' where a record should begin");
            blank = false;
            at = line_end(text, at);
        }
        batch->taken = at;
    }
    return CORD_OK;
}

/* The line behind `from` and before `to` that begins a record as far to the
 * right as the one at `from`, when that is the first of its line; or `to`. */
static size_t same_column(cord_str text, size_t from, size_t to)
{
    size_t start = from;
    while (start > 0 && (text.ptr[start - 1] == ' ' || text.ptr[start - 1] == '\t')) {
        start--;
    }
    if (start > 0 && text.ptr[start - 1] != '\n') {
        return to;
    }
    cord_str indent = cord_str_slice(text, start, from - start);
    for (size_t end = line_end(text, from); end < to; end = line_end(text, end + 1)) {
        size_t at = end + 1 + indent.len;
        if (at < to && text.ptr[at] == text.ptr[from] &&
            cord_str_eq(cord_str_slice(text, end + 1, indent.len), indent)) {
            return at;
        }
    }
    return to;
}

/* Behind the broken document at `from`. */
static size_t resync(cord_str text, size_t from)
{
    struct cord_json_frame frame = {.depth = 1};
    size_t end = cord_json_frame_close(&frame, text, from + 1, 0);
    return same_column(text, from, end == SIZE_MAX ? text.len : end);
}

/* Behind the wrapper, whose list ends at `at`. */
static size_t close_wrapper(cord_str text, size_t at, size_t depth)
{
    struct cord_json_frame frame = {.depth = depth};
    size_t end = cord_json_frame_close(&frame, text, at, 0);
    return end == SIZE_MAX ? text.len : end;
}

static size_t refuse_other(struct cord_batch *batch, cord_str text, size_t at)
{
    refuse(batch, at, "no '{' where a record should begin");
    while (at < text.len && text.ptr[at] != '\n' && !opens(text.ptr[at]) && text.ptr[at] != ']') {
        at++;
    }
    /* A bracket that stands where none can is passed over. */
    return at + (at < text.len && text.ptr[at] == ']');
}

static cord_status decode_tree(struct json_decoder *decoder, struct cord_batch *batch)
{
    cord_str text = batch_text(batch);
    enum layout layout = batch->preamble.ptr[0] == 'd' ? DOCUMENTS : LISTS;
    size_t depth = layout == LISTS ? (size_t)(batch->preamble.ptr[0] - '0') : 0;
    size_t at = batch->taken;
    size_t len;
    cord_json_begin(decoder->reader, text, decoder->env.paths, false);
    for (;;) {
        at = skip_between(text, at);
        batch->taken = at;
        batch->preamble = preamble_of(layout, depth);
        if (at == text.len) {
            return CORD_OK;
        }
        char c = text.ptr[at];
        if (c == ']' && depth > 0) {
            at = close_wrapper(text, at, depth);
            depth = 0;
        } else if (!opens(c)) {
            at = refuse_other(batch, text, at);
        } else if (layout == LISTS && depth == 0 &&
                   cord_json_frame_wrapper(cord_str_from_byte(text, at), &len, &depth) ==
                       CORD_JSON_WRAPPER_YES) {
            at += len;
        } else {
            bool broken;
            size_t from = at;
            cord_status status = take_document(decoder, batch, &at, &broken);
            if (status != CORD_OK) {
                return status;
            }
            at = broken ? resync(text, from) : at;
        }
    }
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    struct json_decoder *decoder = self;
    size_t from = batch->event_count;
    cord_status status =
        batch->preamble.len > 0 ? decode_tree(decoder, batch) : decode_lines(decoder, batch);
    cord_classifier_run(decoder->env.classifier, batch, from);
    return status;
}

const struct cord_format cord_format_json = {
    .name = "json",
    .help = "JSON: one document a line, lists of records, pretty-printed or concatenated",
    .probe = probe,
    .cutter_new = cutter_new,
    .cutter_free = cutter_free,
    .cut = cut,
    .in_lines = in_lines,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode = decode,
};
