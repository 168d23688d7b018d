/* zone_file.h: a time zone by its name, from the system's database. Any thread. */
#ifndef CORD_INGEST_ZONE_FILE_H
#define CORD_INGEST_ZONE_FILE_H

#include "codec/zone.h"

#define CORD_ZONE_FILE_DIR "/usr/share/zoneinfo"

/* "Europe/Rome", or what cord_zone_fixed takes, which needs no file. The caller frees it.
 * CORD_E_NOENT: there is none of that name, or the name is none; err says so. */
CORD_MUST_USE cord_status cord_zone_file_read(const char *dir, cord_str name,
                                              struct cord_zone **ret_zone, struct cord_error *err);

#endif
