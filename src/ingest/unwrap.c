/* unwrap.c: see unwrap.h. */
#include "ingest/unwrap.h"

#include "base/vec.h"
#include "codec/json_span.h"
#include "codec/json_unescape.h"

#include <stdlib.h>

enum {
    LENGTH_DIGITS_MAX = 20,
    PREFIX_MAX = LENGTH_DIGITS_MAX + 1,
    ANSWER_BYTES_MAX = 4 << 20,
    NOTES_ALIKE = 8, /* a sender's envelopes say the same again and again: looked at so far back */
};

bool cord_unwrap_init(struct cord_unwrap *unwrap, size_t text_bytes_max)
{
    *unwrap = (struct cord_unwrap){0};
    cord_buf_init(&unwrap->text, text_bytes_max);
    cord_buf_init(&unwrap->answer, ANSWER_BYTES_MAX);
    unwrap->arena = cord_arena_new(text_bytes_max);
    return unwrap->arena != NULL;
}

void cord_unwrap_done(struct cord_unwrap *unwrap)
{
    if (unwrap) {
        free(unwrap->refusals);
        free(unwrap->notes);
        free(unwrap->runs);
        cord_arena_free(unwrap->arena);
        cord_buf_done(&unwrap->answer);
        cord_buf_done(&unwrap->text);
        *unwrap = (struct cord_unwrap){0};
    }
}

void cord_unwrap_reset(struct cord_unwrap *unwrap)
{
    cord_buf_clear(&unwrap->text);
    cord_buf_clear(&unwrap->answer);
    cord_arena_reset(unwrap->arena);
    unwrap->run_count = 0;
    unwrap->note_count = 0;
    unwrap->refusal_count = 0;
    memset(unwrap->refused, 0, sizeof unwrap->refused);
    unwrap->items = 0;
    unwrap->noting = false;
    unwrap->failed = false;
}

/* The run that the next record belongs to. NULL: out of memory. */
static struct cord_unwrap_run *run_of(struct cord_unwrap *unwrap, enum cord_unwrap_form form)
{
    if (unwrap->run_count > 0) {
        struct cord_unwrap_run *last = &unwrap->runs[unwrap->run_count - 1];
        if (last->form == form && last->item_first + last->item_count == unwrap->items) {
            return last;
        }
    }
    struct cord_unwrap_run *runs =
        cord_vec_room(unwrap->runs, unwrap->run_count, &unwrap->run_cap, sizeof *runs);
    if (!runs) {
        return NULL;
    }
    unwrap->runs = runs;
    runs[unwrap->run_count] = (struct cord_unwrap_run){
        .form = form,
        .from = unwrap->text.len,
        .item_first = unwrap->items,
    };
    return &runs[unwrap->run_count++];
}

/* Line feeds are rare in what is sent: memchr finds that there are none at the speed of
 * memory. */
static void make_one_line(char *text, size_t len)
{
    char *end = text + len;
    for (char *at = memchr(text, '\n', len); at; at = memchr(at, '\n', (size_t)(end - at))) {
        *at++ = ' ';
    }
}

static bool put_document(struct cord_buf *text, cord_str record)
{
    char *into = cord_buf_reserve(text, record.len + 1);
    if (!into) {
        return false;
    }
    memcpy(into, record.ptr, record.len);
    make_one_line(into, record.len);
    into[record.len] = '\n';
    text->len += record.len + 1;
    return true;
}

struct prefix {
    char bytes[PREFIX_MAX]; /* "LENGTH SP" */
    size_t len;
};

static struct prefix prefix_of(size_t length)
{
    char digits[LENGTH_DIGITS_MAX];
    size_t at = sizeof digits;
    for (size_t rest = length; rest > 0; rest /= 10) {
        digits[--at] = (char)('0' + rest % 10);
    }
    struct prefix prefix = {.len = sizeof digits - at};
    memcpy(prefix.bytes, digits + at, prefix.len);
    prefix.bytes[prefix.len++] = ' ';
    return prefix;
}

