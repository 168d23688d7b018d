/*
 * block_column.h: a block as a search sees it: shapes, columns, dictionaries.
 *
 * Rows are numbered as they were packed. Each has a shape, and a rank among the
 * rows of that shape; each hole of a shape says where the values of its rows
 * are. A value is a number in the dictionary of its part (0: the body, 1: the
 * personal part), so that a condition is tried once a value and not once a row,
 * and rows are counted by number. A field's value is one hole as a rule, and
 * else a stretch of holes and skeleton (see struct cord_block_span).
 *
 * What is given out lives until the block is closed. One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_COLUMN_H
#define CORD_EVIDENCE_BLOCK_COLUMN_H

#include "evidence/block.h"

/* The value of a hole that has expired, in place of a dictionary's number. */
#define CORD_BLOCK_COLUMN_EXPIRED UINT32_MAX
#define CORD_BLOCK_COLUMN_NONE    UINT32_MAX
/* In the number of a value in a column of the body: it is the personal part's. */
#define CORD_BLOCK_COLUMN_PERSONAL 0x40000000U

struct cord_block_hole_at {
    uint32_t gap;    /* bytes of skeleton between the hole before and this one */
    uint32_t column; /* CORD_BLOCK_COLUMN_NONE: all rows have the value `value` */
    uint32_t start;  /* in the column, of the shape's first row */
    uint32_t value;
    uint32_t same; /* the earlier hole of this shape that always says the same, or NONE */
    uint8_t part;
};

/* The value's text begins behind `holes` holes and `skeleton` bytes of skeleton
 * of its row, and ends before as many of the end's. It is a whole hole when
 * holes_end is holes + 1 and skeleton_end is skeleton. */
struct cord_block_span {
    uint32_t field;
    uint8_t kind;
    uint8_t flags;
    uint32_t holes;
    uint32_t skeleton;
    uint32_t holes_end;
    uint32_t skeleton_end;
};

struct cord_block_form {
    uint32_t origin;
    uint32_t row_count;
    cord_str skeleton;  /* all pieces, one behind the other */
    uint32_t raw_holes; /* before the end of raw; the rest is values raw does not hold */
    uint32_t raw_skeleton;
    uint32_t hole_count;
    uint32_t span_count;
    const struct cord_block_hole_at *holes;
    const struct cord_block_span *spans;
    uint16_t role[CORD_ROLE_COUNT];
};

uint32_t cord_block_column_shapes(const struct cord_block *block);
const struct cord_block_form *cord_block_column_shape(const struct cord_block *block,
                                                      uint32_t shape);

const struct cord_origin *cord_block_column_origin(const struct cord_block *block, uint32_t origin);
uint32_t cord_block_column_fields(const struct cord_block *block);
const cord_str *cord_block_column_names(const struct cord_block *block, uint32_t field,
                                        size_t *ret_count);

/* One a row. */
struct cord_block_times {
    const int64_t *when_ns; /* cord_row_when */
    const int64_t *received_ns;
    const uint64_t *sequence;
    const uint8_t *has_time; /* 0: `when` is when it came in */
    const uint32_t *shape;
    const uint32_t *rank;
};

CORD_MUST_USE cord_status cord_block_column_times(struct cord_block *block,
                                                  const struct cord_block_times **ret_times,
                                                  struct cord_error *err);

/* The same, but only when_ns, shape and rank are sure to be there. */
CORD_MUST_USE cord_status cord_block_column_when(struct cord_block *block,
                                                 const struct cord_block_times **ret_times,
                                                 struct cord_error *err);

/* Rows by shape, then rank: those of shape s are ret_rows[ret_starts[s]] up to
 * ret_rows[ret_starts[s + 1]]. Room for a start more than there are shapes, and
 * for all rows. */
void cord_block_column_place(const struct cord_block *block, const struct cord_block_times *times,
                             uint32_t *ret_starts, uint32_t *ret_rows);

/* The values of a part, each once, as one stretch of text: value i is
 * text[offsets[i] .. offsets[i + 1]). Empty once expired. */
struct cord_block_words {
    cord_str text;
    const uint32_t *offsets; /* count + 1 */
    uint32_t count;
};

CORD_MUST_USE cord_status cord_block_column_words(struct cord_block *block, unsigned part,
                                                  const struct cord_block_words **ret_words,
                                                  struct cord_error *err);

/* The same, but no text is there yet but what cord_block_column_read has asked
 * for: for those who want few values, or none. */
CORD_MUST_USE cord_status cord_block_column_offsets(struct cord_block *block, unsigned part,
                                                    const struct cord_block_words **ret_words,
                                                    struct cord_error *err);
/* One value's text; `value` is below words->count, or CORD_BLOCK_COLUMN_EXPIRED. */
CORD_MUST_USE cord_status cord_block_column_read(struct cord_block *block, unsigned part,
                                                 uint32_t value, cord_str *ret_text,
                                                 struct cord_error *err);

static inline cord_str cord_block_column_word(const struct cord_block_words *words, uint32_t value)
{
    if (value == CORD_BLOCK_COLUMN_EXPIRED) {
        return (cord_str){CORD_BLOCK_EXPIRED, sizeof CORD_BLOCK_EXPIRED - 1};
    }
    uint32_t at = words->offsets[value];
    return (cord_str){words->text.ptr + at, words->offsets[value + 1] - at};
}

/* A value of a hole or column of that part; words: of both parts. */
static inline cord_str cord_block_column_text(const struct cord_block_words *const words[2],
                                              unsigned part, uint32_t value)
{
    if (value != CORD_BLOCK_COLUMN_EXPIRED && (value & CORD_BLOCK_COLUMN_PERSONAL) != 0) {
        return cord_block_column_word(words[1], value & ~CORD_BLOCK_COLUMN_PERSONAL);
    }
    return cord_block_column_word(words[part], value);
}

/* A column: its distinct values, and which of these each entry is. Entry
 * hole.start + rank is what the hole says in the row of that rank. */
struct cord_block_entries {
    uint32_t count;
    uint32_t distinct_count;
    const uint32_t *distinct; /* numbers in the dictionary of the column's part, or with
                               * CORD_BLOCK_COLUMN_PERSONAL; some may be no entry's */
    const uint32_t *entries;  /* indexes in distinct; NULL: entry i is distinct i */
};

/* The distinct values alone: whoever finds none that matters there needs no
 * entries. */
CORD_MUST_USE cord_status cord_block_column_distinct(struct cord_block *block, uint32_t column,
                                                     const uint32_t **ret_distinct,
                                                     uint32_t *ret_count, struct cord_error *err);

uint32_t cord_block_column_count(const struct cord_block *block);
unsigned cord_block_column_part(const struct cord_block *block, uint32_t column);
CORD_MUST_USE cord_status cord_block_column_entries(struct cord_block *block, uint32_t column,
                                                    const struct cord_block_entries **ret_entries,
                                                    struct cord_error *err);

#endif
