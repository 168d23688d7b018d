/*
 * api_actions.h: what was done to many alerts at once, kept for a while so that it can be undone.
 *
 * In memory alone: what was done is in the record, and after a restart it is undone by doing
 * something else. Bounded: the oldest goes first. Any thread.
 */
#ifndef CORD_API_API_ACTIONS_H
#define CORD_API_API_ACTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "triage/alert.h"

#define CORD_API_ACTION_TEXT 25 /* 24 hexadecimal digits, drawn, and a NUL */

struct cord_api_actions;

/* How an alert stood. */
struct cord_api_action_state {
    enum cord_alert_status status;
    enum cord_alert_reason reason;
    cord_str owner;
};

struct cord_api_action_item {
    cord_str alert;
    struct cord_api_action_state before;
    struct cord_api_action_state after;
};

struct cord_api_action {
    cord_str author; /* "user:17" */
    const struct cord_api_action_item *items;
    size_t count;
};

/* NULL when out of memory. */
struct cord_api_actions *cord_api_actions_new(void);
void cord_api_actions_free(struct cord_api_actions *actions);

/* A name for one that is to be. CORD_E_IO: no random numbers. */
CORD_MUST_USE cord_status cord_api_actions_draw(char ret_id[CORD_API_ACTION_TEXT]);
/* Copied. */
CORD_MUST_USE cord_status cord_api_actions_keep(struct cord_api_actions *actions, cord_str id,
                                                const struct cord_api_action *action,
                                                int64_t now_ns);
/* Its author's, out of the list, so that it is undone once; in the arena. CORD_E_NOENT: there is
 * none, or it is ten minutes old. */
CORD_MUST_USE cord_status cord_api_actions_take(struct cord_api_actions *actions, cord_str id,
                                                cord_str author, int64_t now_ns,
                                                struct cord_arena *arena,
                                                struct cord_api_action *ret_action);

#endif
