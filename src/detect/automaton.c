/* automaton.c: see automaton.h. */
#include "detect/automaton.h"

#include <stdlib.h>

#define NO_ENTRY UINT32_MAX
#define ROOT     0u

enum children { CHILDREN_NONE, CHILDREN_ONE, CHILDREN_MANY };

struct state {
    uint32_t parent;
    uint32_t fail; /* the longest proper suffix that is a state */
    uint32_t out;  /* along `fail`, from this one on: where a contained literal ends; ROOT: none */
    uint32_t first_entry; /* literals that end here; their list is in next_entry */
    uint32_t only_to;     /* CHILDREN_ONE: where only_byte leads; most states are like that */
    uint8_t only_byte;
    uint8_t children; /* enum children; of MANY the edges are in the table */
    uint8_t byte;     /* from the parent */
};

struct edge {
    uint32_t from_byte; /* (state << 8 | byte) + 1; 0: free. Split in two words */
    uint32_t from_high;
    uint32_t to;
};

struct cord_automaton {
    const struct cord_literal *literals;
    const uint32_t *numbers;
    struct state *states;
    uint32_t state_count;
    uint32_t *next_entry; /* by entry */
    struct edge *edges;
    uint64_t edge_mask;
    uint32_t root_to[256]; /* where a byte leads from the root */
};

static uint64_t edge_key(uint32_t state, unsigned char byte)
{
    return ((uint64_t)state << 8 | byte) + 1;
}

static uint64_t edge_place(const struct cord_automaton *automaton, uint64_t key)
{
    return (key * 0x9e3779b97f4a7c15ULL >> 20) & automaton->edge_mask;
}

/* The state behind an edge, or ROOT. */
static uint32_t follow(const struct cord_automaton *automaton, uint32_t state, unsigned char byte)
{
    const struct state *from = &automaton->states[state];
    if (from->children != CHILDREN_MANY) {
        return from->children == CHILDREN_ONE && from->only_byte == byte ? from->only_to : ROOT;
    }
    uint64_t key = edge_key(state, byte);
    for (uint64_t at = edge_place(automaton, key);; at = (at + 1) & automaton->edge_mask) {
        const struct edge *edge = &automaton->edges[at];
        uint64_t there = (uint64_t)edge->from_high << 32 | edge->from_byte;
        if (there == key) {
            return edge->to;
        }
        if (there == 0) {
            return ROOT;
        }
    }
}

static void add_edge(struct cord_automaton *automaton, uint32_t from, unsigned char byte,
                     uint32_t to)
{
    uint64_t key = edge_key(from, byte);
    uint64_t at = edge_place(automaton, key);
    while (automaton->edges[at].to != ROOT) {
        at = (at + 1) & automaton->edge_mask;
    }
    automaton->edges[at] = (struct edge){(uint32_t)key, (uint32_t)(key >> 32), to};
}

static uint32_t add_state(struct cord_automaton *automaton, uint32_t from, unsigned char byte)
{
    uint32_t state = automaton->state_count++;
    struct state *parent = &automaton->states[from];
    if (parent->children == CHILDREN_NONE) {
        parent->children = CHILDREN_ONE;
        parent->only_byte = byte;
        parent->only_to = state;
    } else {
        if (parent->children == CHILDREN_ONE) {
            add_edge(automaton, from, parent->only_byte, parent->only_to);
            parent->children = CHILDREN_MANY;
        }
        add_edge(automaton, from, byte, state);
    }
    automaton->states[state] =
        (struct state){.parent = from, .first_entry = NO_ENTRY, .byte = byte};
    return state;
}

static void add_literal(struct cord_automaton *automaton, uint32_t entry)
{
    const struct cord_literal *literal = &automaton->literals[automaton->numbers[entry]];
    uint32_t state = ROOT;
    for (uint32_t i = 0; i < literal->len; i++) {
        unsigned char byte = (unsigned char)literal->ptr[i];
        uint32_t next = follow(automaton, state, byte);
        state = next != ROOT ? next : add_state(automaton, state, byte);
    }
    automaton->next_entry[entry] = automaton->states[state].first_entry;
    automaton->states[state].first_entry = entry;
}

/* From a state over a byte, by way of the suffixes. */
static uint32_t advance(const struct cord_automaton *automaton, uint32_t state, unsigned char byte)
{
    while (state != ROOT) {
        uint32_t next = follow(automaton, state, byte);
        if (next != ROOT) {
            return next;
        }
        state = automaton->states[state].fail;
    }
    return automaton->root_to[byte];
}

static enum cord_literal_kind kind_of(const struct cord_automaton *automaton, uint32_t entry)
{
    return (enum cord_literal_kind)automaton->literals[automaton->numbers[entry]].kind;
}

static bool has_contained(const struct cord_automaton *automaton, const struct state *state)
{
    for (uint32_t entry = state->first_entry; entry != NO_ENTRY;
         entry = automaton->next_entry[entry]) {
        if (kind_of(automaton, entry) == CORD_LITERAL_CONTAINS) {
            return true;
        }
    }
    return false;
}

/* Parents come before their children in `order`, shallow states first. */
static void link_states(struct cord_automaton *automaton, const uint32_t *order)
{
    for (uint32_t i = 0; i < automaton->state_count; i++) {
        struct state *state = &automaton->states[order[i]];
        if (order[i] != ROOT && state->parent != ROOT) {
            state->fail = advance(automaton, automaton->states[state->parent].fail, state->byte);
        }
        state->out =
            has_contained(automaton, state) ? order[i] : automaton->states[state->fail].out;
    }
}

