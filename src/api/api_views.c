/* api_views.c: see api_views.h. */
#include "api/api_views.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT_MAX = 8 };

struct cord_api_views {
    struct cord_record *record;
    pthread_mutex_t lock; /* guards those kept */
    struct cord_record_view *kept[KEPT_MAX];
    size_t count;
};

struct cord_api_views *cord_api_views_new(struct cord_record *record)
{
    struct cord_api_views *views = calloc(1, sizeof *views);
    if (!views || pthread_mutex_init(&views->lock, NULL) != 0) {
        free(views);
        return NULL;
    }
    views->record = record;
    return views;
}

void cord_api_views_free(struct cord_api_views *views)
{
    if (views) {
        for (size_t i = 0; i < views->count; i++) {
            cord_record_view_close(views->kept[i]);
        }
        (void)pthread_mutex_destroy(&views->lock);
        free(views);
    }
}

cord_status cord_api_views_take(struct cord_api_views *views, struct cord_record_view **ret_view,
                                struct cord_error *err)
{
    struct cord_record_view *view = NULL;
    (void)pthread_mutex_lock(&views->lock);
    if (views->count > 0) {
        view = views->kept[--views->count];
    }
    (void)pthread_mutex_unlock(&views->lock);
    if (!view) {
        return cord_record_view_open(views->record, ret_view, err);
    }
    cord_status status = cord_record_view_refresh(view, err);
    if (status != CORD_OK) {
        cord_record_view_close(view);
        return status;
    }
    *ret_view = view;
    return CORD_OK;
}

void cord_api_views_give(struct cord_api_views *views, struct cord_record_view *view)
{
    if (!view) {
        return;
    }
    /* Or the log of what is written would grow as long as nobody asks for this one. */
    cord_record_view_rest(view);
    (void)pthread_mutex_lock(&views->lock);
    bool room = views->count < KEPT_MAX;
    if (room) {
        views->kept[views->count++] = view;
    }
    (void)pthread_mutex_unlock(&views->lock);
    if (!room) {
        cord_record_view_close(view);
    }
}
