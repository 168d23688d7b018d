/*
 * format_lines.c: text that no other format knows: a line is a message.
 *
 * The last resort, so that rules which look for words still see every line.
 * Messages that are known by their layout alone come out with their parts.
 */
#include <stdlib.h>

#include "codec/log_date.h"
#include "normalise/formats.h"
#include "normalise/line_decoder.h"
#include "normalise/message_fields.h"

struct lines_decoder {
    struct cord_line_decoder base;
    struct cord_message_fields fields;
    uint32_t message;
};

static unsigned probe(cord_str head, cord_str file_name)
{
    (void)head;
    (void)file_name;
    return 1;
}

static void intern(struct cord_line_decoder *self)
{
    struct lines_decoder *decoder = (struct lines_decoder *)self;
    cord_message_fields_intern(&decoder->fields, self->env.paths);
    decoder->message = cord_paths_dotted(self->env.paths, CORD_STR("message"));
}

static enum cord_line_result read_line(struct cord_line_decoder *self, struct cord_emit *emit,
                                       cord_str line)
{
    struct lines_decoder *decoder = (struct lines_decoder *)self;
    struct cord_log_date date;
    cord_str behind = {0};
    if (cord_str_is_digit(line.ptr[0]) && cord_log_date_read(line, self->env.now_ns, &date)) {
        behind = cord_str_from_byte(line, date.len);
    }
    cord_emit_role(emit, CORD_ROLE_MESSAGE, decoder->message, line);
    if (!cord_message_fields_line(&decoder->fields, emit, line, behind)) {
        cord_message_fields_read(&decoder->fields, emit, (cord_str){0}, line);
    }
    return CORD_LINE_EVENT;
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    struct lines_decoder *decoder = cord_line_decoder_new(env, sizeof *decoder);
    if (decoder) {
        cord_message_fields_init(&decoder->fields, &decoder->base);
    }
    return decoder;
}

static void decoder_free(void *self)
{
    if (self) {
        cord_message_fields_done(&((struct lines_decoder *)self)->fields);
        free(self);
    }
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    static const struct cord_line_ops ops = {.intern = intern, .line = read_line};
    return cord_line_decoder_run(self, &ops, batch);
}

const struct cord_format cord_format_lines = {
    .name = "lines",
    .help = "any text: each line is a message",
    .probe = probe,
    .cutter_new = cord_line_decoder_cutter_new,
    .cutter_free = cord_line_decoder_cutter_free,
    .cut = cord_decoder_cut_lines,
    .in_lines = cord_decoder_in_lines,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode = decode,
};
