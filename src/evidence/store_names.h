/*
 * store_names.h: what the fields of stored events are called.
 *
 * For telling that a name in a query is nobody's: by the summaries of blocks,
 * which have names in lower case, and by blocks that have none. Any thread.
 */
#ifndef CORD_EVIDENCE_STORE_NAMES_H
#define CORD_EVIDENCE_STORE_NAMES_H

#include "evidence/store.h"

struct cord_store_names_sink {
    /* What one field is called: the source's own dotted name, or "" where that is given apart,
     * then others. False: that is enough. Names live until it returns. */
    bool (*field)(void *self, const cord_str *names, size_t count);
    void *self;
};

/* The newest files first; the same name may come more than once. *ret_all: until it was enough,
 * nothing was left out because it could not be read. CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_store_names_visit(struct cord_store *store,
                                                 const struct cord_store_names_sink *sink,
                                                 bool *ret_all, struct cord_error *err);

#endif
