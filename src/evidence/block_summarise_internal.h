/*
 * block_summarise_internal.h: what the makers of a summary share.
 */
#ifndef CORD_EVIDENCE_BLOCK_SUMMARISE_INTERNAL_H
#define CORD_EVIDENCE_BLOCK_SUMMARISE_INTERNAL_H

#include "evidence/block_part.h"
#include "evidence/block_summarise.h"
#include "evidence/block_summary.h"

#define SUMMARISE_NONE UINT32_MAX

struct ZSTD_CCtx_s;

/* A shape in which the field says something. */
struct summarise_occurrence {
    uint32_t shape;
    uint32_t hole; /* SUMMARISE_NONE: it is no whole hole, or personal */
    uint32_t form; /* of the span: kind, and whether it is escaped */
};

/* When the first and the last of some rows happened. */
struct summarise_span {
    int64_t first_ns;
    int64_t last_ns;
};

/* Rows that say the same. */
struct summarise_entry {
    cord_str text; /* as it stands; the gather's, or an origin's */
    uint32_t form; /* CORD_VALUE_NULL: they say nothing */
    uint32_t rows;
    struct summarise_span when;
};

/* What some fields say together. */
struct summarise_table {
    const uint32_t *fields;
    uint32_t field_count;
    bool counted;
    const struct summarise_entry *entries;
    uint32_t entry_count;
    uint64_t cost; /* bytes, about */
    uint64_t rows; /* that say something */
    uint32_t code; /* CORD_BLOCK_SUMMARY_* */
};

/* What answers to a name: numbers of tables, or SUMMARISE_NONE. */
struct summarise_answer {
    cord_str text;
    uint32_t any;
    uint32_t rooted;
};

struct cord_block_summarise {
    struct ZSTD_CCtx_s *zstd;
    struct cord_arena *arena; /* all arrays that do not say otherwise */
    struct cord_buf text;     /* the summary, not packed */
    struct cord_buf body;     /* of one table */
    struct cord_block_part part;
    uint64_t *seen; /* by dictionary value: epoch << 32 | its entry; the heap's */
    size_t seen_cap;
    uint32_t epoch;

    /* The block at hand. */
    const struct cord_block_summarise_rows *from;
    uint32_t field_count; /* with CORD_BLOCK_SUMMARY_OWN behind them */
    int64_t *when_ns;     /* by shape, then rank */
    uint32_t *row_starts; /* of each shape, in when_ns */
    struct summarise_span *shape_times;
    uint32_t *field_starts; /* of each field, in occurrences */
    struct summarise_occurrence *occurrences;
    struct summarise_table *tables;
    uint32_t table_count;
    struct summarise_answer *answers;
    uint32_t answer_count;
    uint64_t work_left;              /* rows that may still be looked at */
    struct summarise_table **chosen; /* that are in the summary, by their numbers there */
    uint32_t chosen_count;
    int64_t *times;
    size_t time_count;
};

/* The arena's, zeroed; memory beyond its ceiling is too much for a summary. */
#define SUMMARISE_MAKE(maker, to, count)                                                           \
    do {                                                                                           \
        (to) = cord_arena_zalloc((maker)->arena, (size_t)(count) + 1, sizeof *(to));               \
        if (!(to)) {                                                                               \
            return cord_arena_failure((maker)->arena);                                             \
        }                                                                                          \
    } while (0)

/* The number of a field that every event has, behind those of the source. */
static inline uint32_t summarise_own_field(const struct cord_block_summarise *maker, uint32_t which)
{
    return maker->field_count - CORD_BLOCK_SUMMARY_OWN + which;
}

/* Some row says something of the fields. */
static inline bool summarise_has_occurrences(const struct cord_block_summarise *maker,
                                             const struct summarise_table *table)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        uint32_t field = table->fields[i];
        if (maker->field_starts[field] < maker->field_starts[field + 1]) {
            return true;
        }
    }
    return false;
}

/* block_summarise_names.c: the tables there may be, and which names they answer
 * to. CORD_E_LIMIT: there are too many names. */
CORD_MUST_USE cord_status cord_block_summarise_names_find(struct cord_block_summarise *maker);

/* block_summarise_text.c: the summary, not packed, into maker->text, with those
 * of the counted tables that there is room for. CORD_E_LIMIT: not even for names. */
CORD_MUST_USE cord_status cord_block_summarise_text_put(struct cord_block_summarise *maker,
                                                        size_t bytes_max);

#endif
