/*
 * api_internal.h: what the parts of the API share: api.c, which takes requests from loops,
 * api_call.c, which prepares and completes them, api_live.c, which has the streams, and the
 * resources, each with its rows.
 */
#ifndef CORD_API_API_INTERNAL_H
#define CORD_API_API_INTERNAL_H

#include "api/api_call.h"
#include "api/api_classes.h"
#include "api/api_hunts.h"
#include "api/api_live.h"
#include "api/api_marks.h"
#include "api/api_opaque.h"
#include "api/api_pool.h"
#include "api/api_rate.h"
#include "api/api_trials.h"
#include "api/api_views.h"

#include <pthread.h>
#include <stdatomic.h>

#define CORD_API_REPLY_BYTES_MAX ((size_t)16 << 20)
#define CORD_API_ARENA_BYTES_MAX ((size_t)64 << 20)

struct cord_api {
    struct cord_api_options options;
    struct cord_api_opaque opaque; /* numbers as ids */
    struct cord_api_pool *pool;
    struct cord_api_rate *addresses;
    struct cord_api_rate *accounts;
    struct cord_api_lives *lives;
    struct cord_api_hunts *hunts;
    struct cord_api_trials *trials;
    struct cord_api_views *views; /* NULL: there is no record */
    struct cord_api_marks *marks;
    struct cord_api_classes *classes;
    struct cord_api_banner *banner;
    struct cord_api_idempotency *kept;
    pthread_mutex_t replacing; /* held while something is replaced: see api_call_match.c */
    bool made;                 /* the lock is */
    atomic_bool stopped;
    _Atomic size_t under_way; /* requests that were handed to a worker and not answered */
    _Atomic uint64_t replies[CORD_API_STATUS_MAX];
    _Atomic uint64_t rate_address;
    _Atomic uint64_t rate_account;
    _Atomic uint64_t busy;
    _Atomic uint64_t untold[CORD_API_UNTOLD_COUNT];
};

/* --- api_call.c --- */

/* All of a request: from credentials to the reply. */
void cord_api_call_run(struct cord_api_call *call, cord_str query);

/* A write with an Idempotency-Key: false when it was answered already, or a problem is set. */
bool cord_api_call_begin(struct cord_api_call *call);
void cord_api_call_end(struct cord_api_call *call);

/* --- api_call_squeeze.c --- */

/* Compresses a long answer if who asks takes that, and says so in its headers. */
bool cord_api_call_squeeze(struct cord_api_call *call);

/* --- api_call_match.c --- */

#define CORD_API_TAG_TEXT 38 /* an entity tag of ours, with -gz and a NUL */

/* CORD_E_NOMEM of the digest: false. */
bool cord_api_call_make_tag(cord_str body, char ret_tag[CORD_API_TAG_TEXT]);
/* Whether the tag is one of a list of entity tags, or any ("*"); weak ones count for reading, and
 * that of the compressed answer ("X-gz") names what that of the plain one does. */
bool cord_api_call_names_tag(cord_str list, cord_str tag, bool weak);
/* The answer of a MATCHED route, if If-Match names how what is replaced is now. */
void cord_api_call_replace(struct cord_api_call *call);

/* Whether somebody has a right over what is that organisation's. Any thread. */
bool cord_api_call_may(const struct cord_api *api, const struct cord_api_principal *principal,
                       const char *verb, cord_str organisation);

/* --- resources: every row once, in the order they are looked for --- */

