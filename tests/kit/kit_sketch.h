/*
 * kit_sketch.h: a row of a block as a picture.
 *
 * Text with its values between braces, numbered as they begin; one may hold others. A '|' is where
 * raw ends; the message is the value behind a '@'.
 */
#ifndef CORD_TESTS_KIT_SKETCH_H
#define CORD_TESTS_KIT_SKETCH_H

#include "evidence/rows.h"

#define KIT_SKETCH_SPANS 8

struct kit_sketch {
    char text[1024];
    struct cord_span spans[KIT_SKETCH_SPANS];
    struct cord_row row; /* points into the two */
};

void kit_sketch_draw(struct kit_sketch *sketch, const char *from);

#endif
