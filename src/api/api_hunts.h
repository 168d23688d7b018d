/*
 * api_hunts.h: searches of evidence that go on while nobody waits for them.
 *
 * One at a time is run, the others wait; each keeps what it found, within bounds, for whoever
 * began it, until that one deletes it or a while has passed. Any thread.
 */
#ifndef CORD_API_API_HUNTS_H
#define CORD_API_API_HUNTS_H

#include "base/error.h"

#include <stdint.h>

struct cord_api;
struct cord_api_hunts;

CORD_MUST_USE cord_status cord_api_hunts_new(const struct cord_api *api,
                                             struct cord_api_hunts **ret_hunts,
                                             struct cord_error *err);
/* Cancels what runs, and ends the thread. */
void cord_api_hunts_stop(struct cord_api_hunts *hunts);
void cord_api_hunts_free(struct cord_api_hunts *hunts);

uint64_t cord_api_hunts_count(struct cord_api_hunts *hunts);

#endif
