/*
 * kit_vectors.h: the vectors in a folder of tests/golden, each a YAML document.
 */
#ifndef CORD_TESTS_KIT_VECTORS_H
#define CORD_TESTS_KIT_VECTORS_H

#include "base/arena.h"
#include "codec/yaml.h"

struct kit_vector {
    const struct cord_yaml *document;
    const char *file;         /* where it stands, for messages */
    struct cord_arena *arena; /* of the file */
};

/* Each vector of each *.yml of the folder ("correlation"), in turn; what run is handed is gone
 * after it. Returns how many there were; fails the test where one cannot be read. */
size_t kit_vectors_each(const char *folder,
                        void (*run)(void *self, const struct kit_vector *vector), void *self);

#endif
