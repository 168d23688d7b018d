/*
 * block_token.h: which stretches of a text vary from event to event.
 *
 * A rendered Windows message is lines of "Label:\t\tvalue"; a line of syslog is
 * words of which those with digits vary. What is found here only decides how
 * well a block packs: whatever stretches come out, the text comes back exactly.
 * Pure; any thread.
 */
#ifndef CORD_EVIDENCE_BLOCK_TOKEN_H
#define CORD_EVIDENCE_BLOCK_TOKEN_H

#include "base/str.h"

/* A text with more is not split at all. */
#define CORD_BLOCK_TOKENS_MAX 96u

struct cord_block_token {
    uint32_t at;
    uint32_t len;
    uint32_t label; /* hash of what stands before it: like values of other texts have the same */
};

/* Lines with labels, ended by LF or, in escaped JSON, by "\n". 0 when the text
 * is something else or has too many. Ascending, not overlapping. */
size_t cord_block_token_lines(cord_str text, struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX]);

/* No line ends in it. */
bool cord_block_token_is_line(cord_str text);

/* Words that hold a digit, and what stands behind "=". Falls silent, not
 * wrong, where there are too many: the last token is then all of the rest. */
size_t cord_block_token_words(cord_str text, struct cord_block_token tokens[CORD_BLOCK_TOKENS_MAX]);

#endif
