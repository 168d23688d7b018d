/*
 * format_zeek.c: Zeek's tab-separated logs.
 *
 * Header lines name separator, columns and types; a file may hold several logs
 * after one another. Values come out as Zeek's JSON writer would give them:
 * unset columns are absent, sets and vectors are arrays, the log's name is
 * "_path".
 */
#include <stdlib.h>

#include "codec/zeek_text.h"
#include "normalise/formats.h"
#include "normalise/header_cutter.h"
#include "normalise/line_decoder.h"
#include "normalise/zeek_columns.h"

enum {
    COLUMNS_MAX = 512,
    MARK_BYTES_MAX = 16,
    PATH_BYTES_MAX = 64,
};

enum column_type {
    TYPE_TEXT,
    TYPE_NUMBER,
    TYPE_BOOL,
};

struct column {
    uint32_t path;
    uint8_t type;
    bool is_list;
    uint8_t role; /* CORD_ROLE_COUNT: none */
};

struct mark {
    char bytes[MARK_BYTES_MAX];
    size_t len;
};

struct zeek_decoder {
    struct cord_line_decoder base;
    struct mark separator, set_separator, empty, unset;
    char log_name[PATH_BYTES_MAX];
    size_t log_name_len;
    cord_str log_name_copy; /* in the batch's arena; ptr NULL until it is needed */
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    uint32_t path_name;
    const struct cord_zeek_columns *guessed; /* NULL: header lines name the columns */
};

static cord_str mark_str(const struct mark *mark)
{
    return (cord_str){mark->bytes, mark->len};
}

static void set_mark(struct mark *mark, cord_str text)
{
    mark->len = cord_zeek_text_separator(text, mark->bytes, MARK_BYTES_MAX);
}

static void forget_header(struct zeek_decoder *decoder)
{
    set_mark(&decoder->separator, CORD_STR("\t"));
    set_mark(&decoder->set_separator, CORD_STR(","));
    set_mark(&decoder->empty, CORD_STR("(empty)"));
    set_mark(&decoder->unset, CORD_STR("-"));
    decoder->column_count = 0;
    decoder->log_name_len = 0;
    decoder->guessed = NULL;
}

/* Takes the text before the separator off *rest. */
static bool cut_at(cord_str *rest, cord_str separator, cord_str *ret_head)
{
    if (separator.len == 1) {
        return cord_str_cut(rest, separator.ptr[0], ret_head);
    }
    if (!rest->ptr) {
        return false;
    }
    size_t at = separator.len == 0 ? SIZE_MAX : cord_str_find(*rest, separator, 0);
    *ret_head = cord_str_slice(*rest, 0, at);
    *rest = at == SIZE_MAX ? ((cord_str){0}) : cord_str_from_byte(*rest, at + separator.len);
    return true;
}

static uint8_t role_of(cord_str name)
{
    if (cord_str_eq(name, CORD_STR("ts"))) {
        return CORD_ROLE_TIME;
    }
    if (cord_str_eq(name, CORD_STR("user")) || cord_str_eq(name, CORD_STR("username"))) {
        return CORD_ROLE_USER;
    }
    return CORD_ROLE_COUNT;
}

static void read_fields(struct zeek_decoder *decoder, cord_str names)
{
    cord_str name;
    decoder->column_count = 0;
    while (decoder->column_count < COLUMNS_MAX &&
           cut_at(&names, mark_str(&decoder->separator), &name)) {
        decoder->columns[decoder->column_count++] = (struct column){
            .path = cord_paths_dotted(decoder->base.env.paths, name),
            .role = role_of(name),
        };
    }
}

static void read_types(struct zeek_decoder *decoder, cord_str types)
{
    static const char *const numbers[] = {"count", "int",      "double", "port",
                                          "time",  "interval", "counter"};
    cord_str type;
    for (size_t i = 0; i < decoder->column_count; i++) {
        decoder->columns[i].type = TYPE_TEXT;
        decoder->columns[i].is_list = false;
    }
    for (size_t i = 0;
         i < decoder->column_count && cut_at(&types, mark_str(&decoder->separator), &type); i++) {
        struct column *column = &decoder->columns[i];
        size_t open = cord_str_find_char(type, '[', 0);
        column->is_list = open != SIZE_MAX;
        if (column->is_list) {
            type = cord_str_slice(type, open + 1, type.len - open - 2);
        }
        column->type = cord_str_eq(type, CORD_STR("bool")) ? TYPE_BOOL : TYPE_TEXT;
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++) {
            if (cord_str_eq(type, cord_str_from(numbers[j]))) {
                column->type = TYPE_NUMBER;
            }
        }
    }
}

