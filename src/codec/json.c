/*
 * json.c: see json.h.
 *
 * Strings are found by an index that is made of some kilobytes at a time
 * (json_index_internal.h); what lies between them is looked at byte by byte.
 * Where a string ends is thus known without waiting for where it began, so
 * that the processor works on several members at once. `members` takes what
 * nearly all of a log consists of, a name with a string or a whole number
 * behind it; everything else goes through `step`.
 */
#include "codec/json.h"

#include "codec/json_internal.h"

#include <stdlib.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct cord_json_reader *cord_json_reader_new(enum cord_cpu_level level)
{
    struct cord_json_reader *reader = aligned_alloc(64, sizeof *reader);
    if (reader) {
        memset(reader, 0, sizeof *reader);
        reader->level = cord_cpu_level_at_most(level);
        reader->index = cord_json_index_at_level(reader->level);
        reader->members = cord_json_members_at_level(reader->level);
    }
    return reader;
}

void cord_json_reader_free(struct cord_json_reader *reader)
{
    free(reader);
}

/* The index starts anew at byte `at`, outside of any string. */
static void index_from(struct cord_json_reader *reader, size_t at)
{
    reader->window_from = at;
    reader->window_to = at;
    reader->ascii_from = at;
    reader->high = 0;
    reader->carry = (struct cord_json_index_carry){0};
    reader->entries_end = reader->entries;
    reader->entry = reader->entries;
}

void cord_json_begin(struct cord_json_reader *reader, cord_str text, struct cord_paths *paths,
                     bool lines)
{
    if (text.len > CORD_JSON_TEXT_MAX) {
        text.len = 0; /* nothing to read: cord_json_next refuses */
    }
    reader->text = text;
    reader->lines = lines;
    cord_json_keys_use(&reader->keys, paths);
    index_from(reader, 0);
}

/* ---- one document ---- */

static enum cord_json_state fail(struct cord_json_walk *w, cord_status status, const char *wanted)
{
    w->status = status;
    w->wanted = wanted;
    return CORD_JSON_FAILED;
}

#if defined(__SSE2__)

/* One bit for each byte above 0x7f. */
static inline unsigned high16(const char *text)
{
    return (unsigned)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)text));
}

bool cord_json_is_ascii(cord_str text)
{
    size_t at = 0;
    unsigned seen = 0;
    for (; text.len - at > 16; at += 16) {
        seen |= high16(text.ptr + at);
    }
    /* The last block reaches into what stands behind. */
    return (seen | (high16(text.ptr + at) & (0xffffu >> (16 - (text.len - at))))) == 0;
}

static inline bool is_ascii_stretch(const char *text)
{
    const __m128i *block = (const __m128i *)(const void *)text;
    __m128i seen = _mm_loadu_si128(block);
    for (unsigned i = 1; i < CORD_JSON_STRETCH / 16; i++) {
        seen = _mm_or_si128(seen, _mm_loadu_si128(block + i));
    }
    return _mm_movemask_epi8(seen) == 0;
}

#else

bool cord_json_is_ascii(cord_str text)
{
    unsigned char seen = 0;
    for (size_t at = 0; at < text.len; at++) {
        seen |= (unsigned char)text.ptr[at];
    }
    return seen < 0x80;
}

static bool is_ascii_stretch(const char *text)
{
    return cord_json_is_ascii((cord_str){text, CORD_JSON_STRETCH});
}

#endif

/* Which stretches of a window hold a byte above 0x7f. */
static uint64_t high_stretches(cord_str window)
{
    uint64_t high = 0;
    size_t whole = window.len / CORD_JSON_STRETCH;
    for (size_t i = 0; i < whole; i++) {
        high |= (uint64_t)!is_ascii_stretch(window.ptr + i * CORD_JSON_STRETCH) << i;
    }
    if (whole < 64) {
        cord_str rest = cord_str_from_byte(window, whole * CORD_JSON_STRETCH);
        high |= (uint64_t)!cord_json_is_ascii(rest) << whole;
    }
    return high;
}

/* Entries of the next stretch. False at the end of the text. */
static bool refill(struct cord_json_walk *w)
{
    struct cord_json_reader *reader = w->reader;
    size_t count = 0;
    while (count == 0 && reader->window_to < w->end) {
        size_t left = w->end - reader->window_to;
        reader->window_from = reader->window_to;
        reader->window_to += left < CORD_JSON_WINDOW ? left : CORD_JSON_WINDOW;
        reader->carry.high = false;
        count = reader->index(w->text, reader->window_from, reader->window_to, &reader->carry,
                              reader->entries);
        reader->high = 0;
        if (reader->carry.high) {
            reader->ascii_from = reader->window_to;
            reader->high = high_stretches(
                (cord_str){w->text + reader->window_from, reader->window_to - reader->window_from});
        }
    }
    reader->entry = reader->entries;
    reader->entries_end = reader->entries + count;
    /* Whoever reads too far finds a byte that ends no string. */
    for (size_t i = 0; i < CORD_JSON_SENTINELS; i++) {
        reader->entries_end[i] = w->start;
    }
    return count > 0;
}

