/*
 * classifier.c: events to classes, by what they say of themselves.
 *
 * Per event there is one pass over the values, reading two bytes a name, and
 * one look-up of the texts that tell. Only an identity not met before goes
 * through the tables.
 */
#include "normalise/classifier.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "normalise/class_internal.h"
#include "normalise/class_recent.h"
#include "normalise/class_tally.h"

#define IDENTITY_MAX 1536u

#define CACHE_SLOTS  4096u /* power of two */
#define CACHE_MAX    2048u /* then all are forgotten: hostile identities cost time, not memory */
#define CACHE_BYTES  ((size_t)CACHE_MAX * IDENTITY_MAX + 65536)

/* Classes with constants, and classes that events claim, stop at the first
 * bound; what the tables know still finds room up to the second. */
#define CLASSES_SPECIAL_MAX 3072u
#define CLASSES_MAX         4096u
#define CLASS_BYTES         ((size_t)32 << 20)

struct cached {
    uint64_t hash; /* 0: free */
    const char *text;
    uint32_t len;
    uint32_t event_class;
};

struct class_record {
    struct cord_event_class open;
    struct cord_class_mapping mapping;
    enum cord_class_derive derive;
    bool is_stated;
    cord_str stated[3]; /* product, category, service as a format stated them */
};

struct cord_classifier {
    struct cord_paths *paths;
    uint64_t seed;

    struct cord_class_teller *teller;
    uint8_t *part;   /* by path, for derivation */
    uint32_t learnt; /* paths below this have been looked at */
    uint32_t epoch;

    struct cached *cache;
    size_t cached_count;
    struct cord_arena *cache_arena;

    struct cord_map classes; /* content to number */
    struct cord_arena *class_arena;
    uint32_t class_count;

    struct cord_class_recent *recent;
    struct cord_class_rename *rename;
    struct cord_json_reader *json; /* for records within records */
    struct class_record *records[CLASSES_MAX];
};

struct cord_classifier *cord_classifier_new(struct cord_paths *paths, uint64_t seed)
{
    struct cord_classifier *self = calloc(1, sizeof(*self));
    if (!self) {
        return NULL;
    }
    self->paths = paths;
    self->seed = seed;
    self->epoch = cord_paths_epoch(paths);
    cord_map_init(&self->classes, seed);
    self->teller = cord_class_teller_new(seed);
    self->part = calloc(CORD_PATHS_MAX, sizeof(*self->part));
    self->cache = calloc(CACHE_SLOTS, sizeof(*self->cache));
    self->cache_arena = cord_arena_new(CACHE_BYTES);
    self->class_arena = cord_arena_new(CLASS_BYTES);
    self->recent = cord_class_recent_new();
    self->rename = cord_class_rename_new(seed);
    struct cord_class_words unknown = {0};
    if (!self->teller || !self->part || !self->cache || !self->cache_arena || !self->class_arena ||
        !self->recent || !self->rename) {
        cord_classifier_free(self);
        return NULL;
    }
    cord_class_fields_choose(&unknown);
    struct class_record *record = cord_arena_zalloc(self->class_arena, 1, sizeof(*record));
    if (!record) {
        cord_classifier_free(self);
        return NULL;
    }
    record->mapping = unknown.mapping;
    record->open.mapping = &record->mapping;
    self->records[self->class_count++] = record;
    return self;
}

void cord_classifier_free(struct cord_classifier *self)
{
    if (!self) {
        return;
    }
    cord_json_reader_free(self->json);
    cord_class_rename_free(self->rename);
    cord_class_recent_free(self->recent);
    cord_arena_free(self->class_arena);
    cord_arena_free(self->cache_arena);
    free(self->cache);
    free(self->part);
    cord_class_teller_free(self->teller);
    cord_map_done(&self->classes);
    free(self);
}

static void paths_catch_up(struct cord_classifier *self)
{
    uint32_t epoch = cord_paths_epoch(self->paths), count = cord_paths_count(self->paths);
    if (epoch != self->epoch) {
        cord_class_teller_reset(self->teller);
        memset(self->part, 0, CORD_PATHS_MAX * sizeof(*self->part));
        self->epoch = epoch;
        self->learnt = 0;
        cord_class_rename_reset(self->rename);
    }
    for (; self->learnt < count; self->learnt++) {
        cord_str text = cord_paths_text(self->paths, self->learnt);
        cord_class_teller_learn(self->teller, self->learnt, text);
        self->part[self->learnt] = cord_class_derive_part(cord_class_rename_bare(text));
    }
}