static bool put_frame(struct cord_buf *text, cord_str record)
{
    char *into = cord_buf_reserve(text, PREFIX_MAX + record.len);
    if (!into) {
        return false;
    }
    struct prefix prefix = prefix_of(record.len);
    memcpy(into, prefix.bytes, prefix.len);
    memcpy(into + prefix.len, record.ptr, record.len);
    text->len += prefix.len + record.len;
    return true;
}

/* The record that ends the text is the next item. */
static void count_item(struct cord_unwrap *unwrap, struct cord_unwrap_run *run)
{
    run->len = unwrap->text.len - run->from;
    run->item_count++;
    unwrap->items++;
    unwrap->noting = true;
}

void cord_unwrap_put(struct cord_unwrap *unwrap, enum cord_unwrap_form form, cord_str record)
{
    if (record.len == 0) {
        cord_unwrap_refuse(unwrap, CORD_LOSS_EMPTY, CORD_STR("an empty record"), record);
        return;
    }
    struct cord_unwrap_run *run = run_of(unwrap, form);
    if (!run || !(form == CORD_UNWRAP_JSON ? put_document(&unwrap->text, record)
                                           : put_frame(&unwrap->text, record))) {
        unwrap->failed = true;
        return;
    }
    count_item(unwrap, run);
}

void cord_unwrap_put_text(struct cord_unwrap *unwrap, cord_str text)
{
    cord_unwrap_put(unwrap, cord_json_span_is_object(text) ? CORD_UNWRAP_JSON : CORD_UNWRAP_TEXT,
                    text);
}

static cord_str without_line_ends(cord_str text)
{
    while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r')) {
        text.len--;
    }
    return text;
}

/* What was unescaped behind the room for a prefix gets its form. */
static void take_unescaped(struct cord_unwrap *unwrap, char *into, cord_str record)
{
    enum cord_unwrap_form form =
        cord_json_span_is_object(record) ? CORD_UNWRAP_JSON : CORD_UNWRAP_TEXT;
    struct cord_unwrap_run *run = run_of(unwrap, form);
    if (!run) {
        unwrap->failed = true;
        return;
    }
    size_t len = record.len;
    if (form == CORD_UNWRAP_JSON) {
        memmove(into, into + PREFIX_MAX, len);
        make_one_line(into, len);
        into[len++] = '\n';
    } else {
        struct prefix prefix = prefix_of(record.len);
        memmove(into + prefix.len, into + PREFIX_MAX, record.len);
        memcpy(into, prefix.bytes, prefix.len);
        len += prefix.len;
    }
    unwrap->text.len += len;
    count_item(unwrap, run);
}

bool cord_unwrap_put_string(struct cord_unwrap *unwrap, cord_str escaped)
{
    char *into = cord_buf_reserve(&unwrap->text, PREFIX_MAX + escaped.len);
    if (!into) {
        unwrap->failed = true;
        return true;
    }
    size_t len = escaped.len > 0 ? cord_json_unescape(escaped, into + PREFIX_MAX) : 0;
    cord_str record = without_line_ends((cord_str){into + PREFIX_MAX, len});
    if (cord_str_trim(record).len == 0) {
        return false;
    }
    take_unescaped(unwrap, into, record);
    return true;
}

