/* class_tally.c: see class_tally.h. */
#include "normalise/class_tally.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* What a path means, in sixteen bits. */
#define INFO_SLOT_BITS    5u
#define INFO_RANK_BITS    4u
#define INFO_SLOT(info)   ((info)&31u)
#define INFO_RANK(info)   (((info) >> INFO_SLOT_BITS) & 15u)
#define INFO_MARKER(info) ((unsigned)(info) >> (INFO_SLOT_BITS + INFO_RANK_BITS))

_Static_assert(CORD_CLASS_SLOT_COUNT < 31, "slots fit their five bits");
_Static_assert(CORD_CLASS_MARK_COUNT <= 64, "markers fit a word");

#define SHAPES       1024u /* power of two */
#define SHAPE_VALUES 64u   /* longer events are not remembered */

/* A list of names, and the tally of an event that has a value for each of them
 * that tells. */
struct shape {
    uint32_t count; /* 0: free */
    struct cord_class_tally tally;
    uint32_t name[SHAPE_VALUES]; /* a value's path, and TELLS when it tells something */
};

#define PATH_BITS 0xffffffu
#define TELLS     0x80000000u

struct cord_class_teller {
    struct cord_map known; /* telling names to their info */
    uint16_t *info;        /* by path */
    struct shape shapes[SHAPES];
};

#if defined(__SSE2__)
_Static_assert(sizeof(struct cord_value) == 16, "a value is a vector");
_Static_assert(CORD_VALUE_NULL == 4 && CORD_VALUE_EMPTY == 5, "kinds that tell nothing");
#endif

static bool known_fill(struct cord_map *known)
{
    for (const struct cord_class_known_name *row = cord_class_known_names; row->name; row++) {
        cord_str name = cord_str_from(row->name);
        uint32_t info = cord_map_get(known, name);
        info = info == CORD_MAP_NONE ? 0 : info;
        if (row->slot < CORD_CLASS_SLOT_COUNT) {
            info |= (uint32_t)(row->slot + 1u) | (uint32_t)row->rank << INFO_SLOT_BITS;
        }
        info |= (uint32_t)row->marker << (INFO_SLOT_BITS + INFO_RANK_BITS);
        if (cord_map_put(known, name, info) != CORD_OK) {
            return false;
        }
    }
    return true;
}

struct cord_class_teller *cord_class_teller_new(uint64_t seed)
{
    struct cord_class_teller *teller = calloc(1, sizeof(*teller));
    if (!teller) {
        return NULL;
    }
    cord_map_init(&teller->known, seed);
    teller->info = calloc(CORD_PATHS_MAX, sizeof(*teller->info));
    if (!teller->info || !known_fill(&teller->known)) {
        cord_class_teller_free(teller);
        return NULL;
    }
    return teller;
}

void cord_class_teller_free(struct cord_class_teller *teller)
{
    if (teller) {
        free(teller->info);
        cord_map_done(&teller->known);
        free(teller);
    }
}

/* Event data may hold fields of any name; only the markers count there. */
static uint16_t info_of(const struct cord_map *known, cord_str name)
{
    cord_str bare = cord_class_rename_unwrap(name);
    uint32_t info = cord_map_get(known, bare);
    if (info != CORD_MAP_NONE) {
        return (uint16_t)info;
    }
    static const char *const data[] = {"Event.EventData.", "winlog.event_data.", "event_data.",
                                       "EventData."};
    for (size_t at = 0; at < sizeof(data) / sizeof(data[0]); at++) {
        cord_str prefix = cord_str_from(data[at]);
        if (cord_str_starts(bare, prefix)) {
            info = cord_map_get(known, cord_str_from_byte(bare, prefix.len));
            uint32_t marker = info == CORD_MAP_NONE ? 0 : INFO_MARKER(info);
            return (uint16_t)(marker << (INFO_SLOT_BITS + INFO_RANK_BITS));
        }
    }
    return 0;
}

void cord_class_teller_learn(struct cord_class_teller *teller, uint32_t path, cord_str name)
{
    teller->info[path & (CORD_PATHS_MAX - 1)] = info_of(&teller->known, name);
}

void cord_class_teller_reset(struct cord_class_teller *teller)
{
    memset(teller->info, 0, CORD_PATHS_MAX * sizeof(*teller->info));
    for (size_t at = 0; at < SHAPES; at++) {
        teller->shapes[at].count = 0;
    }
}

static inline bool tells(const struct cord_value *value)
{
    return (value->kind != CORD_VALUE_NULL) & (value->kind != CORD_VALUE_EMPTY) & (value->len > 0);
}

static inline uint16_t path_of(const struct cord_value *value)
{
    return (uint16_t)(value->path & (CORD_PATHS_MAX - 1));
}

static inline void take(struct cord_class_tally *tally, uint16_t info, uint16_t at,
                        const struct cord_value *value)
{
    /* What has no slot is noted down as place 0, which nobody reads. No
     * branches: what stands where changes with every kind of event. */
    unsigned place = INFO_SLOT(info);
    uint8_t rank = (uint8_t)INFO_RANK(info);
    bool there = tells(value);
    bool better = there & (rank < tally->rank[place]);
    tally->markers |= (uint64_t)there << INFO_MARKER(info);
    tally->rank[place] = better ? rank : tally->rank[place];
    tally->at[place] = better ? at : tally->at[place];
    tally->present |= (uint32_t)better << place;
}

