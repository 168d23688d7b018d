/*
 * csv.h: delimiter-separated records, RFC 4180.
 *
 * A field in quotes may hold delimiters, line ends and doubled quotes. Quotes
 * open a field only at its start. Pure. Any thread.
 */
#ifndef CORD_CODEC_CSV_H
#define CORD_CODEC_CSV_H

#include "base/arena.h"
#include "base/str.h"

/* Length of the first record with its line end; 0 when the text ends before
 * the record does. When `last`, the end of the text ends it. */
size_t cord_csv_record(cord_str text, char delimiter, bool last);

/* Takes the next field off *rest (a record without its line end). Quotes are
 * taken off; *ret_doubled says that doubled quotes are left in it. False at the
 * end; a trailing delimiter means one more, empty field. */
bool cord_csv_field(cord_str *rest, char delimiter, cord_str *ret_field, bool *ret_doubled);

/* Doubled quotes made single, in the arena. ptr NULL when it is full. */
cord_str cord_csv_undouble(struct cord_arena *arena, cord_str field);

/* How many fields a record has. */
size_t cord_csv_count(cord_str record, char delimiter);

/* The delimiter of the header line: that of , ; tab | which gives most fields;
 * 0 when none gives two. */
char cord_csv_sniff(cord_str header);

#endif
