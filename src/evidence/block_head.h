/*
 * block_head.h: the first bytes of a block's body. Pure; any thread.
 */
#ifndef CORD_EVIDENCE_BLOCK_HEAD_H
#define CORD_EVIDENCE_BLOCK_HEAD_H

#include "evidence/block.h"

#define CORD_BLOCK_HEAD_BYTES          104u
#define CORD_BLOCK_HEAD_PERSONAL_BYTES 32u

void cord_block_head_put(const struct cord_block_head *head, char bytes[CORD_BLOCK_HEAD_BYTES]);

/* Of CORD_BLOCK_HEAD_BYTES bytes whose checksum has been tested. CORD_E_FORMAT:
 * counts no block has. */
CORD_MUST_USE cord_status cord_block_head_take(const char *bytes, struct cord_block_head *ret_head);

#endif
