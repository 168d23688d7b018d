/*
 * sources_internal.h: the registry's tables: filled by sources_read.c, asked by
 * sources.c.
 */
#ifndef CORD_INGEST_SOURCES_INTERNAL_H
#define CORD_INGEST_SOURCES_INTERNAL_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/map.h"
#include "ingest/source.h"

#include <stdatomic.h>

#define CORD_SOURCE_NONE UINT32_MAX

/* An address as a number, so that ranges have an order. */
struct cord_source_address {
    uint64_t high;
    uint64_t low;
};

/* While reading: what one source says of where it sends from. */
struct cord_source_range {
    struct cord_source_address first;
    struct cord_source_address last;
    unsigned char bits;
    uint32_t source;
    uint32_t line;
};

/* From here to the next border it is that source. */
struct cord_source_border {
    struct cord_source_address from;
    uint32_t source; /* or CORD_SOURCE_NONE */
};

struct cord_source_token {
    struct cord_digest digest;
    uint32_t source;
};

struct cord_sources {
    atomic_uint references;
    struct cord_arena *arena; /* of the texts */
    struct cord_source *sources;
    size_t count;
    struct cord_zone **zones; /* each of those named, once */
    size_t zone_count;
    struct cord_map zone_names;
    struct cord_map names;
    struct cord_map fingerprints; /* 64 digits, lower case */
    struct cord_map certificates; /* names, lower case */
    struct cord_source_token *tokens;
    size_t token_count;
    uint32_t *token_slots; /* by the digest's first bytes: token + 1, or 0 */
    size_t token_slot_count;
    struct cord_source_border *borders; /* ascending, none twice */
    size_t border_count;
};

static inline struct cord_source_address cord_source_address_of(const unsigned char bytes[16])
{
    struct cord_source_address address = {0, 0};
    for (unsigned i = 0; i < 8; i++) {
        address.high = address.high << 8 | bytes[i];
        address.low = address.low << 8 | bytes[8 + i];
    }
    return address;
}

static inline int cord_source_address_compare(struct cord_source_address a,
                                              struct cord_source_address b)
{
    if (a.high != b.high) {
        return a.high < b.high ? -1 : 1;
    }
    return a.low == b.low ? 0 : a.low < b.low ? -1 : 1;
}

/* The token of that hash, or NULL; in time that does not tell how much of it was right. */
const struct cord_source_token *cord_sources_token_find(const struct cord_sources *sources,
                                                        const struct cord_digest *digest);

#endif
