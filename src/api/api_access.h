/*
 * api_access.h: who asks, and what it may: the port to accounts and rights.
 *
 * The API asks before it says anything; whoever is behind the port knows accounts, tokens,
 * sessions and grants. Any thread.
 */
#ifndef CORD_API_API_ACCESS_H
#define CORD_API_API_ACCESS_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

/* What came with a request; "" where nothing did. */
struct cord_api_credentials {
    cord_str bearer; /* of Authorization */
    cord_str cookie; /* the header */
    cord_str csrf;   /* of X-Cordon-CSRF */
    bool changes;    /* not GET or HEAD: a session needs csrf */
    const unsigned char *address;
};

struct cord_api_principal {
    char name[80];         /* "user:17": claimant, and whose jobs and keys are whose */
    char organisation[64]; /* home; "": none */
    void *rights;          /* the port's own, until `leave` */
};

/* Whose a thing is. */
struct cord_api_subject {
    cord_str organisation; /* "": the nation's */
};

enum cord_api_answer {
    CORD_API_YES,
    CORD_API_HIDDEN,        /* as though there were no such thing */
    CORD_API_FORBIDDEN,     /* it may be said */
    CORD_API_SECOND_FACTOR, /* after signing in with one, it might */
};

struct cord_api_access {
    /* CORD_E_NOENT: nobody we know, or no longer; CORD_E_UNSUPPORTED: known, but the request
     * could be forged (csrf). */
    cord_status (*enter)(void *self, const struct cord_api_credentials *credentials,
                         struct cord_api_principal *ret_principal, struct cord_error *err);
    void (*leave)(void *self, struct cord_api_principal *principal);
    /* Whether there is anything at all for which the verb is granted: else 403. */
    enum cord_api_answer (*any)(void *self, const struct cord_api_principal *principal,
                                const char *verb);
    enum cord_api_answer (*may)(void *self, const struct cord_api_principal *principal,
                                const char *verb, const struct cord_api_subject *subject);
    /* Whether it reaches all organisations there are, known or not. */
    bool (*everywhere)(void *self, const struct cord_api_principal *principal, const char *verb);
    /* That somebody read another organisation's data, or changed something: to the record. */
    cord_status (*audit)(void *self, const struct cord_api_principal *principal, const char *verb,
                         cord_str about, cord_str organisation, struct cord_error *err);
    void *self;
};

#endif
