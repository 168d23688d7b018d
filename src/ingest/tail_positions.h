/*
 * tail_positions.h: how far files have been read, kept over a restart.
 *
 * A position is moved on when what is before it is durable evidence, and is
 * written a moment later: after a crash in between, lines may be read twice,
 * never missed. A file is known by device and inode, and by a hash of its first
 * bytes, for inodes are used again. Kept in one small file, replaced as a whole.
 * Any thread; one at a time saves.
 */
#ifndef CORD_INGEST_TAIL_POSITIONS_H
#define CORD_INGEST_TAIL_POSITIONS_H

#include "base/buf.h"
#include "base/files.h"

#include <stdbool.h>
#include <stdint.h>

#define CORD_TAIL_HEAD_BYTES_MAX 256

struct cord_tail_position {
    uint64_t owner; /* hash of what is configured: who reads the file */
    uint64_t device;
    uint64_t inode;
    uint64_t offset; /* bytes before it are done with */
    uint64_t head_hash;
    uint64_t head_len; /* of the hash: CORD_TAIL_HEAD_BYTES_MAX, or less in a short file */
};

/* The hash of a file's first bytes. */
uint64_t cord_tail_positions_hash(cord_str head);

struct cord_tail_positions;

/* Reads "positions" in the directory, which the caller keeps open. Lines that are damaged
 * are passed over and counted: their files are read as if never seen. */
CORD_MUST_USE cord_status cord_tail_positions_open(const struct cord_files *files, int dir,
                                                   struct cord_tail_positions **ret_positions,
                                                   uint64_t *ret_damaged, struct cord_error *err);
/* Does not save. NULL is allowed. */
void cord_tail_positions_close(struct cord_tail_positions *positions);
/* Durably, when something has changed. On failure it is to be tried again. */
CORD_MUST_USE cord_status cord_tail_positions_save(struct cord_tail_positions *positions,
                                                   struct cord_error *err);

/* The contents of the file; for tests, too. */
void cord_tail_positions_write(struct cord_tail_positions *positions, struct cord_buf *out);
/* Adds what is in a text; returns how many lines of it are damaged. */
uint64_t cord_tail_positions_read(struct cord_tail_positions *positions, cord_str text);

/* owner, device and inode are given, the rest is filled in. False: there is none. */
bool cord_tail_positions_get(struct cord_tail_positions *positions,
                             struct cord_tail_position *position);
/* CORD_E_LIMIT: there are too many, or no memory: the position is not kept. */
CORD_MUST_USE cord_status cord_tail_positions_put(struct cord_tail_positions *positions,
                                                  const struct cord_tail_position *position);
void cord_tail_positions_drop(struct cord_tail_positions *positions, uint64_t owner,
                              uint64_t device, uint64_t inode);
/* Forgets those of an owner that are not wanted. `wanted` must not come back here. */
void cord_tail_positions_keep(struct cord_tail_positions *positions, uint64_t owner,
                              bool (*wanted)(void *self, const struct cord_tail_position *position),
                              void *self);

#endif
