/*
 * format_csv.c: delimiter-separated records under a header line (RFC 4180).
 *
 * The delimiter is the one that gives the header most columns. Records may
 * hold line ends in quotes, so that cutting follows the quotes. A record with
 * another number of fields than the header is refused.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "codec/csv.h"
#include "normalise/formats.h"
#include "normalise/line_decoder.h"

enum {
    COLUMNS_MAX = 1024,
    HEADER_BYTES_MAX = 1 << 16,
};

struct csv_cutter {
    struct cord_lines_cutter lines;
    struct cord_buf header; /* with its line end; empty until it was seen */
    char delimiter;
};

struct csv_decoder {
    struct cord_line_decoder base;
    uint32_t paths[COLUMNS_MAX + 1];
    size_t column_count;
    char delimiter;
    bool before_header;
    bool message_behind; /* Event Viewer exports: the header names one column too few */
};

static cord_str without_line_end(cord_str record)
{
    while (record.len > 0 &&
           (record.ptr[record.len - 1] == '\n' || record.ptr[record.len - 1] == '\r')) {
        record.len--;
    }
    return record;
}

static cord_str without_bom(cord_str text)
{
    return cord_str_starts(text, CORD_STR("\xef\xbb\xbf")) ? cord_str_from_byte(text, 3) : text;
}

/* "sep=;": Excel's line that names the delimiter. */
static bool is_separator_line(cord_str line)
{
    line = without_line_end(line);
    return line.len == 5 && cord_str_starts_fold(line, CORD_STR("sep="));
}

static struct cord_cutter *cutter_new(void)
{
    struct csv_cutter *cutter = calloc(1, sizeof *cutter);
    if (cutter) {
        cord_buf_init(&cutter->header, HEADER_BYTES_MAX);
    }
    return (struct cord_cutter *)cutter;
}

static void cutter_free(struct cord_cutter *cutter)
{
    if (cutter) {
        struct csv_cutter *self = (struct csv_cutter *)(void *)cutter;
        cord_buf_done(&self->header);
        free(self);
    }
}

/* With its line end. */
static size_t line_length(cord_str text)
{
    size_t end = cord_str_find_char(text, '\n', 0);
    return end == SIZE_MAX ? text.len : end + 1;
}

/* Length of the lines up to and with the header; 0: more is needed. A header is
 * one line: before it is read the delimiter is not known. */
static size_t read_header(struct csv_cutter *cutter, cord_str text, bool last)
{
    size_t at = cord_str_starts(text, CORD_STR("\xef\xbb\xbf")) ? 3 : 0;
    for (;;) {
        cord_str rest = cord_str_from_byte(text, at);
        size_t len = line_length(rest);
        cord_str line = cord_str_slice(rest, 0, len);
        if (len == 0 || (line.ptr[len - 1] != '\n' && !last)) {
            return 0;
        }
        at += len;
        if (is_separator_line(line)) {
            cutter->delimiter = line.ptr[4];
        } else if (cord_str_trim(line).len > 0 && line.ptr[0] != '#') {
            if (!cutter->delimiter) {
                cutter->delimiter = cord_csv_sniff(without_line_end(line));
                cutter->delimiter = cutter->delimiter ? cutter->delimiter : ',';
            }
            cord_buf_put_char(&cutter->header, cutter->delimiter);
            cord_buf_put(&cutter->header, line);
            return at;
        }
    }
}

/* The end of the last whole record. A quote that is never closed would hold
 * everything back: from CORD_LINE_BYTES_MAX on, its line is cut off alone. */
static size_t whole_records(const struct csv_cutter *cutter, cord_str text)
{
    size_t at = 0;
    while (at < text.len) {
        cord_str rest = cord_str_from_byte(text, at);
        size_t len = cord_csv_record(rest, cutter->delimiter, false);
        if (len == 0 && rest.len > CORD_LINE_BYTES_MAX && at == 0) {
            len = cord_str_find_char(rest, '\n', 0);
            len = len == SIZE_MAX ? 0 : len + 1;
        }
        if (len == 0) {
            break;
        }
        at += len;
    }
    return at;
}

