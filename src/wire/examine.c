/* examine.c: see examine.h. */
#include "wire/examine.h"

#include "base/hash.h"
#include "base/vec.h"
#include "detect/explain.h"
#include "detect/finding_make.h"
#include "normalise/event_time.h"

#include <stdlib.h>

struct cord_examine {
    struct cord_paths *paths;
    struct cord_classifier *classifier;
    uint64_t seed;
    struct cord_rulebook *book;
    struct cord_matcher *matcher;
    struct cord_matcher_stats before; /* of the matchers that were replaced */
    struct cord_explain *explain;
    /* Of the run under way. */
    const struct cord_batch *batch;
    const struct cord_examine_origin *origin;
    uint64_t index;
    struct cord_verdict *verdict;
    const struct cord_examine_known *known;
    bool *is_new;
};

struct cord_examine *cord_examine_new(struct cord_paths *paths, struct cord_classifier *classifier,
                                      uint64_t seed)
{
    struct cord_examine *examine = calloc(1, sizeof *examine);
    if (!examine) {
        return NULL;
    }
    examine->paths = paths;
    examine->classifier = classifier;
    examine->seed = seed;
    examine->explain = cord_explain_new(classifier);
    if (!examine->explain) {
        cord_examine_free(examine);
        return NULL;
    }
    return examine;
}

static void give_up_matcher(struct cord_examine *examine)
{
    if (examine->matcher) {
        examine->before = cord_examine_stats(examine);
        cord_matcher_free(examine->matcher);
        examine->matcher = NULL;
    }
    cord_rulebook_unref(examine->book);
    examine->book = NULL;
}

void cord_examine_free(struct cord_examine *examine)
{
    if (examine) {
        give_up_matcher(examine);
        cord_explain_free(examine->explain);
        free(examine);
    }
}

cord_status cord_examine_use(struct cord_examine *examine, struct cord_rulebook *book)
{
    if (examine->book == book) {
        return CORD_OK;
    }
    struct cord_matcher *matcher =
        cord_matcher_new(cord_rulebook_ruleset(book), examine->paths, examine->classifier);
    if (!matcher) {
        return CORD_E_NOMEM;
    }
    give_up_matcher(examine);
    examine->matcher = matcher;
    examine->book = cord_rulebook_ref(book);
    return CORD_OK;
}

static uint64_t index_of(const struct cord_examine *examine, const struct cord_match *match)
{
    return examine->index + (uint64_t)(match->event - examine->batch->events);
}

static cord_status add_input(struct cord_examine *examine, const struct cord_match *match)
{
    struct cord_verdict *verdict = examine->verdict;
    struct cord_verdict_input *inputs =
        cord_vec_room(verdict->inputs, verdict->input_count, &verdict->input_cap, sizeof *inputs);
    if (!inputs) {
        return CORD_E_NOMEM;
    }
    verdict->inputs = inputs;
    struct cord_verdict_input *added = &inputs[verdict->input_count];
    struct cord_correlator_input *input = &added->input;
    cord_status status = cord_scan_correlate_note(cord_rulebook_correlate(examine->book), match, 0,
                                                  examine->classifier, verdict->arena, input);
    added->organisation = cord_arena_copy(verdict->arena, examine->origin->organisation);
    if (status == CORD_OK && !added->organisation.ptr) {
        status = cord_arena_failure(verdict->arena);
    }
    if (status != CORD_OK) {
        return status;
    }
    /* An event that does not say when it happened did so when it came in. */
    if (input->time_ns == CORD_TIME_NONE) {
        input->time_ns = examine->origin->received_ns;
    }
    input->ref.evidence = index_of(examine, match);
    verdict->input_count++;
    return CORD_OK;
}

