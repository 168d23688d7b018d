/*
 * spool.h: the file that makes rows durable before they are packed.
 *
 * A header, then frames: the rows of one append each, with the number of the
 * first and a checksum. The checksum begins with a number drawn for each file,
 * so that no event can hold something that looks like a frame of it. A frame
 * cut short by a crash is the end of its file; a damaged one in the middle is
 * skipped. Pure but for cord_spool_create; docs/evidence-format.md has the bytes.
 */
#ifndef CORD_EVIDENCE_SPOOL_H
#define CORD_EVIDENCE_SPOOL_H

#include "base/files.h"

#define CORD_SPOOL_STORE_BYTES  16
#define CORD_SPOOL_HEADER_BYTES 56u
#define CORD_SPOOL_FRAME_BYTES  40u /* in front of an image */
#define CORD_SPOOL_NAME         32

struct cord_spool_header {
    unsigned char store[CORD_SPOOL_STORE_BYTES];
    uint64_t number; /* of the file */
    uint64_t salt;
};

/* "spool/00000007.spool" */
void cord_spool_name(uint64_t number, char name[CORD_SPOOL_NAME]);

/* A new file with its header, its name durable; nothing is left of it on failure. */
CORD_MUST_USE cord_status cord_spool_create(const struct cord_files *files, int dir,
                                            const struct cord_spool_header *header, int *ret_file,
                                            struct cord_error *err);

struct cord_spool_frame {
    uint64_t first; /* number of its first row */
    uint32_t row_count;
    cord_str image;  /* see rows_image.h */
    uint64_t offset; /* in the file */
};

/* What goes in front of the image. */
void cord_spool_put_frame(const struct cord_spool_frame *frame, uint64_t salt,
                          struct cord_buf *out);

struct cord_spool_reader {
    struct cord_spool_header header;
    cord_str bytes; /* of the whole file */
    size_t at;
    uint64_t damaged_bytes; /* skipped, with a good frame behind them */
    uint64_t damaged_at;    /* where the first of them is */
    uint64_t torn_bytes;    /* behind the last good frame */
};

/* CORD_E_FORMAT: not a spool file. CORD_E_MORE: shorter than a header, as after
 * a crash while it was made. */
CORD_MUST_USE cord_status cord_spool_read(cord_str bytes, struct cord_spool_reader *ret_reader);

/* The next good frame; false at the end. */
bool cord_spool_next(struct cord_spool_reader *reader, struct cord_spool_frame *ret_frame);

#endif
