/*
 * segment.h: one sealed file of blocks, and beside it the file of what in them
 * names a person.
 *
 *   segments/00000012.seg       header, bodies of blocks, filters, summaries, footer, tail
 *   segments/00000012.person    header, personal parts of the same blocks
 *
 * Written once, under another name until it is whole; never changed. The footer
 * holds the SHA-256 of every part of both files, and the chain that of the
 * footer, the seal: no byte of either is outside it. The personal file may be
 * deleted alone. docs/evidence-format.md has the bytes.
 *
 * A writer belongs to one thread; a segment may be read by any.
 */
#ifndef CORD_EVIDENCE_SEGMENT_H
#define CORD_EVIDENCE_SEGMENT_H

#include "base/digest.h"
#include "base/files.h"
#include "evidence/block.h"

#define CORD_SEGMENT_STORE_BYTES 16
#define CORD_SEGMENT_NAME        48
#define CORD_SEGMENT_DAYS_EVER   UINT32_MAX /* kept until someone decides */
#define CORD_SEGMENT_BLOCKS_MAX  65536u
#define CORD_SEGMENT_FOOTER_MAX  (256u << 20)
#define CORD_SEGMENT_FILTERS_MAX (1u << 30)

/* What the chain says of a segment; enough to choose, count and delete. */
struct cord_segment_info {
    uint64_t number; /* of the file */
    struct cord_digest seal;
    uint64_t bytes;
    uint64_t person_bytes; /* 0: there is no personal file */
    uint32_t block_count;
    uint32_t days;          /* of retention, by the policy when it was written */
    uint32_t personal_days; /* of the personal file */
    uint64_t row_count;
    uint64_t raw_bytes;
    uint64_t first; /* lowest and highest number of a row */
    uint64_t last;
    int64_t when_min_ns; /* cord_row_when */
    int64_t when_max_ns;
    int64_t received_min_ns;
    int64_t received_max_ns;
    int64_t kept_from_ns;  /* what its age is counted from */
    cord_str organisation; /* of all its rows */
};

/* One line of a chain's entry: key, numbers, organisation. */
void cord_segment_put_line(const struct cord_segment_info *info, struct cord_buf *lines);
/* Words behind the key. The organisation is unescaped into the scratch buffer,
 * in place of what it holds, and borrowed from there. */
CORD_MUST_USE cord_status cord_segment_parse_line(const cord_str *words, size_t count,
                                                  struct cord_segment_info *ret_info,
                                                  struct cord_buf *scratch);

void cord_segment_name(uint64_t number, char name[CORD_SEGMENT_NAME]);
void cord_segment_person_name(uint64_t number, char name[CORD_SEGMENT_NAME]);

/* --- writing --- */

struct cord_segment_writer;

struct cord_segment_plan {
    const struct cord_files *files;
    int dir;
    uint64_t number;
    uint64_t seed; /* of hash tables */
    unsigned char store[CORD_SEGMENT_STORE_BYTES];
    cord_str organisation;
    uint32_t days;
    uint32_t personal_days;
    int64_t kept_from_ns; /* raised to the latest received */
};

CORD_MUST_USE cord_status cord_segment_writer_new(const struct cord_segment_plan *plan,
                                                  struct cord_segment_writer **ret_writer,
                                                  struct cord_error *err);
/* What was not sealed leaves no file behind. */
void cord_segment_writer_free(struct cord_segment_writer *writer);

/* rows[which[0 .. count)], as cord_block_pack takes them. */
struct cord_segment_rows {
    const struct cord_rows *rows;
    const uint32_t *which;
    size_t count;
    const bool *is_personal;
};

/* Packs the rows into one block and writes it. */
CORD_MUST_USE cord_status cord_segment_writer_add(struct cord_segment_writer *writer,
                                                  struct cord_block_packer *packer,
                                                  const struct cord_segment_rows *rows,
                                                  struct cord_error *err);

/* Both files whole, synced and under their names; the directory is still to be
 * synced. ret_info borrows the plan's organisation. */
CORD_MUST_USE cord_status cord_segment_writer_seal(struct cord_segment_writer *writer,
                                                   struct cord_segment_info *ret_info,
                                                   struct cord_error *err);