#define M(name) CORD_CLASS_BIT(name)

/* These sources use the words of a claim for their own ends ("service" of a
 * Zeek connection), so that a claim would only tear a class to pieces. */
#define CLAIMLESS                                                                                  \
    (M(ZEEK) | M(ZEEK_PATH) | M(EVE) | M(GCP) | M(OKTA) | M(KUBERNETES) | M(CLOUDTRAIL_VERSION) |  \
     M(DUO) | M(BITBUCKET) | M(WORKSPACE) | M(FORTINET) | M(VPC_FLOW))

static bool short_number(cord_str text)
{
    if (text.len == 0 || text.len > 10) {
        return false;
    }
    for (size_t at = 0; at < text.len; at++) {
        if (!cord_str_is_digit(text.ptr[at])) {
            return false;
        }
    }
    return true;
}

/* The slots that tell a class apart, given what else is there. */
static uint32_t slots_wanted(const struct cord_event *event, const struct cord_class_tally *tally)
{
    uint32_t wanted = 1u << CORD_ROLE_CHANNEL | 1u << CORD_ROLE_PROVIDER;
    cord_str event_id = cord_class_tally_text(event, tally, CORD_ROLE_EVENT_ID);
    bool described = tally->at[CORD_ROLE_CHANNEL + 1] != CORD_VALUE_NONE ||
                     tally->at[CORD_ROLE_PROVIDER + 1] != CORD_VALUE_NONE;
    if ((described || (tally->markers & M(WINDOWS))) && short_number(event_id)) {
        wanted |= 1u << CORD_ROLE_EVENT_ID;
        wanted |= described ? 0 : 1u << CORD_CLASS_SLOT_SOURCE;
        if (event_id.len == 2 && memcmp(event_id.ptr, "12", 2) == 0) {
            wanted |= 1u << CORD_CLASS_SLOT_TYPE;
        }
    }
    if (!(tally->markers & CLAIMLESS)) {
        wanted |= 1u << CORD_ROLE_PRODUCT | 1u << CORD_ROLE_CATEGORY | 1u << CORD_ROLE_SERVICE;
    }
    if (!(tally->markers & M(WINDOWS)) || !described) {
        wanted |= 1u << CORD_ROLE_DATASET | 1u << CORD_CLASS_SLOT_OS | 1u << CORD_CLASS_SLOT_KIND;
    }
    return wanted & tally->present >> 1;
}

static size_t identity_write(const struct cord_event *event, const struct cord_class_tally *tally,
                             uint32_t wanted, char out[IDENTITY_MAX])
{
    uint64_t markers = tally->markers;
    memcpy(out, &markers, sizeof(markers));
    size_t len = sizeof(markers);
    for (; wanted != 0; wanted &= wanted - 1) {
        unsigned slot = (unsigned)__builtin_ctz(wanted);
        cord_str text = cord_class_tally_text(event, tally, slot);
        if (text.len > 0) {
            out[len++] = (char)slot;
            out[len++] = (char)text.len;
            memcpy(out + len, text.ptr, text.len);
            len += text.len;
        }
    }
    return len;
}

/* A solidus or a backslash is all that known names have escaped in JSON. */
static cord_str unescape(struct cord_arena *arena, const struct cord_value *value, cord_str text)
{
    if (!(value->flags & CORD_VALUE_ESCAPED)) {
        return text;
    }
    char *out = cord_arena_bytes(arena, text.len);
    if (!out) {
        return text;
    }
    size_t len = 0;
    for (size_t at = 0; at < text.len; at++) {
        bool escape =
            text.ptr[at] == '\\' && at + 1 < text.len &&
            (text.ptr[at + 1] == '/' || text.ptr[at + 1] == '\\' || text.ptr[at + 1] == '"');
        at += escape ? 1 : 0;
        out[len++] = text.ptr[at];
    }
    return (cord_str){out, len};
}

static void identity_read(struct cord_arena *arena, const struct cord_event *event,
                          const struct cord_class_tally *tally, uint32_t wanted,
                          struct cord_class_identity *identity)
{
    memset(identity, 0, sizeof(*identity));
    identity->markers = tally->markers;
    for (; wanted != 0; wanted &= wanted - 1) {
        unsigned slot = (unsigned)__builtin_ctz(wanted);
        cord_str text = cord_class_tally_text(event, tally, slot);
        if (text.len > 0) {
            identity->text[slot] = unescape(arena, &event->values[tally->at[slot + 1]], text);
        }
    }
}

/* A class's content as one text, so that equal content is one class. */
#define KEY_MAX 4096u

