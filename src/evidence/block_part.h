/*
 * block_part.h: one of a block's stretches of bytes: a head and its sections.
 *
 *   head      magic, and what the part says of itself
 *   table     one entry a section
 *   sections  one behind the other, each packed for itself
 *
 * The head has a checksum over itself and the table, and the table has one for
 * every section: no byte is believed before its checksum was looked at.
 * One thread at a time.
 */
#ifndef CORD_EVIDENCE_BLOCK_PART_H
#define CORD_EVIDENCE_BLOCK_PART_H

#include "base/buf.h"

/* A section's entry: kind u8, packing u8, two zero bytes, packed length u32,
 * length unpacked u32, four zero bytes, XXH3-64 of the packed bytes u64. */
#define CORD_BLOCK_PART_ENTRY_BYTES  24u
#define CORD_BLOCK_PART_SECTIONS_MAX 16384u
#define CORD_BLOCK_PART_SECTION_MAX  (256u << 20)
#define CORD_BLOCK_PART_UNPACKED_MAX (1024ULL << 20) /* of all sections */

enum cord_block_part_kind {
    CORD_BLOCK_PART_DIRECTORY = 1,
    CORD_BLOCK_PART_ROWS = 2,
    CORD_BLOCK_PART_LENGTHS = 3, /* of the dictionary's values */
    CORD_BLOCK_PART_TEXT = 4,    /* the dictionary's values */
    CORD_BLOCK_PART_COLUMNS = 5,
    CORD_BLOCK_PART_FILTER = 6, /* of the personal values; stored as it is */
    CORD_BLOCK_PART_SUMMARY = 7,
};

enum cord_block_part_packing {
    CORD_BLOCK_PART_STORED = 0,
    CORD_BLOCK_PART_ZSTD = 1,
};

struct cord_block_section {
    enum cord_block_part_kind kind;
    enum cord_block_part_packing packing;
    uint32_t packed_len;
    uint32_t len;
    uint64_t checksum;
    const char *packed; /* borrowed; of an opened part */
    char *text;         /* unpacked; NULL until asked for */
};

struct ZSTD_DCtx_s;

struct cord_block_part {
    struct cord_block_section *sections;
    size_t section_count;
    size_t section_cap;
    struct cord_buf packed; /* while packing: all sections but the directory */
    struct cord_buf directory;
    struct ZSTD_DCtx_s *unzip; /* NULL until needed */
};

void cord_block_part_init(struct cord_block_part *part);
void cord_block_part_done(struct cord_block_part *part);
/* No sections; memory kept. */
void cord_block_part_clear(struct cord_block_part *part);

struct ZSTD_CCtx_s;

/* Packs a section. The first one added must be the directory's place holder:
 * kind DIRECTORY, empty; cord_block_part_directory fills it when all else is
 * known. A part without a directory needs none. */
CORD_MUST_USE cord_status cord_block_part_add(struct cord_block_part *part,
                                              struct ZSTD_CCtx_s *zstd, int level,
                                              enum cord_block_part_kind kind, cord_str text);
CORD_MUST_USE cord_status cord_block_part_directory(struct cord_block_part *part,
                                                    struct ZSTD_CCtx_s *zstd, int level,
                                                    cord_str text);

/* Appends the whole part. `head` ends with eight bytes for the checksum, and
 * has room for the offset of the first section and the count of sections, u32
 * each, behind its magic. */
void cord_block_part_put(const struct cord_block_part *part, cord_str head, struct cord_buf *out);

/* Reads head and table of a packed part, in place of what was opened before;
 * borrows the bytes. CORD_E_FORMAT:
 * damaged. CORD_E_LIMIT: more than we would unpack. */
CORD_MUST_USE cord_status cord_block_part_open(struct cord_block_part *part, cord_str bytes,
                                               const char *magic, size_t head_bytes,
                                               struct cord_error *err);

/* Where in a part of part_len bytes its first section of a kind is, as it stands
 * there, by the part's first bytes alone: all of head and table, or more. len 0:
 * there is none. CORD_E_FORMAT: damaged, or the table goes on behind the bytes. */
struct cord_block_part_place {
    uint64_t at;
    uint64_t len;
    enum cord_block_part_packing packing;
};
CORD_MUST_USE cord_status cord_block_part_find(cord_str first, uint64_t part_len, const char *magic,
                                               size_t head_bytes, enum cord_block_part_kind kind,
                                               struct cord_block_part_place *ret_place);

/* The section's bytes, tested and unpacked when first asked for; live until
 * done. */
CORD_MUST_USE cord_status cord_block_part_text(struct cord_block_part *part, size_t section,
                                               cord_str *ret_text, struct cord_error *err);

/* The same into `to`, which has room for the section's len bytes. */
CORD_MUST_USE cord_status cord_block_part_unpack(struct cord_block_part *part, size_t section,
                                                 char *to, struct cord_error *err);

/* All sections of a kind as one stretch, which the caller frees. */
CORD_MUST_USE cord_status cord_block_part_all(struct cord_block_part *part,
                                              enum cord_block_part_kind kind, cord_str *ret_text,
                                              struct cord_error *err);

/* Eight characters, without their NUL. */
void cord_block_part_put_magic(char *to, const char *magic);
void cord_block_part_put_u32(char *to, uint32_t value);
void cord_block_part_put_u64(char *to, uint64_t value);
uint32_t cord_block_part_u32(const char *from);
uint64_t cord_block_part_u64(const char *from);

#endif
