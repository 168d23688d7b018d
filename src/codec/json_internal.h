/*
 * json_internal.h: what reading a JSON document keeps, for json.c and the
 * variants of cord_json_members.
 */
#ifndef CORD_CODEC_JSON_INTERNAL_H
#define CORD_CODEC_JSON_INTERNAL_H

#include "codec/json.h"
#include "codec/json_index_internal.h"
#include "codec/json_keys_internal.h"

enum {
    CORD_JSON_WINDOW = 8192,      /* bytes indexed at once: text and entries stay in the L1 cache */
    CORD_JSON_SENTINELS = 4,      /* entries that `members` reads at a time */
    CORD_JSON_NAME_BYTES = 16384, /* of a name with escape sequences; a longer one is no name */
};

#define CORD_JSON_STRETCH (CORD_JSON_WINDOW / 64)
#define CORD_JSON_ENTRIES (CORD_JSON_WINDOW + CORD_JSON_SENTINELS + CORD_JSON_INDEX_SLACK + 64)

enum cord_json_state {
    CORD_JSON_FIRST_MEMBER, /* behind '{' */
    CORD_JSON_MEMBER,       /* behind ',' in an object: a name */
    CORD_JSON_FIRST_VALUE,  /* behind '[' */
    CORD_JSON_VALUE,
    CORD_JSON_BEHIND, /* a value: ',' or a closing bracket */
    CORD_JSON_DONE,
    CORD_JSON_FAILED,
};

struct cord_json_walk;

/* Members from w->at on, each a name with a string, a word or a whole number
 * behind it and then a comma, with no more than one space in between. Stops in
 * front of what is different, and says what that should be. All variants read
 * the same. */
typedef enum cord_json_state cord_json_members_fn(struct cord_json_walk *w);

struct cord_json_reader {
    struct cord_json_keys keys;
    cord_json_index_fn *index;
    cord_json_members_fn *members;
    enum cord_cpu_level level;

    cord_str text;
    bool lines;

    uint32_t entries[CORD_JSON_ENTRIES];
    uint32_t *entries_end;
    const uint32_t *entry; /* the next one */
    size_t window_from;    /* entries are those of text[window_from, window_to) */
    size_t window_to;
    size_t ascii_from; /* from here to window_to no byte is above 0x7f */
    bool spaced;       /* how the last member was written; see json_members_internal.h */
    uint64_t high;     /* stretches of CORD_JSON_STRETCH bytes of the window that have one */
    struct cord_json_index_carry carry;

    char name[CORD_JSON_KEYS_FRONT + CORD_JSON_NAME_BYTES + CORD_JSON_PADDING];
};

struct cord_json_level {
    uint32_t at; /* of the opening bracket */
    uint32_t path;
    bool array;
    bool in_array; /* it, or one around it */
};

struct cord_json_walk {
    struct cord_json_reader *reader;
    const char *text;
    uint32_t at;    /* the next byte */
    uint32_t end;   /* of the text */
    uint32_t start; /* of the document: a byte that is no quote */
    struct cord_value *out;
    struct cord_value *out_end;
    struct cord_json_level *top;
    uint32_t path;      /* of the value at `at` */
    const char *wanted; /* what should have stood at `at` */
    cord_status status;
    struct cord_json_level levels[CORD_JSON_DEPTH_MAX + 1]; /* the first is the ground */
};

static inline void cord_json_put(struct cord_value *out, const char *ptr, uint32_t len,
                                 uint32_t path, enum cord_value_kind kind, unsigned flags)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* The compiler would read the bit-fields back before it writes them. */
    uint32_t packed = path | (uint32_t)kind << 24 | (uint32_t)flags << 28;
    _Static_assert(sizeof *out == offsetof(struct cord_value, len) + 8, "one word behind len");
    out->ptr = ptr;
    out->len = len;
    memcpy((char *)out + offsetof(struct cord_value, len) + 4, &packed, sizeof packed);
#else
    *out = (struct cord_value){
        .ptr = ptr,
        .len = len,
        .path = path & 0xffffffu,
        .kind = (uint32_t)kind & 0xfu,
        .flags = flags & 0xfu,
    };
#endif
}

/* Asked for only where not all of a stretch is ASCII. Sixteen bytes behind the
 * text can be read. */
bool cord_json_is_ascii(cord_str text);

cord_json_members_fn cord_json_members_scalar;
#if CORD_CPU_X86
cord_json_members_fn cord_json_members_avx2;
#endif

cord_json_members_fn *cord_json_members_at_level(enum cord_cpu_level level);

#endif
