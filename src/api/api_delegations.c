/* api_delegations.c: what organisations let one another do in their houses (N13), as claims. */
#include "api/api_claims.h"
#include "api/api_internal.h"

#include "base/vec.h"
#include "codec/json_write.h"
#include "record/role.h"

#include <stdlib.h>

enum { CODE_MAX = 32, REASON_MAX = 1024, BODY_BYTES_MAX = 8192, VALUE_BYTES_MAX = 8192 };

/* --- shapes --- */

static const struct cord_api_member DELEGATION_MEMBERS[] = {
    {.name = "id", .type = CORD_API_ID, .required = true, .help = "of the claim that granted it"},
    {.name = "organisation", .type = CORD_API_TEXT, .required = true, .help = "in whose house"},
    {.name = "to", .type = CORD_API_TEXT, .required = true, .help = "code of who may act"},
    {.name = "right", .type = CORD_API_TEXT, .required = true, .help = "containment.execute"},
    {.name = "from", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "until", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape DELEGATION = {
    .name = "Delegation",
    .help = "An organisation lets another act for it, until it takes that back.",
    .members = DELEGATION_MEMBERS};

static const struct cord_api_member NEW_MEMBERS[] = {
    {.name = "to",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CODE_MAX,
     .help = "code of the organisation that is to act"},
    {.name = "right",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CODE_MAX,
     .help = "one that needs the authority of whose house it is: containment.execute"},
    {.name = "until", .type = CORD_API_TIME, .help = "until taken back unless said"},
    {.name = "reason", .type = CORD_API_TEXT, .least = 1, .most = REASON_MAX},
    {.type = CORD_API_END},
};

static const struct cord_api_shape NEW_DELEGATION = {.name = "NewDelegation",
                                                     .help =
                                                         "What one's own organisation delegates.",
                                                     .members = NEW_MEMBERS};

/* --- which hold --- */

struct found {
    uint64_t claim;
    cord_str organisation;
    cord_str to;
    cord_str right;
    int64_t from_ns;
    int64_t until_ns;
};

struct finding {
    struct cord_api_call *call;
    struct found *items; /* texts in the call's arena */
    size_t count;
    size_t cap;
};

/* Who delegates sees it, to whom it is delegated, and whoever has the right over either. */
static bool sees(struct cord_api_call *call, const struct found *found)
{
    return cord_api_call_may(call->api, &call->principal, "delegation.read", found->organisation) ||
           cord_api_call_may(call->api, &call->principal, "delegation.read", found->to);
}

/* Only what an organisation says of itself counts. */
static cord_status keep(void *self, const struct cord_answer *answer)
{
    struct finding *finding = self;
    struct cord_arena *arena = finding->call->arena;
    cord_str organisation = cord_claim_subject_rest(answer->subject, "org");
    cord_str to = cord_claim_subject_rest(cord_claim_member(answer->part, "to"), "org");
    if (!cord_str_eq(answer->claimant, answer->subject) || !organisation.ptr || !to.ptr ||
        !cord_str_eq(answer->state, CORD_STR("granted"))) {
        return CORD_OK;
    }
    const struct found found = {
        .claim = answer->claim,
        .organisation = cord_arena_copy(arena, organisation),
        .to = cord_arena_copy(arena, to),
        .right = cord_arena_copy(arena, cord_claim_member(answer->part, "verb")),
        .from_ns = answer->valid_from_ns,
        .until_ns = answer->valid_to_ns,
    };
    struct found *items =
        cord_vec_room(finding->items, finding->count, &finding->cap, sizeof *items);
    if (!items || !found.organisation.ptr || !found.to.ptr || !found.right.ptr) {
        return CORD_E_NOMEM;
    }
    finding->items = items;
    finding->items[finding->count++] = found;
    return CORD_OK;
}

/* Of all organisations (""), or of one. False: a problem is set. */
static bool find(struct finding *finding, struct cord_api_call *call, cord_str organisation,
                 struct cord_as_of as_of)
{
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    cord_str subject = organisation.len > 0
                           ? cord_arena_printf(call->arena, "org:%.*s", CORD_STR_ARG(organisation))
                           : CORD_STR("");
    *finding = (struct finding){.call = call};
    cord_status status =
        subject.ptr ? cord_api_views_take(call->api->views, &view, &err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_record_view_answers(view, CORD_STR("delegation"), subject, as_of, keep,
                                          finding, &err);
    }
    cord_api_views_give(call->api->views, view);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    return status == CORD_OK;
}

/* --- the list --- */

static void put(struct cord_api_call *call, const struct found *found)
{
    struct cord_buf *out = &call->out;
    cord_json_put_object(out);
    cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "id", found->claim);
    cord_json_put_text(out, "organisation", found->organisation);
    cord_json_put_text(out, "to", found->to);
    cord_json_put_text(out, "right", found->right);
    cord_json_put_time(out, "from", found->from_ns);
    cord_json_put_time(out, "until", found->until_ns);
    cord_buf_put_char(out, '}');
}

static void answer_list(struct cord_api_call *call)
{
    struct finding finding;
    cord_str to = cord_api_call_text(call, "to");
    size_t left = cord_api_call_limit(call);
    uint64_t skip = 0;
    uint64_t at = 0;
    if (!cord_api_call_place_number(call, &skip)) {
        return;
    }
    if (find(&finding, call, cord_api_call_text(call, "organisation"), cord_api_call_as_of(call))) {
        cord_api_call_page(call);
        for (; at < finding.count; at++) {
            const struct found *found = &finding.items[at];
            if (at < skip || (to.len > 0 && !cord_str_eq(to, found->to)) || !sees(call, found)) {
                continue;
            }
            if (left == 0) {
                break;
            }
            put(call, found);
            left--;
        }
        cord_api_call_page_end_number(call, at < finding.count, at);
    }
    free(finding.items);
}

static const struct cord_api_member LIST_PARAMETERS[] = {
    {.name = "organisation",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "in this one's house, by its code"},
    {.name = "to", .type = CORD_API_TEXT, .least = 1, .most = CODE_MAX, .help = "to this one"},
    CORD_API_SHAPE_AT,
    CORD_API_SHAPE_ABOUT,
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_delegations_list = {
    .method = CORD_HTTP_GET,
    .path = "/delegations",
    .id = "listDelegations",
    .verb = "delegation.read",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &DELEGATION,
    .summary = "Which organisation lets which other do what in its house",
    .help = "Those that hold; of one's own organisation, and to it. Give `at`, so that all pages "
            "are of the same moment.",
    .answer = answer_list,
};

/* --- granting and taking back --- */

/* False: a problem is set. Only for one's own house, and by whoever may give its authority. */
static bool may_delegate(struct cord_api_call *call)
{
    cord_str home = cord_str_from(call->principal.organisation);
    bool may =
        home.len > 0 && cord_api_call_may(call->api, &call->principal, "delegation.write", home);
    if (!may) {
        cord_api_call_problem(call, 403,
                              "this needs the right delegation.write over one's own organisation");
    }
    return may;
}

struct said {
    const char *kind;
    cord_str to;
    cord_str right;
    cord_str reason;
    int64_t until_ns;
};

static bool record(struct cord_api_call *call, const struct said *said)
{
    struct cord_buf value;
    cord_str to = cord_arena_printf(call->arena, "org:%.*s", CORD_STR_ARG(said->to));
    cord_buf_init(&value, VALUE_BYTES_MAX);
    cord_buf_put_char(&value, '{');
    cord_json_put_text(&value, "to", to);
    cord_json_put_text(&value, "verb", said->right);
    cord_json_put_some(&value, "reason", said->reason);
    cord_buf_put_char(&value, '}');
    const struct cord_claim claim = {
        .kind = cord_claim_kind_find(cord_str_from(said->kind)),
        .subject = cord_arena_printf(call->arena, "org:%s", call->principal.organisation),
        .value = cord_buf_str(&value),
        .valid_from_ns = CORD_TIME_NONE,
        .valid_to_ns = said->until_ns,
        .method = CORD_STR("return"),
        .confidence = CORD_CLAIM_CERTAIN,
        .basis = CORD_CLAIM_CONFIRMED,
        .marking = CORD_CLAIM_AMBER,
    };
    bool done = !value.failed && to.ptr && claim.subject.ptr;
    if (done) {
        done = cord_api_claims_create_one(call, &claim);
    } else {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
    }
    cord_buf_done(&value);
    return done;
}

/* Faults are added. */
static void check_new(struct cord_api_call *call, const struct said *said)
{
    enum cord_verb verb = CORD_VERB_COUNT;
    if (!cord_role_verb_find(said->right, &verb)) {
        cord_api_shape_fault(&call->faults, "right", "there is no such right");
    } else if (!cord_role_verb_needs_authority(verb)) {
        cord_api_shape_fault(&call->faults, "right", "is one that needs no delegation");
    }
    if (cord_str_eq(said->to, cord_str_from(call->principal.organisation))) {
        cord_api_shape_fault(&call->faults, "to", "is one's own organisation");
    }
    if (said->until_ns != CORD_TIME_NONE && said->until_ns <= call->now_ns) {
        cord_api_shape_fault(&call->faults, "until", "is over already");
    }
}

static void answer_create(struct cord_api_call *call)
{
    const struct said said = {
        .kind = "delegation.grant",
        .to = cord_api_call_body_text(call, "to"),
        .right = cord_api_call_body_text(call, "right"),
        .reason = cord_api_call_body_text(call, "reason"),
        .until_ns = cord_api_call_body_time(call, "until"),
    };
    if (!may_delegate(call)) {
        return;
    }
    check_new(call, &said);
    if (call->faults.count > 0) {
        cord_api_call_problem(call, 422, "the body is not as it is to be");
        return;
    }
    (void)record(call, &said); /* the reply or the problem is set */
}

const struct cord_api_route cord_api_delegations_create = {
    .method = CORD_HTTP_POST,
    .path = "/delegations",
    .id = "createDelegation",
    .verb = "delegation.write",
    .flags = CORD_API_KEYED | CORD_API_FULL | CORD_API_CONFLICTS,
    .body = &NEW_DELEGATION,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &cord_api_claims_recorded_shape,
    .summary = "Let another organisation do something in the house of one's own",
    .help = "Recorded as a claim (delegation.grant) of one's organisation; its id is the "
            "delegation's.",
    .answer = answer_create,
};

static void answer_revoke(struct cord_api_call *call)
{
    const struct cord_as_of now = {INT64_MAX, INT64_MAX};
    cord_str home = cord_str_from(call->principal.organisation);
    struct finding finding = {.call = call};
    uint64_t claim;
    size_t at = 0;
    if (!cord_api_call_id(call, CORD_API_OPAQUE_CLAIM, &claim) || !may_delegate(call)) {
        return;
    }
    if (find(&finding, call, home, now)) {
        while (at < finding.count && finding.items[at].claim != claim) {
            at++;
        }
        if (at == finding.count) {
            cord_api_call_missing(call);
        } else if (record(call, &(struct said){.kind = "delegation.revoke",
                                               .to = finding.items[at].to,
                                               .right = finding.items[at].right,
                                               .reason = CORD_STR(""),
                                               .until_ns = CORD_TIME_NONE})) {
            cord_buf_clear(&call->out); /* 204 */
        }
    }
    free(finding.items);
}

static const struct cord_api_member ID_VARIABLE[] = {
    {.name = "id", .type = CORD_API_ID, .required = true},
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_delegations_delete = {
    .method = CORD_HTTP_DELETE,
    .path = "/delegations/{id}",
    .id = "revokeDelegation",
    .verb = "delegation.write",
    .flags = CORD_API_FULL,
    .variables = ID_VARIABLE,
    .status = 204,
    .summary = "Take back what one's organisation has delegated",
    .help = "Recorded as a claim (delegation.revoke).",
    .answer = answer_revoke,
};
