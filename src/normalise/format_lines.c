/*
 * format_lines.c: text that no other format knows: a line is a message.
 *
 * The last resort, so that rules which look for words still see every line.
 */
#include <stdlib.h>

#include "normalise/emit.h"
#include "normalise/formats.h"
#include "normalise/text_lines.h"

struct lines_decoder {
    struct cord_decoder_env env;
    uint32_t message;
    uint32_t epoch;
};

static unsigned probe(cord_str head, cord_str file_name)
{
    (void)head;
    (void)file_name;
    return 1;
}

static struct cord_cutter *cutter_new(void)
{
    return calloc(1, sizeof(struct cord_lines_cutter));
}

static void cutter_free(struct cord_cutter *cutter)
{
    free(cutter);
}

static void *decoder_new(const struct cord_decoder_env *env)
{
    struct lines_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder) {
        decoder->env = *env;
        decoder->epoch = cord_paths_epoch(env->paths);
        decoder->message = cord_paths_dotted(env->paths, CORD_STR("message"));
    }
    return decoder;
}

static cord_status decode(void *self, struct cord_batch *batch)
{
    struct lines_decoder *decoder = self;
    size_t from = batch->event_count;
    cord_status status = CORD_OK;
    cord_str line;
    size_t behind;

    if (cord_text_lines_rest(batch)) {
        return CORD_OK;
    }
    if (decoder->epoch != cord_paths_epoch(decoder->env.paths)) {
        decoder->epoch = cord_paths_epoch(decoder->env.paths);
        decoder->message = cord_paths_dotted(decoder->env.paths, CORD_STR("message"));
    }
    while (status == CORD_OK && cord_text_lines_next(batch, &line, &behind)) {
        struct cord_emit emit;
        if (line.len == 0) {
            cord_text_lines_skip(batch, behind);
            continue;
        }
        cord_emit_begin(&emit, batch, decoder->env.paths);
        cord_emit_role(&emit, CORD_ROLE_MESSAGE, decoder->message, line);
        status = cord_emit_end(&emit, line);
        if (status == CORD_OK) {
            batch->taken = behind;
        }
    }
    cord_classifier_run(decoder->env.classifier, batch, from);
    return status;
}

const struct cord_format cord_format_lines = {
    .name = "lines",
    .help = "any text: each line is a message",
    .probe = probe,
    .cutter_new = cutter_new,
    .cutter_free = cutter_free,
    .cut = cord_decoder_cut_lines,
    .decoder_new = decoder_new,
    .decoder_free = free,
    .decode = decode,
};
