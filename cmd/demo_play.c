/* demo_play.c: see demo_play.h. */
#include "cmd/demo_play.h"

#include "base/timestamp.h"

#include <stdlib.h>

enum { BATCH_MAX = 8192 };

#define TICK_NS  (CORD_SECOND_NS / 10)
#define SLICE_NS (120 * CORD_SECOND_NS) /* as fast as it goes: so much at a time */

static int64_t play_now(void *self)
{
    struct demo_play *play = self;
    return atomic_load(&play->now_ns);
}

struct cord_clock demo_play_clock(struct demo_play *play)
{
    return (struct cord_clock){play_now, play};
}

void demo_play_done(struct demo_play *play)
{
    free(play->numbers);
    play->numbers = NULL;
}

static int64_t clock_ns(const struct demo_play *play)
{
    return atomic_load(&play->now_ns);
}

static void set_clock(struct demo_play *play, int64_t now_ns)
{
    if (now_ns > clock_ns(play)) {
        atomic_store(&play->now_ns, now_ns);
    }
}

/* --- what comes next --- */

static int64_t next_claim(const struct demo_play *play)
{
    return play->claims < cord_script_count(play->script)
               ? cord_script_at(play->script, play->claims)->known_ns
               : INT64_MAX;
}

static int64_t next_event(const struct demo_play *play)
{
    return play->events < cord_traffic_plan_count(play->plan)
               ? cord_traffic_plan_at(play->plan, play->events)->at_ns
               : INT64_MAX;
}

static int64_t next_of_both(const struct demo_play *play)
{
    int64_t claim_ns = next_claim(play);
    int64_t event_ns = next_event(play);
    return claim_ns < event_ns ? claim_ns : event_ns;
}

/* --- claims --- */

/* All of one instant are one batch, unless they are too many for one. */
static size_t batch_of(const struct demo_play *play)
{
    size_t count = 1;
    int64_t known_ns = next_claim(play);
    while (count < BATCH_MAX && play->claims + count < cord_script_count(play->script) &&
           cord_script_at(play->script, play->claims + count)->known_ns == known_ns) {
        count++;
    }
    return count;
}

static cord_status record(struct demo_play *play, struct cord_claim *claims, size_t count,
                          struct cord_error *err)
{
    struct cord_record_outcome outcome;
    for (size_t i = 0; i < count; i++) {
        const struct cord_script_line *line = cord_script_at(play->script, play->claims + i);
        claims[i] = line->claim;
        claims[i].supersedes = line->revises > 0 ? play->numbers[line->revises - 1] : 0;
    }
    cord_status status = cord_server_exercise_claim(play->server, claims, count, &outcome, err);
    if (status == CORD_OK && outcome.recorded != count) {
        status = cord_error_set(err, CORD_E_FORMAT,
                                "the record holds some of the scenario's claims already");
    }
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        play->numbers[play->claims + i] = outcome.first + i;
    }
    return status;
}

/* Those of the next instant, by its clock. */
static cord_status play_claims(struct demo_play *play, struct cord_error *err)
{
    size_t count = batch_of(play);
    struct cord_claim *claims = calloc(count, sizeof *claims);
    if (!claims) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    set_clock(play, next_claim(play));
    cord_status status = record(play, claims, count, err);
    play->claims += status == CORD_OK ? count : 0;
    free(claims);
    return status;
}

/* --- events --- */

static cord_status flush(struct demo_play *play, struct cord_error *err)
{
    return demo_send_flush(play->send, play->go_on, play->self, err);
}

static cord_status play_event(struct demo_play *play, struct cord_error *err)
{
    const struct cord_traffic_line *line = cord_traffic_plan_at(play->plan, play->events);
    cord_status status = demo_send_put(play->send, line->sender, line->text);
    if (status == CORD_E_LIMIT) {
        status = flush(play, err);
        if (status == CORD_OK) {
            status = demo_send_put(play->send, line->sender, line->text);
        }
    }
    play->events += status == CORD_OK ? 1 : 0;
    return status;
}

/* --- time --- */