/* States by depth: a counting sort. */
static bool order_states(const struct cord_automaton *automaton, uint32_t depth_max,
                         uint32_t *order)
{
    uint32_t *depths = calloc(automaton->state_count, sizeof *depths);
    uint32_t *starts = calloc((size_t)depth_max + 2, sizeof *starts);
    if (depths && starts) {
        /* A parent has a lower number than its children. */
        for (uint32_t i = 1; i < automaton->state_count; i++) {
            depths[i] = depths[automaton->states[i].parent] + 1;
        }
        for (uint32_t i = 0; i < automaton->state_count; i++) {
            starts[depths[i] + 1]++;
        }
        for (uint32_t i = 0; i <= depth_max; i++) {
            starts[i + 1] += starts[i];
        }
        for (uint32_t i = 0; i < automaton->state_count; i++) {
            order[starts[depths[i]]++] = i;
        }
    }
    bool done = depths && starts;
    free(depths);
    free(starts);
    return done;
}

static bool build(struct cord_automaton *automaton, uint32_t count)
{
    size_t bytes = 1;
    uint32_t depth_max = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t len = automaton->literals[automaton->numbers[i]].len;
        bytes += len;
        depth_max = len > depth_max ? len : depth_max;
    }
    size_t edges = 64;
    while (edges < bytes * 2) {
        edges *= 2;
    }
    if (bytes >= UINT32_MAX / 2) {
        return false;
    }
    automaton->edge_mask = edges - 1;
    automaton->edges = calloc(edges, sizeof *automaton->edges);
    automaton->states = calloc(bytes, sizeof *automaton->states);
    automaton->next_entry = calloc((size_t)count + 1, sizeof *automaton->next_entry);
    uint32_t *order = calloc(bytes, sizeof *order);
    bool done = automaton->edges && automaton->states && automaton->next_entry && order;
    if (done) {
        automaton->states[ROOT].first_entry = NO_ENTRY;
        automaton->state_count = 1;
        for (uint32_t i = 0; i < count; i++) {
            add_literal(automaton, i);
        }
        for (unsigned byte = 0; byte < 256; byte++) {
            automaton->root_to[byte] = follow(automaton, ROOT, (unsigned char)byte);
        }
        done = order_states(automaton, depth_max, order);
    }
    if (done) {
        link_states(automaton, order);
    }
    free(order);
    return done;
}

struct cord_automaton *cord_automaton_new(const struct cord_literal *literals,
                                          const uint32_t *numbers, uint32_t count)
{
    struct cord_automaton *automaton = calloc(1, sizeof *automaton);
    if (!automaton) {
        return NULL;
    }
    automaton->literals = literals;
    automaton->numbers = numbers;
    if (!build(automaton, count)) {
        cord_automaton_free(automaton);
        return NULL;
    }
    return automaton;
}

void cord_automaton_free(struct cord_automaton *automaton)
{
    if (automaton) {
        free(automaton->next_entry);
        free(automaton->states);
        free(automaton->edges);
        free(automaton);
    }
}

static void found(struct cord_literal_hits *hits, uint32_t entry)
{
    if (hits->stamps[entry] != hits->stamp) {
        hits->stamps[entry] = hits->stamp;
        hits->numbers[hits->count++] = entry;
    }
}

/* Contained literals that end here. Once those of a state are known, so are
 * those of its suffixes: the walk need not be made again. */
static void report_contained(const struct cord_automaton *automaton, uint32_t state,
                             struct cord_literal_hits *hits)
{
    for (state = automaton->states[state].out; state != ROOT;
         state = automaton->states[automaton->states[state].fail].out) {
        size_t before = hits->count;
        for (uint32_t entry = automaton->states[state].first_entry; entry != NO_ENTRY;
             entry = automaton->next_entry[entry]) {
            if (kind_of(automaton, entry) == CORD_LITERAL_CONTAINS) {
                found(hits, entry);
            }
        }
        if (hits->count == before) {
            return;
        }
    }
}

/* A literal that begins where the text begins is the whole way to its state. */
static void report_starts(const struct cord_automaton *automaton, uint32_t state, size_t end,
                          struct cord_literal_hits *hits)
{
    for (uint32_t entry = automaton->states[state].first_entry; entry != NO_ENTRY;
         entry = automaton->next_entry[entry]) {
        if (kind_of(automaton, entry) == CORD_LITERAL_STARTS &&
            automaton->literals[automaton->numbers[entry]].len == end) {
            found(hits, entry);
        }
    }
}

/* Where the text ends: all suffixes, once. */
static void report_ends(const struct cord_automaton *automaton, uint32_t state, size_t end,
                        struct cord_literal_hits *hits)
{
    for (; state != ROOT; state = automaton->states[state].fail) {
        for (uint32_t entry = automaton->states[state].first_entry; entry != NO_ENTRY;
             entry = automaton->next_entry[entry]) {
            enum cord_literal_kind kind = kind_of(automaton, entry);
            if (kind == CORD_LITERAL_ENDS ||
                (kind == CORD_LITERAL_EQUALS &&
                 automaton->literals[automaton->numbers[entry]].len == end)) {
                found(hits, entry);
            }
        }
    }
}

void cord_automaton_scan(const struct cord_automaton *automaton, cord_str text,
                         struct cord_literal_hits *hits)
{
    uint32_t state = ROOT;
    for (size_t i = 0; i < text.len; i++) {
        state = advance(automaton, state, (unsigned char)text.ptr[i]);
        if (automaton->states[state].out != ROOT) {
            report_contained(automaton, state, hits);
        }
        if (automaton->states[state].first_entry != NO_ENTRY) {
            report_starts(automaton, state, i + 1, hits);
        }
    }
    report_ends(automaton, state, text.len, hits);
}
