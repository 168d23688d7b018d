/*
 * kit_decoder.h: a format's decoder, with all that it needs and a batch for its text.
 */
#ifndef CORD_TESTS_KIT_DECODER_H
#define CORD_TESTS_KIT_DECODER_H

#include "normalise/decoder.h"

struct kit_decoder {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    const struct cord_format *format;
    void *decoder;
    struct cord_batch *batch;
};

void kit_decoder_init(struct kit_decoder *kit, const struct cord_format *format, size_t text_bytes);
/* The batch begins anew with this text, and is decoded once. */
cord_status kit_decoder_run(struct kit_decoder *kit, cord_str text);
/* Of zeroes: nothing. */
void kit_decoder_done(struct kit_decoder *kit);

#endif
