/*
 * block_internal.h: what packing and reading a block share: the numbers of the
 * format. docs/evidence-format.md describes it byte by byte.
 */
#ifndef CORD_EVIDENCE_BLOCK_INTERNAL_H
#define CORD_EVIDENCE_BLOCK_INTERNAL_H

#include "base/arena.h"
#include "evidence/block_column.h"
#include "evidence/block_part.h"

#define BLOCK_MAGIC          "CORDBLK1"
#define BLOCK_PERSONAL_MAGIC "CORDPER1"
#define BLOCK_MAGIC_BYTES    8u

/* Bounds of what is read; what is written stays within them, too. */
#define BLOCK_COLUMNS_MAX (1u << 20)
#define BLOCK_HOLES_MAX   (1u << 22) /* of all shapes */
#define BLOCK_SPANS_MAX   (1u << 22)
#define BLOCK_TEXT_MAX    (512u << 20) /* of all rows */
#define BLOCK_VALUES_MAX  (1u << 26)   /* holes, and spans, of all rows together */
#define BLOCK_NONE        UINT32_MAX

/* Which part holds a column. */
enum block_part {
    BLOCK_BODY = 0,
    BLOCK_PERSONAL = 1,
};
#define BLOCK_PARTS 2u
/* Of a column alone: in the body, with values of the personal part that take the
 * place of some. */
#define BLOCK_PATCHED 2u

/* What fills a hole, in the lowest bits of its number in the directory. */
enum block_source {
    BLOCK_SOURCE_COLUMN = 0,
    BLOCK_SOURCE_SAME = 1, /* as an earlier hole of the shape */
    BLOCK_SOURCE_BODY = 2, /* one value of the dictionary in all rows */
    BLOCK_SOURCE_PERSONAL = 3,
};

struct block_column {
    uint32_t part;
    uint32_t count;
    uint32_t section;
    uint32_t offset;
    bool distinct_loaded; /* of entries: count and the distinct values */
    bool loaded;
    cord_str packed; /* the list of entries, once the distinct values are there */
    bool patched;    /* and then: */
    uint32_t patch_section;
    uint32_t patch_offset;
    uint32_t own_count; /* of the distinct values, those of the body */
    uint8_t *stands;    /* by these: another takes its place; NULL: expired */
    cord_str patch;     /* which one, entry by entry */
    struct cord_block_entries entries;
};

/* An opened block. Arrays are the arena's, unless they are said to be the heap's. */
struct cord_block {
    struct cord_block_head head;
    struct cord_block_part parts[BLOCK_PARTS];
    bool expired; /* the personal part is gone */
    struct cord_arena *arena;
    struct cord_origin *origins;
    uint32_t origin_count;
    struct block_names *fields;
    uint32_t field_count;
    struct block_column *columns;
    uint32_t column_count;
    struct cord_block_form *shapes;
    uint32_t shape_count;
    bool when_loaded; /* of times: when_ns, shape and rank */
    bool times_loaded;
    struct cord_block_times times;
    bool words_loaded[BLOCK_PARTS]; /* all their text; the offsets are there before */
    bool offsets_loaded[BLOCK_PARTS];
    struct block_stretch *stretches[BLOCK_PARTS];
    size_t stretch_count[BLOCK_PARTS];
    struct cord_block_words words[BLOCK_PARTS];
    char *word_text[BLOCK_PARTS]; /* the heap's */
};

/* What one section holds of a dictionary's text. */
struct block_stretch {
    size_t section;
    size_t at;
    size_t end;
    bool loaded;
};

struct block_names {
    cord_str *names;
    size_t count;
};

#endif
