/*
 * drop_folder.h: Windows event log files that are put into a folder.
 *
 * Every *.evtx whose size and time have not changed for two seconds is read whole, in
 * deliveries of whole chunks, and then moved to the folder's done/; to refused/ when
 * it is no event log, or nothing in it could be read. At least once, as tail.h has it:
 * after a crash it goes on with the delivery that was under way. One file at a time.
 *
 * All in the loop's thread unless said otherwise.
 */
#ifndef CORD_INGEST_DROP_FOLDER_H
#define CORD_INGEST_DROP_FOLDER_H

#include "ingest/tail.h"

struct cord_drop_folder;

/* Of the options json, from_end, line_bytes_max and gone_ns are not used. Copies the texts; all
 * else outlives it. The loop does not run yet, or its thread calls. */
CORD_MUST_USE cord_status cord_drop_folder_new(struct cord_loop *loop,
                                               const struct cord_tail_options *options,
                                               struct cord_drop_folder **ret_folder,
                                               struct cord_error *err);
/* Any thread: reads no more. */
void cord_drop_folder_stop(struct cord_drop_folder *folder);
/* Any thread: stopped, and what was read is answered. */
bool cord_drop_folder_is_done(const struct cord_drop_folder *folder);
/* Done before, or the loop does not run any more and nothing is under way. NULL is allowed. */
void cord_drop_folder_free(struct cord_drop_folder *folder);

#endif
