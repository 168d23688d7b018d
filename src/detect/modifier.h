/*
 * modifier.h: "field|contains|all" and what it does to a value.
 *
 * Modifiers appendix 2.1.0. Modifiers apply in the order written. A chain that
 * has no clear meaning is refused with what to write instead. One thread.
 */
#ifndef CORD_DETECT_MODIFIER_H
#define CORD_DETECT_MODIFIER_H

#include "detect/draft_internal.h"

enum cord_modifier {
    CORD_MODIFIER_CONTAINS,
    CORD_MODIFIER_STARTSWITH,
    CORD_MODIFIER_ENDSWITH,
    CORD_MODIFIER_ALL,
    CORD_MODIFIER_RE,
    CORD_MODIFIER_RE_I,
    CORD_MODIFIER_RE_M,
    CORD_MODIFIER_RE_S,
    CORD_MODIFIER_CASED,
    CORD_MODIFIER_EXISTS,
    CORD_MODIFIER_BASE64,
    CORD_MODIFIER_BASE64OFFSET,
    CORD_MODIFIER_UTF16LE,
    CORD_MODIFIER_UTF16BE,
    CORD_MODIFIER_UTF16,
    CORD_MODIFIER_WINDASH,
    CORD_MODIFIER_CIDR,
    CORD_MODIFIER_LT,
    CORD_MODIFIER_LTE,
    CORD_MODIFIER_GT,
    CORD_MODIFIER_GTE,
    CORD_MODIFIER_NEQ,
    CORD_MODIFIER_FIELDREF,
    CORD_MODIFIER_EXPAND,
    CORD_MODIFIER_MINUTE,
    CORD_MODIFIER_HOUR,
    CORD_MODIFIER_DAY,
    CORD_MODIFIER_WEEK,
    CORD_MODIFIER_MONTH,
    CORD_MODIFIER_YEAR,
};

#define CORD_MODIFIER_CHAIN_MAX 12

struct cord_modifier_chain {
    cord_str field; /* as written; borrowed from the key */
    enum cord_modifier items[CORD_MODIFIER_CHAIN_MAX];
    size_t count;
    uint32_t set; /* bit per modifier */
};

static inline bool cord_modifier_has(const struct cord_modifier_chain *chain,
                                     enum cord_modifier modifier)
{
    return (chain->set >> modifier & 1u) != 0;
}

/* Splits a key. Refuses unknown modifiers and chains without meaning. */
CORD_MUST_USE cord_status cord_modifier_parse(struct cord_draft_context *context, uint32_t line,
                                              cord_str key, struct cord_modifier_chain *ret_chain);

/* A scalar through the chain. */
CORD_MUST_USE cord_status cord_modifier_apply(struct cord_draft_context *context,
                                              const struct cord_modifier_chain *chain,
                                              const struct cord_yaml *scalar,
                                              struct cord_draft_value **ret_value);

/* The name as rules write it. */
const char *cord_modifier_name(enum cord_modifier modifier);

#endif
