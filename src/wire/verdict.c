/* verdict.c: see verdict.h. */
#include "wire/verdict.h"

#include <stdlib.h>

#define VERDICT_BYTES_MAX ((size_t)1 << 30)

struct cord_verdict *cord_verdict_new(struct cord_rulebook *book)
{
    struct cord_verdict *verdict = calloc(1, sizeof *verdict);
    struct cord_arena *arena = cord_arena_new(VERDICT_BYTES_MAX);
    if (!verdict || !arena) {
        cord_arena_free(arena);
        free(verdict);
        return NULL;
    }
    verdict->arena = arena;
    verdict->book = cord_rulebook_ref(book);
    verdict->received_ns = INT64_MAX;
    return verdict;
}

void cord_verdict_free(struct cord_verdict *verdict)
{
    if (verdict) {
        free(verdict->findings);
        free(verdict->inputs);
        free(verdict->sightings);
        cord_arena_free(verdict->arena);
        cord_rulebook_unref(verdict->book);
        free(verdict);
    }
}

void cord_verdict_number(struct cord_verdict *verdict, uint64_t first)
{
    verdict->first = first;
    for (size_t i = 0; i < verdict->finding_count; i++) {
        verdict->findings[i].finding.evidence += first;
    }
    for (size_t i = 0; i < verdict->input_count; i++) {
        struct cord_correlator_ref *ref = &verdict->inputs[i].input.ref;
        ref->evidence += first;
        ref->record = ref->evidence;
    }
}
