/*
 * block_count.h: rows of a block counted by what fields say, by columns.
 *
 * A row's values become small numbers, one a distinct text, and groups are
 * counted by number: no row is put together. What does not fit that - a field
 * with several values in one row, members of arrays, values in several pieces -
 * is left as a set of rows to be put together and added one by one.
 *
 * One thread. Memory: for each row of the block four bytes a key and a few more,
 * and the distinct values of the keys.
 */
#ifndef CORD_EVIDENCE_BLOCK_COUNT_H
#define CORD_EVIDENCE_BLOCK_COUNT_H

#include "evidence/block_column.h"
#include "evidence/tally.h"

struct cord_block_count;

/* For queries whose tally takes groups (cord_tally_keys); borrows its fields.
 * NULL when out of memory. */
struct cord_block_count *cord_block_count_new(const struct cord_tally *tally, uint64_t seed);
void cord_block_count_free(struct cord_block_count *count);

/* Counts the rows whose bits are set. *ret_rest, which lives until the next
 * call: those that were not counted; NULL when all were. */
CORD_MUST_USE cord_status cord_block_count_run(struct cord_block_count *count,
                                               struct cord_block *block, const uint64_t *rows,
                                               const uint64_t **ret_rest, struct cord_error *err);

/* Gives the tally what the last run counted. Whoever shares a tally among
 * threads lets one at a time do this. */
CORD_MUST_USE cord_status cord_block_count_feed(const struct cord_block_count *count,
                                                struct cord_tally *tally);

#endif
