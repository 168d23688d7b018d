/*
 * header_cutter.h: cutting of line formats whose header lines begin with '#'.
 *
 * Zeek and W3C logs name their columns in such lines, which may come again in
 * the middle of a file. The cutter keeps those in force and gives them to each
 * batch as its preamble; the ones inside of a batch the decoder meets itself.
 */
#ifndef CORD_NORMALISE_HEADER_CUTTER_H
#define CORD_NORMALISE_HEADER_CUTTER_H

#include "normalise/decoder.h"

/* A header line of more bytes is refused by the decoder, and not kept here. */
#define CORD_HEADER_BYTES_MAX 65536u

/* As the functions of struct cord_format. */
struct cord_cutter *cord_header_cutter_new(void);      /* W3C: "#Key: value" */
struct cord_cutter *cord_header_cutter_zeek_new(void); /* "#key<separator>value" */
void cord_header_cutter_free(struct cord_cutter *cutter);
size_t cord_header_cutter_cut(struct cord_cutter *cutter, cord_str text, bool last,
                              struct cord_batch *batch);

#endif
