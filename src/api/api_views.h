/*
 * api_views.h: sessions of readers of the record, lent to requests.
 *
 * To open one costs more than most questions: those given back are kept for the next. Any
 * thread.
 */
#ifndef CORD_API_API_VIEWS_H
#define CORD_API_API_VIEWS_H

#include "record/record_view.h"

struct cord_api_views;

/* The record outlives them. NULL when out of memory. */
struct cord_api_views *cord_api_views_new(struct cord_record *record);
/* All were given back. */
void cord_api_views_free(struct cord_api_views *views);

/* As the record is now; until it is given back. */
CORD_MUST_USE cord_status cord_api_views_take(struct cord_api_views *views,
                                              struct cord_record_view **ret_view,
                                              struct cord_error *err);
void cord_api_views_give(struct cord_api_views *views, struct cord_record_view *view);

#endif
