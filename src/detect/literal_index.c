/* literal_index.c: see literal_index.h. */
#include "detect/literal_index.h"

#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "detect/automaton.h"
#include "detect/literal_raw.h"

/* Comparisons allowed for a value before the automaton takes over. */
#define BUDGET(len)  ((len) / 16 + 64)
#define BUDGET_EAGER 1

/* How many bytes at an end of the text are hashed: for each literal the most it
 * has. */
static const uint8_t spans[] = {1, 2, 3, 4, 6, 8, 12, 16, 24};
enum { SPAN_COUNT = sizeof spans, LENGTH_BITS = 64, BITS_EACH = 16, BITS_MIN = 512 };

/* For more, a filter that looks at seven bits of a byte and a table behind it
 * save more than a folded copy of the record costs. */
enum { RAW_TEXTS_MAX = 48 };

struct slot {
    uint32_t hash; /* 0: free */
    uint32_t entry;
};

/* What every scan needs is in the first line. */
struct cord_literal_index {
    uint64_t seed;
    uint64_t equal_lengths; /* bit i: some whole text has i bytes; the last for all longer */
    uint16_t start_spans;   /* bit i: spans[i] is in use */
    uint16_t end_spans;
    bool eager;
    uint32_t slot_mask;
    uint32_t bit_mask;
    uint32_t count;
    uint64_t *bits; /* a bit for each hash in slots: most of what is asked for is not there */
    struct slot *slots;
    struct cord_literal_set *ascii_set;
    struct cord_literal_set *other_set; /* texts that no ASCII value holds */
    uint32_t ascii_count;               /* of the contained texts, the first */
    /* From here on for what was found. */
    const struct cord_literal *literals;
    const uint32_t *numbers;
    uint32_t contains_count;          /* the first entries; prefixes and so on behind them */
    uint32_t *entries;                /* of the contained texts: where they are in numbers */
    const cord_str *texts;            /* likewise */
    struct cord_literal_raw *raw;     /* NULL: not for raw records */
    struct cord_automaton *automaton; /* atomic; NULL until needed */
};

static uint64_t load_bytes(const char *p, size_t bytes)
{
    uint64_t word = 0;
    memcpy(&word, p, bytes);
    return word;
}

static uint64_t load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static uint64_t mix(uint64_t state, uint64_t word)
{
    state = (state ^ word) * 0x9fb21c651e98df25ULL;
    return state ^ state >> 32;
}

/* Of exactly `bytes` bytes, all of them. */
static uint64_t hash_bytes(uint64_t state, const char *p, size_t bytes)
{
    if (bytes < 4) {
        return mix(state, load_bytes(p, bytes));
    }
    if (bytes < 8) {
        uint64_t first = load_bytes(p, 4);
        return mix(state, first | load_bytes(p + bytes - 4, 4) << 32);
    }
    state = mix(state, load8(p));
    for (size_t at = 8; at + 8 < bytes; at += 8) {
        state = mix(state, load8(p + at));
    }
    return mix(state, load8(p + bytes - 8));
}

static uint32_t hash_span(const struct cord_literal_index *index, enum cord_literal_kind kind,
                          const char *p, size_t bytes)
{
    uint64_t state = index->seed + ((uint64_t)kind << 8 | bytes) * 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(hash_bytes(state, p, bytes) >> 16) | 1u;
}

/* Long texts are told apart by their ends; a comparison follows. */
static uint32_t hash_whole(const struct cord_literal_index *index, cord_str text)
{
    uint64_t state = index->seed + text.len * 0x9e3779b97f4a7c15ULL;
    if (text.len > 32) {
        state = hash_bytes(state, text.ptr, 16);
        return (uint32_t)(hash_bytes(state, text.ptr + text.len - 16, 16) >> 16) | 1u;
    }
    return (uint32_t)(hash_bytes(state, text.ptr, text.len) >> 16) | 1u;
}

static unsigned span_of(size_t len)
{
    unsigned at = 0;
    while (at + 1 < SPAN_COUNT && spans[at + 1] <= len) {
        at++;
    }
    return at;
}

