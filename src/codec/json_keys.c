/* json_keys.c: see json_keys_internal.h. */
#include "codec/json_keys_internal.h"

#include "base/hash.h"

static void forget(struct cord_json_keys *keys)
{
    for (size_t i = 0; i < CORD_JSON_KEYS_SLOTS; i++) {
        keys->slots[i] = (struct cord_json_key){.id = CORD_JSON_KEYS_FREE};
    }
}

void cord_json_keys_use(struct cord_json_keys *keys, struct cord_paths *paths)
{
    uint32_t epoch = cord_paths_epoch(paths);
    if (keys->paths != paths || keys->epoch != epoch) {
        forget(keys);
        keys->paths = paths;
        keys->epoch = epoch;
    }
}

/* First and last eight bytes: a weak hash is enough, since the table holds
 * only what is quicker to find here. */
static uint32_t place(uint32_t parent, cord_str name)
{
    uint64_t first;
    uint64_t last = 0;
    memcpy(&first, name.ptr, 8);
    if (name.len >= 8) {
        memcpy(&last, name.ptr + name.len - 8, 8);
    } else {
        /* In memory order, so that the same bytes count on any machine. */
        char head[8] = {0};
        memcpy(head, name.ptr, 8);
        memset(head + name.len, 0, 8 - name.len);
        memcpy(&first, head, 8);
    }
    uint64_t mixed = (first ^ (last << 21 | last >> 43)) + cord_json_keys_id(parent, name.len);
    return (uint32_t)((mixed * 0x9e3779b97f4a7c15ULL) >> 52);
}

static void fill(struct cord_json_key *key, uint32_t parent, cord_str name, uint32_t path,
                 const char *kept)
{
    *key = (struct cord_json_key){
        .name = kept,
        .id = cord_json_keys_id(parent, name.len),
        .path = path,
    };
    size_t head = name.len < CORD_JSON_KEYS_HEAD ? name.len : CORD_JSON_KEYS_HEAD;
    memcpy(key->head, name.ptr, head);
}

struct cord_json_key *cord_json_keys_look(struct cord_json_keys *keys, uint32_t parent,
                                          cord_str name, uint16_t *guess)
{
    uint64_t id = cord_json_keys_id(parent, name.len);
    uint32_t at = place(parent, name);
    for (uint32_t way = 0; way < 2; way++) {
        struct cord_json_key *key = &keys->slots[at ^ way];
        if (key->id == id && cord_json_keys_equal(key, name)) {
            *guess = (uint16_t)(at ^ way);
            return key;
        }
    }
    at ^= keys->slots[at].id != CORD_JSON_KEYS_FREE;
    struct cord_json_key *key = &keys->slots[at];
    uint32_t path = cord_paths_child(keys->paths, parent, name);
    *guess = (uint16_t)at;
    if (path == CORD_PATH_OTHER) {
        /* The paths keep no copy of it to compare with. */
        *key = (struct cord_json_key){.id = CORD_JSON_KEYS_FREE, .path = path};
    } else {
        fill(key, parent, name, path, cord_paths_leaf(keys->paths, path).ptr);
    }
    return key;
}
