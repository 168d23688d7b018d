/* message_internal.h: the kinds of messages, shared by the message_*.c files. */
#ifndef CORD_NORMALISE_MESSAGE_INTERNAL_H
#define CORD_NORMALISE_MESSAGE_INTERNAL_H

#include "normalise/message_fields.h"

/* Each adds values when the text is of its kind, and says whether it was. */
bool cord_message_unix_read(struct cord_message_fields *fields, struct cord_emit *emit,
                            cord_str program, cord_str text);
bool cord_message_cisco_read(struct cord_message_fields *fields, struct cord_emit *emit,
                             cord_str program, cord_str text);
/* A firewall's message without its "%ASA-6-302013:", or with half of it. */
bool cord_message_cisco_bare(struct cord_message_fields *fields, struct cord_emit *emit,
                             cord_str text);
bool cord_message_device_read(struct cord_message_fields *fields, struct cord_emit *emit,
                              cord_str program, cord_str text);
bool cord_message_dns_read(struct cord_message_fields *fields, struct cord_emit *emit,
                           cord_str program, cord_str text);

/* Adds a value when there is one. */
void cord_message_put(struct cord_message_fields *fields, struct cord_emit *emit,
                      enum cord_message_name name, cord_str text);
/* Adds "accept" as another action when the text is a word for that. */
void cord_message_allowed(struct cord_message_fields *fields, struct cord_emit *emit,
                          cord_str text);
void cord_message_class(struct cord_message_fields *fields, struct cord_emit *emit,
                        enum cord_message_class event_class);

/* An address with an optional port at the front of the text: "1.2.3.4/80",
 * "1.2.3.4:80", "1.2.3.4(80)", "1.2.3.4#80", "::1". Its length, or 0. */
size_t cord_message_address(cord_str text, cord_str *ret_ip, cord_str *ret_port);

/* Every pair of a key=value text under its own name. Returns how many. */
size_t cord_message_pairs(struct cord_message_fields *fields, struct cord_emit *emit,
                          cord_str text);

/* The text behind the first `mark`; ptr NULL when it is not there. */
cord_str cord_message_behind(cord_str text, const char *mark);
cord_str cord_message_word(cord_str text);

#endif
