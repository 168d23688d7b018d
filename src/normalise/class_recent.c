/* class_recent.c: see class_recent.h. */
#include "normalise/class_recent.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"
#include "event/batch.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define TEXT_MAX 64u /* no longer than what can be read behind a text */
#define ID_MAX   8u
#define TYPE_MAX 16u
#define FRONT    8u   /* bytes read before a text's end, however short it is */
#define SLOTS    512u /* power of two */

_Static_assert(TEXT_MAX <= CORD_BATCH_PADDING, "blocks end in the padding");

struct slot {
    uint64_t markers;
    uint64_t event_id; /* its bytes, then zeros */
    uint32_t present;
    uint32_t lens; /* of the texts */
    uint32_t event_class;
    uint32_t used; /* 0: free */
    char type[TYPE_MAX];
    char channel[TEXT_MAX];
    char provider[TEXT_MAX];
};

struct cord_class_recent {
    struct slot slots[SLOTS];
};

struct cord_class_recent *cord_class_recent_new(void)
{
    return calloc(1, sizeof(struct cord_class_recent));
}

void cord_class_recent_free(struct cord_class_recent *recent)
{
    free(recent);
}

static inline bool fits(cord_str *part, cord_str text, size_t len_max)
{
    const char *ptr = part->len > 0 ? part->ptr : text.ptr + FRONT;
    part->ptr = ptr;
    /* As numbers: a pointer to elsewhere may not be subtracted. */
    uintptr_t at = (uintptr_t)ptr - (uintptr_t)text.ptr;
    return (part->len <= len_max) & (at >= FRONT) & (at <= text.len);
}

bool cord_class_recent_fits(struct cord_class_sight *sight, cord_str text)
{
    if (text.len < FRONT) {
        return false;
    }
    bool channel = fits(&sight->channel, text, TEXT_MAX);
    bool provider = fits(&sight->provider, text, TEXT_MAX);
    bool event_id = fits(&sight->event_id, text, ID_MAX);
    bool type = fits(&sight->type, text, TYPE_MAX);
    return channel & provider & event_id & type;
}

static inline uint64_t load8(const char *ptr)
{
    uint64_t some;
    memcpy(&some, ptr, sizeof(some));
    return some;
}

/* Up to eight bytes, the rest zero. */
static inline uint64_t short_text(cord_str text)
{
    uint64_t some = load8(text.ptr);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    some = __builtin_bswap64(some);
#endif
    return text.len > 0 ? some & (UINT64_MAX >> (64 - 8 * text.len)) : 0;
}

/* The last eight bytes, with what stands before a shorter text: it may then be
 * remembered in several places. */
static inline uint64_t text_end(cord_str text)
{
    uint64_t some = load8(text.ptr + text.len - FRONT);
    return text.len > 0 ? some : 0;
}

static inline uint32_t lens_of(const struct cord_class_sight *sight)
{
    return (uint32_t)(sight->channel.len | sight->provider.len << 8 | sight->event_id.len << 16 |
                      sight->type.len << 24);
}

/* Two texts of the same length, in so many bytes each that can be read. */
static inline bool same(const char *kept, cord_str text, unsigned bytes)
{
#if defined(__SSE2__)
    uint64_t equal = 0;
    for (unsigned at = 0; at < bytes; at += 16) {
        __m128i mine = _mm_loadu_si128((const __m128i *)(const void *)(kept + at));
        __m128i theirs = _mm_loadu_si128((const __m128i *)(const void *)(text.ptr + at));
        equal |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(mine, theirs)) << at;
    }
    return text.len == 0 || ~equal << (64 - text.len) == 0;
#else
    (void)bytes;
    return memcmp(kept, text.ptr, text.len) == 0;
#endif
}

static size_t place(const struct cord_class_sight *sight, uint64_t event_id)
{
    uint64_t texts = text_end(sight->channel) * 0x9e3779b97f4a7c15ULL ^ text_end(sight->provider);
    texts = texts * 0x9e3779b97f4a7c15ULL ^ text_end(sight->type);
    uint64_t rest = sight->markers ^ (uint64_t)sight->present << 32 ^ lens_of(sight) ^ event_id;
    return cord_hash_mix(texts + rest) & (SLOTS - 1);
}

uint32_t cord_class_recent_get(const struct cord_class_recent *recent,
                               const struct cord_class_sight *sight)
{
    uint64_t event_id = short_text(sight->event_id);
    const struct slot *slot = &recent->slots[place(sight, event_id)];
    bool hit = slot->used & (slot->markers == sight->markers) & (slot->present == sight->present) &
               (slot->event_id == event_id) & (slot->lens == lens_of(sight));
    bool channel = same(slot->channel, sight->channel, TEXT_MAX);
    bool provider = same(slot->provider, sight->provider, TEXT_MAX);
    bool type = same(slot->type, sight->type, TYPE_MAX);
    hit = hit & channel & provider & type;
    return hit ? slot->event_class : CORD_MAP_NONE;
}

void cord_class_recent_put(struct cord_class_recent *recent, const struct cord_class_sight *sight,
                           uint32_t event_class)
{
    uint64_t event_id = short_text(sight->event_id);
    struct slot *slot = &recent->slots[place(sight, event_id)];
    slot->markers = sight->markers;
    slot->event_id = event_id;
    slot->present = sight->present;
    slot->lens = lens_of(sight);
    slot->event_class = event_class;
    slot->used = 1;
    memcpy(slot->type, sight->type.ptr, sight->type.len);
    memcpy(slot->channel, sight->channel.ptr, sight->channel.len);
    memcpy(slot->provider, sight->provider.ptr, sight->provider.len);
}
