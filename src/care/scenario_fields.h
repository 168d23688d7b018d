/*
 * scenario_fields.h: the members of a YAML map into a struct, by a table.
 *
 * Unknown members are refused with the nearest that there is. Any thread.
 */
#ifndef CORD_CARE_SCENARIO_FIELDS_H
#define CORD_CARE_SCENARIO_FIELDS_H

#include "base/arena.h"
#include "codec/yaml.h"

enum cord_scenario_type {
    CORD_SCENARIO_TEXT,     /* cord_str */
    CORD_SCENARIO_TEXTS,    /* struct cord_scenario_texts: a text or a list of them */
    CORD_SCENARIO_FLAG,     /* bool */
    CORD_SCENARIO_U32,      /* uint32_t */
    CORD_SCENARIO_U64,      /* uint64_t */
    CORD_SCENARIO_TIME,     /* int64_t */
    CORD_SCENARIO_SPAN,     /* int64_t [2]: a time, or a list of two */
    CORD_SCENARIO_DURATION, /* int64_t: 90s, 5m, 1h, 2d; a '+' before it may be there */
    CORD_SCENARIO_OBJECT,   /* cord_str: a map of scalars as JSON */
    CORD_SCENARIO_NODE,     /* const struct cord_yaml *: read by somebody else */
};

struct cord_scenario_field {
    const char *name; /* NULL ends the table */
    enum cord_scenario_type type;
    bool required;
    size_t offset;
    const char *help; /* what it is to be, for the message */
};

/* `into` holds what stays when a member is not there. err names line and member. */
CORD_MUST_USE cord_status cord_scenario_fields_read(const struct cord_scenario_field *fields,
                                                    const struct cord_yaml *map,
                                                    struct cord_arena *arena, void *into,
                                                    struct cord_error *err);

/* Hands each item of a list to read, until one is not CORD_OK; NULL: there is none. err tells what
 * is no list. */
CORD_MUST_USE cord_status cord_scenario_fields_each(
    const struct cord_yaml *list, cord_status (*read)(void *self, const struct cord_yaml *item),
    void *self, struct cord_error *err);

/* Whether days may be added to a time: it is from 1900 to 2199. */
bool cord_scenario_fields_in_range(int64_t time_ns);

/* "+5m" as nanoseconds; at most ten thousand days. */
bool cord_scenario_fields_duration(cord_str text, int64_t *ret_ns);

#endif
