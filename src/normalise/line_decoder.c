/* line_decoder.c: see line_decoder.h. */
#include "normalise/line_decoder.h"

#include <stdlib.h>

void *cord_line_decoder_new(const struct cord_decoder_env *env, size_t size)
{
    struct cord_line_decoder *decoder = calloc(1, size);
    if (decoder) {
        decoder->env = *env;
    }
    return decoder;
}

void cord_line_decoder_intern(struct cord_line_decoder *decoder, const struct cord_line_ops *ops)
{
    uint32_t epoch = cord_paths_epoch(decoder->env.paths);
    if (!decoder->interned || decoder->epoch != epoch) {
        decoder->epoch = epoch;
        decoder->interned = true;
        ops->intern(decoder);
    }
}

/* One line: an event, a skipped line or a refused one. */
static cord_status take(struct cord_line_decoder *decoder, const struct cord_line_ops *ops,
                        struct cord_batch *batch, cord_str line, size_t behind)
{
    struct cord_emit emit;
    if (cord_str_trim(line).len == 0) {
        cord_text_lines_skip(batch, behind);
        return CORD_OK;
    }
    cord_emit_begin(&emit, batch, decoder->env.paths);
    cord_status status = CORD_OK;
    switch (ops->line(decoder, &emit, line)) {
    case CORD_LINE_EVENT:
        status = cord_emit_end(&emit, line);
        if (status == CORD_OK) {
            batch->taken = behind;
        }
        return status;
    case CORD_LINE_SKIP:
        batch->values.count = emit.base;
        cord_text_lines_skip(batch, behind);
        return CORD_OK;
    case CORD_LINE_REFUSE:
    default:
        cord_text_lines_refuse(batch, behind, decoder->reason);
        return CORD_OK;
    }
}

cord_status cord_line_decoder_run(struct cord_line_decoder *decoder,
                                  const struct cord_line_ops *ops, struct cord_batch *batch)
{
    size_t from = batch->event_count;
    cord_status status = CORD_OK;
    cord_str line;
    size_t behind;

    if (cord_text_lines_rest(batch)) {
        return CORD_OK;
    }
    cord_line_decoder_intern(decoder, ops);
    if (ops->begin && batch->taken == 0) {
        ops->begin(decoder, batch);
    }
    while (status == CORD_OK && cord_text_lines_next(batch, &line, &behind)) {
        status = take(decoder, ops, batch, line, behind);
    }
    cord_classifier_run(decoder->env.classifier, batch, from);
    return status;
}

struct cord_cutter *cord_line_decoder_cutter_new(void)
{
    struct cord_lines_cutter *cutter = calloc(1, sizeof *cutter);
    return (struct cord_cutter *)(void *)cutter;
}

void cord_line_decoder_cutter_free(struct cord_cutter *cutter)
{
    free(cutter);
}

uint32_t cord_line_decoder_class(const struct cord_line_decoder *decoder, uint32_t *slot,
                                 const char *product, const char *category, const char *service)
{
    if (*slot == 0) {
        *slot = cord_classifier_known(decoder->env.classifier, cord_str_from(product),
                                      cord_str_from(category), cord_str_from(service));
    }
    return *slot;
}

bool cord_line_decoder_head(cord_str *head, cord_str *ret_line)
{
    bool first = true;
    while (head->len > 0) {
        size_t end = cord_str_find_char(*head, '\n', 0);
        cord_str line = cord_str_slice(*head, 0, end);
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
            line.len--;
        }
        *head = cord_str_from_byte(*head, end == SIZE_MAX ? head->len : end + 1);
        if (first && cord_str_starts(line, CORD_STR("\xef\xbb\xbf"))) {
            line = cord_str_from_byte(line, 3);
        }
        first = false;
        if (cord_str_trim(line).len > 0) {
            *ret_line = line;
            return true;
        }
    }
    return false;
}
