/*
 * line_decoder.h: what every decoder of line-based text does alike.
 *
 * Walks a batch's lines, hands each to the format, and does the counting, the
 * names, the limits and the classifying. One worker thread.
 */
#ifndef CORD_NORMALISE_LINE_DECODER_H
#define CORD_NORMALISE_LINE_DECODER_H

#include "normalise/decoder.h"
#include "normalise/emit.h"
#include "normalise/text_lines.h"

enum cord_line_result {
    CORD_LINE_EVENT,  /* values were added: one event */
    CORD_LINE_SKIP,   /* a blank line, a comment, a header */
    CORD_LINE_REFUSE, /* broken; the decoder's reason says why */
};

/* A format's decoder begins with this. */
struct cord_line_decoder {
    struct cord_decoder_env env;
    uint32_t epoch;
    bool interned;
    cord_str reason; /* of the last refusal; static text or in the batch's arena */
};

struct cord_line_ops {
    /* Looks the format's constant names up; again after each reset of the paths. */
    void (*intern)(struct cord_line_decoder *decoder);
    /* Before the first line of a batch; may be NULL. */
    void (*begin)(struct cord_line_decoder *decoder, struct cord_batch *batch);
    /* One line without its line end, never empty. */
    enum cord_line_result (*line)(struct cord_line_decoder *decoder, struct cord_emit *emit,
                                  cord_str line);
};

/* For cord_format.decoder_new: a format's decoder of so many bytes, zeroes behind its base, for
 * free(). NULL: no memory. */
void *cord_line_decoder_new(const struct cord_decoder_env *env, size_t size);

/* As cord_format.decode. */
cord_status cord_line_decoder_run(struct cord_line_decoder *decoder,
                                  const struct cord_line_ops *ops, struct cord_batch *batch);

/* Before decoding: names are interned when they were not, or no longer are. */
void cord_line_decoder_intern(struct cord_line_decoder *decoder, const struct cord_line_ops *ops);

/* As cord_format.cutter_new and .cutter_free for formats without a header. */
struct cord_cutter *cord_line_decoder_cutter_new(void);
void cord_line_decoder_cutter_free(struct cord_cutter *cutter);

/* A class number, asked for once: *slot is 0 until then. */
uint32_t cord_line_decoder_class(const struct cord_line_decoder *decoder, uint32_t *slot,
                                 const char *product, const char *category, const char *service);

/* The first lines of a head, for probing: the next one that is not blank, and
 * whole unless it is the only one. False at the end. */
bool cord_line_decoder_head(cord_str *head, cord_str *ret_line);

#endif