/* The decoder knows its source better than a name does. */
static void take_roles(const struct cord_event *event, struct cord_class_tally *tally)
{
    for (unsigned role = 0; role < CORD_ROLE_COUNT; role++) {
        if (event->role[role] != CORD_VALUE_NONE) {
            tally->at[role + 1] = event->role[role];
            tally->rank[role + 1] = 0;
            tally->present |= 2u << role;
        }
    }
}

static void take_all(const struct cord_class_teller *teller, const struct cord_event *event,
                     struct cord_class_tally *tally)
{
    tally->markers = 0;
    tally->present = 0;
    memset(tally->rank, 0xff, sizeof(tally->rank));
    memset(tally->at, 0xff, sizeof(tally->at));
    take_roles(event, tally);
    uint32_t count = event->value_count < CORD_VALUE_NONE ? event->value_count : CORD_VALUE_NONE;
    for (uint32_t at = 0; at < count; at++) {
        uint16_t info = teller->info[path_of(&event->values[at])];
        if (info != 0) {
            take(tally, info, (uint16_t)at, &event->values[at]);
        }
    }
    tally->markers &= ~1ULL;
    tally->present &= ~1u;
}

static bool has_roles(const struct cord_event *event)
{
    static const uint64_t none[3] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    _Static_assert(sizeof(none) == sizeof(event->role), "all roles at once");
    return memcmp(event->role, none, sizeof(none)) != 0;
}

/* By how many names there are, and a few of them. */
static struct shape *shape_at(struct cord_class_teller *teller, const struct cord_event *event)
{
    uint32_t count = event->value_count;
    const struct cord_value *values = event->values;
    uint64_t some = (uint64_t)path_of(&values[0]) | (uint64_t)path_of(&values[count / 4]) << 16 |
                    (uint64_t)path_of(&values[count / 2]) << 32 |
                    (uint64_t)path_of(&values[count - 1]) << 48;
    return &teller->shapes[cord_hash_mix(some + count) & (SHAPES - 1)];
}

/* Whether a value has another name than the shape's, or is empty where it should
 * tell something. */
static inline bool differs(uint32_t name, const struct cord_value *value)
{
    bool empty = !tells(value);
    return (((name ^ value->path) & PATH_BITS) != 0) | (((name & TELLS) != 0) & empty);
}

#if defined(__SSE2__)

/* The same of four values: zero when none differs. The last word of a value
 * holds path and kind, the one before it the length. */
static inline __m128i differ4(const uint32_t *name, const struct cord_value *value)
{
    const __m128i *values = (const __m128i *)(const void *)value;
    __m128i low = _mm_unpackhi_epi32(_mm_loadu_si128(values), _mm_loadu_si128(values + 1));
    __m128i high = _mm_unpackhi_epi32(_mm_loadu_si128(values + 2), _mm_loadu_si128(values + 3));
    __m128i lens = _mm_unpacklo_epi64(low, high);
    __m128i words = _mm_unpackhi_epi64(low, high);
    __m128i names = _mm_loadu_si128((const __m128i *)(const void *)name);
    /* NULL and EMPTY are the two kinds that differ in their lowest bit only. */
    __m128i kinds = _mm_and_si128(words, _mm_set1_epi32(0x0e000000));
    __m128i empty = _mm_or_si128(_mm_cmpeq_epi32(lens, _mm_setzero_si128()),
                                 _mm_cmpeq_epi32(kinds, _mm_set1_epi32(CORD_VALUE_NULL << 24)));
    __m128i other = _mm_and_si128(_mm_xor_si128(words, names), _mm_set1_epi32(PATH_BITS));
    return _mm_or_si128(other, _mm_and_si128(empty, _mm_srai_epi32(names, 31)));
}

#endif

static bool shape_is(const struct shape *shape, const struct cord_event *event)
{
    uint32_t at = 0;
    bool other = false;
    if (shape->count != event->value_count) {
        return false;
    }
    /* All of it, rather than up to the first difference: shapes that differ are
     * rare, and where they do would be guessed wrong. */
#if defined(__SSE2__)
    __m128i some = _mm_setzero_si128();
    for (; shape->count - at >= 4; at += 4) {
        some = _mm_or_si128(some, differ4(shape->name + at, event->values + at));
    }
    other = _mm_movemask_epi8(_mm_cmpeq_epi32(some, _mm_setzero_si128())) != 0xffff;
#endif
    for (; at < shape->count; at++) {
        other |= differs(shape->name[at], &event->values[at]);
    }
    return !other;
}

static void shape_keep(const struct cord_class_teller *teller, const struct cord_event *event,
                       const struct cord_class_tally *tally, struct shape *shape)
{
    bool there = true;
    for (uint32_t at = 0; at < event->value_count; at++) {
        bool telling = teller->info[path_of(&event->values[at])] != 0;
        there = there && (!telling || tells(&event->values[at]));
        shape->name[at] = event->values[at].path | (telling ? TELLS : 0);
    }
    shape->tally = *tally;
    shape->count = there ? event->value_count : 0;
}

const struct cord_class_tally *cord_class_tally_take(struct cord_class_teller *teller,
                                                     const struct cord_event *event,
                                                     struct cord_class_tally *scratch)
{
    if (event->value_count - 1 >= SHAPE_VALUES || has_roles(event)) {
        take_all(teller, event, scratch);
        return scratch;
    }
    struct shape *shape = shape_at(teller, event);
    if (shape_is(shape, event)) {
        return &shape->tally;
    }
    take_all(teller, event, scratch);
    shape_keep(teller, event, scratch, shape);
    return scratch;
}
