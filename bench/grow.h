/*
 * grow.h: as many events as one likes, out of real ones.
 *
 * The events of a file are replayed over and over: times move on evenly, hosts
 * and organisations are drawn anew, in the text as received and in the values
 * alike. Event n is the same in every run.
 *
 * One thread at a time.
 */
#ifndef CORD_BENCH_GROW_H
#define CORD_BENCH_GROW_H

#include "evidence/rows.h"

struct grow;

struct grow_options {
    unsigned organisations;
    unsigned hosts;         /* of each organisation, about */
    unsigned events_second; /* of all together */
};

/* Reads the file's events, at most `events_max`. NULL, with a message written,
 * when it cannot. */
struct grow *grow_new(const char *path, size_t events_max, const struct grow_options *options);
void grow_free(struct grow *grow);

size_t grow_template_count(const struct grow *grow);

/* Appends event `n`. Rows that were reset since the last call are said so by
 * `anew`. CORD_E_LIMIT: they are full. */
CORD_MUST_USE cord_status grow_put(struct grow *grow, uint64_t n, struct cord_rows *rows,
                                   bool anew);

/* When event n happens. */
int64_t grow_time_ns(const struct grow *grow, uint64_t n);

/* The host's name in one event of each million, and in no other. The text lives
 * until the next call of anything. "": there is none yet. */
cord_str grow_rare(const struct grow *grow);

#endif