void cord_unwrap_refuse(struct cord_unwrap *unwrap, enum cord_loss_reason reason, cord_str text,
                        cord_str record)
{
    uint32_t item = unwrap->items++;
    unwrap->noting = false;
    unwrap->refused[reason]++;
    if (unwrap->refusal_count == CORD_UNWRAP_REFUSALS_MAX) {
        return;
    }
    struct cord_unwrap_refusal *refusals = cord_vec_room(unwrap->refusals, unwrap->refusal_count,
                                                         &unwrap->refusal_cap, sizeof *refusals);
    cord_str text_kept = cord_arena_copy(unwrap->arena, text);
    cord_str record_kept =
        cord_arena_copy(unwrap->arena, cord_str_slice(record, 0, CORD_UNWRAP_REFUSED_BYTES_MAX));
    if (!refusals || !text_kept.ptr || !record_kept.ptr) {
        unwrap->refusals = refusals ? refusals : unwrap->refusals;
        unwrap->failed = true;
        return;
    }
    unwrap->refusals = refusals;
    refusals[unwrap->refusal_count++] = (struct cord_unwrap_refusal){
        .item = item, .reason = reason, .text = text_kept, .record = record_kept};
}

/* The value as a note before has it, or a copy. */
static cord_str keep_value(struct cord_unwrap *unwrap, cord_str name, cord_str value)
{
    for (size_t back = 1; back <= NOTES_ALIKE && back <= unwrap->note_count; back++) {
        const struct cord_unwrap_note *note = &unwrap->notes[unwrap->note_count - back];
        if (note->name.ptr == name.ptr) {
            if (cord_str_eq(note->value, value)) {
                return note->value;
            }
            break;
        }
    }
    return cord_arena_copy(unwrap->arena, value);
}

static void add_note(struct cord_unwrap *unwrap, cord_str name, cord_str value,
                     enum cord_unwrap_role role)
{
    struct cord_unwrap_note *notes =
        cord_vec_room(unwrap->notes, unwrap->note_count, &unwrap->note_cap, sizeof *notes);
    unwrap->notes = notes ? notes : unwrap->notes;
    cord_str kept = keep_value(unwrap, name, value);
    if (!notes || !kept.ptr || !name.ptr) {
        unwrap->failed = true;
        return;
    }
    notes[unwrap->note_count++] = (struct cord_unwrap_note){
        .item = unwrap->items - 1, .name = name, .value = kept, .role = role};
}

void cord_unwrap_note(struct cord_unwrap *unwrap, const char *name, cord_str value,
                      enum cord_unwrap_role role)
{
    if (unwrap->noting) {
        add_note(unwrap, cord_str_from(name), value, role);
    }
}

void cord_unwrap_note_under(struct cord_unwrap *unwrap, cord_str prefix, cord_str name,
                            cord_str value, enum cord_unwrap_role role)
{
    if (unwrap->noting) {
        char *bytes = cord_arena_bytes(unwrap->arena, prefix.len + 1 + name.len);
        if (bytes) {
            memcpy(bytes, prefix.ptr, prefix.len);
            bytes[prefix.len] = '.';
            memcpy(bytes + prefix.len + 1, name.ptr, name.len);
        }
        add_note(unwrap, (cord_str){bytes, prefix.len + 1 + name.len}, value, role);
    }
}

void cord_unwrap_lines(struct cord_unwrap *unwrap, cord_str documents)
{
    bool ended = documents.len == 0 || documents.ptr[documents.len - 1] == '\n';
    struct cord_unwrap_run *run = run_of(unwrap, CORD_UNWRAP_JSON);
    if (!run || !cord_buf_reserve(&unwrap->text, documents.len + 1)) {
        unwrap->failed = true;
        return;
    }
    cord_buf_put(&unwrap->text, documents);
    if (!ended) {
        cord_buf_put_char(&unwrap->text, '\n');
    }
    run->len = unwrap->text.len - run->from;
}

void cord_unwrap_chunks(struct cord_unwrap *unwrap, cord_str chunks)
{
    struct cord_unwrap_run *run = run_of(unwrap, CORD_UNWRAP_EVTX);
    if (!run) {
        unwrap->failed = true;
        return;
    }
    cord_buf_put(&unwrap->text, chunks);
    unwrap->failed = unwrap->failed || unwrap->text.failed;
    run->len = unwrap->text.len - run->from;
}
