/*
 * alert_id.h: the name of one alert, for people.
 *
 *   A-7K2M-9QXF
 *
 * Eight characters of Crockford's base 32 (no I, L, O, U): a number of 40 bits, shuffled by a key,
 * so that an id does not tell how many alerts or findings there are (N13). The number is that of
 * the alert's first finding, so that an alert made anew from the logs has the same id; of one that
 * a person raised, a random one with the highest bit set. O is read as 0, I and L as 1; case and
 * dashes do not matter. Pure; any thread.
 */
#ifndef CORD_TRIAGE_ALERT_ID_H
#define CORD_TRIAGE_ALERT_ID_H

#include "base/error.h"
#include "base/str.h"

#define CORD_ALERT_ID_KEY_BYTES  16
#define CORD_ALERT_ID_TEXT       12 /* with its dashes and a NUL */

#define CORD_ALERT_ID_NUMBER_MAX ((UINT64_C(1) << 40) - 1)
#define CORD_ALERT_ID_MANUAL     (UINT64_C(1) << 39) /* this bit: raised by a person */

struct cord_alert_id_key {
    uint64_t words[2];
};

struct cord_alert_id_key cord_alert_id_key(const unsigned char bytes[CORD_ALERT_ID_KEY_BYTES]);

/* The number is at most CORD_ALERT_ID_NUMBER_MAX. */
cord_str cord_alert_id_format(const struct cord_alert_id_key *key, uint64_t number,
                              char buffer[CORD_ALERT_ID_TEXT]);
/* False: not the form of an id. Whether there is such an alert only the book knows. */
bool cord_alert_id_parse(const struct cord_alert_id_key *key, cord_str text, uint64_t *ret_number);

#endif