static void set_log_name(struct zeek_decoder *decoder, cord_str name)
{
    decoder->log_name_len = name.len < PATH_BYTES_MAX ? name.len : PATH_BYTES_MAX;
    memcpy(decoder->log_name, name.ptr, decoder->log_name_len);
    decoder->log_name_copy = (cord_str){0};
}

/* "#key<separator>value". The line that names the separator has a blank. */
static void read_header(struct zeek_decoder *decoder, cord_str line)
{
    cord_str rest = line;
    cord_str key;
    if (decoder->guessed) { /* a header, and none of what was guessed */
        decoder->guessed = NULL;
        decoder->column_count = 0;
    }
    if (cord_str_starts(line, CORD_STR("#separator "))) {
        forget_header(decoder);
        decoder->separator.len =
            cord_zeek_text_separator_line(line, decoder->separator.bytes, MARK_BYTES_MAX);
        return;
    }
    if (!cut_at(&rest, mark_str(&decoder->separator), &key) || !rest.ptr) {
        return;
    }
    if (cord_str_eq(key, CORD_STR("#set_separator"))) {
        set_mark(&decoder->set_separator, rest);
    } else if (cord_str_eq(key, CORD_STR("#empty_field"))) {
        set_mark(&decoder->empty, rest);
    } else if (cord_str_eq(key, CORD_STR("#unset_field"))) {
        set_mark(&decoder->unset, rest);
    } else if (cord_str_eq(key, CORD_STR("#path"))) {
        set_log_name(decoder, rest);
    } else if (cord_str_eq(key, CORD_STR("#fields"))) {
        read_fields(decoder, rest);
    } else if (cord_str_eq(key, CORD_STR("#types"))) {
        read_types(decoder, rest);
    }
}

static bool is_number(cord_str text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        digits += cord_str_is_digit(c);
        if (!cord_str_is_digit(c) && !strchr("+-.eE", c)) {
            return false;
        }
    }
    return digits > 0;
}

static void emit_value(struct zeek_decoder *decoder, struct cord_emit *emit,
                       const struct column *column, unsigned flags, cord_str text)
{
    cord_str empty = mark_str(&decoder->empty);
    if (column->type == TYPE_BOOL && text.len == 1) {
        bool yes = text.ptr[0] == 'T';
        cord_emit_value(emit, column->path, yes ? CORD_VALUE_TRUE : CORD_VALUE_FALSE, flags,
                        yes ? CORD_STR("true") : CORD_STR("false"));
    } else if (column->type == TYPE_NUMBER && is_number(text)) {
        cord_emit_value(emit, column->path, CORD_VALUE_NUMBER, flags, text);
    } else if (cord_str_eq(text, empty)) {
        cord_emit_value(emit, column->path, CORD_VALUE_TEXT, flags, CORD_STR(""));
    } else {
        cord_str plain = cord_zeek_text_unescape(emit->batch->arena, text);
        emit->full = emit->full || !plain.ptr;
        cord_emit_value(emit, column->path, CORD_VALUE_TEXT, flags, plain);
    }
}

static void emit_list(struct zeek_decoder *decoder, struct cord_emit *emit,
                      const struct column *column, cord_str text)
{
    cord_str item;
    if (cord_str_eq(text, mark_str(&decoder->empty))) {
        cord_emit_value(emit, column->path, CORD_VALUE_EMPTY, 0, CORD_STR("[]"));
        return;
    }
    while (cut_at(&text, mark_str(&decoder->set_separator), &item)) {
        if (cord_str_eq(item, mark_str(&decoder->unset))) {
            cord_emit_value(emit, column->path, CORD_VALUE_NULL, CORD_VALUE_IN_ARRAY, CORD_STR(""));
        } else {
            emit_value(decoder, emit, column, CORD_VALUE_IN_ARRAY, item);
        }
    }
}

