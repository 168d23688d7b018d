/*
 * kit_unwrap.h: what holds of every unwrapping, whatever the input.
 */
#ifndef CORD_TESTS_KIT_UNWRAP_H
#define CORD_TESTS_KIT_UNWRAP_H

#include "ingest/delivery.h"
#include "ingest/unwrap.h"

/* Unwraps the bytes twice, the second time with little room, and asserts that items
 * balance: those of runs and the refused ones are all there are, in order and once. */
void kit_unwrap_check(const struct cord_delivery_kind *kind, cord_str bytes, cord_str context);

/* The text of the nth record, of all forms; ptr NULL when there is none. */
cord_str kit_unwrap_record(const struct cord_unwrap *unwrap, size_t nth,
                           enum cord_unwrap_form *ret_form);
/* The value of the item's note; ptr NULL when there is none. */
cord_str kit_unwrap_note(const struct cord_unwrap *unwrap, uint32_t item, const char *name);

#endif
