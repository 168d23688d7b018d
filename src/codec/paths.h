/*
 * paths.h: field names as small numbers, learnt as they are met.
 *
 * A tree: each node is a name below another ("EventData" below "Event"), and
 * its number is what values carry. Whatever is to be known about a name is
 * kept in arrays indexed by that number, so that a name is looked at once and
 * not once an event. Belongs to one worker thread.
 *
 * Bounded: input chooses the names. When the tree is full, new names get
 * CORD_PATH_OTHER until the worker resets it between two batches.
 */
#ifndef CORD_CODEC_PATHS_H
#define CORD_CODEC_PATHS_H

#include "base/error.h"
#include "base/str.h"

struct cord_paths;

#define CORD_PATH_ROOT  0u
#define CORD_PATH_OTHER 1u /* a name that found no room; its text is "" */

#define CORD_PATHS_MAX  65536u /* nodes in one tree */

/* NULL when out of memory. */
struct cord_paths *cord_paths_new(uint64_t seed);
void cord_paths_free(struct cord_paths *paths);

/* The node of `key` below `parent`; made when new. `key` is taken as it is,
 * already unescaped. Never fails: CORD_PATH_OTHER when there is no room. */
uint32_t cord_paths_child(struct cord_paths *paths, uint32_t parent, cord_str key);

/* The node of a dotted name, for readers whose names are constants. */
uint32_t cord_paths_dotted(struct cord_paths *paths, cord_str name);

/* "a.b.c" and "c"; good until the reset. */
cord_str cord_paths_text(const struct cord_paths *paths, uint32_t path);
cord_str cord_paths_leaf(const struct cord_paths *paths, uint32_t path);
uint32_t cord_paths_parent(const struct cord_paths *paths, uint32_t path);

/* Numbers given so far: all are below this. Grows only. */
uint32_t cord_paths_count(const struct cord_paths *paths);

/* True once a name was refused. The worker then resets between batches, and
 * everything that was kept by number is forgotten: compare the epoch. */
bool cord_paths_full(const struct cord_paths *paths);
void cord_paths_reset(struct cord_paths *paths);
uint32_t cord_paths_epoch(const struct cord_paths *paths);

/* For whoever is handed one tree after another: a number that no other tree
 * had, even one that was at the same address before. Drawn at random. */
uint64_t cord_paths_identity(const struct cord_paths *paths);

#endif
