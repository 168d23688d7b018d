/*
 * fuzz_text.h: what holds for any text and any line-based format.
 */
#ifndef CORD_TESTS_KIT_FUZZ_TEXT_H
#define CORD_TESTS_KIT_FUZZ_TEXT_H

#include "normalise/decoder.h"

/* Decodes the text with the format that its first byte chooses, in pieces of a
 * size that its second byte chooses, and in one piece: each record is counted,
 * each value lies in the batch, and both ways give as many events and the same
 * bytes in them. */
void kit_fuzz_text(const struct cord_format *const *formats, size_t count, const uint8_t *data,
                   size_t size);

#endif