static cord_status add_finding(struct cord_examine *examine, const struct cord_match *match)
{
    struct cord_verdict *verdict = examine->verdict;
    struct cord_verdict_finding *findings = cord_vec_room(verdict->findings, verdict->finding_count,
                                                          &verdict->finding_cap, sizeof *findings);
    if (!findings) {
        return CORD_E_NOMEM;
    }
    verdict->findings = findings;
    struct cord_verdict_finding *added = &findings[verdict->finding_count];
    *added = (struct cord_verdict_finding){
        .organisation = cord_arena_copy(verdict->arena, examine->origin->organisation)};
    cord_status status = cord_finding_make(match, examine->classifier, examine->explain,
                                           verdict->arena, &added->finding);
    added->finding.source = cord_arena_copy(verdict->arena, examine->origin->source);
    if (status == CORD_OK && (!added->organisation.ptr || !added->finding.source.ptr)) {
        status = cord_arena_failure(verdict->arena);
    }
    if (status == CORD_OK) {
        added->finding.evidence = index_of(examine, match);
        verdict->finding_count++;
    }
    return status;
}

/* The seed keeps senders from choosing a host that is taken for another one. */
static uint64_t sighting_of(const struct cord_examine *examine, const struct cord_match *match)
{
    const struct cord_value *host = cord_event_role(match->event, CORD_ROLE_HOST);
    cord_str asset = host && host->len > 0 ? cord_value_str(host) : examine->origin->source;
    uint64_t hash = cord_hash(asset, cord_hash(examine->origin->organisation, examine->seed));
    return cord_hash(match->rule->about.title, cord_hash(match->rule->about.id, hash));
}

static cord_status add_sighting(struct cord_examine *examine, const struct cord_match *match)
{
    struct cord_verdict *verdict = examine->verdict;
    uint64_t *sightings = cord_vec_room(verdict->sightings, verdict->sighting_count,
                                        &verdict->sighting_cap, sizeof *sightings);
    if (!sightings) {
        return CORD_E_NOMEM;
    }
    verdict->sightings = sightings;
    sightings[verdict->sighting_count++] = sighting_of(examine, match);
    return CORD_OK;
}

static cord_status on_look(void *self, const struct cord_match *match)
{
    struct cord_examine *examine = self;
    bool *is_new = &examine->is_new[match->event - examine->batch->events];
    *is_new =
        *is_new || !examine->known->is_known(examine->known->self, sighting_of(examine, match));
    return CORD_OK;
}

cord_status cord_examine_look(struct cord_examine *examine, struct cord_batch *batch,
                              const struct cord_examine_origin *origin,
                              const struct cord_examine_known *known, bool *ret_new)
{
    const struct cord_match_sink sink = {on_look, examine};
    examine->batch = batch;
    examine->origin = origin;
    examine->known = known;
    examine->is_new = ret_new;
    memset(ret_new, 0, batch->event_count * sizeof *ret_new);
    return cord_matcher_run(examine->matcher, batch, 0, &sink);
}

static cord_status on_match(void *self, const struct cord_match *match)
{
    struct cord_examine *examine = self;
    cord_status status = add_sighting(examine, match);
    if (status == CORD_OK &&
        cord_scan_correlate_wants(cord_rulebook_correlate(examine->book), match->rule)) {
        status = add_input(examine, match);
    }
    return status == CORD_OK && !match->rule->silent ? add_finding(examine, match) : status;
}

cord_status cord_examine_run(struct cord_examine *examine, struct cord_batch *batch,
                             const struct cord_examine_origin *origin, uint64_t index,
                             struct cord_verdict *verdict)
{
    const struct cord_match_sink sink = {on_match, examine};
    examine->batch = batch;
    examine->origin = origin;
    examine->index = index;
    examine->verdict = verdict;
    if (origin->received_ns < verdict->received_ns) {
        verdict->received_ns = origin->received_ns;
    }
    return cord_matcher_run(examine->matcher, batch, 0, &sink);
}

struct cord_matcher_stats cord_examine_stats(const struct cord_examine *examine)
{
    struct cord_matcher_stats stats = examine->before;
    if (examine->matcher) {
        const struct cord_matcher_stats *now = cord_matcher_stats(examine->matcher);
        stats.events += now->events;
        stats.matches += now->matches;
        stats.candidates += now->candidates;
        stats.fallbacks += now->fallbacks;
        stats.regex_limit += now->regex_limit;
    }
    return stats;
}
