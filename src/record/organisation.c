/* organisation.c: see organisation.h. */
#include "record/organisation_internal.h"

#include "base/timestamp.h"

#include <stdlib.h>

enum {
    PARENTS_MAX = 8, /* of a site: more is a ring */
    NEAR = 3,        /* places looked at before a code is searched for */
};

void cord_organisations_free(struct cord_organisations *organisations)
{
    if (!organisations) {
        return;
    }
    cord_map_done(&organisations->aliases);
    cord_map_done(&organisations->codes);
    free(organisations->identities);
    free(organisations->items);
    cord_arena_free(organisations->arena);
    free(organisations);
}

size_t cord_organisations_count(const struct cord_organisations *organisations)
{
    return organisations->count;
}

const struct cord_organisation *
cord_organisations_at(const struct cord_organisations *organisations, size_t place)
{
    return place < organisations->count ? &organisations->items[place] : NULL;
}

int64_t cord_organisations_about(const struct cord_organisations *organisations)
{
    return organisations->about_ns;
}

static size_t place_of(const struct cord_organisations *organisations, cord_str code)
{
    uint32_t place = cord_map_get(&organisations->codes, code);
    if (place == CORD_MAP_NONE) {
        place = cord_map_get(&organisations->aliases, code);
    }
    return place == CORD_MAP_NONE ? organisations->count : place;
}

const struct cord_organisation *
cord_organisations_find(const struct cord_organisations *organisations, cord_str code)
{
    return cord_organisations_at(organisations, place_of(organisations, code));
}

const struct cord_organisation *
cord_organisations_identity(const struct cord_organisations *organisations, cord_str code)
{
    size_t place = place_of(organisations, code);
    return place < organisations->count ? &organisations->items[organisations->identities[place]]
                                        : NULL;
}

static const struct cord_organisation *owner_of(const struct cord_organisations *organisations,
                                                const struct cord_organisation *who)
{
    for (int i = 0;
         who && i < PARENTS_MAX && who->parent.len > 0 && cord_str_eq(who->role, CORD_STR("site"));
         i++) {
        const struct cord_organisation *parent =
            cord_organisations_identity(organisations, who->parent);
        if (!parent) {
            break;
        }
        who = parent;
    }
    return who;
}

/* That of the place, of which there is one. */
static const struct cord_organisation *owner_at(const struct cord_organisations *organisations,
                                                size_t place)
{
    return owner_of(organisations, &organisations->items[organisations->identities[place]]);
}

const struct cord_organisation *
cord_organisations_owner(const struct cord_organisations *organisations, cord_str code)
{
    size_t place = place_of(organisations, code);
    return place < organisations->count ? owner_at(organisations, place) : NULL;
}

const struct cord_organisation *
cord_organisations_find_near(const struct cord_organisations *organisations, cord_str code,
                             size_t *place)
{
    size_t found = *place;
    while (found < organisations->count && found - *place <= NEAR &&
           !cord_str_eq(organisations->items[found].code, code)) {
        found++;
    }
    if (found >= organisations->count || found - *place > NEAR) {
        found = place_of(organisations, code);
    }
    if (found >= organisations->count) {
        return NULL;
    }
    *place = found;
    return &organisations->items[found];
}

const struct cord_organisation *
cord_organisations_owner_near(const struct cord_organisations *organisations, cord_str code,
                              size_t *place)
{
    return cord_organisations_find_near(organisations, code, place)
               ? owner_at(organisations, *place)
               : NULL;
}

bool cord_organisation_is_open(const struct cord_organisation *organisation, int64_t about_ns)
{
    bool active =
        organisation->standing.len == 0 || cord_str_eq(organisation->standing, CORD_STR("active"));
    return active && organisation->opened_ns != CORD_TIME_NONE &&
           organisation->opened_ns <= about_ns &&
           (organisation->closed_ns == CORD_TIME_NONE || about_ns < organisation->closed_ns);
}

static bool fits(cord_str wanted, cord_str has)
{
    return wanted.len == 0 || cord_str_eq(wanted, has);
}

bool cord_organisation_passes(const struct cord_organisation *organisation,
                              const struct cord_organisation_filter *filter, int64_t about_ns)
{
    return fits(filter->role, organisation->role) && fits(filter->region, organisation->region) &&
           fits(filter->parent, organisation->parent) &&
           fits(filter->country, organisation->country) &&
           (!filter->open || cord_organisation_is_open(organisation, about_ns));
}

size_t cord_organisations_distinct(const struct cord_organisations *organisations,
                                   const struct cord_organisation_filter *filter)
{
    size_t count = 0;
    for (size_t i = 0; i < organisations->count; i++) {
        /* Those that count as another are counted there. */
        if (organisations->identities[i] == i &&
            cord_organisation_passes(&organisations->items[i], filter, organisations->about_ns)) {
            count++;
        }
    }
    return count;
}
