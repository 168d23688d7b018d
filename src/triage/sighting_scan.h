/*
 * sighting_scan.h: a finding of the usual form, read in one pass and without a tree.
 *
 * A server that begins reads its whole journal. What it holds was written by our own hand, so
 * nearly all of it has the usual form: this reads that, and leaves whatever it is not sure of to
 * sighting.c. What it reads it reads as that does. Pure; any thread.
 */
#ifndef CORD_TRIAGE_SIGHTING_SCAN_H
#define CORD_TRIAGE_SIGHTING_SCAN_H

#include "triage/sighting.h"

/* False: not sure, or the arena is full; nothing is said of the JSON. */
bool cord_sighting_scan(cord_str json, struct cord_arena *arena,
                        struct cord_sighting *ret_sighting);

#endif