static size_t cut(struct cord_cutter *cutter, cord_str text, bool last, struct cord_batch *batch)
{
    struct csv_cutter *self = (struct csv_cutter *)(void *)cutter;
    if (self->lines.inside_long) {
        return cord_text_lines_cut(&self->lines, text, last, batch);
    }
    size_t at = 0;
    if (self->header.len == 0) {
        at = read_header(self, text, last || text.len > HEADER_BYTES_MAX);
        if (at == 0) {
            return last ? text.len : 0;
        }
    }
    batch->preamble = cord_arena_copy(batch->arena, cord_buf_str(&self->header));
    /* The header is part of the first batch: skipped there, so that each byte is accounted for. */
    size_t whole = at + (last ? text.len - at : whole_records(self, cord_str_from_byte(text, at)));
    if (whole == 0 && text.len > CORD_LINE_BYTES_MAX) {
        self->lines.inside_long = true;
        return text.len;
    }
    return whole;
}

static cord_str column_name(cord_str name, bool doubled, struct cord_arena *arena)
{
    cord_str plain = doubled ? cord_csv_undouble(arena, name) : name;
    return cord_str_trim(plain.ptr ? plain : name);
}

static void begin(struct csv_decoder *decoder, struct cord_batch *batch)
{
    struct cord_paths *paths = decoder->base.env.paths;
    cord_str header = without_line_end(batch->preamble);
    cord_str name;
    bool doubled;
    decoder->column_count = 0;
    decoder->before_header = batch->text_offset == 0;
    if (header.len < 2) {
        return;
    }
    decoder->delimiter = header.ptr[0];
    header = cord_str_from_byte(header, 1);
    while (decoder->column_count < COLUMNS_MAX &&
           cord_csv_field(&header, decoder->delimiter, &name, &doubled)) {
        name = column_name(name, doubled, batch->arena);
        decoder->paths[decoder->column_count++] =
            name.len > 0 && name.len <= 128 ? cord_paths_dotted(paths, name) : CORD_PATH_OTHER;
    }
    decoder->message_behind =
        cord_str_starts(cord_str_from_byte(batch->preamble, 1), CORD_STR("Level,Date and Time,")) ||
        cord_str_starts(cord_str_from_byte(batch->preamble, 4), CORD_STR("Level,Date and Time,"));
    if (decoder->message_behind) {
        decoder->paths[decoder->column_count] = cord_paths_dotted(paths, CORD_STR("Message"));
    }
}

static bool emit_record(struct csv_decoder *decoder, struct cord_emit *emit, cord_str record)
{
    cord_str value;
    bool doubled;
    size_t at = 0;
    while (cord_csv_field(&record, decoder->delimiter, &value, &doubled)) {
        if (at == decoder->column_count && !(decoder->message_behind && !record.ptr)) {
            return value.len == 0 && !record.ptr; /* a delimiter at the line's end */
        }
        if (doubled) {
            value = cord_csv_undouble(emit->batch->arena, value);
            emit->full = emit->full || !value.ptr;
        }
        cord_emit_text(emit, decoder->paths[at++], value);
    }
    return at == decoder->column_count ||
           (decoder->message_behind && at == decoder->column_count + 1);
}

/* One record: an event, or skipped, or refused. */
static cord_status take(struct csv_decoder *decoder, struct cord_batch *batch, cord_str record,
                        size_t behind)
{
    struct cord_emit emit;
    cord_str header = cord_str_from_byte(batch->preamble, 1);
    cord_str text = without_line_end(record);
    bool is_header = cord_str_eq(without_line_end(header), text);
    if (cord_str_trim(text).len == 0 || is_header) {
        cord_text_lines_skip(batch, behind);
        return CORD_OK;
    }
    if (text.len > CORD_LINE_BYTES_MAX) {
        cord_text_lines_refuse(batch, behind, CORD_STR("record of more than 1 MiB"));
        return CORD_OK;
    }
    cord_emit_begin(&emit, batch, decoder->base.env.paths);
    if (!emit_record(decoder, &emit, text)) {
        cord_text_lines_refuse(batch, behind,
                               CORD_STR("not as many fields as the header line names"));
        return CORD_OK;
    }
    cord_status status = cord_emit_end(&emit, text);
    batch->taken = status == CORD_OK ? behind : batch->taken;
    return status;
}

