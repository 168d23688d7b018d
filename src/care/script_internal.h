/* script_internal.h: who takes part in a script, and who of them is drawn. */
#ifndef CORD_CARE_SCRIPT_INTERNAL_H
#define CORD_CARE_SCRIPT_INTERNAL_H

#include "base/map.h"
#include "care/scenario_internal.h"
#include "care/script.h"

struct cord_script_player {
    cord_str code, role, region;
    cord_str subject;
    int64_t opened_ns, closed_ns;
};

/* Whom a label is about. */
struct cord_script_label {
    cord_str name;
    uint32_t *who; /* players; in the arena */
    size_t count;
    size_t first; /* of a statement: its first line's order */
    bool group;
};

struct cord_script_cast {
    struct cord_arena *arena;
    uint64_t seed;
    struct cord_script_player *players; /* in the arena */
    size_t player_count;
    struct cord_map by_code;
    struct cord_script_label *labels; /* in the arena; those read so far */
    size_t label_count;
    struct cord_map by_label;
    unsigned char *marks; /* a player's part in the draw under way */
};

/* NULL: there is none of that name, or not yet. */
const struct cord_script_label *cord_script_draw_label(const struct cord_script_cast *cast,
                                                       cord_str name);
/* Those that are open at time_ns, in an order that the seed gives them. err without the line. */
CORD_MUST_USE cord_status cord_script_draw_who(struct cord_script_cast *cast,
                                               const struct cord_scenario_draw *draw,
                                               cord_str label, int64_t time_ns, uint32_t **ret_who,
                                               struct cord_error *err);
/* A number that hangs on seed, label, code and use alone. */
uint64_t cord_script_draw_number(const struct cord_script_cast *cast, cord_str label, cord_str code,
                                 uint64_t use);

#endif
