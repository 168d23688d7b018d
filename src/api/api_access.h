/*
 * api_access.h: who asks, and what it may: the port to accounts and rights.
 *
 * The API asks before it says anything; whoever is behind the port knows accounts, tokens,
 * sessions and grants. Any thread.
 */
#ifndef CORD_API_API_ACCESS_H
#define CORD_API_API_ACCESS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "record/record_reach.h"

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
    cord_str organisation; /* code; "": the nation's */
    cord_str claimant;     /* code of the organisation that says so; "": no claim, or none's */
    cord_str site;         /* code of a site, whose organisation is not looked up yet; "" */
    bool unknown;          /* it is somebody's, and not known whose */
    enum cord_claim_marking marking;
};

enum cord_api_answer {
    CORD_API_YES,
    CORD_API_HIDDEN,        /* as though there were no such thing */
    CORD_API_FORBIDDEN,     /* it may be said */
    CORD_API_SECOND_FACTOR, /* after signing in with one, it might */
};

/* What was asked, for the audit. */
struct cord_api_act {
    const char *id;  /* operationId */
    cord_str target; /* path */
    cord_str peer;
    cord_str reason; /* what the target does not say; "" */
    bool changes;
    bool done; /* not refused */
};

struct cord_api_access {
    /* CORD_E_NOENT: nobody we know, or no longer; CORD_E_UNSUPPORTED: known, but the request
     * could be forged (csrf). */
    cord_status (*enter)(void *self, const struct cord_api_credentials *credentials,
                         struct cord_api_principal *ret_principal, struct cord_error *err);
    void (*leave)(void *self, struct cord_api_principal *principal);
    /* Another number whenever what somebody may can have changed: cheap. */
    cord_status (*version)(void *self, uint64_t *ret_version, struct cord_error *err);
    /* Of one who came in a while ago: what it may now. CORD_E_NOENT: it is nobody any longer.
     * On failure it may what it could before. */
    cord_status (*renew)(void *self, struct cord_api_principal *principal, struct cord_error *err);
    /* Whether there is anything at all for which the verb is granted: else 403. */
    enum cord_api_answer (*any)(void *self, const struct cord_api_principal *principal,
                                const char *verb);
    enum cord_api_answer (*may)(void *self, const struct cord_api_principal *principal,
                                const char *verb, const struct cord_api_subject *subject);
    /* Whether it reaches all organisations there are, known or not. */
    bool (*everywhere)(void *self, const struct cord_api_principal *principal, const char *verb);
    /* All claims for which `may` says yes, or with `audit` all of the audit: as what the indices
     * of the record tell. Its texts are the arena's, or there until `leave` or `renew`. */
    cord_status (*reach)(void *self, const struct cord_api_principal *principal, const char *verb,
                         bool audit, struct cord_arena *arena, struct cord_record_reach *ret_reach);
    /* Before a reply is given: that another organisation's data was read, if it was since
     * `enter`, goes to the record; and so does a change. The reply is only given on CORD_OK. */
    cord_status (*audit)(void *self, struct cord_api_principal *principal,
                         const struct cord_api_act *act, struct cord_error *err);
    void *self;
};

#endif