/* --- reading --- */

struct cord_segment;

struct cord_segment_block {
    struct cord_block_head head;
    uint64_t body_at;
    uint64_t body_len;
    uint64_t filter_at;
    uint64_t filter_len;
    uint64_t summary_at;
    uint64_t summary_len; /* 0: there is none */
    uint64_t personal_at; /* in the personal file; its length is head.personal_bytes */
    struct cord_digest body;
    struct cord_digest filter;
    struct cord_digest personal;
    struct cord_digest summary;
    const uint32_t *origins; /* numbers of the segment's; head.origin_count of them, ascending */
};

/* Nothing is read yet. One reference is the caller's; NULL when out of memory. */
struct cord_segment *cord_segment_new(const struct cord_files *files, int dir,
                                      const unsigned char store[CORD_SEGMENT_STORE_BYTES],
                                      const struct cord_segment_info *info, bool person_expired);
struct cord_segment *cord_segment_ref(struct cord_segment *segment);
void cord_segment_unref(struct cord_segment *segment);

const struct cord_segment_info *cord_segment_info(const struct cord_segment *segment);

/* The personal file is gone, by policy. */
bool cord_segment_person_expired(const struct cord_segment *segment);
void cord_segment_expire_person(struct cord_segment *segment);

/* The file goes once nobody holds the segment any more. */
void cord_segment_doom(struct cord_segment *segment);

/* Reads and checks the footer, if that has not been done. The functions below
 * need it done. CORD_E_FORMAT: not what was sealed; CORD_E_NOENT: no file. */
CORD_MUST_USE cord_status cord_segment_load(struct cord_segment *segment, struct cord_error *err);

uint32_t cord_segment_block_count(const struct cord_segment *segment);
const struct cord_segment_block *cord_segment_block(const struct cord_segment *segment,
                                                    uint32_t at);
uint32_t cord_segment_origin_count(const struct cord_segment *segment);
const struct cord_origin *cord_segment_origin(const struct cord_segment *segment, uint32_t at);

/* In place of what the buffer holds. The bytes are as the disk gave them: the
 * block's own checksums, or cord_digest_of, say whether they are right. */
CORD_MUST_USE cord_status cord_segment_read_body(const struct cord_segment *segment, uint32_t at,
                                                 struct cord_buf *buf, struct cord_error *err);
/* Leaves the buffer empty and *ret_personal.ptr NULL when it has expired; "" when there is none. */
CORD_MUST_USE cord_status cord_segment_read_personal(const struct cord_segment *segment,
                                                     uint32_t at, struct cord_buf *buf,
                                                     cord_str *ret_personal,
                                                     struct cord_error *err);
/* The personal file, from which blocks' parts are read piece by piece; the caller
 * closes it. CORD_E_NOENT: there is none, or it has expired. */
CORD_MUST_USE cord_status cord_segment_open_person(const struct cord_segment *segment,
                                                   int *ret_file);
/* `len` bytes of the block's personal part from `from` on, in place of what the
 * buffer holds. CORD_E_FORMAT: they are not inside it. */
struct cord_segment_piece {
    uint32_t block;
    uint64_t from;
    uint64_t len;
};
CORD_MUST_USE cord_status cord_segment_read_piece(const struct cord_segment *segment, int file,
                                                  const struct cord_segment_piece *piece,
                                                  struct cord_buf *buf);
/* The filters of all blocks: that of block b begins at filter_at - *ret_at. */
CORD_MUST_USE cord_status cord_segment_read_filters(const struct cord_segment *segment,
                                                    struct cord_buf *buf, uint64_t *ret_at,
                                                    struct cord_error *err);

/* Leaves the buffer empty when there is none. */
CORD_MUST_USE cord_status cord_segment_read_summary(const struct cord_segment *segment, uint32_t at,
                                                    struct cord_buf *buf, struct cord_error *err);

/* Looks at every byte of both files. CORD_E_FORMAT: err names the file, the
 * block and the offset of the first that is wrong. */
CORD_MUST_USE cord_status cord_segment_verify(struct cord_segment *segment, struct cord_error *err);

#endif
