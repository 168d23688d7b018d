/*
 * server_exercise.h: what an exercise does with its server, in the same process.
 *
 * Events go in by the listeners, as ever. What is claimed in the name of all who take part has no
 * listener: nobody but the exercise may speak for others. All of it is CORD_E_UNSUPPORTED for a
 * server that is live, or has no API. Any thread, while the server is open.
 */
#ifndef CORD_WIRE_SERVER_EXERCISE_H
#define CORD_WIRE_SERVER_EXERCISE_H

#include "record/account_grant.h"
#include "record/record.h"
#include "record/token.h"
#include "wire/server.h"

struct cord_server_exercise_user {
    struct cord_account_new account;
    const enum cord_account_role *roles;
    size_t role_count;
    enum cord_scope scope;
    cord_str code; /* of the scope; "": national */
};

/* Adds an account, or takes the one of that login as it is, and makes a link for it
 * (account_link.h). */
CORD_MUST_USE cord_status cord_server_exercise_link(struct cord_server *server,
                                                    const struct cord_server_exercise_user *user,
                                                    char ret_token[CORD_TOKEN_TEXT],
                                                    struct cord_error *err);

/* As cord_record_append. */
CORD_MUST_USE cord_status cord_server_exercise_claim(struct cord_server *server,
                                                     const struct cord_claim *claims, size_t count,
                                                     struct cord_record_outcome *ret_outcome,
                                                     struct cord_error *err);

struct cord_server_exercise_totals {
    uint64_t claims;
    uint64_t events;   /* stored */
    uint64_t judged;   /* of them */
    uint64_t findings; /* readable */
    uint64_t alerts;   /* of whatever state */
};
void cord_server_exercise_totals(struct cord_server *server,
                                 struct cord_server_exercise_totals *ret_totals);

/* Of the record's last claim; CORD_TIME_NONE: there is none. */
CORD_MUST_USE cord_status cord_server_exercise_ended(struct cord_server *server,
                                                     int64_t *ret_recorded_ns,
                                                     struct cord_error *err);

#endif
