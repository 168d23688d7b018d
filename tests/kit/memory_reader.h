/*
 * memory_reader.h: a reader over bytes in memory, at most `step` at a time.
 */
#ifndef CORD_TESTS_KIT_MEMORY_READER_H
#define CORD_TESTS_KIT_MEMORY_READER_H

#include "ingest/reader.h"

/* Borrows text; closed like any reader. */
struct cord_reader *kit_memory_reader(cord_str text, size_t step);

#endif
