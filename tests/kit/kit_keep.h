/*
 * kit_keep.h: an event into a row of evidence and back, each step compared.
 *
 * Hang kit_keep_event into a kit_decode as on_event, with the kit_keep as its
 * context: every event that is decoded is kept, looked at, replayed by another
 * worker's paths and classifier, and looked at again. Any difference aborts.
 */
#ifndef CORD_TESTS_KIT_KIT_KEEP_H
#define CORD_TESTS_KIT_KIT_KEEP_H

#include "kit/decode.h"
#include "wire/keep.h"
#include "wire/replay.h"

struct kit_keep {
    struct cord_rows *rows;
    struct cord_keep *keep; /* of the decode at hand */
    const struct kit_decode *decode;
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    struct cord_replay *replay;
    struct cord_batch *batch;
    uint64_t events;
    uint64_t derived;
    uint64_t stated; /* events whose class the decoder knew */
};

void kit_keep_init(struct kit_keep *keep);
void kit_keep_done(struct kit_keep *keep);

void kit_keep_event(void *context, const struct kit_decode *decode, const struct cord_event *event);

#endif
