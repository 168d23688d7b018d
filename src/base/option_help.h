/*
 * option_help.h: a table of options as text.
 *
 * Pure; any thread. See option.h for the table.
 */
#ifndef CORD_BASE_OPTION_HELP_H
#define CORD_BASE_OPTION_HELP_H

#include "base/buf.h"
#include "base/option.h"

/* As --help shows it: aligned, wrapped to `columns`, each row with its words,
 * bounds and default. */
void cord_option_help_print(const struct cord_option *options, unsigned columns,
                            struct cord_buf *out);

/* For the tools that make the manual page and shell completion: one row a
 * line, tab-separated: command, kind, name, letter, argument, default, lowest,
 * highest, words (comma-separated), help. An empty field is "-". Headings have
 * kind "heading" and their text as help. Hidden rows are left out. */
void cord_option_help_table(const struct cord_option *options, const char *command,
                            struct cord_buf *out);

#endif
