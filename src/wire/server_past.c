/* server_past.c: a server's stored events as the past that rules are tried on. */
#include "wire/server_internal.h"

#include "evidence/store.h"
#include "wire/suppress_past.h"

#include <stdlib.h>

#define CORRELATION_BYTES_MAX ((size_t)64 << 20)

struct hold {
    struct cord_rulebook *book; /* NULL: the rules are others */
    struct cord_suppress_past_store store;
};

cord_status cord_server_past_open(struct cord_server *server, const struct cord_api_past *past,
                                  struct cord_suppress_past *ret_past, void **ret_hold,
                                  struct cord_error *err)
{
    struct hold *hold = calloc(1, sizeof *hold);
    if (!hold) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    if (!past->collection) {
        hold->book = cord_rulebook_slot_current(server->rules);
    }
    hold->store = (struct cord_suppress_past_store){
        .collection = past->collection ? past->collection : cord_rulebook_collection(hold->book),
        .evidence = cord_store_evidence(server->store),
        .correlation_bytes_max = CORRELATION_BYTES_MAX,
        .seed = server->options.seed,
        .progress = past->progress,
        .self = past->self,
    };
    *ret_past = cord_suppress_past_of(&hold->store);
    *ret_hold = hold;
    return CORD_OK;
}

void cord_server_past_close(void *held)
{
    struct hold *hold = held;
    if (hold) {
        cord_rulebook_unref(hold->book);
        free(hold);
    }
}
