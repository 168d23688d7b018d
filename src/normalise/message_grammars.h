/* message_grammars.h: the tables of layouts. See message_grammar.h. */
#ifndef CORD_NORMALISE_MESSAGE_GRAMMARS_H
#define CORD_NORMALISE_MESSAGE_GRAMMARS_H

#include "normalise/message_grammar.h"

struct cord_message_alias {
    const char *key;
    const char *like;
};

extern const struct cord_message_grammar cord_message_grammars_asa[];
extern const struct cord_message_alias cord_message_grammars_asa_like[];

/* By program: what stands behind the tag. */
extern const struct cord_message_grammar cord_message_grammars_program[];

/* By program as well; all of them are firewalls. */
extern const struct cord_message_grammar cord_message_grammars_filter[];

/* Lines of key=value pairs that hold both texts; CORD_MESSAGE_CLASS_COUNT ends. */
struct cord_message_marks {
    enum cord_message_class event_class;
    const char *marks[2];
};
extern const struct cord_message_marks cord_message_grammars_pairs[];

/* Lines with layouts of their own. `first` is what such a line begins with: 'd' a
 * date that a blank ends (the pattern begins behind it), 't' a date and a tab,
 * '0' another digit, '[' a bracket, 'h' a lower-case letter, '*' anything. */
struct cord_message_line_grammar {
    char first;
    enum cord_message_class event_class;
    const char *pattern;
};
extern const struct cord_message_line_grammar cord_message_grammars_line[];

#endif