/* A row that no header names the columns of: by its form, each row anew. */
static bool guess_header(struct zeek_decoder *decoder, cord_str line)
{
    const struct cord_zeek_columns *found = cord_zeek_columns_guess(line);
    if (found && found != decoder->guessed) {
        read_fields(decoder, cord_str_from(found->fields));
        read_types(decoder, cord_str_from(found->types));
        decoder->guessed = found;
    }
    return found != NULL;
}

static enum cord_line_result read_line(struct cord_line_decoder *self, struct cord_emit *emit,
                                       cord_str line)
{
    struct zeek_decoder *decoder = (struct zeek_decoder *)self;
    cord_str rest = line;
    cord_str text;
    size_t at = 0;

    if (line.ptr[0] == '#' && line.len < CORD_HEADER_BYTES_MAX) {
        read_header(decoder, line);
        return CORD_LINE_SKIP;
    }
    if ((decoder->column_count == 0 || decoder->guessed) && !guess_header(decoder, line)) {
        self->reason = CORD_STR("a record before any #fields line");
        return CORD_LINE_REFUSE;
    }
    if (decoder->guessed) {
        cord_emit_role(emit, CORD_ROLE_DATASET, decoder->path_name,
                       cord_str_from(decoder->guessed->log_name));
    } else if (decoder->log_name_len > 0) {
        if (!decoder->log_name_copy.ptr) {
            decoder->log_name_copy = cord_arena_copy(
                emit->batch->arena, (cord_str){decoder->log_name, decoder->log_name_len});
        }
        cord_emit_role(emit, CORD_ROLE_DATASET, decoder->path_name, decoder->log_name_copy);
    }
    for (; cut_at(&rest, mark_str(&decoder->separator), &text); at++) {
        if (at == decoder->column_count) {
            at++;
            break;
        }
        const struct column *column = &decoder->columns[at];
        if (cord_str_eq(text, mark_str(&decoder->unset))) {
            continue;
        }
        if (column->is_list) {
            emit_list(decoder, emit, column, text);
        } else {
            emit_value(decoder, emit, column, 0, text);
        }
        if (column->role != CORD_ROLE_COUNT && !emit->full) {
            cord_emit_mark(emit, (enum cord_role)column->role);
        }
    }
    if (at != decoder->column_count) {
        self->reason = CORD_STR("not as many columns as the #fields line names");
        return CORD_LINE_REFUSE;
    }
    return CORD_LINE_EVENT;
}

static void intern(struct cord_line_decoder *self)
{
    struct zeek_decoder *decoder = (struct zeek_decoder *)self;
    decoder->path_name = cord_paths_dotted(self->env.paths, CORD_STR("_path"));
}

static void begin(struct cord_line_decoder *self, struct cord_batch *batch)
{
    struct zeek_decoder *decoder = (struct zeek_decoder *)self;
    cord_str rest = batch->preamble;
    cord_str line;
    forget_header(decoder);
    decoder->log_name_copy = (cord_str){0};
    while (cord_line_decoder_head(&rest, &line)) {
        read_header(decoder, line);
    }
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    struct zeek_decoder *decoder = cord_line_decoder_new(env, sizeof *decoder);
    if (decoder) {
        forget_header(decoder);
    }
    return decoder;
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    static const struct cord_line_ops ops = {.intern = intern, .begin = begin, .line = read_line};
    return cord_line_decoder_run(self, &ops, batch);
}

static unsigned probe(cord_str head, cord_str file_name)
{
    cord_str line;
    (void)file_name;
    for (int lines = 0; lines < 8 && cord_line_decoder_head(&head, &line); lines++) {
        if (cord_str_starts(line, CORD_STR("#separator "))) {
            return 100;
        }
        if (line.ptr[0] != '#') {
            return cord_zeek_columns_guess(line) ? 88 : 0;
        }
    }
    return 0;
}

const struct cord_format cord_format_zeek = {
    .name = "zeek",
    .help = "Zeek logs with tab-separated columns",
    .probe = probe,
    .cutter_new = cord_header_cutter_zeek_new,
    .cutter_free = cord_header_cutter_free,
    .cut = cord_header_cutter_cut,
    .decoder_new = decoder_new,
    .decoder_free = free,
    .decode = decode,
};