/* The next entry is the first at or behind w->at. */
static inline void sync(struct cord_json_walk *w)
{
    struct cord_json_reader *reader = w->reader;
    do {
        while (reader->entry < reader->entries_end &&
               (*reader->entry & CORD_JSON_INDEX_AT) < w->at) {
            reader->entry++;
        }
    } while (reader->entry == reader->entries_end && refill(w));
}

static inline unsigned ascii_flag(const struct cord_json_walk *w, uint32_t from, uint32_t len)
{
    bool ascii =
        from >= w->reader->ascii_from || cord_json_is_ascii((cord_str){w->text + from, len});
    return ascii ? CORD_VALUE_ASCII : 0;
}

static bool emit(struct cord_json_walk *w, uint32_t from, uint32_t len, enum cord_value_kind kind,
                 unsigned flags)
{
    if (w->out == w->out_end) {
        (void)fail(w, CORD_E_LIMIT, "no further value");
        return false;
    }
    flags |= w->top->in_array ? CORD_VALUE_IN_ARRAY : 0;
    cord_json_put(w->out++, w->text + from, len, w->path, kind, flags);
    return true;
}

static void skip_more_blanks(struct cord_json_walk *w)
{
    bool lines = w->reader->lines;
    while (w->at < w->end) {
        char c = w->text[w->at];
        if (c != ' ' && c != '\t' && c != '\r' && (c != '\n' || lines)) {
            break;
        }
        w->at++;
    }
}

static inline void skip_blanks(struct cord_json_walk *w)
{
    if (w->at < w->end && (unsigned char)w->text[w->at] <= ' ') {
        skip_more_blanks(w);
    }
}

static inline char peek(const struct cord_json_walk *w)
{
    return w->at < w->end ? w->text[w->at] : '\0';
}

/* w->at is a quote: moves behind the string, whose inside is ret_*. */
static bool take_string(struct cord_json_walk *w, uint32_t *ret_from, uint32_t *ret_len,
                        bool *ret_escaped)
{
    struct cord_json_reader *reader = w->reader;
    sync(w);
    uint32_t open = w->at;
    reader->entry++;
    for (;; reader->entry++) {
        if (reader->entry >= reader->entries_end && !refill(w)) {
            w->at = w->end;
            (void)fail(w, CORD_E_FORMAT, "the end of a string");
            return false;
        }
        uint32_t close = *reader->entry & CORD_JSON_INDEX_AT;
        if (w->text[close] == '"') {
            *ret_escaped = (*reader->entry++ & CORD_JSON_INDEX_FLAG) != 0;
            *ret_from = open + 1;
            *ret_len = close - open - 1;
            w->at = close + 1;
            return true;
        }
        if (reader->lines) {
            w->at = close;
            (void)fail(w, CORD_E_FORMAT, "the end of a string");
            return false;
        }
    }
}

static uint32_t escaped_path(struct cord_json_walk *w, cord_str name)
{
    struct cord_json_reader *reader = w->reader;
    if (name.len > CORD_JSON_NAME_BYTES) {
        return CORD_PATH_OTHER;
    }
    char *plain = reader->name + CORD_JSON_KEYS_FRONT;
    size_t len = cord_json_unescape_at_level(reader->level, name, plain);
    return cord_json_keys_get(&reader->keys, w->top->path, (cord_str){plain, len});
}

static uint32_t plain_path(struct cord_json_walk *w, cord_str name)
{
    struct cord_json_keys *keys = &w->reader->keys;
    bool front = name.ptr + name.len - w->text >= CORD_JSON_KEYS_FRONT;
    return front ? cord_json_keys_get(keys, w->top->path, name)
                 : cord_paths_child(keys->paths, w->top->path, name);
}

static enum cord_json_state take_name(struct cord_json_walk *w)
{
    uint32_t from;
    uint32_t len;
    bool escaped;
    skip_blanks(w);
    if (peek(w) != '"') {
        return fail(w, CORD_E_FORMAT, "a name in quotes");
    }
    if (!take_string(w, &from, &len, &escaped)) {
        return CORD_JSON_FAILED;
    }
    cord_str name = {w->text + from, len};
    w->path = escaped ? escaped_path(w, name) : plain_path(w, name);
    skip_blanks(w);
    if (peek(w) != ':') {
        return fail(w, CORD_E_FORMAT, "':' behind a name");
    }
    w->at++;
    return CORD_JSON_VALUE;
}

