/*
 * poison.h: what was being worked on when the process ended.
 *
 * One file of the data directory, mapped into memory. Each thread has a place in
 * it where it stores the hash of what it takes up, and clears it when done: a
 * plain store, nothing is synced, for it is to outlive the process and not the
 * machine. What stands in a place when the file is opened is a suspect; how often
 * is counted, until the like of it was taken without harm. A suspect is not
 * proven guilty: whoever was working when another ended the process is in there,
 * too. So it is looked at more closely the first time, and left out the second.
 *
 * Any number of threads, each with its own place. All but _open take NULL, which
 * knows of nothing and remembers nothing.
 */
#ifndef CORD_WIRE_POISON_H
#define CORD_WIRE_POISON_H

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct cord_poison;

enum cord_poison_kind {
    CORD_POISON_DELIVERY,
    CORD_POISON_RECORD,
    CORD_POISON_ROW, /* of the store, by its number */
};

enum {
    CORD_POISON_PLACE_JUDGE = 0,
    CORD_POISON_PLACE_WORKER = 1, /* and those after it */
    CORD_POISON_PLACES = 257,     /* beyond them nothing is remembered */
    CORD_POISON_TIMES = 2,        /* found so often, it is not taken again */
};

/* `name` in the directory, made when it is not there or not ours. The caller has locked the
 * directory against other processes. CORD_E_IO: there is no room for it, say. */
CORD_MUST_USE cord_status cord_poison_open(int dir, const char *name, struct cord_clock clock,
                                           struct cord_poison **ret_poison, struct cord_error *err);
void cord_poison_close(struct cord_poison *poison);

uint64_t cord_poison_key(enum cord_poison_kind kind, cord_str bytes);
uint64_t cord_poison_key_row(uint64_t sequence);

/* How often it was being worked on when the process ended. */
unsigned cord_poison_found(struct cord_poison *poison, uint64_t key);
/* The process ended while working three times in a row, the last a minute ago at most:
 * whatever it is comes in other company each time, so that nobody is above suspicion. */
bool cord_poison_is_rife(const struct cord_poison *poison);
/* Suspects of now, and how many of them were put there by opening. */
size_t cord_poison_suspects(struct cord_poison *poison, size_t *ret_new);

/* From here to _end the thread of this place works on it. */
void cord_poison_begin(struct cord_poison *poison, size_t place, uint64_t key);
void cord_poison_end(struct cord_poison *poison, size_t place);
/* It did no harm. */
void cord_poison_forgive(struct cord_poison *poison, uint64_t key);

#endif
