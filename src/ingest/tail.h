/*
 * tail.h: follows files that others write, line by line.
 *
 * One tail reads one path, or all files that match a pattern in the path's last
 * component. A file that is renamed is read to its end, under any name, also when the
 * renaming happened while nobody looked, as long as it stays in its folder; one that is cut
 * short (copytruncate) is read from its start again: what was written and not read
 * before the cut is gone, and is told to the log. Packed files are not unpacked. A file that
 * comes and is renamed before it was looked at once is not known to be one of ours.
 *
 * At least once: a line is done with when it is durable evidence; after a crash lines
 * stored in the last moments may be stored again.
 *
 * Looks five times a second, and reads at most CORD_TAIL_READ_BYTES_MAX of a file a
 * turn. All in the loop's thread unless said otherwise.
 */
#ifndef CORD_INGEST_TAIL_H
#define CORD_INGEST_TAIL_H

#include "base/clock.h"
#include "ingest/ingest_ends.h"
#include "ingest/tail_positions.h"

#define CORD_TAIL_READ_BYTES_MAX ((size_t)256 << 10)
#define CORD_TAIL_FILES_MAX      1024 /* open at a time; further ones wait */

struct cord_tail_options {
    cord_str source; /* its name; looked up anew for every delivery */
    cord_str path;
    bool json;     /* every line is a JSON object, others are refused; else by what it is */
    bool from_end; /* of the files that are there when this path is followed for the first time,
                      only what is added is read */
    size_t line_bytes_max; /* longer lines are counted as lost; CORD_TAIL_READ_BYTES_MAX at most */
    int64_t gone_ns;       /* so long a renamed or deleted file is watched for more; 0: 10 s */
    struct cord_ingest_ends ends;
    struct cord_tail_positions *positions;
};

struct cord_tail;

/* Copies the texts; all else outlives the tail. The loop does not run yet, or its thread calls. */
CORD_MUST_USE cord_status cord_tail_new(struct cord_loop *loop,
                                        const struct cord_tail_options *options,
                                        struct cord_tail **ret_tail, struct cord_error *err);
/* Any thread: reads no more. */
void cord_tail_stop(struct cord_tail *tail);
/* Any thread: stopped, and what was read is answered. */
bool cord_tail_is_done(const struct cord_tail *tail);
/* Done before, or the loop does not run any more and nothing is under way. NULL is allowed. */
void cord_tail_free(struct cord_tail *tail);

/* A path's folder, "." if none is named, and what is behind it. */
cord_str cord_tail_folder(cord_str path);
cord_str cord_tail_name(cord_str path);
/* Has *, ? or [. */
bool cord_tail_is_pattern(cord_str text);

#endif
