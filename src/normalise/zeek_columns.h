/*
 * zeek_columns.h: columns of Zeek logs that came without their header lines.
 *
 * Such rows stand in files that were cut, and in what syslog agents send. They
 * are known by the number of their columns and by what each may hold; the
 * layouts are those of the logs' own scripts, of several releases.
 */
#ifndef CORD_NORMALISE_ZEEK_COLUMNS_H
#define CORD_NORMALISE_ZEEK_COLUMNS_H

#include <stdbool.h>

#include "base/str.h"

struct cord_zeek_columns {
    const char *log_name; /* Zeek's #path */
    const char *fields;   /* as behind #fields, with tabs */
    const char *types;    /* as behind #types */
};

/* NULL when the row is of no log that is known. Static. */
const struct cord_zeek_columns *cord_zeek_columns_guess(cord_str row);

#endif