static enum cord_json_state open_level(struct cord_json_walk *w, bool array)
{
    if (w->top == w->levels + CORD_JSON_DEPTH_MAX) {
        return fail(w, CORD_E_UNSUPPORTED, "less");
    }
    bool in_array = w->top->in_array || array;
    w->top++;
    *w->top = (struct cord_json_level){
        .at = w->at,
        .path = w->path,
        .array = array,
        .in_array = in_array,
    };
    w->at++;
    if (array) {
        return CORD_JSON_FIRST_VALUE;
    }
    return *w->reader->entry == w->at ? CORD_JSON_MEMBER : CORD_JSON_FIRST_MEMBER;
}

/* w->at is the closing bracket. */
static enum cord_json_state close_level(struct cord_json_walk *w, bool empty)
{
    struct cord_json_level closed = *w->top--;
    w->at++;
    if (w->top == w->levels) {
        return CORD_JSON_DONE;
    }
    w->path = closed.path;
    if (empty && !emit(w, closed.at, w->at - closed.at, CORD_VALUE_EMPTY, CORD_VALUE_ASCII)) {
        return CORD_JSON_FAILED;
    }
    return CORD_JSON_BEHIND;
}

static uint32_t digits(const struct cord_json_walk *w, uint32_t at)
{
    while (at < w->end && cord_str_is_digit(w->text[at])) {
        at++;
    }
    return at;
}

/* RFC 8259, section 6. */
static enum cord_json_state take_number(struct cord_json_walk *w)
{
    uint32_t at = w->at + (peek(w) == '-');
    uint32_t integer = at;
    at = digits(w, at);
    if (at == integer || (w->text[integer] == '0' && at - integer > 1)) {
        return fail(w, CORD_E_FORMAT, "a value");
    }
    if (at < w->end && w->text[at] == '.') {
        uint32_t fraction = at + 1;
        at = digits(w, fraction);
        if (at == fraction) {
            return fail(w, CORD_E_FORMAT, "a number with digits behind its point");
        }
    }
    if (at < w->end && (w->text[at] == 'e' || w->text[at] == 'E')) {
        at++;
        at += at < w->end && (w->text[at] == '+' || w->text[at] == '-');
        uint32_t exponent = at;
        at = digits(w, exponent);
        if (at == exponent) {
            return fail(w, CORD_E_FORMAT, "a number with digits in its exponent");
        }
    }
    if (!emit(w, w->at, at - w->at, CORD_VALUE_NUMBER, CORD_VALUE_ASCII)) {
        return CORD_JSON_FAILED;
    }
    w->at = at;
    return CORD_JSON_BEHIND;
}

static enum cord_json_state take_word(struct cord_json_walk *w, cord_str word,
                                      enum cord_value_kind kind)
{
    cord_str here = {w->text + w->at, w->end - w->at};
    if (!cord_str_starts(here, word)) {
        return fail(w, CORD_E_FORMAT, "a value");
    }
    if (!emit(w, w->at, (uint32_t)word.len, kind, CORD_VALUE_ASCII)) {
        return CORD_JSON_FAILED;
    }
    w->at += (uint32_t)word.len;
    return CORD_JSON_BEHIND;
}

static enum cord_json_state take_text(struct cord_json_walk *w)
{
    uint32_t from;
    uint32_t len;
    bool escaped;
    if (!take_string(w, &from, &len, &escaped)) {
        return CORD_JSON_FAILED;
    }
    unsigned flags = ascii_flag(w, from, len) | (escaped ? CORD_VALUE_ESCAPED : 0);
    return emit(w, from, len, CORD_VALUE_TEXT, flags) ? CORD_JSON_BEHIND : CORD_JSON_FAILED;
}

static enum cord_json_state take_value(struct cord_json_walk *w)
{
    skip_blanks(w);
    switch (peek(w)) {
    case '"':
        return take_text(w);
    case '{':
        return open_level(w, false);
    case '[':
        return open_level(w, true);
    case 't':
        return take_word(w, CORD_STR("true"), CORD_VALUE_TRUE);
    case 'f':
        return take_word(w, CORD_STR("false"), CORD_VALUE_FALSE);
    case 'n':
        return take_word(w, CORD_STR("null"), CORD_VALUE_NULL);
    default:
        return take_number(w);
    }
}

static enum cord_json_state take_separator(struct cord_json_walk *w)
{
    skip_blanks(w);
    char c = peek(w);
    bool array = w->top->array;
    if (c == ',') {
        w->at++;
        if (array) {
            w->path = w->top->path;
        }
        return array ? CORD_JSON_VALUE : CORD_JSON_MEMBER;
    }
    if (c == (array ? ']' : '}')) {
        return close_level(w, false);
    }
    return fail(w, CORD_E_FORMAT, array ? "',' or ']'" : "',' or '}'");
}

