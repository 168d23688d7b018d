/* api_actions.c: see api_actions.h. */
#include "api/api_actions.h"

#include "base/digest.h"
#include "base/timestamp.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum { KEPT_MAX = 200, ID_BYTES = 12, ARENA_BYTES_MAX = 1 << 20 };

#define KEPT_NS (600 * CORD_SECOND_NS)

struct kept {
    char id[CORD_API_ACTION_TEXT];
    struct cord_arena *arena; /* NULL: the place is free */
    struct cord_api_action action;
    int64_t at_ns;
};

struct cord_api_actions {
    pthread_mutex_t lock; /* guards all that follows */
    struct kept kept[KEPT_MAX];
};

struct cord_api_actions *cord_api_actions_new(void)
{
    struct cord_api_actions *actions = calloc(1, sizeof *actions);
    if (!actions || pthread_mutex_init(&actions->lock, NULL) != 0) {
        free(actions);
        return NULL;
    }
    return actions;
}

void cord_api_actions_free(struct cord_api_actions *actions)
{
    if (actions) {
        for (size_t i = 0; i < KEPT_MAX; i++) {
            cord_arena_free(actions->kept[i].arena);
        }
        (void)pthread_mutex_destroy(&actions->lock);
        free(actions);
    }
}

cord_status cord_api_actions_draw(char ret_id[CORD_API_ACTION_TEXT])
{
    unsigned char bytes[ID_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return CORD_E_IO;
    }
    cord_digest_to_hex(bytes, sizeof bytes, ret_id);
    return CORD_OK;
}

static cord_status copy(struct cord_arena *arena, const struct cord_api_action *from,
                        struct cord_api_action *to)
{
    struct cord_api_action_item *items = cord_arena_zalloc(arena, from->count + 1, sizeof *items);
    if (!items) {
        return cord_arena_failure(arena);
    }
    for (size_t i = 0; i < from->count; i++) {
        items[i] = from->items[i];
        items[i].alert = cord_arena_copy(arena, from->items[i].alert);
        items[i].before.owner = cord_arena_copy(arena, from->items[i].before.owner);
        items[i].after.owner = cord_arena_copy(arena, from->items[i].after.owner);
        if (!items[i].alert.ptr || !items[i].before.owner.ptr || !items[i].after.owner.ptr) {
            return cord_arena_failure(arena);
        }
    }
    *to = (struct cord_api_action){cord_arena_copy(arena, from->author), items, from->count};
    return to->author.ptr ? CORD_OK : cord_arena_failure(arena);
}

/* Under the lock: a free place, else the oldest one's. */
static struct kept *place(struct cord_api_actions *actions)
{
    struct kept *best = &actions->kept[0];
    for (size_t i = 0; i < KEPT_MAX && best->arena; i++) {
        struct kept *at = &actions->kept[i];
        best = !at->arena || at->at_ns < best->at_ns ? at : best;
    }
    return best;
}

cord_status cord_api_actions_keep(struct cord_api_actions *actions, cord_str id,
                                  const struct cord_api_action *action, int64_t now_ns)
{
    struct kept made = {.at_ns = now_ns, .arena = cord_arena_new(ARENA_BYTES_MAX)};
    cord_status status = made.arena ? copy(made.arena, action, &made.action) : CORD_E_NOMEM;
    if (status != CORD_OK) {
        cord_arena_free(made.arena);
        return status;
    }
    memcpy(made.id, id.ptr, id.len < sizeof made.id ? id.len : sizeof made.id - 1);
    (void)pthread_mutex_lock(&actions->lock);
    struct kept *at = place(actions);
    cord_arena_free(at->arena);
    *at = made;
    (void)pthread_mutex_unlock(&actions->lock);
    return CORD_OK;
}

cord_status cord_api_actions_take(struct cord_api_actions *actions, cord_str id, cord_str author,
                                  int64_t now_ns, struct cord_arena *arena,
                                  struct cord_api_action *ret_action)
{
    cord_status status = CORD_E_NOENT;
    (void)pthread_mutex_lock(&actions->lock);
    for (size_t i = 0; i < KEPT_MAX && status == CORD_E_NOENT; i++) {
        struct kept *at = &actions->kept[i];
        if (at->arena && cord_str_eq(cord_str_from(at->id), id) &&
            cord_str_eq(at->action.author, author) && now_ns - at->at_ns <= KEPT_NS) {
            status = copy(arena, &at->action, ret_action);
            cord_arena_free(at->arena);
            *at = (struct kept){.arena = NULL};
        }
    }
    (void)pthread_mutex_unlock(&actions->lock);
    return status;
}
