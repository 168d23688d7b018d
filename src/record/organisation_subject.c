/* organisation_subject.c: see organisation_subject.h. */
#include "record/organisation_subject.h"

#include "base/vec.h"
#include "record/organisation_internal.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)256 << 20)

/* Whose a subject is. */
struct entry {
    cord_str region, owner, subject;
};

struct cord_organisation_subjects {
    const struct cord_organisations *organisations;
    struct cord_arena *arena;
    struct entry *entries; /* by region, owner, subject */
    cord_str *subjects;    /* of the entries, beside them */
    size_t count, cap;
};

void cord_organisation_subjects_free(struct cord_organisation_subjects *subjects)
{
    if (subjects) {
        cord_arena_free(subjects->arena);
        free(subjects->entries);
        free(subjects->subjects);
        free(subjects);
    }
}

static cord_status add(struct cord_organisation_subjects *subjects, const char *prefix,
                       cord_str name, cord_str owner)
{
    const struct cord_organisation *identity =
        cord_organisations_identity(subjects->organisations, owner);
    struct entry *entries =
        cord_vec_room(subjects->entries, subjects->count, &subjects->cap, sizeof *entries);
    cord_str subject = cord_arena_printf(subjects->arena, "%s%.*s", prefix, CORD_STR_ARG(name));
    subjects->entries = entries ? entries : subjects->entries;
    if (!entries || !subject.ptr) {
        return CORD_E_NOMEM;
    }
    entries[subjects->count++] = (struct entry){identity ? identity->region : CORD_STR(""),
                                                identity ? identity->code : owner, subject};
    return CORD_OK;
}

/* A name by which the organisation at the place is found. */
static cord_status add_name(struct cord_organisation_subjects *subjects, cord_str name,
                            size_t place)
{
    const struct cord_organisation *one = cord_organisations_at(subjects->organisations, place);
    cord_status status = add(subjects, "org:", name, one->code);
    if (status == CORD_OK && one->parent.len > 0) {
        status = add(subjects, "site:", name, one->parent);
    }
    return status;
}

static cord_status add_all(struct cord_organisation_subjects *subjects)
{
    const struct cord_organisations *organisations = subjects->organisations;
    cord_status status = CORD_OK;
    cord_str alias;
    uint32_t place = 0;
    size_t at = 0;
    for (size_t i = 0; status == CORD_OK && i < organisations->count; i++) {
        status = add_name(subjects, organisations->items[i].code, i);
    }
    while (status == CORD_OK && cord_map_next(&organisations->aliases, &at, &alias, &place)) {
        /* A code is found before an alias; one that several have is nobody's. */
        if (place < organisations->count &&
            cord_map_get(&organisations->codes, alias) == CORD_MAP_NONE) {
            status = add_name(subjects, alias, place);
        }
    }
    return status;
}

static int by_owner(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    int by = cord_str_compare(left->region, right->region);
    by = by ? by : cord_str_compare(left->owner, right->owner);
    return by ? by : cord_str_compare(left->subject, right->subject);
}

cord_status cord_organisation_subjects_build(const struct cord_organisations *organisations,
                                             struct cord_organisation_subjects **ret_subjects,
                                             struct cord_error *err)
{
    struct cord_organisation_subjects *subjects = calloc(1, sizeof *subjects);
    cord_status status = CORD_E_NOMEM;
    if (subjects) {
        subjects->organisations = organisations;
        subjects->arena = cord_arena_new(TEXT_BYTES_MAX);
        status = subjects->arena ? add_all(subjects) : CORD_E_NOMEM;
    }
    if (status == CORD_OK) {
        subjects->subjects = calloc(subjects->count + 1, sizeof *subjects->subjects);
        status = subjects->subjects ? CORD_OK : CORD_E_NOMEM;
    }
    if (status != CORD_OK) {
        cord_organisation_subjects_free(subjects);
        return cord_error_set(err, status, "out of memory");
    }
    if (subjects->count > 0) {
        qsort(subjects->entries, subjects->count, sizeof *subjects->entries, by_owner);
    }
    for (size_t i = 0; i < subjects->count; i++) {
        subjects->subjects[i] = subjects->entries[i].subject;
    }
    *ret_subjects = subjects;
    return CORD_OK;
}

/* By the region, and the owner unless its ptr is NULL. */
static int compare(const struct entry *entry, cord_str region, cord_str owner)
{
    int by = cord_str_compare(entry->region, region);
    return by || !owner.ptr ? by : cord_str_compare(entry->owner, owner);
}

/* The first entry that is `above`, or not below. */
static size_t find(const struct cord_organisation_subjects *subjects, cord_str region,
                   cord_str owner, bool above)
{
    size_t low = 0;
    size_t high = subjects->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int by = compare(&subjects->entries[middle], region, owner);
        bool before = by < 0 || (above && by == 0);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

static struct cord_organisation_subjects_some
some(const struct cord_organisation_subjects *subjects, cord_str region, cord_str owner)
{
    size_t first = find(subjects, region, owner, false);
    return (struct cord_organisation_subjects_some){.subjects = subjects->subjects + first,
                                                    .count = find(subjects, region, owner, true) -
                                                             first};
}

struct cord_organisation_subjects_some
cord_organisation_subjects_of(const struct cord_organisation_subjects *subjects, cord_str code)
{
    const struct cord_organisation *identity =
        cord_organisations_identity(subjects->organisations, code);
    return some(subjects, identity ? identity->region : CORD_STR(""),
                identity ? identity->code : code);
}

struct cord_organisation_subjects_some
cord_organisation_subjects_in(const struct cord_organisation_subjects *subjects, cord_str region)
{
    return some(subjects, region, (cord_str){NULL, 0});
}