static enum cord_json_state step(struct cord_json_walk *w, enum cord_json_state state)
{
    switch (state) {
    case CORD_JSON_FIRST_MEMBER:
        skip_blanks(w);
        if (peek(w) == '}') {
            return close_level(w, true);
        }
        sync(w);
        return CORD_JSON_MEMBER;
    case CORD_JSON_MEMBER:
        return take_name(w);
    case CORD_JSON_FIRST_VALUE:
        skip_blanks(w);
        return peek(w) == ']' ? close_level(w, true) : take_value(w);
    case CORD_JSON_VALUE:
        return take_value(w);
    case CORD_JSON_BEHIND:
        return take_separator(w);
    case CORD_JSON_DONE:
    case CORD_JSON_FAILED:
        break;
    }
    return state;
}

static enum cord_json_state walk(struct cord_json_walk *w)
{
    enum cord_json_state state = w->text[w->at] == '[' ? open_level(w, true) : open_level(w, false);
    while (state < CORD_JSON_DONE) {
        if (state == CORD_JSON_MEMBER) {
            state = w->reader->members(w);
            if (state == CORD_JSON_BEHIND && peek(w) == '}') {
                state = close_level(w, false);
                continue;
            }
        }
        state = step(w, state);
    }
    return state;
}

/* ---- the reader ---- */

/* The entries from byte `at` on; the index is made anew when it does not hold
 * them. Going back happens behind a broken document only. */
static void index_seek(struct cord_json_reader *reader, size_t at)
{
    if (at < reader->window_from || at >= reader->window_to) {
        index_from(reader, at);
        for (size_t i = 0; i < CORD_JSON_SENTINELS; i++) {
            reader->entries[i] = (uint32_t)at;
        }
        return;
    }
    const uint32_t *low = reader->entries;
    const uint32_t *high = reader->entry;
    while (low < high && (high[-1] & CORD_JSON_INDEX_AT) >= at) {
        const uint32_t *middle = low + (high - low) / 2;
        if ((*middle & CORD_JSON_INDEX_AT) < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    reader->entry = high;
}

static cord_status explain(const struct cord_json_walk *w, struct cord_error *err)
{
    uint32_t byte = w->at - w->start;
    if (w->status == CORD_E_LIMIT) {
        return cord_error_set(err, w->status, "more values than an event may have, from byte %u on",
                              byte);
    }
    if (w->status == CORD_E_UNSUPPORTED) {
        return cord_error_set(err, w->status,
                              "byte %u: more than %d objects and arrays within one another", byte,
                              CORD_JSON_DEPTH_MAX);
    }
    if (w->at >= w->end) {
        return cord_error_set(err, w->status, "byte %u: ends where %s should stand", byte,
                              w->wanted);
    }
    unsigned char c = (unsigned char)w->text[w->at];
    if (c > 0x20 && c < 0x7f) {
        return cord_error_set(err, w->status, "byte %u: '%c' where %s should stand", byte, c,
                              w->wanted);
    }
    return cord_error_set(err, w->status, "byte %u: 0x%02x where %s should stand", byte, c,
                          w->wanted);
}

cord_status cord_json_next(struct cord_json_reader *reader, size_t *at, uint32_t parent,
                           struct cord_values *values, struct cord_error *err)
{
    cord_str text = reader->text;
    if (*at >= text.len || (text.ptr[*at] != '{' && text.ptr[*at] != '[')) {
        return cord_error_set(err, CORD_E_FORMAT, "byte 0: no '{' or '['");
    }
    struct cord_json_walk w;
    w.reader = reader;
    w.text = text.ptr;
    w.at = (uint32_t)*at;
    w.end = (uint32_t)text.len;
    w.start = w.at;
    w.out = values->items + values->count;
    w.out_end = values->items + values->max;
    w.top = w.levels;
    w.path = parent;
    w.wanted = "";
    w.status = CORD_OK;
    w.levels[0] = (struct cord_json_level){.path = parent};
    index_seek(reader, *at);
    if (walk(&w) != CORD_JSON_DONE) {
        return explain(&w, err);
    }
    values->count = (size_t)(w.out - values->items);
    *at = w.at;
    return CORD_OK;
}

cord_status cord_json_flatten(struct cord_json_reader *reader, cord_str text,
                              struct cord_paths *paths, uint32_t parent, struct cord_values *values,
                              struct cord_error *err)
{
    size_t count = values->count;
    size_t at = 0;
    text = cord_str_trim(text);
    cord_json_begin(reader, text, paths, false);
    cord_status status = cord_json_next(reader, &at, parent, values, err);
    if (status == CORD_OK && at < text.len) {
        values->count = count;
        return cord_error_set(err, CORD_E_FORMAT, "byte %zu: more behind the document", at);
    }
    return status;
}