struct key_writer {
    char bytes[KEY_MAX];
    size_t len;
};

static void key_put(struct key_writer *key, const void *bytes, size_t len)
{
    /* Thirteen words and three constants of 120 bytes fit by far. */
    if (len < KEY_MAX - 2 && key->len < KEY_MAX - 2 - len) {
        key->bytes[key->len++] = (char)len;
        if (len > 0) {
            memcpy(key->bytes + key->len, bytes, len);
        }
        key->len += len;
    }
}

static cord_str key_write(const struct cord_class_words *words, const cord_str constants[3],
                          struct key_writer *key)
{
    char counts[4] = {(char)words->category_count, (char)words->service_count, (char)words->derive,
                      (char)words->mapping.count};
    key->len = 0;
    key_put(key, counts, sizeof(counts));
    key_put(key, words->product.ptr, words->product.len);
    for (size_t at = 0; at < words->category_count; at++) {
        key_put(key, words->categories[at].ptr, words->categories[at].len);
    }
    for (size_t at = 0; at < words->service_count; at++) {
        key_put(key, words->services[at].ptr, words->services[at].len);
    }
    for (size_t at = 0; at < words->mapping.count; at++) {
        uintptr_t fields = (uintptr_t)words->mapping.fields[at];
        key_put(key, &fields, sizeof(fields));
    }
    for (size_t at = 0; at < 3; at++) {
        key_put(key, constants[at].ptr, constants[at].len);
    }
    return (cord_str){key->bytes, key->len};
}

static bool words_copy(struct cord_arena *arena, const cord_str *from, size_t count, cord_str *to)
{
    for (size_t at = 0; at < count; at++) {
        to[at] = cord_arena_copy(arena, from[at]);
        if (!to[at].ptr) {
            return false;
        }
    }
    return true;
}

static uint32_t class_add(struct cord_classifier *self, const struct cord_class_words *words,
                          const cord_str constants[3], cord_str key)
{
    struct cord_arena *arena = self->class_arena;
    struct class_record *record = cord_arena_zalloc(arena, 1, sizeof(*record));
    cord_str kept = cord_arena_copy(arena, key);
    if (!record || !kept.ptr) {
        return 0;
    }
    struct cord_event_class *open = &record->open;
    open->number = self->class_count;
    open->category_count = words->category_count;
    open->service_count = words->service_count;
    open->mapping = &record->mapping;
    record->mapping = words->mapping;
    record->derive = words->derive;
    cord_str held[3];
    if (!words_copy(arena, &words->product, 1, &open->product) ||
        !words_copy(arena, words->categories, words->category_count, open->categories) ||
        !words_copy(arena, words->services, words->service_count, open->services) ||
        !words_copy(arena, constants, 3, held) ||
        cord_map_put(&self->classes, kept, self->class_count) != CORD_OK) {
        return 0;
    }
    open->channel = held[0];
    open->event_id = held[1];
    open->provider = held[2];
    self->records[self->class_count] = record;
    return self->class_count++;
}

/* The class of these words and constants; CORD_MAP_NONE when `room` is used up. */
static uint32_t class_find(struct cord_classifier *self, const struct cord_class_words *words,
                           const cord_str constants[3], uint32_t room)
{
    struct key_writer writer;
    cord_str key = key_write(words, constants, &writer);
    uint32_t number = cord_map_get(&self->classes, key);
    if (number != CORD_MAP_NONE || self->class_count >= room) {
        return number;
    }
    number = class_add(self, words, constants, key);
    return number == 0 ? CORD_MAP_NONE : number;
}

static const cord_str no_constants[3];

static uint32_t class_number(struct cord_classifier *self, const struct cord_class_words *words,
                             const struct cord_class_identity *identity, bool claimed)
{
    uint32_t number = CORD_MAP_NONE;
    if (words->windows || cord_str_eq_fold(words->product, CORD_STR("windows"))) {
        cord_str constants[3] = {identity->text[CORD_ROLE_CHANNEL],
                                 identity->text[CORD_ROLE_EVENT_ID],
                                 identity->text[CORD_ROLE_PROVIDER]};
        if (words->channel_varies) {
            constants[0] = (cord_str){NULL, 0};
        }
        if (words->provider_varies) {
            constants[2] = (cord_str){NULL, 0};
        }
        number = class_find(self, words, constants, CLASSES_SPECIAL_MAX);
    }
    if (number == CORD_MAP_NONE) {
        number = class_find(self, words, no_constants, claimed ? CLASSES_SPECIAL_MAX : CLASSES_MAX);
    }
    return number;
}

