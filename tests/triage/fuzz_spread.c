/*
 * fuzz_spread.c: findings, one a line, as clusters: whatever they say, what is known as time goes
 * on and what is worked out at once are the same, and every machine is in a cluster once.
 */
#include "base/timestamp.h"
#include "triage/spread.h"

#include <assert.h>
#include <stdlib.h>

static void check_cluster(const struct cord_spread_cluster *cluster)
{
    uint64_t hosts = 0;
    assert(cluster->row_count > 0 && cluster->patient_zero);
    assert(cluster->first_ns <= cluster->last_ns);
    for (size_t i = 0; i < cluster->row_count; i++) {
        const struct cord_spread_row *row = &cluster->rows[i];
        assert(i == 0 || cluster->rows[i - 1].time_ns <= row->time_ns);
        hosts += row->role != CORD_SPREAD_ROLE_REACHED && !row->external;
        assert(row->address.len + row->host.len > 0);
    }
    assert(hosts == cluster->hosts && cluster->organisations <= hosts);
    assert(cluster->rate_hosts_per_minute <= (double)hosts);
}

static void check_same(const struct cord_spread_answer *a, const struct cord_spread_answer *b)
{
    assert(cord_spread_answer_count(a) == cord_spread_answer_count(b));
    for (size_t i = 0; i < cord_spread_answer_count(a); i++) {
        const struct cord_spread_cluster *one = cord_spread_answer_at(a, i);
        const struct cord_spread_cluster *other = cord_spread_answer_at(b, i);
        check_cluster(one);
        assert(cord_str_eq(one->id, other->id) && one->hosts == other->hosts);
        assert(one->row_count == other->row_count && one->findings == other->findings);
        assert(cord_str_eq(one->patient_zero->address, other->patient_zero->address));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str rest = {(const char *)data, size};
    struct cord_spread_options options;
    struct cord_spread *spread = NULL;
    struct cord_spread_answer *now = NULL, *then = NULL;
    struct cord_arena *arena = cord_arena_new((size_t)1 << 22);
    cord_spread_defaults(&options);
    options.notes_max = 64;
    if (!arena || cord_spread_new(&options, &spread, NULL) != CORD_OK) {
        abort();
    }
    for (cord_str line; cord_str_cut(&rest, '\n', &line);) {
        struct cord_sighting sighting;
        cord_arena_reset(arena);
        if (cord_sighting_read(line, arena, &sighting, NULL) == CORD_OK) {
            assert(cord_spread_feed(spread, &sighting) == CORD_OK);
        }
    }
    struct cord_spread_question question = {.at_ns = CORD_TIME_NONE, .attempts = true};
    assert(cord_spread_ask(spread, &question, &now) == CORD_OK);
    question.at_ns = INT64_MAX;
    assert(cord_spread_ask(spread, &question, &then) == CORD_OK);
    check_same(now, then);
    cord_spread_answer_free(then);
    cord_spread_answer_free(now);
    cord_spread_free(spread);
    cord_arena_free(arena);
    return 0;
}
