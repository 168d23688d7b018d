/*
 * api_actions.h: what was done to many alerts at once, found again so that it can be undone.
 *
 * In the record, whose claims name the action that they were part of: so it can be undone after a
 * restart as before it. What it undid is named by the keys of the claims that undo it. Any thread.
 */
#ifndef CORD_API_API_ACTIONS_H
#define CORD_API_API_ACTIONS_H

#include "api/api_call.h"
#include "triage/alert_book.h"

#define CORD_API_ACTION_TEXT    25u /* 24 hexadecimal digits, drawn, and a NUL */
#define CORD_API_ACTION_SECONDS 600 /* so long it can be undone */
#define CORD_API_ACTION_MOST    1000u

/* One alert's share: what was said of it. */
struct cord_api_action_item {
    cord_str alert;
    uint64_t claim;
    bool is_owner;                /* said is whose it is; else how far: */
    struct cord_alert_stand said; /* of which only that is set */
};

struct cord_api_action {
    struct cord_api_action_item *items;
    size_t count;
};

/* A name for one that is to be. CORD_E_IO: no random numbers. */
CORD_MUST_USE cord_status cord_api_actions_draw(char ret_id[CORD_API_ACTION_TEXT]);
/* The key of a claim that undoes one; in the call's arena, ptr NULL when that is full. */
cord_str cord_api_actions_key(const struct cord_api_call *call, cord_str id, size_t item);
/* What the caller has done, in the call's arena. CORD_E_NOENT: the caller has done no such thing,
 * more than ten minutes ago, or undone it already; notes are not undone. */
CORD_MUST_USE cord_status cord_api_actions_find(const struct cord_api_call *call, cord_str id,
                                                struct cord_api_action *ret_action,
                                                struct cord_error *err);

#endif