/* CORD_MAP_NONE: known, but there was no room for its class. */
static uint32_t resolve(struct cord_classifier *self, const struct cord_class_identity *identity)
{
    struct cord_class_words words = {0};
    bool windows = cord_class_windows_resolve(identity, &words);
    if (!windows) {
        words = (struct cord_class_words){0};
    }
    if (!windows && !cord_class_source_resolve(identity, &words)) {
        return 0;
    }
    cord_class_fields_choose(&words);
    bool host = words.windows || cord_class_words_has_category(&words, "process_creation") ||
                cord_class_words_has_category(&words, "image_load");
    if (host && (identity->markers & M(ECS)) && words.derive == CORD_CLASS_DERIVE_NOTHING) {
        words.derive = CORD_CLASS_DERIVE_ECS_HOST;
    }
    bool claimed = !windows && cord_str_eq(words.product, identity->text[CORD_ROLE_PRODUCT]);
    return class_number(self, &words, identity, claimed);
}

/* Hashed where it lies: the identity is written down only when it is new. */
static uint64_t identity_hash(const struct cord_classifier *self, const struct cord_event *event,
                              const struct cord_class_tally *tally, uint32_t wanted)
{
    uint64_t hash = cord_hash_mix(self->seed ^ tally->markers);
    for (; wanted != 0; wanted &= wanted - 1) {
        unsigned slot = (unsigned)__builtin_ctz(wanted);
        hash = cord_hash(cord_class_tally_text(event, tally, slot), hash + slot);
    }
    return hash | 1u; /* 0 marks a free slot */
}

static bool identity_is(const struct cached *cached, const struct cord_event *event,
                        const struct cord_class_tally *tally, uint32_t wanted)
{
    uint64_t markers;
    memcpy(&markers, cached->text, sizeof(markers));
    if (markers != tally->markers) {
        return false;
    }
    const char *at = cached->text + sizeof(markers), *end = cached->text + cached->len;
    for (; wanted != 0; wanted &= wanted - 1) {
        unsigned slot = (unsigned)__builtin_ctz(wanted);
        cord_str text = cord_class_tally_text(event, tally, slot);
        if (text.len == 0) {
            continue;
        }
        if ((size_t)(end - at) < text.len + 2 || (unsigned char)at[0] != slot ||
            (unsigned char)at[1] != text.len || memcmp(at + 2, text.ptr, text.len) != 0) {
            return false;
        }
        at += text.len + 2;
    }
    return at == end;
}

static struct cached *cache_slot(struct cord_classifier *self, uint64_t hash,
                                 const struct cord_event *event,
                                 const struct cord_class_tally *tally, uint32_t wanted)
{
    for (uint64_t at = hash >> 1;; at++) {
        struct cached *slot = &self->cache[at & (CACHE_SLOTS - 1)];
        if (slot->hash == 0 || (slot->hash == hash && identity_is(slot, event, tally, wanted))) {
            return slot;
        }
    }
}

static void cache_forget(struct cord_classifier *self)
{
    memset(self->cache, 0, CACHE_SLOTS * sizeof(*self->cache));
    self->cached_count = 0;
    cord_arena_reset(self->cache_arena);
}

/* An identity not met before. */
static uint32_t classify_new(struct cord_classifier *self, const struct cord_event *event,
                             const struct cord_class_tally *tally, uint32_t wanted, uint64_t hash)
{
    if (self->cached_count == CACHE_MAX) {
        cache_forget(self);
    }
    struct cord_class_identity identity;
    identity_read(self->cache_arena, event, tally, wanted, &identity);
    uint32_t number = resolve(self, &identity);
    if (number == CORD_MAP_NONE) {
        if (self->class_count < CLASSES_SPECIAL_MAX) {
            return 0; /* out of memory, which may pass: nothing is remembered */
        }
        number = 0;
    }
    char bytes[IDENTITY_MAX];
    cord_str text = {bytes, identity_write(event, tally, wanted, bytes)};
    cord_str kept = cord_arena_copy(self->cache_arena, text);
    if (kept.ptr) {
        *cache_slot(self, hash, event, tally, wanted) = (struct cached){
            .hash = hash,
            .text = kept.ptr,
            .len = (uint32_t)kept.len,
            .event_class = number,
        };
        self->cached_count++;
    }
    return number;
}

