/*
 * organisation_mapping.h: a format of lists of organisations, described in YAML.
 *
 *   encoding: iso-8859-1            # or utf-8, the default
 *   separator: ";"                  # or "tab"; the likeliest when not given
 *   header: false                   # true: columns go by their titles, else by number from 1
 *   only: {column: 1, is: structureet}
 *   organisations:                  # of one row
 *     - role: hospital              # when no column says it; the same for country
 *       country: FRA
 *       columns:
 *         code: 2
 *         name: 4
 *         role: {column: 19, words: {"355": hospital, "620": pharmacy, "*": other}}
 *         address: [8, 9, 10]
 *         opened: 28
 *         aliases: {siret: 23}
 *         attributes: {category: 20}
 *         relations: {parent: {column: 3, since: 28}}
 *
 * docs/organisations.md tells all of it. Pure; any thread.
 */
#ifndef CORD_RECORD_ORGANISATION_MAPPING_H
#define CORD_RECORD_ORGANISATION_MAPPING_H

#include "base/arena.h"
#include "record/organisation_columns.h"

/* Lives in the arena, and borrows nothing from the text. CORD_E_FORMAT: err names line, key and
 * what it may be. CORD_E_LIMIT, CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_organisation_mapping_read(
    cord_str text, struct cord_arena *arena, const struct cord_organisation_columns **ret_columns,
    struct cord_error *err);

#endif
