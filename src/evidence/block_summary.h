/*
 * block_summary.h: what a search may count of a block without opening it.
 *
 * Of fields that say few different things in a block: each thing, how many rows
 * say it, and when the first and the last of them happened. A summary is kept
 * apart from the block's body, beside its filter, and holds nothing personal.
 * A block may have none, and one may say of any field that it was not counted:
 * then the block has to be opened.
 *
 * Fields are found by the names by which a query may mean them, so that several
 * fields of one name are one answer. docs/evidence-format.md has the bytes.
 *
 * One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_SUMMARY_H
#define CORD_EVIDENCE_BLOCK_SUMMARY_H

#include "codec/value.h"
#include "evidence/block.h"
#include "evidence/query.h"

#define CORD_BLOCK_SUMMARY_MAGIC        "CORDSUM1"
#define CORD_BLOCK_SUMMARY_HEAD_BYTES   24u
#define CORD_BLOCK_SUMMARY_UNPACKED_MAX (1u << 20)
#define CORD_BLOCK_SUMMARY_VALUES_MAX   256u /* of a table, beside "none" */

/* What stands for a table's number in the bytes. */
enum {
    CORD_BLOCK_SUMMARY_NOBODY = 0,    /* no row says anything */
    CORD_BLOCK_SUMMARY_UNCOUNTED = 1, /* only the block knows */
    CORD_BLOCK_SUMMARY_TABLES = 2,    /* table 0, and so on */
};

/* What every event has whatever its source, in the order of the bytes. */
enum {
    CORD_BLOCK_SUMMARY_HOST, /* by its role */
    CORD_BLOCK_SUMMARY_USER,
    CORD_BLOCK_SUMMARY_CLASS, /* by its origin */
    CORD_BLOCK_SUMMARY_OWN,
};

struct cord_block_summary;

/* NULL when out of memory. */
struct cord_block_summary *cord_block_summary_new(void);
void cord_block_summary_free(struct cord_block_summary *summary);

/* In place of what it held; the bytes are not needed afterwards. The head is
 * that of the block, and borrowed. CORD_E_FORMAT: damaged. */
CORD_MUST_USE cord_status cord_block_summary_open(struct cord_block_summary *summary,
                                                  cord_str bytes,
                                                  const struct cord_block_head *head,
                                                  struct cord_error *err);

/* What the block's rows say of a field: a table's number from
 * CORD_BLOCK_SUMMARY_TABLES on, or what stands for one. above: values below an
 * object of that name are meant, too. */
uint32_t cord_block_summary_find(const struct cord_block_summary *summary,
                                 const struct cord_query_field *field, bool above);

/* The names to which fields answer that say anything, lower case, one after the other: *cursor is 0
 * at first. whole: some field's own first name. False: there are no more. */
bool cord_block_summary_name(const struct cord_block_summary *summary, size_t *cursor,
                             cord_str *ret_name, bool *ret_whole);

struct cord_block_summary_value {
    enum cord_value_kind kind; /* CORD_VALUE_NULL: the rows that say nothing */
    unsigned flags;
    cord_str text; /* as a span has it */
    uint64_t rows;
    int64_t first_ns; /* cord_row_when */
    int64_t last_ns;
};

/* Every row of the block is in one of them. They live until the next open.
 * CORD_E_FORMAT: damaged. CORD_E_NOMEM. */
CORD_MUST_USE cord_status
cord_block_summary_table(struct cord_block_summary *summary, uint32_t table,
                         const struct cord_block_summary_value **ret_values, size_t *ret_count);

#endif
