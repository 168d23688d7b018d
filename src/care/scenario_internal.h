/* scenario_internal.h: what a scenario says, for script.c. */
#ifndef CORD_CARE_SCENARIO_INTERNAL_H
#define CORD_CARE_SCENARIO_INTERNAL_H

#include "base/arena.h"
#include "care/scenario.h"
#include "record/claim.h"

struct cord_scenario_texts {
    cord_str *items; /* in the arena */
    size_t count;
};

/* An organisation that takes part. */
struct cord_scenario_member {
    cord_str code, name, role, region, country, parent, source;
    cord_str opened, closed; /* dates; "" */
    int64_t opened_ns, closed_ns;
    bool unless_given; /* a stand-in that is not needed when the real ones are given */
    uint32_t line;
};

/* A named list of codes. */
struct cord_scenario_group {
    cord_str label, source;
    struct cord_scenario_texts codes;
    uint32_t line;
};

/* Subjects by lot. */
struct cord_scenario_draw {
    uint32_t count; /* 0: none are drawn */
    cord_str role;
    struct cord_scenario_texts regions, of, both, not_of, first, last;
};

struct cord_scenario_statement {
    cord_str label;
    int64_t known_ns[2]; /* each at an instant between; both the same: then */
    int64_t every_ns;
    uint32_t times;    /* at least 1 */
    int64_t from_ns;   /* CORD_TIME_NONE: as known */
    bool from_revised; /* as the claim it revises */
    int64_t to_ns;     /* CORD_TIME_NONE: open */
    int64_t for_ns;    /* above 0: to is as much after known */
    cord_str kind;
    cord_str subject; /* one of subject, group and draw */
    cord_str group;
    struct cord_scenario_draw draw;
    cord_str value; /* JSON */
    cord_str amount, unit;
    bool split;        /* amount is the total */
    cord_str claimant; /* "subject": whom it is about */
    cord_str method, basis, marking, source;
    uint32_t confidence;
    struct cord_scenario_texts revises; /* labels */
    uint32_t line;
};

struct cord_scenario {
    struct cord_arena *arena;
    cord_str name;
    cord_str events;
    uint64_t seed;
    int64_t begins_ns;
    struct cord_scenario_member *members; /* malloc's */
    size_t member_count, member_cap;
    struct cord_scenario_group *groups; /* malloc's */
    size_t group_count, group_cap;
    struct cord_scenario_statement *statements; /* malloc's */
    size_t statement_count, statement_cap;
};

#endif
