/*
 * kit_block.h: rows for tests of blocks, and whether two lists of rows say the same.
 */
#ifndef CORD_TESTS_KIT_BLOCK_H
#define CORD_TESTS_KIT_BLOCK_H

#include "evidence/block.h"

struct kit_block {
    struct cord_buf body;
    struct cord_buf personal;
    struct cord_buf filter;
    struct cord_buf summary;
    struct cord_block_head head;
};

/* Packs all rows, in their order; aborts when that fails. */
void kit_block_pack(struct kit_block *block, const struct cord_rows *rows, const bool *is_personal);
void kit_block_done(struct kit_block *block);

/* All rows of a packed block as new rows, or NULL; err says why not. */
struct cord_rows *kit_block_unpack(cord_str body, cord_str personal, struct cord_error *err);

/* Row for row: text, spans, names, origins, roles, times. NULL when they say
 * the same, else what differs. */
const char *kit_block_compare(const struct cord_rows *a, const struct cord_rows *b);

/* Whether the text holds the value outside of what replaced expired values. */
bool kit_block_tells(cord_str text, cord_str value);

#endif