#define CORD_API_ALL_ROUTES(X)                                                                     \
    X(cord_api_alerts_list)                                                                        \
    X(cord_api_alerts_write_create)                                                                \
    X(cord_api_alerts_counts_facets)                                                               \
    X(cord_api_alerts_counts_histogram)                                                            \
    X(cord_api_alerts_counts_risks)                                                                \
    X(cord_api_alerts_live)                                                                        \
    X(cord_api_alerts_write_action)                                                                \
    X(cord_api_alerts_write_undo)                                                                  \
    X(cord_api_alerts_get)                                                                         \
    X(cord_api_alerts_findings)                                                                    \
    X(cord_api_claims_list)                                                                        \
    X(cord_api_claims_create)                                                                      \
    X(cord_api_claims_stream)                                                                      \
    X(cord_api_claims_kinds)                                                                       \
    X(cord_api_claims_get)                                                                         \
    X(cord_api_claims_answers)                                                                     \
    X(cord_api_delegations_list)                                                                   \
    X(cord_api_delegations_create)                                                                 \
    X(cord_api_delegations_delete)                                                                 \
    X(cord_api_coverage_get)                                                                       \
    X(cord_api_coverage_layer)                                                                     \
    X(cord_api_figures_list)                                                                       \
    X(cord_api_figures_get)                                                                        \
    X(cord_api_figures_moves)                                                                      \
    X(cord_api_findings_list)                                                                      \
    X(cord_api_findings_stream)                                                                    \
    X(cord_api_findings_get)                                                                       \
    X(cord_api_health_get)                                                                         \
    X(cord_api_hunts_create)                                                                       \
    X(cord_api_hunts_list)                                                                         \
    X(cord_api_hunts_get)                                                                          \
    X(cord_api_hunts_delete)                                                                       \
    X(cord_api_hunts_summary)                                                                      \
    X(cord_api_hunts_rows)                                                                         \
    X(cord_api_hunts_cancel)                                                                       \
    X(cord_api_hunts_export)                                                                       \
    X(cord_api_events_get)                                                                         \
    X(cord_api_events_context)                                                                     \
    X(cord_api_incidents_list)                                                                     \
    X(cord_api_incidents_write_create)                                                             \
    X(cord_api_incidents_write_entry)                                                              \
    X(cord_api_incidents_get)                                                                      \
    X(cord_api_incidents_timeline)                                                                 \
    X(cord_api_incidents_sitrep)                                                                   \
    X(cord_api_national_get)                                                                       \
    X(cord_api_organisations_list)                                                                 \
    X(cord_api_organisations_get)                                                                  \
    X(cord_api_rules_list)                                                                         \
    X(cord_api_rules_refusals)                                                                     \
    X(cord_api_rules_draft_create)                                                                 \
    X(cord_api_rules_draft_check)                                                                  \
    X(cord_api_rules_get)                                                                          \
    X(cord_api_services_list)                                                                      \
    X(cord_api_services_get)                                                                       \
    X(cord_api_services_state)                                                                     \
    X(cord_api_rule_health_get)                                                                    \
    X(cord_api_session_create)                                                                     \
    X(cord_api_session_get)                                                                        \
    X(cord_api_session_delete)                                                                     \
    X(cord_api_session_factor)                                                                     \
    X(cord_api_session_confirm)                                                                    \
    X(cord_api_session_link)                                                                       \
    X(cord_api_session_setup)                                                                      \
    X(cord_api_users_list)                                                                         \
    X(cord_api_users_create)                                                                       \
    X(cord_api_users_one)                                                                          \
    X(cord_api_users_replace)                                                                      \
    X(cord_api_users_setup)                                                                        \
    X(cord_api_users_disable)                                                                      \
    X(cord_api_users_enable)                                                                       \
    X(cord_api_tokens_list)                                                                        \
    X(cord_api_tokens_create)                                                                      \
    X(cord_api_tokens_delete)                                                                      \
    X(cord_api_tokens_grants)                                                                      \
    X(cord_api_tokens_grant)                                                                       \
    X(cord_api_tokens_revoke_grant)                                                                \
    X(cord_api_tokens_audit)                                                                       \
    X(cord_api_saved_list)                                                                         \
    X(cord_api_saved_create)                                                                       \
    X(cord_api_saved_change)                                                                       \
    X(cord_api_saved_delete)                                                                       \
    X(cord_api_suppressions_list)                                                                  \
    X(cord_api_suppressions_create)                                                                \
    X(cord_api_suppressions_get)                                                                   \
    X(cord_api_suppressions_end)                                                                   \
    X(cord_api_trials_create)                                                                      \
    X(cord_api_trials_list)                                                                        \
    X(cord_api_trials_get)                                                                         \
    X(cord_api_trials_delete)                                                                      \
    X(cord_api_spread_list)                                                                        \
    X(cord_api_spread_get)                                                                         \
    X(cord_api_sources_list)                                                                       \
    X(cord_api_sources_get)                                                                        \
    X(cord_api_sources_minutes)

#define CORD_API_DECLARE(route) extern const struct cord_api_route route;
CORD_API_ALL_ROUTES(CORD_API_DECLARE)
#undef CORD_API_DECLARE

/* --- shapes that several of them show --- */

extern const struct cord_api_shape cord_api_figures_shape;
extern const struct cord_api_shape cord_api_national_completeness;

#endif