static unsigned length_bit(size_t len)
{
    return len < LENGTH_BITS ? (unsigned)len : LENGTH_BITS - 1;
}

static void put_slot(struct cord_literal_index *index, uint32_t hash, uint32_t entry)
{
    uint32_t at = hash >> 1 & index->slot_mask; /* the lowest bit says that it is one */
    while (index->slots[at].hash != 0) {
        at = (at + 1) & index->slot_mask;
    }
    index->slots[at] = (struct slot){hash, entry};
    uint32_t bit = hash >> 1 & index->bit_mask;
    index->bits[bit / 64] |= 1ULL << (bit % 64);
}

static void place(struct cord_literal_index *index, uint32_t entry)
{
    const struct cord_literal *literal = &index->literals[index->numbers[entry]];
    unsigned span = span_of(literal->len);
    const char *from = literal->ptr;
    switch ((enum cord_literal_kind)literal->kind) {
    case CORD_LITERAL_EQUALS:
        index->equal_lengths |= 1ULL << length_bit(literal->len);
        put_slot(index, hash_whole(index, (cord_str){literal->ptr, literal->len}), entry);
        return;
    case CORD_LITERAL_ENDS:
        index->end_spans |= (uint16_t)(1u << span);
        from += literal->len - spans[span];
        break;
    case CORD_LITERAL_STARTS:
        index->start_spans |= (uint16_t)(1u << span);
        break;
    case CORD_LITERAL_CONTAINS:
        return;
    }
    put_slot(index, hash_span(index, (enum cord_literal_kind)literal->kind, from, spans[span]),
             entry);
}

/* The contained texts that are ASCII, or those that are not, behind what is
 * there; returns how many are. */
static uint32_t list_texts(struct cord_literal_index *index, bool ascii, cord_str *texts,
                           uint32_t from)
{
    for (uint32_t i = 0; i < index->count; i++) {
        const struct cord_literal *literal = &index->literals[index->numbers[i]];
        cord_str text = {literal->ptr, literal->len};
        if (literal->kind == CORD_LITERAL_CONTAINS && cord_utf8_is_ascii(text) == ascii) {
            texts[from] = text;
            index->entries[from++] = i;
        }
    }
    return from;
}

/* Rules look for thousands of emoji. Values that are ASCII need not be held
 * against them. */
static bool build_sets(struct cord_literal_index *index, const struct cord_literal_odds *odds,
                       enum cord_cpu_level level, struct cord_arena *arena)
{
    size_t count = index->contains_count;
    cord_str *texts = cord_arena_alloc(arena, count * sizeof *texts);
    index->entries = cord_arena_alloc(arena, count * sizeof(uint32_t));
    if (!texts || !index->entries) {
        return false;
    }
    uint32_t ascii = list_texts(index, true, texts, 0);
    uint32_t others = list_texts(index, false, texts, ascii) - ascii;
    index->texts = texts;
    index->ascii_count = ascii;
    if (ascii > 0) {
        index->ascii_set = cord_literal_set_new(texts, ascii, odds, level, index->seed, arena);
    }
    if (others > 0) {
        index->other_set =
            cord_literal_set_new(texts + ascii, others, odds, level, index->seed, arena);
    }
    return (ascii == 0 || index->ascii_set) && (others == 0 || index->other_set);
}

static uint32_t power_of_two(uint64_t at_least, uint32_t power)
{
    while (power < at_least && power < 1u << 30) {
        power *= 2;
    }
    return power;
}

static bool make_slots(struct cord_literal_index *index, uint32_t entries, struct cord_arena *arena)
{
    uint32_t slots = power_of_two((uint64_t)entries * 2, 8);
    uint32_t bits = power_of_two((uint64_t)entries * BITS_EACH, BITS_MIN);
    index->slot_mask = slots - 1;
    index->bit_mask = bits - 1;
    index->bits = cord_arena_zalloc(arena, bits / 64, sizeof *index->bits);
    index->slots = cord_arena_zalloc(arena, slots, sizeof *index->slots);
    return index->bits && index->slots;
}

