/*
 * api_pictures.h: pictures of all organisations and of who acts for whom, kept for those who ask
 * again.
 *
 * One of now, a few seconds old at most while the record changes, and a few of other moments.
 * Any thread; whoever asks for one that is not there waits until it is made.
 */
#ifndef CORD_API_API_PICTURES_H
#define CORD_API_API_PICTURES_H

#include "record/delegation.h"
#include "record/organisation_subject.h"

struct cord_api_pictures;
struct cord_api_picture;

/* The record outlives them. NULL when out of memory. */
struct cord_api_pictures *cord_api_pictures_new(struct cord_record *record);
/* All were given back. */
void cord_api_pictures_free(struct cord_api_pictures *pictures);

/* Give it back by _give. */
CORD_MUST_USE cord_status cord_api_pictures_take(struct cord_api_pictures *pictures,
                                                 struct cord_as_of as_of,
                                                 struct cord_api_picture **ret_picture,
                                                 struct cord_error *err);
void cord_api_pictures_give(struct cord_api_pictures *pictures, struct cord_api_picture *picture);
const struct cord_organisations *cord_api_pictures_of(const struct cord_api_picture *picture);
const struct cord_delegation *cord_api_pictures_delegation(const struct cord_api_picture *picture);
/* Which subjects are whose in it: made when first asked for, and as long there as it is. */
CORD_MUST_USE cord_status cord_api_pictures_subjects(
    struct cord_api_pictures *pictures, struct cord_api_picture *picture,
    const struct cord_organisation_subjects **ret_subjects, struct cord_error *err);

#define CORD_API_PICTURES_LENT 4u

/* What the figures of one request are lent (care/figure.h): building a picture costs more than all
 * of them. One thread. */
struct cord_api_pictures_lent {
    struct cord_api_pictures *pictures;
    int64_t now_ns; /* of the request: what was known then is what is known now, of which all who
                       ask share one; CORD_TIME_NONE: it is not */
    struct cord_api_picture *taken[CORD_API_PICTURES_LENT];
    size_t count;
};

/* *ret_picture NULL: no more are lent. Until _take_back. */
CORD_MUST_USE cord_status cord_api_pictures_lend(struct cord_api_pictures_lent *lent,
                                                 struct cord_as_of as_of,
                                                 const struct cord_organisations **ret_picture,
                                                 struct cord_error *err);
void cord_api_pictures_take_back(struct cord_api_pictures_lent *lent);

#endif
