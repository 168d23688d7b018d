/*
 * walk.h: the files behind a list of paths.
 *
 * Folders are walked down, names in byte order, so that two runs see the same
 * files in the same order. Links inside a folder are not followed (a loop
 * would never end), links named by the caller are. What is neither a file nor
 * a folder is left out and reported. Zip archives are opened, and their
 * members listed in their place.
 */
#ifndef CORD_INGEST_WALK_H
#define CORD_INGEST_WALK_H

#include "ingest/reader.h"
#include "ingest/zip.h"

struct cord_walk;

struct cord_walk_item {
    cord_str name;              /* path, "path!member", "-" for standard input */
    const char *path;           /* of the file itself */
    uint64_t bytes;             /* on disk (packed); 0 when not known */
    const struct cord_zip *zip; /* NULL: a file of its own */
    size_t member;
};

struct cord_walk_refusal {
    cord_str name;
    cord_str reason;
};

#define CORD_WALK_ITEMS_MAX 10000000u
#define CORD_WALK_DEPTH_MAX 64u

/* Walks at once; keeps archives open until freed. A path that cannot be read
 * becomes a refusal, the rest is still walked: only CORD_E_NOMEM and
 * CORD_E_LIMIT fail. */
CORD_MUST_USE cord_status cord_walk_new(const char *const *paths, size_t path_count,
                                        struct cord_walk **ret_walk, struct cord_error *err);
void cord_walk_free(struct cord_walk *walk);

size_t cord_walk_count(const struct cord_walk *walk);
const struct cord_walk_item *cord_walk_item(const struct cord_walk *walk, size_t at);
size_t cord_walk_refusal_count(const struct cord_walk *walk);
const struct cord_walk_refusal *cord_walk_refusal(const struct cord_walk *walk, size_t at);

/* The item's bytes, unpacked as far as its content shows packing. What is read
 * from disk is added to *count, unless NULL. */
CORD_MUST_USE cord_status cord_walk_open(const struct cord_walk_item *item, _Atomic uint64_t *count,
                                         struct cord_reader **ret_reader, struct cord_error *err);

#endif
