/*
 * message_grammar.h: message layouts as patterns, tables of which hold what
 * devices and programs write.
 *
 * A pattern is text to be met, in which
 *   a blank       is one or more blanks, or none behind another, '~' any number;
 *   {name}        is a value: up to the text that follows it, without blanks;
 *   {name:t}      the same with blanks, {name:e} the same and may be empty;
 *   {name:n}      is a number, {name:a} an IP address;
 *   {name:r}      is a web request, whose parts come out under W3C's names;
 *   {name:=word}  meets nothing and gives that word;
 *   {a|b}         gives the value under both names, {} under none;
 *   <...>         may be missing; not nested;
 *   \x            is the character x.
 * What follows the end of the pattern is free. A value "-" counts as none.
 * Nothing is added unless the whole pattern is met. "timestamp" is the event's
 * time, "hostname" its host and "user" its user when they have none.
 */
#ifndef CORD_NORMALISE_MESSAGE_GRAMMAR_H
#define CORD_NORMALISE_MESSAGE_GRAMMAR_H

#include "normalise/message_fields.h"

/* A row of a table; a key of NULL ends the table. */
struct cord_message_grammar {
    const char *key; /* message number, program, or the like */
    const char *pattern;
};

/* Adds the pattern's values and says whether the text was met. */
bool cord_message_grammar_match(struct cord_message_fields *fields, struct cord_emit *emit,
                                const char *pattern, cord_str text);

/* The first row with this key whose pattern the text meets. An empty key asks
 * all rows. */
bool cord_message_grammar_read(struct cord_message_fields *fields, struct cord_emit *emit,
                               const struct cord_message_grammar *rows, cord_str key,
                               cord_str text);

#endif
