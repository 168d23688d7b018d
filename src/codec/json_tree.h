/*
 * json_tree.h: a JSON text as a tree, for what people and programs tell us.
 *
 * Strict, as I-JSON is (RFC 7493): UTF-8, no name twice in one object, no
 * surrogate alone, nothing behind the text. Events are read by json.h, which is
 * quicker and forgives. The tree lives in the arena and borrows the text. Pure.
 */
#ifndef CORD_CODEC_JSON_TREE_H
#define CORD_CODEC_JSON_TREE_H

#include "base/arena.h"
#include "base/error.h"

#define CORD_JSON_TREE_DEPTH_MAX   32u
#define CORD_JSON_TREE_MEMBERS_MAX 512u /* of one object */

enum cord_json_kind {
    CORD_JSON_NULL,
    CORD_JSON_FLAG,
    CORD_JSON_NUMBER,
    CORD_JSON_TEXT,
    CORD_JSON_LIST,
    CORD_JSON_MAP,
};

struct cord_json {
    enum cord_json_kind kind;
    bool flag;
    cord_str text;           /* TEXT: escapes resolved; NUMBER: as written */
    cord_str span;           /* all of it, as written */
    cord_str name;           /* of an object's member */
    struct cord_json *child; /* first member of a list or object */
    struct cord_json *next;
    size_t count; /* members */
};

/* CORD_E_FORMAT: err says at which byte, and what is wrong; CORD_E_LIMIT: nested too
 * deep, too many members, or the arena's end; CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_json_tree_parse(cord_str text, struct cord_arena *arena,
                                               const struct cord_json **ret_root,
                                               struct cord_error *err);

/* The member of an object; NULL: none, or node is NULL or no object. */
const struct cord_json *cord_json_tree_get(const struct cord_json *node, cord_str name);

#endif
