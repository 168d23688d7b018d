/* api_pictures.c: see api_pictures.h. */
#include "api/api_pictures.h"

#include "base/clock.h"
#include "base/timestamp.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT_MAX = 4 };

/* So old may a picture of now be while claims come in. */
#define AGE_NS (5 * CORD_SECOND_NS)

struct cord_api_picture {
    struct cord_organisations *organisations;
    struct cord_delegation *delegation;
    struct cord_organisation_subjects *subjects; /* under `building`; NULL: nobody has asked yet */
    struct cord_as_of as_of;
    uint64_t count;   /* claims when it was made */
    int64_t made_ns;  /* monotonic */
    int64_t asked_ns; /* the last time */
    size_t refs;      /* the list's and each user's */
};

struct cord_api_pictures {
    struct cord_record *record;
    pthread_mutex_t building; /* one at a time makes one; guards the view */
    struct cord_record_view *view;
    pthread_mutex_t lock; /* guards the list and all references */
    struct cord_api_picture *kept[KEPT_MAX];
};

struct cord_api_pictures *cord_api_pictures_new(struct cord_record *record)
{
    struct cord_api_pictures *pictures = calloc(1, sizeof *pictures);
    if (!pictures) {
        return NULL;
    }
    pictures->record = record;
    if (pthread_mutex_init(&pictures->lock, NULL) != 0) {
        free(pictures);
        return NULL;
    }
    if (pthread_mutex_init(&pictures->building, NULL) != 0) {
        (void)pthread_mutex_destroy(&pictures->lock);
        free(pictures);
        return NULL;
    }
    return pictures;
}

static void unref(struct cord_api_picture *picture)
{
    if (picture && --picture->refs == 0) {
        cord_organisation_subjects_free(picture->subjects);
        cord_delegation_free(picture->delegation);
        cord_organisations_free(picture->organisations);
        free(picture);
    }
}

void cord_api_pictures_free(struct cord_api_pictures *pictures)
{
    if (!pictures) {
        return;
    }
    for (size_t i = 0; i < KEPT_MAX; i++) {
        unref(pictures->kept[i]);
    }
    cord_record_view_close(pictures->view);
    (void)pthread_mutex_destroy(&pictures->building);
    (void)pthread_mutex_destroy(&pictures->lock);
    free(pictures);
}

static int64_t now_ns(void)
{
    const struct cord_clock clock = cord_clock_monotonic();
    return cord_clock_now_ns(&clock);
}

static bool is_same(struct cord_as_of a, struct cord_as_of b)
{
    return a.known_ns == b.known_ns && a.about_ns == b.about_ns;
}

/* Nothing was recorded since, or it is young. */
static bool is_fresh(const struct cord_api_picture *picture, uint64_t count, int64_t at_ns)
{
    return picture->count == count || at_ns - picture->made_ns < AGE_NS;
}

/* One that is kept, with a reference for the caller; NULL: none. */
static struct cord_api_picture *find(struct cord_api_pictures *pictures, struct cord_as_of as_of)
{
    uint64_t count = cord_record_count(pictures->record);
    int64_t at_ns = now_ns();
    struct cord_api_picture *found = NULL;
    (void)pthread_mutex_lock(&pictures->lock);
    for (size_t i = 0; i < KEPT_MAX && !found; i++) {
        struct cord_api_picture *picture = pictures->kept[i];
        if (picture && is_same(picture->as_of, as_of) && is_fresh(picture, count, at_ns)) {
            picture->asked_ns = at_ns;
            picture->refs++;
            found = picture;
        }
    }
    (void)pthread_mutex_unlock(&pictures->lock);
    return found;
}

/* In place of the same one, else of the one nobody has asked for the longest. */
static void keep(struct cord_api_pictures *pictures, struct cord_api_picture *made)
{
    (void)pthread_mutex_lock(&pictures->lock);
    size_t place = 0;
    bool settled = false;
    for (size_t i = 0; i < KEPT_MAX && !settled; i++) {
        const struct cord_api_picture *at = pictures->kept[i];
        const struct cord_api_picture *oldest = pictures->kept[place];
        settled = !at || is_same(at->as_of, made->as_of);
        if (settled || (oldest && at->asked_ns < oldest->asked_ns)) {
            place = i;
        }
    }
    unref(pictures->kept[place]);
    pictures->kept[place] = made;
    made->refs = 2; /* the list's and the caller's */
    (void)pthread_mutex_unlock(&pictures->lock);
}

