/*
 * decoder.h: source formats, each a row of one table.
 *
 * A format recognises its files by content, says where a stretch of a stream
 * may be cut, and decodes a batch's text into events. Cutting sees a stream in
 * order, one thread at a time; decoding sees one batch and nothing else, so
 * that any thread may do it.
 */
#ifndef CORD_NORMALISE_DECODER_H
#define CORD_NORMALISE_DECODER_H

#include "codec/log_date.h"
#include "codec/zone.h"
#include "event/batch.h"
#include "normalise/classifier.h"

/* What one worker thread lends its decoders. */
struct cord_decoder_env {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    int64_t now_ns; /* for dates without a year */
    /* Where the zone of dates without one stands, which may change between batches. NULL, or
     * there: UTC. */
    const struct cord_zone *const *zone;
};

/* As cord_log_date_read, in the zone there is now. */
bool cord_decoder_read_date(const struct cord_decoder_env *env, cord_str text,
                            struct cord_log_date *ret_date);
/* The date as it was read by a codec, in that zone. */
void cord_decoder_place_date(const struct cord_decoder_env *env, struct cord_log_date *date);

/* What cutting remembers of a stream; private to the format. */
struct cord_cutter;

struct cord_format {
    const char *name; /* "evtx", "json", "zeek", ...: the word of --format */
    const char *help;

    /* How sure we are, 0 (not this) to 100, from the first bytes (up to 64 KiB)
     * and the file's name without directories. */
    unsigned (*probe)(cord_str head, cord_str file_name);

    /* NULL when the format keeps nothing between cuts. */
    struct cord_cutter *(*cutter_new)(void);
    void (*cutter_free)(struct cord_cutter *cutter);

    /* How many bytes of text, from its start, are whole records: that much goes
     * into a batch. 0: more is needed. When `last`, all of it must be taken. May
     * set batch->preamble (bytes copied to the batch's arena). */
    size_t (*cut)(struct cord_cutter *cutter, cord_str text, bool last, struct cord_batch *batch);

    /* From here on the end of any line is a place to cut, whatever was before it,
     * and no batch has a preamble: parts of the stream may be cut beside each
     * other, at line ends. NULL: never. */
    bool (*in_lines)(const struct cord_cutter *cutter);

    /* A decoder holds one worker's scratch memory. NULL when out of memory. */
    void *(*decoder_new)(const struct cord_decoder_env *env);
    void (*decoder_free)(void *decoder);

    /* Decodes batch->text from batch->taken on, calls cord_batch_add and
     * cord_batch_refuse. CORD_OK: all of the text is taken. CORD_E_LIMIT: the
     * batch is full of events; look at them, reset the events, come again.
     * Broken records are counted in the batch, never an error here. */
    cord_status (*decode)(void *decoder, struct cord_batch *batch);
};

/* The formats, surest first; NULL-terminated. */
extern const struct cord_format *const cord_decoder_formats[];

/* The format of highest probe; never NULL: unknown text is read as lines. */
const struct cord_format *cord_decoder_recognise(cord_str head, cord_str file_name);
const struct cord_format *cord_decoder_by_name(cord_str name);

/* For formats whose records are lines: up to and with the last line end. */
size_t cord_decoder_cut_lines(struct cord_cutter *cutter, cord_str text, bool last,
                              struct cord_batch *batch);

/* As cord_format.in_lines for these: unless the cutter is inside of an overlong one. */
bool cord_decoder_in_lines(const struct cord_cutter *cutter);

#endif
