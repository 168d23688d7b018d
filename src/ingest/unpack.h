/*
 * unpack.h: gzip, xz and zstd as readers over readers; UTF-16 and byte-order
 * marks taken care of in the same manner.
 *
 * Streaming: memory does not grow with the input. Concatenated members and
 * frames are read on, as their tools do. Window sizes are bounded (zstd 128
 * MiB, xz 128 MiB): beyond it the input is refused, since its author chose it.
 */
#ifndef CORD_INGEST_UNPACK_H
#define CORD_INGEST_UNPACK_H

#include "ingest/reader.h"

enum cord_packing {
    CORD_PACKING_NONE,
    CORD_PACKING_GZIP,
    CORD_PACKING_XZ,
    CORD_PACKING_ZSTD,
    CORD_PACKING_DEFLATE, /* raw, inside zip; never recognised by content */
    CORD_PACKING_UTF16LE,
    CORD_PACKING_UTF16BE,
    CORD_PACKING_UTF8_BOM,
};

/* By magic number; some 8 bytes are enough. */
enum cord_packing cord_unpack_recognise(cord_str head);
const char *cord_unpack_name(enum cord_packing packing);

/* Unpacks inner, which it owns, on failure too. CORD_PACKING_NONE gives inner
 * back as it is. */
CORD_MUST_USE cord_status cord_unpack_open(struct cord_reader *inner, enum cord_packing packing,
                                           struct cord_reader **ret_reader, struct cord_error *err);

/* Unpacks as many layers as the content shows, at most layers_max (CORD_E_LIMIT
 * beyond). Owns inner, on failure too. */
CORD_MUST_USE cord_status cord_unpack_layers(struct cord_reader *inner, unsigned layers_max,
                                             struct cord_reader **ret_reader,
                                             struct cord_error *err);

#endif
