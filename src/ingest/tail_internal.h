/*
 * tail_internal.h: what the parts of a tail share: tail.c, which has its life,
 * tail_scan.c, which finds the files, and tail_read.c, which makes deliveries of them.
 */
#ifndef CORD_INGEST_TAIL_INTERNAL_H
#define CORD_INGEST_TAIL_INTERNAL_H

#include "ingest/tail.h"

#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/types.h>

struct cord_tail_file {
    struct cord_tail *tail;
    struct cord_tail_file *next;
    int file;
    uint64_t device;
    uint64_t inode;
    uint64_t offset; /* where to read next */
    uint64_t head_hash;
    uint64_t head_len;
    int64_t gone_ns;      /* monotonic: since when no name leads to it; 0: one does */
    struct timespec seen; /* its last change when nothing more could be read of it */
    uint64_t seen_size;
    bool here;                      /* met by the scan under way */
    bool skipping;                  /* inside of a line that is too long */
    bool ended;                     /* to be closed */
    struct cord_delivery *delivery; /* under way; what its success means follows */
    struct cord_tail_position after;
};

struct cord_tail {
    struct cord_tail_options options;
    struct cord_loop *loop;
    struct cord_timer timer;
    char *source;
    char *path;
    char *folder;
    char *pattern; /* NULL: the path is one file */
    uint64_t owner;
    struct cord_tail_file *files;
    size_t file_count;
    bool fresh;   /* followed for the first time ever */
    bool started; /* has scanned */
    bool unreadable;
    bool nobody; /* the source is not registered: was told */
    bool crowded;
    atomic_bool stopping;
    atomic_bool done;
};

/* --- tail_read.c --- */

/* As far as one delivery. A line of any length is passed over in a few turns. */
void cord_tail_read_more(struct cord_tail_file *file);
/* pread to the end or to len, going on after signals; -1: errno says why. */
ssize_t cord_tail_read_bytes(int file, char *into, size_t len, uint64_t at);
/* False: it cannot be read, or does not begin as it did. */
bool cord_tail_read_head(const struct cord_tail_file *file, char head[CORD_TAIL_HEAD_BYTES_MAX],
                         size_t *ret_len);
/* How much of it is whole lines. */
size_t cord_tail_read_through(cord_str bytes);
/* What is known of the file once all before `offset` is done with. */
struct cord_tail_position cord_tail_read_position(const struct cord_tail_file *file,
                                                  uint64_t offset, cord_str head);
/* Goes there, and keeps the position. */
void cord_tail_read_advance(struct cord_tail_file *file, const struct cord_tail_position *to);

/* --- tail_scan.c --- */

/* Which files there are now. */
void cord_tail_scan_folder(struct cord_tail *tail);
/* Closes those that nothing more is to come of. */
void cord_tail_scan_end(struct cord_tail *tail);
void cord_tail_scan_close(struct cord_tail *tail, struct cord_tail_file **link);

#endif