struct cord_literal_index *cord_literal_index_new(const struct cord_literal *literals,
                                                  const uint32_t *numbers, uint32_t count,
                                                  const struct cord_literal_odds *odds,
                                                  const struct cord_ruleset *ruleset,
                                                  struct cord_arena *arena)
{
    /* The first line wants to be one. */
    char *memory = cord_arena_zalloc(arena, 1, sizeof(struct cord_literal_index) + 63);
    if (!memory) {
        return NULL;
    }
    struct cord_literal_index *index =
        (struct cord_literal_index *)(void *)(memory + (64 - (uintptr_t)memory % 64) % 64);
    index->literals = literals;
    index->numbers = numbers;
    index->count = count;
    index->eager = ruleset->eager;
    index->seed = ruleset->seed ^ 0x5851f42d4c957f2dULL;
    for (uint32_t i = 0; i < count; i++) {
        index->contains_count += literals[numbers[i]].kind == CORD_LITERAL_CONTAINS;
    }
    uint32_t others = count - index->contains_count;
    if (others > 0) {
        if (!make_slots(index, others, arena)) {
            return NULL;
        }
        for (uint32_t i = 0; i < count; i++) {
            place(index, i);
        }
    }
    if (index->contains_count > 0 && !build_sets(index, odds, ruleset->level, arena)) {
        return NULL;
    }
    return index;
}

bool cord_literal_index_add_raw(struct cord_literal_index *index,
                                const struct cord_literal_odds *odds, enum cord_cpu_level level,
                                struct cord_arena *arena)
{
    assert(index->contains_count == index->count);
    if (index->count > RAW_TEXTS_MAX) {
        return true;
    }
    index->raw = cord_literal_raw_new(index->texts, index->count, odds, level, arena);
    return index->raw != NULL;
}

bool cord_literal_index_scan_raw(const struct cord_literal_index *index, cord_str text,
                                 struct cord_literal_hits *hits, bool *ret_escape)
{
    hits->count = 0;
    *ret_escape = false;
    if (!index->raw) {
        return false;
    }
    hits->budget = index->eager ? BUDGET_EAGER : BUDGET(text.len);
    bool settled = cord_literal_raw_scan(index->raw, text, hits, ret_escape);
    for (size_t i = 0; i < hits->count; i++) {
        hits->numbers[i] = index->entries[hits->numbers[i]];
    }
    return settled;
}

void cord_literal_index_done(struct cord_literal_index *index)
{
    if (index) {
        cord_automaton_free(__atomic_load_n(&index->automaton, __ATOMIC_ACQUIRE));
        index->automaton = NULL;
    }
}

uint32_t cord_literal_index_count(const struct cord_literal_index *index)
{
    return index->count;
}

static void found(struct cord_literal_hits *hits, uint32_t entry)
{
    if (hits->stamps[entry] != hits->stamp) {
        hits->stamps[entry] = hits->stamp;
        hits->numbers[hits->count++] = entry;
    }
}

/* Literals of one kind under a hash. False: the budget is spent. */
static bool look_up(const struct cord_literal_index *index, enum cord_literal_kind kind,
                    uint32_t hash, cord_str text, struct cord_literal_hits *hits)
{
    for (uint32_t at = hash >> 1 & index->slot_mask; index->slots[at].hash != 0;
         at = (at + 1) & index->slot_mask) {
        if (index->slots[at].hash != hash) {
            continue;
        }
        if (hits->budget == 0) {
            return false;
        }
        hits->budget--;
        const struct cord_literal *literal =
            &index->literals[index->numbers[index->slots[at].entry]];
        cord_str wanted = {literal->ptr, literal->len};
        if (literal->kind == kind &&
            (kind == CORD_LITERAL_EQUALS   ? cord_str_eq(text, wanted)
             : kind == CORD_LITERAL_STARTS ? cord_str_starts(text, wanted)
                                           : cord_str_ends(text, wanted))) {
            found(hits, index->slots[at].entry);
        }
    }
    return true;
}

