/* alert_trail.c: see alert_trail.h. */
#include "triage/alert_trail.h"

#include <assert.h>

enum { BYTES_FIRST = 24, BYTES_LARGEST = 4000, ENTRY_MAX = 20, MS_NS = 1000000 };

struct cord_alert_chunk {
    struct cord_alert_chunk *next;
    uint64_t number; /* of its first finding */
    int64_t time_ns;
    int64_t last_ns; /* when its last finding was: for the writer */
    uint32_t before; /* findings before it; 0: it is the head */
    uint16_t used, room;
    /* Of all but the head the earliest and latest time of all findings before it; then of the
     * second finding on, how far its number and its time are on. */
    unsigned char bytes[];
};

struct span {
    int64_t low_ns, high_ns;
};

/* --- differences --- */

static size_t put_varint(unsigned char *at, uint64_t value)
{
    size_t len = 0;
    while (value >= 0x80) {
        at[len++] = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    at[len++] = (unsigned char)value;
    return len;
}

static uint64_t take_varint(const unsigned char **at)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7fu) << shift;
        if (byte < 0x80 || shift == 63) {
            return value;
        }
    }
}

/* Most sources tell milliseconds: the lowest bit says that it is such. Then the sign. False: too
 * far. */
static bool time_code(int64_t from_ns, int64_t to_ns, uint64_t *ret_code)
{
    int64_t delta;
    if (__builtin_sub_overflow(to_ns, from_ns, &delta) || delta < -(INT64_MAX >> 2) ||
        delta > INT64_MAX >> 2) {
        return false;
    }
    bool whole = delta % MS_NS == 0;
    int64_t value = whole ? delta / MS_NS : delta;
    uint64_t size = value < 0 ? (uint64_t)-value : (uint64_t)value;
    *ret_code = size << 2 | (value < 0 ? 2u : 0u) | (whole ? 1u : 0u);
    return true;
}

static int64_t time_decode(int64_t from_ns, uint64_t code)
{
    int64_t value = (int64_t)(code >> 2);
    value = (code & 1u) != 0 ? value * MS_NS : value;
    return (code & 2u) != 0 ? from_ns - value : from_ns + value;
}

/* --- writing --- */

static struct cord_alert_chunk *chunk_new(struct cord_arena *arena, size_t room)
{
    struct cord_alert_chunk *chunk =
        cord_arena_alloc(arena, sizeof(struct cord_alert_chunk) + room);
    if (chunk) {
        *chunk = (struct cord_alert_chunk){.room = (uint16_t)room};
    }
    return chunk;
}

static void begin(struct cord_alert_chunk *chunk, uint64_t number, int64_t time_ns)
{
    chunk->number = number;
    chunk->time_ns = chunk->last_ns = time_ns;
}

static bool append(struct cord_alert_chunk *chunk, uint64_t last, uint64_t number, int64_t time_ns)
{
    unsigned char entry[ENTRY_MAX];
    uint64_t code = 0;
    if (!time_code(chunk->last_ns, time_ns, &code)) {
        return false;
    }
    size_t len = put_varint(entry, number - last);
    len += put_varint(entry + len, code);
    if (len > (size_t)(chunk->room - chunk->used)) {
        return false;
    }
    memcpy(chunk->bytes + chunk->used, entry, len);
    chunk->used = (uint16_t)(chunk->used + len);
    chunk->last_ns = time_ns;
    return true;
}

cord_status cord_alert_trail_add(struct cord_alert_trail *trail, struct cord_arena *arena,
                                 const struct cord_alert_extent *so_far, uint64_t number,
                                 int64_t time_ns)
{
    assert(so_far->count > 0 && number > so_far->last);
    if (!trail->head) {
        struct cord_alert_chunk *head = chunk_new(arena, BYTES_FIRST);
        if (!head) {
            return cord_arena_failure(arena);
        }
        begin(head, so_far->last, so_far->first_ns);
        trail->head = trail->tail = head;
    }
    if (append(trail->tail, so_far->last, number, time_ns)) {
        return CORD_OK;
    }
    size_t room = (size_t)trail->tail->room * 2;
    struct cord_alert_chunk *next = chunk_new(arena, room > BYTES_LARGEST ? BYTES_LARGEST : room);
    if (!next) {
        return cord_arena_failure(arena);
    }
    begin(next, number, time_ns);
    const struct span span = {so_far->first_ns, so_far->last_ns};
    next->before = so_far->count;
    memcpy(next->bytes, &span, sizeof span);
    next->used = sizeof span;
    trail->tail->next = next;
    trail->tail = next;
    return CORD_OK;
}

/* --- reading --- */

struct cursor {
    const struct cord_alert_chunk *chunk;
    const unsigned char *at;
    uint64_t number;
    int64_t time_ns;
};

static struct cursor cursor_at(const struct cord_alert_chunk *chunk)
{
    size_t head = chunk->before > 0 ? sizeof(struct span) : 0;
    return (struct cursor){chunk, chunk->bytes + head, chunk->number, chunk->time_ns};
}

/* To the next finding of the chunk; false: there is none. */
static bool step(struct cursor *cursor)
{
    if (cursor->at >= cursor->chunk->bytes + cursor->chunk->used) {
        return false;
    }
    cursor->number += take_varint(&cursor->at);
    cursor->time_ns = time_decode(cursor->time_ns, take_varint(&cursor->at));
    return true;
}

struct cord_alert_extent cord_alert_trail_until(const struct cord_alert_trail *trail,
                                                const struct cord_alert_extent *all,
                                                uint64_t through)
{
    const struct cord_alert_chunk *chunk = trail->head;
    if (through >= all->last || !chunk) {
        return *all;
    }
    while (chunk->next && chunk->next->number <= through) {
        chunk = chunk->next;
    }
    struct cursor cursor = cursor_at(chunk);
    struct cord_alert_extent extent = {chunk->before + 1, chunk->number, chunk->time_ns,
                                       chunk->time_ns};
    if (chunk->before > 0) {
        struct span span;
        memcpy(&span, chunk->bytes, sizeof span);
        extent.first_ns = span.low_ns < extent.first_ns ? span.low_ns : extent.first_ns;
        extent.last_ns = span.high_ns > extent.last_ns ? span.high_ns : extent.last_ns;
    }
    while (step(&cursor) && cursor.number <= through) {
        extent.count++;
        extent.last = cursor.number;
        extent.first_ns = cursor.time_ns < extent.first_ns ? cursor.time_ns : extent.first_ns;
        extent.last_ns = cursor.time_ns > extent.last_ns ? cursor.time_ns : extent.last_ns;
    }
    return extent;
}

size_t cord_alert_trail_numbers(const struct cord_alert_trail *trail, uint64_t only, uint64_t after,
                                uint64_t through, uint64_t *ret_numbers, size_t room)
{
    size_t count = 0;
    if (!trail->head && only > after && only <= through && room > 0) {
        ret_numbers[count++] = only;
    }
    for (const struct cord_alert_chunk *chunk = trail->head; chunk && chunk->number <= through;
         chunk = chunk->next) {
        if (chunk->next && chunk->next->number <= after) {
            continue;
        }
        struct cursor cursor = cursor_at(chunk);
        do {
            if (cursor.number > through || count == room) {
                return count;
            }
            if (cursor.number > after) {
                ret_numbers[count++] = cursor.number;
            }
        } while (step(&cursor));
    }
    return count;
}
