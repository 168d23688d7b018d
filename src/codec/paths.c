/* paths.c: a hash table from (parent, key) to node. */
#include "codec/paths.h"

#include "base/arena.h"
#include "base/hash.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum {
    SLOTS = 1 << 17, /* twice the nodes */
    TEXT_BYTES_MAX = 16 << 20,
    KEY_BYTES_MAX = 4096, /* a longer name is data, not a name */
};

struct node {
    cord_str text;
    uint32_t leaf_at; /* where the last part begins in text */
    uint32_t parent;
};

struct slot {
    const char *key; /* the node's leaf */
    uint32_t key_len;
    uint32_t parent;
    uint32_t hash;
    uint32_t node; /* 0: free; the root is nobody's child */
};

struct cord_paths {
    struct slot *slots;
    struct node *nodes;
    struct cord_arena *arena;
    uint64_t seed;
    uint64_t identity;
    uint32_t count;
    uint32_t epoch;
    bool full;
};

static void start(struct cord_paths *paths)
{
    paths->nodes[CORD_PATH_ROOT] = (struct node){.text = CORD_STR("")};
    paths->nodes[CORD_PATH_OTHER] = (struct node){.text = CORD_STR("")};
    paths->count = 2;
    paths->full = false;
}

static uint64_t draw_identity(void)
{
    uint64_t identity;
    if (getrandom(&identity, sizeof identity, GRND_NONBLOCK) != (ssize_t)sizeof identity) {
        struct timespec now = {0};
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        identity = (uint64_t)now.tv_sec << 32 | (uint64_t)now.tv_nsec;
    }
    return identity;
}

struct cord_paths *cord_paths_new(uint64_t seed)
{
    struct cord_paths *paths = calloc(1, sizeof *paths);
    if (!paths) {
        return NULL;
    }
    paths->seed = seed;
    paths->identity = draw_identity();
    paths->slots = calloc(SLOTS, sizeof *paths->slots);
    paths->nodes = malloc(CORD_PATHS_MAX * sizeof *paths->nodes);
    paths->arena = cord_arena_new(TEXT_BYTES_MAX);
    if (!paths->slots || !paths->nodes || !paths->arena) {
        cord_paths_free(paths);
        return NULL;
    }
    start(paths);
    return paths;
}

void cord_paths_free(struct cord_paths *paths)
{
    if (paths) {
        cord_arena_free(paths->arena);
        free(paths->nodes);
        free(paths->slots);
        free(paths);
    }
}

static uint32_t add(struct cord_paths *paths, struct slot *slot, uint32_t parent, cord_str key,
                    uint32_t hash)
{
    if (paths->count == CORD_PATHS_MAX || key.len > KEY_BYTES_MAX ||
        paths->nodes[parent].text.len > KEY_BYTES_MAX) {
        paths->full = paths->full || paths->count == CORD_PATHS_MAX;
        return CORD_PATH_OTHER;
    }
    cord_str above = paths->nodes[parent].text;
    size_t leaf_at = above.len > 0 ? above.len + 1 : 0;
    char *text = cord_arena_bytes(paths->arena, leaf_at + key.len + 1);
    if (!text) {
        paths->full = true;
        return CORD_PATH_OTHER;
    }
    if (leaf_at > 0) {
        memcpy(text, above.ptr, above.len);
        text[above.len] = '.';
    }
    if (key.len > 0) {
        memcpy(text + leaf_at, key.ptr, key.len);
    }
    text[leaf_at + key.len] = '\0';

    uint32_t node = paths->count++;
    paths->nodes[node] = (struct node){
        .text = {text, leaf_at + key.len},
        .leaf_at = (uint32_t)leaf_at,
        .parent = parent,
    };
    *slot = (struct slot){
        .key = text + leaf_at,
        .key_len = (uint32_t)key.len,
        .parent = parent,
        .hash = hash,
        .node = node,
    };
    return node;
}

uint32_t cord_paths_child(struct cord_paths *paths, uint32_t parent, cord_str key)
{
    if (parent == CORD_PATH_OTHER) {
        return CORD_PATH_OTHER;
    }
    uint32_t hash = (uint32_t)cord_hash(key, paths->seed + parent);
    for (uint32_t at = hash;; at++) {
        struct slot *slot = &paths->slots[at & (SLOTS - 1)];
        if (slot->node == 0) {
            return add(paths, slot, parent, key, hash);
        }
        if (slot->hash == hash && slot->parent == parent &&
            cord_str_eq((cord_str){slot->key, slot->key_len}, key)) {
            return slot->node;
        }
    }
}

uint32_t cord_paths_dotted(struct cord_paths *paths, cord_str name)
{
    uint32_t path = CORD_PATH_ROOT;
    cord_str part;
    while (cord_str_cut(&name, '.', &part)) {
        path = cord_paths_child(paths, path, part);
    }
    return path;
}

cord_str cord_paths_text(const struct cord_paths *paths, uint32_t path)
{
    return paths->nodes[path].text;
}

cord_str cord_paths_leaf(const struct cord_paths *paths, uint32_t path)
{
    return cord_str_from_byte(paths->nodes[path].text, paths->nodes[path].leaf_at);
}

uint32_t cord_paths_parent(const struct cord_paths *paths, uint32_t path)
{
    return paths->nodes[path].parent;
}

uint32_t cord_paths_count(const struct cord_paths *paths)
{
    return paths->count;
}

bool cord_paths_full(const struct cord_paths *paths)
{
    return paths->full;
}

void cord_paths_reset(struct cord_paths *paths)
{
    memset(paths->slots, 0, SLOTS * sizeof *paths->slots);
    cord_arena_reset(paths->arena);
    start(paths);
    paths->epoch++;
}

uint32_t cord_paths_epoch(const struct cord_paths *paths)
{
    return paths->epoch;
}

uint64_t cord_paths_identity(const struct cord_paths *paths)
{
    return paths->identity;
}
