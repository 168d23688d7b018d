/*
 * decode.h: a text through a format, as the pipeline would send it.
 *
 * Cuts the text in batches, decodes them, and shows each event to the test.
 */
#ifndef CORD_TESTS_KIT_DECODE_H
#define CORD_TESTS_KIT_DECODE_H

#include "normalise/decoder.h"

struct kit_decode {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    uint64_t events, records, read, skipped, refused;
    cord_str reason; /* of the first refusal; good until the next run */
    char reason_text[128];
    uint64_t reason_offset;
    /* Called with each event; may be NULL. */
    void (*on_event)(void *context, const struct kit_decode *decode,
                     const struct cord_event *event);
    void *context;
    int64_t now_ns;
};

void kit_decode_init(struct kit_decode *decode);
void kit_decode_done(struct kit_decode *decode);

/* format NULL: the one that recognises the text. Reads `step` bytes at a time.
 * Fails the test when the batches do not balance or a decoder goes astray. */
void kit_decode_run(struct kit_decode *decode, const struct cord_format *format, cord_str text,
                    const char *file_name, size_t step);

/* The nth (from 0) value of that name; ptr NULL when there is none. */
cord_str kit_decode_nth(const struct kit_decode *decode, const struct cord_event *event,
                        const char *name, size_t nth);
cord_str kit_decode_value(const struct kit_decode *decode, const struct cord_event *event,
                          const char *name);

/* The first event of a text as lines "name=value", written into buffer. Roles
 * and class come last: "@time=..." "@class=product/category/service". */
cord_str kit_decode_first(const struct cord_format *format, cord_str text, char *buffer,
                          size_t size);

/* True when a dump of kit_decode_first holds the line. */
bool kit_decode_has(cord_str dump, const char *line);

#endif
