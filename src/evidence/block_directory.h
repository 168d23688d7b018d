/*
 * block_directory.h: what a block says of its origins, fields, columns and shapes.
 */
#ifndef CORD_EVIDENCE_BLOCK_DIRECTORY_H
#define CORD_EVIDENCE_BLOCK_DIRECTORY_H

#include "base/error.h"

struct cord_block;

/* Reads the body's first section into the block's arena. CORD_E_FORMAT:
 * damaged or forged; CORD_E_LIMIT: beyond what a block may hold. */
CORD_MUST_USE cord_status cord_block_directory_read(struct cord_block *block,
                                                    struct cord_error *err);

#endif