static uint32_t classify(struct cord_classifier *self, const struct cord_event *event,
                         const struct cord_class_tally *tally, uint32_t wanted)
{
    uint64_t hash = identity_hash(self, event, tally, wanted);
    const struct cached *slot = cache_slot(self, hash, event, tally, wanted);
    return slot->hash != 0 ? slot->event_class : classify_new(self, event, tally, wanted, hash);
}

/* Classes that follow from what a sight holds are found among the recent. */
static uint32_t recall(struct cord_classifier *self, const struct cord_batch *batch,
                       const struct cord_event *event, const struct cord_class_tally *tally)
{
    const uint32_t held = 1u << CORD_ROLE_CHANNEL | 1u << CORD_ROLE_PROVIDER |
                          1u << CORD_ROLE_EVENT_ID | 1u << CORD_CLASS_SLOT_TYPE;
    struct cord_class_sight sight = {
        .markers = tally->markers,
        .present = tally->present,
        .channel = cord_class_tally_text(event, tally, CORD_ROLE_CHANNEL),
        .provider = cord_class_tally_text(event, tally, CORD_ROLE_PROVIDER),
        .event_id = cord_class_tally_text(event, tally, CORD_ROLE_EVENT_ID),
        .type = cord_class_tally_text(event, tally, CORD_CLASS_SLOT_TYPE),
    };
    bool fits = cord_class_recent_fits(&sight, (cord_str){batch->text, batch->text_len});
    uint32_t number = fits ? cord_class_recent_get(self->recent, &sight) : CORD_MAP_NONE;
    if (number == CORD_MAP_NONE) {
        uint32_t wanted = slots_wanted(event, tally);
        number = classify(self, event, tally, wanted);
        if (fits && (wanted & ~held) == 0 && number != 0) {
            cord_class_recent_put(self->recent, &sight, number);
        }
    }
    return number;
}

void cord_classifier_run(struct cord_classifier *self, struct cord_batch *batch, size_t from)
{
    paths_catch_up(self);
    for (size_t at = from; at < batch->event_count; at++) {
        struct cord_event *event = &batch->events[at];
        struct cord_class_tally scratch;
        const struct cord_class_tally *tally = cord_class_tally_take(self->teller, event, &scratch);
        memcpy(event->role, tally->at + 1,
               sizeof(event->role)); /* the slots begin with the roles */
        if (event->event_class == 0) {
            event->event_class = recall(self, batch, event, tally);
        }
        if (event->event_class >= self->class_count) {
            event->event_class = 0;
        }
        enum cord_class_derive derive = self->records[event->event_class]->derive;
        if (derive != CORD_CLASS_DERIVE_NOTHING &&
            !cord_class_derive_run(derive, self->paths, self->part, &self->json, batch, event)) {
            cord_batch_note(batch, event->offset,
                            CORD_STR("no room for values that follow from others (User, Hashes, "
                                     "c-uri, ...): rules that read them saw none"));
        }
    }
}

uint32_t cord_classifier_known(struct cord_classifier *self, cord_str product, cord_str category,
                               cord_str service)
{
    struct cord_class_words words = {0};
    struct cord_class_identity identity = {0};
    cord_class_source_stated(product, category, service, &words);
    cord_class_fields_choose(&words);
    uint32_t number = class_number(self, &words, &identity, false);
    if (number == CORD_MAP_NONE) {
        return 0;
    }
    struct class_record *record = self->records[number];
    const cord_str stated[3] = {product, category, service};
    if (!record->is_stated) {
        record->is_stated = words_copy(self->class_arena, stated, 3, record->stated);
    }
    return number;
}

bool cord_classifier_stated(const struct cord_classifier *self, uint32_t number,
                            cord_str *ret_product, cord_str *ret_category, cord_str *ret_service)
{
    const struct class_record *record = self->records[number < self->class_count ? number : 0];
    if (!record->is_stated) {
        return false;
    }
    *ret_product = record->stated[0];
    *ret_category = record->stated[1];
    *ret_service = record->stated[2];
    return true;
}

const struct cord_event_class *cord_classifier_class(const struct cord_classifier *self,
                                                     uint32_t number)
{
    return &self->records[number < self->class_count ? number : 0]->open;
}

uint32_t cord_classifier_class_count(const struct cord_classifier *self)
{
    return self->class_count;
}

size_t cord_classifier_names(const struct cord_classifier *self,
                             const struct cord_event_class *event_class, uint32_t path,
                             cord_str ret_names[CORD_CLASS_NAMES_MAX])
{
    if (path >= cord_paths_count(self->paths)) {
        return 0;
    }
    return cord_class_rename_names(self->rename, event_class->mapping,
                                   cord_paths_text(self->paths, path), ret_names);
}
