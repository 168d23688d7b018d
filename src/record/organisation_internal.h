/* organisation_internal.h: what the picture of organisations and its making share. */
#ifndef CORD_RECORD_ORGANISATION_INTERNAL_H
#define CORD_RECORD_ORGANISATION_INTERNAL_H

#include "record/organisation.h"

#include "base/arena.h"
#include "base/map.h"

struct cord_organisations {
    struct cord_arena *arena;
    struct cord_organisation *items; /* by code */
    uint32_t *identities;            /* place that each counts as */
    size_t count;
    struct cord_map codes;   /* to places */
    struct cord_map aliases; /* to places; to count when more than one has it */
    int64_t about_ns;
};

#endif
