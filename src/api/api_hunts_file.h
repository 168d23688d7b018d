/*
 * api_hunts_file.h: what a search has found, as a file that leaves the house.
 *
 * JSON lines have the values as they are, one object a line behind one that says what this is.
 * CSV is for spreadsheets (RFC 4180, UTF-8 with a byte order mark): rows "# name,value" that say
 * the same, an empty one, then the table. No cell of it is a formula: an apostrophe stands before
 * = + - @ and before an apostrophe where a value begins, and before = + - @ behind a semicolon, tab
 * or line feed in it, where a spreadsheet of another country begins a cell. Numbers stay as they
 * are.
 *
 * Numbers that are one person's (normalise/personal_number.h) are withheld wherever they stand,
 * and counted (N3). Pure; any thread.
 */
#ifndef CORD_API_API_HUNTS_FILE_H
#define CORD_API_API_HUNTS_FILE_H

#include "api/api_hunts.h"
#include "base/buf.h"

/* What stands for a number that is withheld. */
#define CORD_API_HUNTS_FILE_WITHHELD "[withheld]"

struct cord_api_hunts_file {
    const struct cord_api_hunts_kept *kept;
    bool csv;
    cord_str marking; /* "TLP:AMBER" */
    cord_str who;     /* "user:K7QM-2F9A-XHP3" */
    cord_str who_name;
    cord_str reason;   /* "" */
    cord_str exercise; /* its name; "": live */
    int64_t now_ns;
};

/* Appends the text without such numbers; returns how many are withheld. */
uint64_t cord_api_hunts_file_put(cord_str text, struct cord_buf *out);

/* Appends the file. CORD_E_NOMEM; CORD_E_LIMIT: it is longer than `out` may be, or than
 * bytes_max, of what it is made of. CORD_E_FORMAT: the rows are none. */
CORD_MUST_USE cord_status cord_api_hunts_file_write(const struct cord_api_hunts_file *file,
                                                    size_t bytes_max, struct cord_buf *out);

#endif