/* What stands before the header, and the header, are part of the first batch. */
static void skip_header(struct csv_decoder *decoder, struct cord_batch *batch, cord_str rest)
{
    size_t len = line_length(rest);
    cord_str line = cord_str_slice(rest, 0, len);
    cord_str header = cord_str_from_byte(batch->preamble, 1);
    line = batch->taken == 0 ? without_bom(line) : line;
    decoder->before_header = !cord_str_eq(line, header);
    cord_text_lines_skip(batch, batch->taken + len);
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    struct csv_decoder *decoder = self;
    size_t from = batch->event_count;
    cord_status status = CORD_OK;

    if (cord_text_lines_rest(batch)) {
        return CORD_OK;
    }
    if (batch->taken == 0) {
        begin(decoder, batch);
    }
    while (status == CORD_OK && batch->taken < batch->text_len) {
        cord_str rest = {batch->text + batch->taken, batch->text_len - batch->taken};
        if (decoder->before_header) {
            skip_header(decoder, batch, rest);
            continue;
        }
        size_t len = cord_csv_record(rest, decoder->delimiter ? decoder->delimiter : ',', false);
        if (len == 0) { /* an open quote: its line alone, so that the rest is still read */
            size_t end = cord_str_find_char(rest, '\n', 0);
            len = end == SIZE_MAX ? rest.len : end + 1;
        }
        status = take(decoder, batch, cord_str_slice(rest, 0, len), batch->taken + len);
    }
    cord_classifier_run(decoder->base.env.classifier, batch, from);
    return status;
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    return cord_line_decoder_new(env, sizeof(struct csv_decoder));
}

/* A header: names, all different from numbers, at least two, none very long. */
static bool is_header(cord_str line, char delimiter)
{
    cord_str name;
    bool doubled;
    size_t named = 0;
    while (cord_csv_field(&line, delimiter, &name, &doubled)) {
        name = cord_str_trim(name);
        if (name.len == 0) {
            continue;
        }
        char first = cord_str_lower_char(name.ptr[0]);
        bool letter = (first >= 'a' && first <= 'z') || first == '_' || first == '@' ||
                      (unsigned char)first >= 0x80;
        if (!letter || name.len > 80 || cord_str_find_char(name, '=', 0) != SIZE_MAX ||
            cord_str_find(name, CORD_STR(": "), 0) != SIZE_MAX) {
            return false;
        }
        named++;
    }
    return named >= 2;
}

static unsigned probe(cord_str head, cord_str file_name)
{
    cord_str rest = without_bom(head);
    char delimiter = '\0';
    size_t columns = 0;
    unsigned records = 0;
    unsigned hits = 0;
    bool named =
        cord_str_ends(file_name, CORD_STR(".csv")) || cord_str_ends(file_name, CORD_STR(".tsv"));
    while (records < 16 && rest.len > 0) {
        size_t len = cord_csv_record(rest, delimiter ? delimiter : ',', false);
        cord_str line = without_line_end(cord_str_slice(rest, 0, len));
        if (len == 0) {
            break;
        }
        rest = cord_str_from_byte(rest, len);
        if (cord_str_trim(line).len == 0) {
            continue;
        }
        if (columns == 0 && is_separator_line(line)) {
            delimiter = line.ptr[4];
            continue;
        }
        if (columns == 0) {
            delimiter = delimiter ? delimiter : cord_csv_sniff(line);
            columns = delimiter ? cord_csv_count(line, delimiter) : 0;
            if (columns < 2 || !is_header(line, delimiter)) {
                return 0;
            }
            continue;
        }
        records++;
        hits += cord_csv_count(line, delimiter) == columns;
    }
    if (columns == 0 || (records == 0 && !named)) {
        return 0;
    }
    unsigned share = records > 0 ? 100 * hits / records : 50;
    /* Two columns by chance are common; many are not. */
    unsigned most = columns >= 4 ? 70 : 40;
    return share < 60 ? 0 : most * share / 100 + (named ? 20 : 0);
}

const struct cord_format cord_format_csv = {
    .name = "csv",
    .help = "records parted by commas, semicolons, tabs or bars under a header line",
    .probe = probe,
    .cutter_new = cutter_new,
    .cutter_free = cutter_free,
    .cut = cut,
    .decoder_new = decoder_new,
    .decoder_free = free,
    .decode = decode,
};
