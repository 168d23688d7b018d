/* json_keys.c: see json_keys_internal.h. */
#include "codec/json_keys_internal.h"

void cord_json_keys_use(struct cord_json_keys *keys, struct cord_paths *paths)
{
    uint32_t epoch = cord_paths_epoch(paths);
    uint64_t identity = cord_paths_identity(paths);
    if (keys->paths != paths || keys->identity != identity || keys->epoch != epoch) {
        for (size_t i = 0; i < CORD_JSON_KEYS_SLOTS; i++) {
            keys->slots[i] = (struct cord_json_key){.id = CORD_JSON_KEYS_FREE};
        }
        keys->paths = paths;
        keys->identity = identity;
        keys->epoch = epoch;
    }
}

uint32_t cord_json_keys_look(struct cord_json_keys *keys, uint32_t parent, cord_str name)
{
    uint64_t id = cord_json_keys_id(parent, name.len);
    struct cord_json_key *first = &keys->slots[cord_json_keys_place(parent, name)];
    struct cord_json_key *second = &keys->slots[(size_t)(first - keys->slots) ^ 1];
    if (second->id == id && cord_json_keys_equal(second, name)) {
        return second->path;
    }
    uint32_t path = cord_paths_child(keys->paths, parent, name);
    if (path == CORD_PATH_OTHER) {
        return path; /* the paths keep no copy of it to compare with */
    }
    struct cord_json_key *key = first->id == CORD_JSON_KEYS_FREE ? first : second;
    *key = (struct cord_json_key){
        .name = cord_paths_leaf(keys->paths, path).ptr,
        .id = id,
        .path = path,
    };
    size_t head = name.len < CORD_JSON_KEYS_HEAD ? name.len : CORD_JSON_KEYS_HEAD;
    if (head > 0) {
        memcpy(key->head, name.ptr, head);
    }
    return path;
}
