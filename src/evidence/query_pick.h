/*
 * query_pick.h: the values of a row that a field of a query means.
 *
 * Names are compared once a field of the rows and then known by its number.
 * One thread.
 */
#ifndef CORD_EVIDENCE_QUERY_PICK_H
#define CORD_EVIDENCE_QUERY_PICK_H

#include "base/timestamp.h"
#include "evidence/query.h"
#include "evidence/rows.h"

/* The source's field with these names is meant: by one of them, or by what is
 * behind the last dot of names[0]. Without regard to case of ASCII. Any thread. */
bool cord_query_pick_names(const struct cord_query_field *field, const cord_str *names,
                           size_t name_count);
/* What is behind the last dot. */
cord_str cord_query_pick_leaf(cord_str dotted);
/* The field is an object or array that the dotted name lies in. */
bool cord_query_pick_above(const struct cord_query_field *field, cord_str dotted);

/* What an origin says of a field that every event has. False: it is none of
 * the origin's. Any thread. */
bool cord_query_pick_origin(const struct cord_origin *origin, enum cord_query_builtin builtin,
                            cord_str *ret_text);

struct cord_query_picked {
    cord_str text; /* as in a span: escapes are in it; of time in the pick's buffer */
    enum cord_value_kind kind;
    unsigned flags;
};

struct cord_query_pick {
    const struct cord_query_field *field;
    bool beneath; /* values in an object or array of the name are meant too */
    const struct cord_rows *rows;
    uint8_t *known; /* by number of field */
    size_t known_cap;
    char buffer[CORD_TIMESTAMP_TEXT];
};

/* Borrows the field. */
void cord_query_pick_init(struct cord_query_pick *pick, const struct cord_query_field *field,
                          bool beneath);
void cord_query_pick_done(struct cord_query_pick *pick);

/* From here on rows are of these, which are borrowed. To be said again after
 * they were reset. */
void cord_query_pick_from(struct cord_query_pick *pick, const struct cord_rows *rows);

/* The next value, from *cursor, which begins as 0. CORD_E_END: there is none
 * left. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_query_pick_next(struct cord_query_pick *pick,
                                               const struct cord_row *row, size_t *cursor,
                                               struct cord_query_picked *ret_picked);

#endif
