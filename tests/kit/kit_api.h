/*
 * kit_api.h: the API over a socket, with accounts and findings that the test makes up.
 *
 * Accounts: "nation" may everything over all; "RXA" and "RXB" everything that is those
 * organisations'; "nobody" may nothing; "weak" signed in without a second factor. Any other
 * name is sent as a token, which is none.
 */
#ifndef CORD_TESTS_KIT_API_H
#define CORD_TESTS_KIT_API_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/api_opaque.h"
#include "api/api_route.h"
#include "base/files.h"
#include "kit/kit.h"
#include "kit/kit_loop.h"
#include "record/token.h"

#define KIT_API_NOW_NS 1494576000000000000LL /* 2017-05-12T08:00:00Z */

struct kit_api {
    struct cord_api_options options;
    struct cord_api *api;
    struct cord_loop *loop;
    struct cord_http_server *http;
    struct cord_files files;
    char path[64];
    int dir;
    const char *const *findings; /* JSON, numbered from 1 */
    atomic_size_t finding_count;
    struct cord_api_accounts *port;
    struct kit_api_user {
        const char *login;
        uint64_t number;
        char token[CORD_TOKEN_TEXT];
        char cookie[200]; /* of "weak": a header line of its session */
        char csrf[CORD_DIGEST_TEXT];
    } users[5];
    size_t user_count;
    struct cord_collection *collection; /* two rules, one of them of no author; one refused */
    bool ready;
    struct cord_desk *desk;
    pthread_t teller; /* of the desk, once it was asked for */
    atomic_bool telling;
    bool tells;
    pthread_mutex_t gate;          /* whoever asks whether it is ready passes it */
    atomic_size_t at_gate;         /* so many have come to it */
    struct cord_files store_files; /* the evidence's */
    pthread_mutex_t reads;         /* whoever reads a file of the evidence passes it */
    atomic_size_t at_reads;        /* so many have come to it */
    atomic_bool stopped;
};

/* ops: what is changed before it begins; may be NULL. */
void kit_api_init(struct kit_api *kit, void (*change)(struct cord_api_options *options));
/* The same with record and accounts on a disk of SQLite's by that name (kit_disk.h). */
void kit_api_init_on(struct kit_api *kit, const char *vfs,
                     void (*change)(struct cord_api_options *options));
void kit_api_done(struct kit_api *kit);
/* From now on the desk is told of findings and claims, as they come, by a thread of its own; those
 * there are have been told when it returns. */
void kit_api_tell(struct kit_api *kit);
int kit_api_connect(const struct kit_api *kit);

/* NULL: none of that name. */
const struct kit_api_user *kit_api_user(const struct kit_api *kit, const char *login);
/* What the API calls the thing of this number. */
const char *kit_api_id(const struct kit_api *kit, enum cord_api_opaque_kind kind, uint64_t number,
                       char buffer[CORD_API_OPAQUE_TEXT]);
/* Header lines by which a request is from that one; NULL: from nobody. */
void kit_api_credentials(const struct kit_api *kit, const char *login, struct cord_buf *text);

struct kit_api_reply {
    unsigned status;
    struct cord_buf text; /* head and body */
    cord_str head;
    cord_str body;
};

/* "GET /sources": below the base, with further header lines each ended by CR LF; as `token`
 * (NULL: nobody). On a connection of its own. kit_api_reply_done afterwards. */
struct kit_api_reply kit_api_ask(struct kit_api *kit, const char *token, const char *request,
                                 const char *headers, const char *body);
void kit_api_reply_done(struct kit_api_reply *reply);
/* The value of a header, "" when it is not there. */
cord_str kit_api_header(const struct kit_api_reply *reply, const char *name);
/* Its status and whether its body says this; both are printed when not. Frees the reply. */
bool kit_api_says(struct kit_api_reply reply, unsigned status, const char *text);

#endif
