/*
 * kv.h: key=value pairs in a line of text.
 *
 * The loose form that firewalls, auditd and applications write: pairs parted
 * by blanks, commas, semicolons or bars, values bare or in quotes. Pure; keys and
 * values borrow from the text. Any thread.
 */
#ifndef CORD_CODEC_KV_H
#define CORD_CODEC_KV_H

#include "base/str.h"

struct cord_kv {
    cord_str rest;
    char equals;    /* '=' or ':' */
    char separator; /* ' ' (and tabs, and a comma or semicolon before a blank), or the one
                       character that parts pairs */
    bool spaced;    /* bare values may hold blanks: they reach to the next key */
};

/* Chooses separator and spacing by looking at the text. */
void cord_kv_init(struct cord_kv *kv, cord_str text);

/* The next pair; words that are no pair are passed over. Quotes are taken off
 * the value; escapes inside stay (*ret_quoted says that there were quotes). False at
 * the end. Keys are letters, digits, '_', '-', '.', '@', '/' and begin with a letter,
 * '_' or '@'; at most 64 bytes. */
bool cord_kv_next(struct cord_kv *kv, cord_str *ret_key, cord_str *ret_value, bool *ret_quoted);

/* How many pairs there are, counted up to max. */
size_t cord_kv_count(cord_str text, size_t max);

#endif
