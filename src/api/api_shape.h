/*
 * api_shape.h: what bodies, parameters and replies look like, as tables.
 *
 * One row a member: its type, bounds, words and help. What comes in is held to
 * it, member by member, and every fault is told with its path; the OpenAPI file and
 * the reference are written from the same rows. Tables are constant; any thread.
 */
#ifndef CORD_API_API_SHAPE_H
#define CORD_API_API_SHAPE_H

#include "base/error.h"
#include "codec/json_tree.h"

#include <stdint.h>

enum cord_api_type {
    CORD_API_END,
    CORD_API_TEXT,    /* least..most characters; no control characters */
    CORD_API_ID,      /* api_opaque.h: "K7QM-2F9A-XHP3" */
    CORD_API_LINES,   /* the same with line feeds and tabs */
    CORD_API_WORD,    /* one of words */
    CORD_API_NUMBER,  /* whole, least..most */
    CORD_API_DECIMAL, /* a decimal number as text: "0.08" */
    CORD_API_FLAG,
    CORD_API_TIME,    /* RFC 3339 */
    CORD_API_OBJECT,  /* of shape */
    CORD_API_LIST,    /* least..most objects of shape */
    CORD_API_TEXTS,   /* least..most texts */
    CORD_API_NUMBERS, /* whole ones */
    CORD_API_COUNTS,  /* an object: name to whole number */
    CORD_API_ANY,     /* an object whose members others declare */
};

struct cord_api_shape;

struct cord_api_member {
    const char *name;
    enum cord_api_type type;
    bool required;
    bool nullable;
    int64_t least;
    int64_t most;             /* 0 of texts and lists: no bound is told (replies only) */
    const char *const *words; /* NULL-terminated */
    const struct cord_api_shape *shape;
    const char *help;
};

/* A table of one member, a text that has to be there; of the variables of most paths. */
#define CORD_API_SHAPE_ONE_TEXT(member, characters_max, words_of_help)                             \
    {                                                                                              \
        {.name = (member),                                                                         \
         .type = CORD_API_TEXT,                                                                    \
         .required = true,                                                                         \
         .least = 1,                                                                               \
         .most = (characters_max),                                                                 \
         .help = (words_of_help)},                                                                 \
        {                                                                                          \
            .type = CORD_API_END                                                                   \
        }                                                                                          \
    }

/* Parameters of what may be asked as it was: known at which time, and about which. */
#define CORD_API_SHAPE_AT                                                                          \
    {                                                                                              \
        .name = "at", .type = CORD_API_TIME, .help = "as known at this time; now unless said"      \
    }
#define CORD_API_SHAPE_ABOUT                                                                       \
    {                                                                                              \
        .name = "about", .type = CORD_API_TIME,                                                    \
        .help = "about this time; the same as `at` unless said"                                    \
    }

/* A table of CORD_API_SHAPE_AT alone. */
extern const struct cord_api_member cord_api_shape_at[];

struct cord_api_shape {
    const char *name; /* "Source": in components/schemas */
    const char *help;
    const struct cord_api_member *members; /* until CORD_API_END */
    bool open;                             /* may have further members, which are not described */
};

/* --- faults --- */

#define CORD_API_FAULTS_MAX 20u
#define CORD_API_PATH_BYTES 160u

struct cord_api_fault {
    char path[CORD_API_PATH_BYTES]; /* "claims[2].value.state"; "" : all of it */
    char detail[256];
};

/* Further ones are counted only. */
struct cord_api_faults {
    struct cord_api_fault items[CORD_API_FAULTS_MAX];
    size_t count;
    size_t more;
};

void cord_api_shape_fault(struct cord_api_faults *faults, const char *path, const char *format, ...)
    CORD_PRINTF(3, 4);

/* Holds a document to a shape; faults are added. */
void cord_api_shape_check(const struct cord_api_shape *shape, const struct cord_json *node,
                          struct cord_api_faults *faults);

/* --- values of parameters, which come as text --- */

struct cord_api_value {
    bool present;
    cord_str text;   /* as it came */
    uint64_t number; /* NUMBER; WORD: which of words */
    int64_t time_ns; /* TIME */
    bool flag;
};

/* CORD_E_FORMAT: a fault named after the member was added. */
CORD_MUST_USE cord_status cord_api_shape_value(const struct cord_api_member *member, cord_str text,
                                               struct cord_api_value *ret_value,
                                               struct cord_api_faults *faults);

/* The members of a table, without its end. */
size_t cord_api_shape_count(const struct cord_api_member *members);

#endif
