/*
 * demo_play.h: a scenario's claims and events, one after another, by a clock of its own.
 *
 * The clock stands at each claim's time while it is recorded, so that the record is the same at
 * any speed. Events are sent by the time of their last. One thread plays; any may read the clock.
 */
#ifndef CORD_CMD_DEMO_PLAY_H
#define CORD_CMD_DEMO_PLAY_H

#include "care/script.h"
#include "care/traffic_plan.h"
#include "cmd/demo_send.h"
#include "wire/server_exercise.h"

#include "base/clock.h"

#include <stdatomic.h>

struct demo_play {
    _Atomic int64_t now_ns; /* the exercise's clock; never goes back */
    uint64_t speed;         /* 0: as fast as it goes */
    int64_t until_ns;
    uint32_t gap_s; /* longest real wait for what comes next */
    const struct cord_script *script;
    const struct cord_traffic_plan *plan;
    const struct cord_traffic *traffic;
    struct cord_server *server;
    struct demo_send *send;
    bool (*go_on)(void *self); /* false: somebody wants it to end */
    void (*look)(void *self);  /* now and then */
    void (*cue)(void *self, const struct cord_traffic_cue *cue);
    void *self;

    size_t claims, events, cues; /* done of each; of the script, the plan, the traffic */
    uint64_t *numbers;           /* malloc's: in the record, by the script's lines */
};

struct cord_clock demo_play_clock(struct demo_play *play);

/* What comes before `from_ns` at once, the rest at its speed. CORD_E_END: somebody wanted it to
 * end. */
CORD_MUST_USE cord_status demo_play_run(struct demo_play *play, int64_t from_ns,
                                        struct cord_error *err);
/* From here on a second is a second, until somebody wants it to end. */
void demo_play_stay(struct demo_play *play);
void demo_play_done(struct demo_play *play);

#endif
