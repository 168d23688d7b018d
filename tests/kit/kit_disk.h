/*
 * kit_disk.h: a disk under SQLite that fails, fills up, or loses its power.
 *
 * A VFS of SQLite over its own. Writes, truncations and syncs count as touches. What was written
 * since a file's last sync is kept: after a power cut any part of it may be there or not.
 * One at a time; one thread.
 */
#ifndef CORD_TESTS_KIT_DISK_H
#define CORD_TESTS_KIT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kit_disk_fault {
    KIT_DISK_GOOD,
    KIT_DISK_FAILS,  /* the nth touch fails, once */
    KIT_DISK_FULL,   /* from the nth touch on every write fails, until there is room */
    KIT_DISK_HELD,   /* likewise: another process holds the database */
    KIT_DISK_SPOILT, /* likewise: what is there already turns out to be damaged */
    KIT_DISK_POWER,  /* from the nth touch on everything fails, until the power is back */
};

struct kit_disk;

/* Registers the VFS of this name. */
struct kit_disk *kit_disk_new(const char *name);
void kit_disk_free(struct kit_disk *disk);

/* Touches are counted from here on, from 1. */
void kit_disk_set(struct kit_disk *disk, enum kit_disk_fault fault, size_t nth);
size_t kit_disk_touches(const struct kit_disk *disk);
bool kit_disk_hit(const struct kit_disk *disk); /* the fault has happened */

/* All files are closed: they hold what was synced, and what of the rest the seed chooses. */
void kit_disk_power_back(struct kit_disk *disk, uint64_t seed);

#endif
