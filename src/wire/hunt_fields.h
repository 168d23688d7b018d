/*
 * hunt_fields.h: fields that a query names and no event had.
 *
 * A name mistyped finds nothing, silently: so those are named, with the nearest
 * name that some event did have. One thread at a time.
 */
#ifndef CORD_WIRE_HUNT_FIELDS_H
#define CORD_WIRE_HUNT_FIELDS_H

#include "base/nearest.h"
#include "evidence/query.h"
#include "evidence/rows.h"
#include "evidence/store.h"

#define CORD_HUNT_FIELDS_MAX 64u

struct cord_hunt_field {
    cord_str name; /* the query's */
    bool met;
    size_t edits;                      /* of near */
    char near[CORD_NEAREST_BYTES_MAX]; /* "" when nothing is near */
};

struct cord_hunt_fields {
    struct cord_hunt_field items[CORD_HUNT_FIELDS_MAX]; /* of more, the first */
    const struct cord_query_field *fields[CORD_HUNT_FIELDS_MAX];
    size_t count;
};

/* The source's fields that the query names. Borrows the query. */
void cord_hunt_fields_init(struct cord_hunt_fields *fields, const struct cord_query *query);
/* Looks at the names that the rows know. */
void cord_hunt_fields_look(struct cord_hunt_fields *fields, const struct cord_rows *rows);
/* Those of a store, as far as it takes to meet all. CORD_OK also when some of it cannot be read:
 * then nothing is told of it, as if all were met. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_hunt_fields_store(struct cord_hunt_fields *fields,
                                                 struct cord_store *store, struct cord_error *err);
/* What the other has met, of the same query, was met. */
void cord_hunt_fields_merge(struct cord_hunt_fields *into, const struct cord_hunt_fields *from);

#endif
