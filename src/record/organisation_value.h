/*
 * organisation_value.h: what a claim about an organisation or a service says, member by member.
 *
 * Pure; any thread.
 */
#ifndef CORD_RECORD_ORGANISATION_VALUE_H
#define CORD_RECORD_ORGANISATION_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum cord_organisation_member {
    CORD_ORGANISATION_NAME,
    CORD_ORGANISATION_ROLE,
    CORD_ORGANISATION_ROLES, /* array */
    CORD_ORGANISATION_STANDING,
    CORD_ORGANISATION_REGION,
    CORD_ORGANISATION_PARENT,
    CORD_ORGANISATION_COUNTRY,
    CORD_ORGANISATION_POSTCODE,
    CORD_ORGANISATION_OPENED,
    CORD_ORGANISATION_CLOSED,
    CORD_ORGANISATION_DATE,
    CORD_ORGANISATION_SUCCESSOR,
    CORD_ORGANISATION_ALIAS,
    CORD_ORGANISATION_SCHEME,
    CORD_ORGANISATION_RELATION,
    CORD_ORGANISATION_OTHER,
    CORD_ORGANISATION_AS,
    CORD_ORGANISATION_STATE,
    CORD_ORGANISATION_WHAT,
    CORD_ORGANISATION_VALUE,
    CORD_ORGANISATION_ORDER,
    CORD_ORGANISATION_CHANNEL,
    CORD_ORGANISATION_ADDRESS,
    CORD_ORGANISATION_HOURS,
    CORD_ORGANISATION_INDEPENDENT,
    CORD_ORGANISATION_OWNER,
    CORD_ORGANISATION_NEEDS, /* array */
    CORD_ORGANISATION_NATIONAL,
    CORD_ORGANISATION_CRITICALITY,
    CORD_ORGANISATION_ATTRIBUTES, /* array */
    CORD_ORGANISATION_CONDITIONS,
    CORD_ORGANISATION_REASON,
    CORD_ORGANISATION_MEMBERS, /* how many */
};

/* Every member that is there; ptr NULL of the others. Of arrays and objects the JSON text. Borrows
 * the value; strings with escape sequences are in the arena. CORD_E_FORMAT: no JSON object;
 * CORD_E_LIMIT or CORD_E_NOMEM: the arena. */
CORD_MUST_USE cord_status cord_organisation_value_read(
    cord_str value, struct cord_arena *arena, cord_str ret_members[CORD_ORGANISATION_MEMBERS]);

/* Takes the next text off *rest, an array as read above (of which the brackets may be gone). False
 * at its end, or where it holds something else. */
bool cord_organisation_value_next(cord_str *rest, struct cord_arena *arena, cord_str *ret_text);

/* Appends ,"name":"text"; nothing when the text is empty. The first one in an object opens it; the
 * writer of the object closes it. */
void cord_organisation_value_put(struct cord_buf *value, const char *name, cord_str text);

#endif
