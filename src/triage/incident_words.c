/* incident_words.c: the words that claims and JSON have for what an incident is made of. */
#include "triage/incident.h"

static const char *const states[] = {"open", "stood-down", "merged"};
static const char *const links[] = {"alert",        "cluster", "evidence",
                                    "organisation", "claim",   "advisory"};
static const char *const lanes[] = {"attack", "us", "hospital", "care"};
static const char *const phases[] = {"detected", "acknowledged", "decided", "contained",
                                     "recovered"};
static const char *const tasks[] = {"open", "doing", "done", "dropped"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
_Static_assert(COUNT(links) == CORD_INCIDENT_LINK_KINDS, "a word for each kind");
_Static_assert(COUNT(lanes) == CORD_INCIDENT_LANES, "a word for each lane");
_Static_assert(COUNT(phases) == CORD_INCIDENT_PHASES, "a word for each phase");
_Static_assert(COUNT(tasks) == CORD_INCIDENT_TASK_STATES, "a word for each state");

static bool find(const char *const *words, size_t count, cord_str name, size_t *ret_place)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq(name, cord_str_from(words[i]))) {
            *ret_place = i;
            return true;
        }
    }
    return false;
}

const char *cord_incident_state_name(enum cord_incident_state state)
{
    return states[state];
}

const char *cord_incident_link_name(enum cord_incident_link_kind kind)
{
    return links[kind];
}

const char *cord_incident_lane_name(enum cord_incident_lane lane)
{
    return lanes[lane];
}

const char *cord_incident_task_name(enum cord_incident_task_state state)
{
    return tasks[state];
}

bool cord_incident_state_find(cord_str name, enum cord_incident_state *ret_state)
{
    size_t place = 0;
    if (!find(states, COUNT(states), name, &place)) {
        return false;
    }
    *ret_state = (enum cord_incident_state)place;
    return true;
}

bool cord_incident_link_find(cord_str name, enum cord_incident_link_kind *ret_kind)
{
    size_t place = 0;
    if (!find(links, COUNT(links), name, &place)) {
        return false;
    }
    *ret_kind = (enum cord_incident_link_kind)place;
    return true;
}

bool cord_incident_lane_find(cord_str name, enum cord_incident_lane *ret_lane)
{
    size_t place = 0;
    if (!find(lanes, COUNT(lanes), name, &place)) {
        return false;
    }
    *ret_lane = (enum cord_incident_lane)place;
    return true;
}

const char *cord_incident_phase_name(enum cord_incident_phase phase)
{
    return phases[phase];
}

bool cord_incident_phase_find(cord_str name, enum cord_incident_phase *ret_phase)
{
    size_t place = 0;
    if (!find(phases, COUNT(phases), name, &place)) {
        return false;
    }
    *ret_phase = (enum cord_incident_phase)place;
    return true;
}

bool cord_incident_task_find(cord_str name, enum cord_incident_task_state *ret_state)
{
    size_t place = 0;
    if (!find(tasks, COUNT(tasks), name, &place)) {
        return false;
    }
    *ret_state = (enum cord_incident_task_state)place;
    return true;
}
