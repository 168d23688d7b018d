/*
 * yaml.h: a YAML 1.1 text as a tree with the place of every node.
 *
 * Over libyaml's events. Plain scalars are typed as YAML 1.1's core schema
 * says (true, null, 42); quoted ones are text, always. Aliases are resolved
 * within bounds, duplicate keys are refused, merge keys are not merged. Pure:
 * the tree lives in the caller's arena and borrows nothing from the text.
 */
#ifndef CORD_CODEC_YAML_H
#define CORD_CODEC_YAML_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum cord_yaml_kind {
    CORD_YAML_NULL,
    CORD_YAML_BOOL,
    CORD_YAML_INT,   /* fits int64; text holds it as written */
    CORD_YAML_FLOAT, /* text holds it as written */
    CORD_YAML_TEXT,
    CORD_YAML_LIST,
    CORD_YAML_MAP,
};

struct cord_yaml {
    enum cord_yaml_kind kind;
    uint32_t line; /* from 1 */
    uint32_t column;
    cord_str text; /* of any scalar, as written, quotes resolved; NUL behind it */
    bool boolean;
    int64_t integer;
    struct cord_yaml *key;   /* of a map's member: a scalar */
    struct cord_yaml *child; /* first member of a list or map */
    struct cord_yaml *next;  /* next member of the same list or map */
    size_t count;            /* members */
};

/* The whole text, up to documents_max documents; the list node's members are
 * the documents. err names line and column. CORD_E_FORMAT, CORD_E_LIMIT
 * (depth, nodes, aliases, arena) or CORD_E_NOMEM. Any thread. */
CORD_MUST_USE cord_status cord_yaml_parse(cord_str text, size_t documents_max,
                                          struct cord_arena *arena,
                                          struct cord_yaml **ret_documents, struct cord_error *err);

/* The member of a map, or NULL (also when node is NULL or no map). */
const struct cord_yaml *cord_yaml_get(const struct cord_yaml *node, cord_str key);

/* Any scalar's text; {NULL,0} for lists, maps, null and NULL. */
cord_str cord_yaml_text(const struct cord_yaml *node);

#endif