static inline bool probe(const struct cord_literal_index *index, enum cord_literal_kind kind,
                         uint32_t hash, cord_str text, struct cord_literal_hits *hits)
{
    uint32_t bit = hash >> 1 & index->bit_mask;
    return (index->bits[bit / 64] >> (bit % 64) & 1) == 0 || look_up(index, kind, hash, text, hits);
}

static bool probe_ends(const struct cord_literal_index *index, cord_str text,
                       struct cord_literal_hits *hits)
{
    bool within = true;
    for (unsigned left = index->end_spans; left != 0; left &= left - 1) {
        size_t bytes = spans[__builtin_ctz(left)];
        if (bytes > text.len) {
            break;
        }
        uint32_t hash = hash_span(index, CORD_LITERAL_ENDS, text.ptr + text.len - bytes, bytes);
        within = probe(index, CORD_LITERAL_ENDS, hash, text, hits) && within;
    }
    for (unsigned left = index->start_spans; left != 0; left &= left - 1) {
        size_t bytes = spans[__builtin_ctz(left)];
        if (bytes > text.len) {
            break;
        }
        uint32_t hash = hash_span(index, CORD_LITERAL_STARTS, text.ptr, bytes);
        within = probe(index, CORD_LITERAL_STARTS, hash, text, hits) && within;
    }
    return within;
}

/* The same answer in time linear in the text. */
static cord_status fall_back(struct cord_literal_index *index, cord_str text,
                             struct cord_literal_hits *hits)
{
    struct cord_automaton *automaton = __atomic_load_n(&index->automaton, __ATOMIC_ACQUIRE);
    if (!automaton) {
        struct cord_automaton *expected = NULL;
        automaton = cord_automaton_new(index->literals, index->numbers, index->count);
        if (!automaton) {
            return CORD_E_NOMEM;
        }
        /* Whoever is first wins; the others use theirs no further. */
        if (!__atomic_compare_exchange_n(&index->automaton, &expected, automaton, false,
                                         __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            cord_automaton_free(automaton);
            automaton = expected;
        }
    }
    hits->stamp++; /* odd: what the filter found does not count as visited */
    hits->count = 0;
    cord_automaton_scan(automaton, text, hits);
    return CORD_OK;
}

/* The set numbers its own texts, which begin at `first` of the contained ones;
 * its stamps are behind ours. False: the budget is spent. */
static bool scan_set(const struct cord_literal_index *index, const struct cord_literal_set *set,
                     uint32_t first, cord_str text, struct cord_literal_hits *hits)
{
    struct cord_literal_hits inner = {
        .stamps = hits->stamps + index->count + first,
        .stamp = hits->stamp,
        .numbers = hits->numbers + hits->count,
        .budget = hits->budget,
    };
    bool within = cord_literal_set_scan(set, text, &inner);
    for (size_t i = 0; i < inner.count; i++) {
        inner.numbers[i] = index->entries[first + inner.numbers[i]];
        hits->stamps[inner.numbers[i]] = hits->stamp;
    }
    hits->count += inner.count;
    hits->budget = inner.budget;
    return within;
}

cord_status cord_literal_index_scan(struct cord_literal_index *index, cord_str text,
                                    struct cord_literal_hits *hits, bool *ret_fell_back)
{
    bool within = true;
    hits->count = 0;
    *ret_fell_back = false;
    hits->budget = index->eager ? BUDGET_EAGER : BUDGET(text.len);
    if ((index->equal_lengths >> length_bit(text.len) & 1) != 0) {
        within = probe(index, CORD_LITERAL_EQUALS, hash_whole(index, text), text, hits);
    }
    if ((index->start_spans | index->end_spans) != 0) {
        within = probe_ends(index, text, hits) && within;
    }
    if (index->ascii_set && within) {
        within = scan_set(index, index->ascii_set, 0, text, hits);
    }
    if (index->other_set && within && !cord_utf8_is_ascii(text)) {
        within = scan_set(index, index->other_set, index->ascii_count, text, hits);
    }
    if (within) {
        return CORD_OK;
    }
    *ret_fell_back = true;
    return fall_back(index, text, hits);
}
