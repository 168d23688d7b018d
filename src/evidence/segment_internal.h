/*
 * segment_internal.h: what segment's writer and reader both know of the bytes.
 */
#ifndef CORD_EVIDENCE_SEGMENT_INTERNAL_H
#define CORD_EVIDENCE_SEGMENT_INTERNAL_H

#include "evidence/segment.h"

#define CORD_SEGMENT_HEADER_BYTES 64u
#define CORD_SEGMENT_TAIL_BYTES   24u
#define CORD_SEGMENT_MAGIC        "CORDSEG1"
#define CORD_SEGMENT_PERSON_MAGIC "CORDPER1"
#define CORD_SEGMENT_FOOT_MAGIC   "CORDFOOT"
#define CORD_SEGMENT_TAIL_MAGIC   "CORDEND1"
#define CORD_SEGMENT_MAGIC_BYTES  8u
#define CORD_SEGMENT_VERSION      1u /* of headers */
/* Of footers; 1 knew no summaries. */
#define CORD_SEGMENT_FOOT_VERSION       2u
#define CORD_SEGMENT_FOOT_VERSION_LEAST 1u
#define CORD_SEGMENT_TEXTS              7u /* of an origin */
/* Of a block in the footer, but for its origins. */
#define CORD_SEGMENT_BLOCK_BYTES (6u * 8 + 2 * 4 + 7 * 8 + 3 * CORD_DIGEST_BYTES)
/* The same of its summary. */
#define CORD_SEGMENT_BLOCK_BYTES_MORE (2u * 8 + CORD_DIGEST_BYTES)

/* What a footer says beside info. */
struct cord_segment_layout {
    uint32_t version;
    uint64_t filters_at;   /* end of the bodies */
    uint64_t summaries_at; /* end of the filters */
    uint64_t footer_at;    /* end of the summaries */
};

/* The header of either file. */
void cord_segment_put_header(const char *magic, const unsigned char store[CORD_SEGMENT_STORE_BYTES],
                             uint64_t number, struct cord_buf *out);

#endif