/* Under `building`. */
static cord_status build(struct cord_api_pictures *pictures, struct cord_as_of as_of,
                         struct cord_api_picture **ret_made, struct cord_error *err)
{
    struct cord_api_picture *made = calloc(1, sizeof *made);
    if (!made) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    made->refs = 1;
    cord_status status = pictures->view
                             ? cord_record_view_refresh(pictures->view, err)
                             : cord_record_view_open(pictures->record, &pictures->view, err);
    if (status == CORD_OK) {
        made->as_of = as_of;
        /* What it saw: not what has been recorded since. */
        made->count = cord_record_view_count(pictures->view);
        status = cord_organisations_build(pictures->view, as_of, &made->organisations, err);
    }
    if (status == CORD_OK) {
        status = cord_delegation_build(pictures->view, as_of, &made->delegation, err);
    }
    if (pictures->view) {
        cord_record_view_rest(pictures->view);
    }
    if (status != CORD_OK) {
        unref(made);
        return status;
    }
    made->made_ns = now_ns();
    made->asked_ns = made->made_ns;
    keep(pictures, made);
    *ret_made = made;
    return CORD_OK;
}

cord_status cord_api_pictures_take(struct cord_api_pictures *pictures, struct cord_as_of as_of,
                                   struct cord_api_picture **ret_picture, struct cord_error *err)
{
    cord_status status = CORD_OK;
    *ret_picture = find(pictures, as_of);
    if (*ret_picture) {
        return CORD_OK;
    }
    (void)pthread_mutex_lock(&pictures->building);
    *ret_picture = find(pictures, as_of); /* another may have made it meanwhile */
    if (!*ret_picture) {
        status = build(pictures, as_of, ret_picture, err);
    }
    (void)pthread_mutex_unlock(&pictures->building);
    return status;
}

void cord_api_pictures_give(struct cord_api_pictures *pictures, struct cord_api_picture *picture)
{
    if (picture) {
        (void)pthread_mutex_lock(&pictures->lock);
        unref(picture);
        (void)pthread_mutex_unlock(&pictures->lock);
    }
}

const struct cord_organisations *cord_api_pictures_of(const struct cord_api_picture *picture)
{
    return picture->organisations;
}

const struct cord_delegation *cord_api_pictures_delegation(const struct cord_api_picture *picture)
{
    return picture->delegation;
}

cord_status cord_api_pictures_subjects(struct cord_api_pictures *pictures,
                                       struct cord_api_picture *picture,
                                       const struct cord_organisation_subjects **ret_subjects,
                                       struct cord_error *err)
{
    cord_status status = CORD_OK;
    (void)pthread_mutex_lock(&pictures->building);
    if (!picture->subjects) {
        status = cord_organisation_subjects_build(picture->organisations, &picture->subjects, err);
    }
    *ret_subjects = picture->subjects;
    (void)pthread_mutex_unlock(&pictures->building);
    return status;
}

cord_status cord_api_pictures_lend(struct cord_api_pictures_lent *lent, struct cord_as_of as_of,
                                   const struct cord_organisations **ret_picture,
                                   struct cord_error *err)
{
    struct cord_api_picture *picture = NULL;
    if (as_of.known_ns == lent->now_ns) {
        as_of.about_ns = as_of.about_ns == as_of.known_ns ? INT64_MAX : as_of.about_ns;
        as_of.known_ns = INT64_MAX;
    }
    *ret_picture = NULL;
    if (lent->count == CORD_API_PICTURES_LENT) {
        return CORD_OK;
    }
    cord_status status = cord_api_pictures_take(lent->pictures, as_of, &picture, err);
    if (status == CORD_OK) {
        lent->taken[lent->count++] = picture;
        *ret_picture = cord_api_pictures_of(picture);
    }
    return status;
}

void cord_api_pictures_take_back(struct cord_api_pictures_lent *lent)
{
    while (lent->count > 0) {
        cord_api_pictures_give(lent->pictures, lent->taken[--lent->count]);
    }
}