static void show_cues(struct demo_play *play)
{
    while (play->cues < cord_traffic_cue_count(play->traffic) &&
           cord_traffic_cue(play->traffic, play->cues)->at_ns <= clock_ns(play)) {
        play->cue(play->self, cord_traffic_cue(play->traffic, play->cues++));
    }
}

/* All up to then, in order. */
static cord_status play_to(struct demo_play *play, int64_t to_ns, struct cord_error *err)
{
    cord_status status = CORD_OK;
    while (status == CORD_OK && next_of_both(play) <= to_ns) {
        status =
            next_claim(play) <= next_event(play) ? play_claims(play, err) : play_event(play, err);
        if (status == CORD_OK && play->speed == 0) {
            play->look(play->self);
            status = play->go_on(play->self) ? CORD_OK : CORD_E_END;
        }
    }
    if (status == CORD_OK) {
        set_clock(play, to_ns);
        status = flush(play, err);
    }
    show_cues(play);
    play->look(play->self);
    return status;
}

/* How much of the exercise's time passes in a tick: more where nothing comes for long. */
static int64_t step_of(const struct demo_play *play, int64_t next_ns)
{
    int64_t step_ns = TICK_NS * (int64_t)play->speed;
    int64_t ahead_ns = next_ns - clock_ns(play);
    int64_t ticks = (int64_t)play->gap_s * CORD_SECOND_NS / TICK_NS;
    int64_t most_ns = ticks > 0 ? ahead_ns / ticks : ahead_ns;
    return most_ns > step_ns ? most_ns : step_ns;
}

static cord_status play_timed(struct demo_play *play, struct cord_error *err)
{
    const struct cord_clock real = cord_clock_monotonic();
    int64_t due_ns = cord_clock_now_ns(&real);
    int64_t reached_ns = clock_ns(play); /* the item that step was worked out for is at or behind */
    int64_t step_ns = 0;
    cord_status status = CORD_OK;
    while (status == CORD_OK && next_of_both(play) <= play->until_ns) {
        int64_t next_ns = next_of_both(play);
        if (next_ns != reached_ns) {
            step_ns = step_of(play, next_ns);
            reached_ns = next_ns;
        }
        due_ns += TICK_NS;
        int64_t wait_ns = due_ns - cord_clock_now_ns(&real);
        if (wait_ns > 0) {
            cord_clock_sleep_ns(wait_ns);
        } else {
            due_ns -= wait_ns; /* too slow for this speed: time is stretched, nothing is left out */
        }
        int64_t to_ns = clock_ns(play) + step_ns;
        status = play_to(play, to_ns < play->until_ns ? to_ns : play->until_ns, err);
        if (status == CORD_OK && !play->go_on(play->self)) {
            status = CORD_E_END;
        }
    }
    return status;
}

static cord_status play_fast(struct demo_play *play, struct cord_error *err)
{
    cord_status status = CORD_OK;
    while (status == CORD_OK && next_of_both(play) <= play->until_ns) {
        int64_t to_ns = next_of_both(play) + SLICE_NS;
        status = play_to(play, to_ns < play->until_ns ? to_ns : play->until_ns, err);
    }
    return status;
}

cord_status demo_play_run(struct demo_play *play, int64_t from_ns, struct cord_error *err)
{
    uint64_t speed = play->speed;
    play->numbers = calloc(cord_script_count(play->script) + 1, sizeof *play->numbers);
    if (!play->numbers) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    play->speed = 0;
    cord_status status = play_to(play, from_ns < play->until_ns ? from_ns : play->until_ns, err);
    play->speed = speed;
    if (status == CORD_OK) {
        status = speed == 0 ? play_fast(play, err) : play_timed(play, err);
    }
    if (status == CORD_OK && play->until_ns != INT64_MAX) {
        set_clock(play, play->until_ns);
    }
    return status;
}

void demo_play_stay(struct demo_play *play)
{
    const struct cord_clock real = cord_clock_monotonic();
    int64_t begin_ns = cord_clock_now_ns(&real);
    int64_t from_ns = clock_ns(play);
    while (play->go_on(play->self)) {
        cord_clock_sleep_ns(TICK_NS);
        set_clock(play, from_ns + cord_clock_now_ns(&real) - begin_ns);
        play->look(play->self);
    }
}
