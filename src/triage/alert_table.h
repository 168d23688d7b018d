/*
 * alert_table.h: texts once each, and numbers to numbers: what the book of alerts is indexed by.
 *
 * Both grow and forget nothing. One writer, or many readers and no writer.
 */
#ifndef CORD_TRIAGE_ALERT_TABLE_H
#define CORD_TRIAGE_ALERT_TABLE_H

#include "base/arena.h"
#include "base/map.h"

#define CORD_ALERT_TABLE_NONE UINT32_MAX

/* Texts by number, from 0 in the order they came. They stay where they are. */
struct cord_alert_texts {
    cord_str *items;
    size_t count;
    size_t cap;
    struct cord_map map;
    struct cord_arena *arena; /* borrowed */
};

void cord_alert_table_texts_init(struct cord_alert_texts *texts, struct cord_arena *arena,
                                 uint64_t seed);
void cord_alert_table_texts_done(struct cord_alert_texts *texts);
/* Its number; a new text is copied. CORD_E_NOMEM, CORD_E_LIMIT (2^32 texts, or the arena). */
CORD_MUST_USE cord_status cord_alert_table_add(struct cord_alert_texts *texts, cord_str text,
                                               uint32_t *ret_at);
/* NONE: not there. */
uint32_t cord_alert_table_find(const struct cord_alert_texts *texts, cord_str text);
size_t cord_alert_table_bytes(const struct cord_alert_texts *texts); /* but for the arena's */

/* Keys of 64 bits to values of 32. */
struct cord_alert_numbers {
    uint64_t *keys;
    uint32_t *values; /* NONE: free */
    size_t slots;     /* power of two, at most three quarters full */
    size_t count;
    uint64_t seed;
};

void cord_alert_table_numbers_init(struct cord_alert_numbers *numbers, uint64_t seed);
void cord_alert_table_numbers_done(struct cord_alert_numbers *numbers);
uint32_t cord_alert_table_get(const struct cord_alert_numbers *numbers, uint64_t key);
/* Adds or replaces. The value is not NONE. CORD_E_NOMEM changes nothing. */
CORD_MUST_USE cord_status cord_alert_table_put(struct cord_alert_numbers *numbers, uint64_t key,
                                               uint32_t value);
size_t cord_alert_table_numbers_bytes(const struct cord_alert_numbers *numbers);

#endif
