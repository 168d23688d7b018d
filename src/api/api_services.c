/* api_services.c: the services that care runs on, whether they are safe to use, and saying so. */
#include "api/api_claims.h"
#include "api/api_internal.h"
#include "api/api_pictures.h"

#include "codec/json_write.h"
#include "record/service.h"

enum { CODE_MAX = 64, TEXT_MAX = 4096, BODY_BYTES_MAX = 16384, VALUE_BYTES_MAX = 16384 };

/* --- shapes --- */

static const char *const STATES[] = {"safe",       "conditional", "review",
                                     "do-not-use", "unknown",     NULL};
static const char *const SAID_STATES[] = {"safe", "conditional", "review", "do-not-use", NULL};
static const char *const MARKINGS[] = {"TLP:CLEAR",        "TLP:GREEN", "TLP:AMBER",
                                       "TLP:AMBER+STRICT", "TLP:RED",   NULL};
static const char *const BASES[] = {"confirmed", "reported", "estimated", NULL};

static const struct cord_api_member SERVICE_MEMBERS[] = {
    {.name = "service", .type = CORD_API_TEXT, .required = true, .help = "its code: spine"},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "owner",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "code of the organisation that answers for it"},
    {.name = "owner_name", .type = CORD_API_TEXT},
    {.name = "national",
     .type = CORD_API_FLAG,
     .required = true,
     .help = "the whole country uses it"},
    {.name = "criticality", .type = CORD_API_TEXT},
    {.name = "needs", .type = CORD_API_TEXTS, .required = true, .help = "codes of services"},
    {.name = "needed_by", .type = CORD_API_TEXTS, .required = true, .help = "codes of services"},
    {.name = "state",
     .type = CORD_API_WORD,
     .required = true,
     .words = STATES,
     .help = "unknown: nobody has said anything, or not to whoever asks; it is never safe"},
    {.name = "conditions", .type = CORD_API_TEXT, .help = "under which it is safe"},
    {.name = "reason", .type = CORD_API_TEXT},
    {.name = "since", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "claim", .type = CORD_API_ID, .required = true, .help = "behind its description"},
    {.name = "state_claim",
     .type = CORD_API_ID,
     .required = true,
     .nullable = true,
     .help = "behind its state"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape SERVICE = {
    .name = "Service",
    .help = "A service, what it needs, and whether it is safe to use.",
    .members = SERVICE_MEMBERS};

static const struct cord_api_member STATE_MEMBERS[] = {
    {.name = "state", .type = CORD_API_WORD, .required = true, .words = SAID_STATES},
    {.name = "conditions", .type = CORD_API_TEXT, .least = 1, .most = TEXT_MAX},
    {.name = "reason", .type = CORD_API_TEXT, .least = 1, .most = TEXT_MAX},
    {.name = "next", .type = CORD_API_TIME, .help = "when the next word comes"},
    {.name = "valid_from", .type = CORD_API_TIME, .help = "since when; now unless said"},
    {.name = "basis", .type = CORD_API_WORD, .words = BASES, .help = "reported unless said"},
    {.name = "marking",
     .type = CORD_API_WORD,
     .words = MARKINGS,
     .help = "TLP:GREEN unless said: who uses it is to know"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape STATE = {
    .name = "ServiceState", .help = "Whether a service is safe to use.", .members = STATE_MEMBERS};

/* --- what may be seen --- */

struct looking {
    struct cord_api_call *call;
    struct cord_services *services;
    struct cord_api_picture *picture;
    struct cord_record_view *view;
    cord_str owner; /* of the service whose claim is looked at */
    bool seen;
};

static enum cord_api_answer may(const struct cord_api_call *call, const char *verb, cord_str owner,
                                const struct cord_claim *claim)
{
    const struct cord_api_access *access = &call->options->access;
    struct cord_api_subject subject = {.organisation = owner, .marking = CORD_CLAIM_AMBER};
    if (claim) {
        subject = cord_api_claims_subject(CORD_STR(""), claim->claimant, claim->marking);
        subject.organisation = owner;
    }
    return access->may(access->self, &call->principal, verb, &subject);
}

static cord_status look(void *self, const struct cord_claim *claim, const struct cord_digest *hash)
{
    struct looking *looking = self;
    (void)hash;
    looking->seen = may(looking->call, "services.read", looking->owner, claim) == CORD_API_YES;
    return CORD_OK;
}

/* A service and its state are their owner's. */
static bool sees(struct looking *looking, const struct cord_service *service, uint64_t claim)
{
    looking->owner = service->owner;
    looking->seen = false;
    return claim > 0 &&
           cord_record_view_claim(looking->view, claim, look, looking, NULL) == CORD_OK &&
           looking->seen;
}

static bool looking_init(struct looking *looking, struct cord_api_call *call,
                         struct cord_as_of as_of)
{
    struct cord_error err = {""};
    *looking = (struct looking){.call = call};
    cord_status status = cord_api_views_take(call->api->views, &looking->view, &err);
    if (status == CORD_OK) {
        status =
            cord_api_pictures_take(call->options->ports.pictures, as_of, &looking->picture, &err);
    }
    if (status == CORD_OK) {
        status = cord_services_build(looking->view, as_of, &looking->services, &err);
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    return status == CORD_OK;
}

static void looking_done(struct looking *looking)
{
    cord_services_free(looking->services);
    cord_api_pictures_give(looking->call->options->ports.pictures, looking->picture);
    cord_api_views_give(looking->call->api->views, looking->view);
}

/* --- showing --- */

static void put_needed_by(struct looking *looking, const struct cord_service *service)
{
    struct cord_buf *out = &looking->call->out;
    cord_json_put_name(out, "needed_by");
    cord_buf_put_char(out, '[');
    for (size_t i = 0; i < cord_services_count(looking->services); i++) {
        const struct cord_service *other = cord_services_at(looking->services, i);
        bool needs = false;
        for (size_t need = 0; need < other->need_count && !needs; need++) {
            needs = cord_str_eq(other->needs[need], service->code);
        }
        if (needs && sees(looking, other, other->claim)) {
            cord_json_put_item(out);
            cord_json_write_string(out, other->code);
        }
    }
    cord_buf_put_char(out, ']');
}

static void put_state(struct looking *looking, const struct cord_service *service)
{
    struct cord_buf *out = &looking->call->out;
    bool seen = sees(looking, service, service->state_claim);
    cord_json_put_text(out, "state", seen ? service->state : CORD_STR("unknown"));
    cord_json_put_some(out, "conditions", seen ? service->conditions : CORD_STR(""));
    cord_json_put_some(out, "reason", seen ? service->reason : CORD_STR(""));
    cord_json_put_time(out, "since", seen ? service->state_since_ns : CORD_TIME_NONE);
    cord_api_call_put_id(looking->call, CORD_API_OPAQUE_CLAIM, "claim", service->claim);
    cord_api_call_put_id(looking->call, CORD_API_OPAQUE_CLAIM, "state_claim",
                         seen ? service->state_claim : 0);
}

static void put_service(struct looking *looking, const struct cord_service *service)
{
    struct cord_buf *out = &looking->call->out;
    const struct cord_organisation *owner =
        cord_organisations_find(cord_api_pictures_of(looking->picture), service->owner);
    cord_json_put_object(out);
    cord_json_put_text(out, "service", service->code);
    cord_json_put_text(out, "name", service->name);
    cord_json_put_text(out, "owner", service->owner);
    cord_json_put_some(out, "owner_name", owner ? owner->name : CORD_STR(""));
    cord_json_put_flag(out, "national", service->national);
    cord_json_put_some(out, "criticality", service->criticality);
    cord_json_put_texts(out, "needs", service->needs, service->need_count);
    put_needed_by(looking, service);
    put_state(looking, service);
    cord_buf_put_char(out, '}');
}

/* --- the list, and one --- */

static bool is_chosen(const struct cord_api_call *call, const struct cord_service *service)
{
    const struct cord_api_value *national = cord_api_call_parameter(call, "national");
    cord_str owner = cord_api_call_text(call, "owner");
    return (owner.len == 0 || cord_str_eq(owner, service->owner)) &&
           (!national->present || national->flag == service->national);
}

static void answer_list(struct cord_api_call *call)
{
    struct looking looking;
    cord_str after;
    cord_str last = CORD_STR("");
    size_t left = cord_api_call_limit(call);
    bool more = false;
    if (!cord_api_call_place(call, &after)) {
        return;
    }
    if (looking_init(&looking, call, cord_api_call_as_of(call))) {
        cord_api_call_page(call);
        for (size_t i = 0; i < cord_services_count(looking.services) && !more; i++) {
            const struct cord_service *service = cord_services_at(looking.services, i);
            if (cord_str_compare(service->code, after) <= 0 || !is_chosen(call, service) ||
                !sees(&looking, service, service->claim)) {
                continue;
            }
            more = left == 0;
            if (!more) {
                put_service(&looking, service);
                last = service->code;
                left--;
            }
        }
        cord_api_call_page_end(call, more ? last : (cord_str){0});
    }
    looking_done(&looking);
}

static const struct cord_api_member LIST_PARAMETERS[] = {
    {.name = "owner",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODE_MAX,
     .help = "that this organisation answers for, by its code"},
    {.name = "national", .type = CORD_API_FLAG},
    CORD_API_SHAPE_AT,
    CORD_API_SHAPE_ABOUT,
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_services_list = {
    .method = CORD_HTTP_GET,
    .path = "/services",
    .id = "listServices",
    .verb = "services.read",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &SERVICE,
    .summary = "The services that care runs on, and whether they are safe to use",
    .help = "By code. A service is its owner's: others see what is marked for them.",
    .answer = answer_list,
};

/* NULL: a problem is set. */
static const struct cord_service *find(struct looking *looking)
{
    const struct cord_service *service =
        cord_services_find(looking->services, looking->call->variables[0]);
    if (!service || !sees(looking, service, service->claim)) {
        cord_api_call_missing(looking->call);
        return NULL;
    }
    return service;
}

static void answer_get(struct cord_api_call *call)
{
    struct looking looking;
    if (looking_init(&looking, call, cord_api_call_as_of(call))) {
        const struct cord_service *service = find(&looking);
        if (service) {
            put_service(&looking, service);
            cord_buf_put_char(&call->out, '\n');
        }
    }
    looking_done(&looking);
}

static const struct cord_api_member CODE_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("id", CODE_MAX, "its code: spine");

static const struct cord_api_member GET_PARAMETERS[] = {
    CORD_API_SHAPE_AT, CORD_API_SHAPE_ABOUT, {.type = CORD_API_END}};

const struct cord_api_route cord_api_services_get = {
    .method = CORD_HTTP_GET,
    .path = "/services/{id}",
    .id = "getService",
    .verb = "services.read",
    .variables = CODE_VARIABLE,
    .parameters = GET_PARAMETERS,
    .status = 200,
    .reply = &SERVICE,
    .summary = "One service",
    .answer = answer_get,
};

/* --- saying how one is --- */

static void put_value(const struct cord_api_call *call, struct cord_buf *value)
{
    static const char *const names[] = {"state", "conditions", "reason", "next"};
    cord_buf_put_char(value, '{');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cord_json_put_some(value, names[i], cord_api_call_body_text(call, names[i]));
    }
    cord_buf_put_char(value, '}');
}

static void record_state(struct cord_api_call *call, const struct cord_service *service)
{
    struct cord_buf value;
    struct cord_claim claim = {
        .kind = cord_claim_kind_find(CORD_STR("service.state")),
        .subject = cord_arena_printf(call->arena, "service:%.*s", CORD_STR_ARG(service->code)),
        .valid_from_ns = cord_api_call_body_time(call, "valid_from"),
        .valid_to_ns = CORD_TIME_NONE,
        .method = CORD_STR("return"),
        .confidence = CORD_CLAIM_CONFIDENCE,
        .basis = CORD_CLAIM_REPORTED,
        .marking = CORD_CLAIM_GREEN,
    };
    /* Words of the shape: both find them, or leave what is unless said. */
    (void)cord_claim_basis_find(cord_api_call_body_text(call, "basis"), &claim.basis);
    (void)cord_claim_marking_find(cord_api_call_body_text(call, "marking"), &claim.marking);
    cord_buf_init(&value, VALUE_BYTES_MAX);
    put_value(call, &value);
    claim.value = cord_buf_str(&value);
    if (value.failed || !claim.subject.ptr) {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
    } else {
        (void)cord_api_claims_create_one(call, &claim); /* the reply or the problem is set */
    }
    cord_buf_done(&value);
}

static void answer_state(struct cord_api_call *call)
{
    const struct cord_as_of now = {INT64_MAX, INT64_MAX};
    struct looking looking;
    if (looking_init(&looking, call, now)) {
        const struct cord_service *service = find(&looking);
        if (service && may(call, "services.write", service->owner, NULL) == CORD_API_YES) {
            record_state(call, service);
        } else if (service) {
            cord_api_call_problem(call, 403, "this needs the right services.write over its owner");
        }
    }
    looking_done(&looking);
}

const struct cord_api_route cord_api_services_state = {
    .method = CORD_HTTP_POST,
    .path = "/services/{id}/state",
    .id = "createServiceState",
    .verb = "services.write",
    .flags = CORD_API_KEYED | CORD_API_FULL | CORD_API_CONFLICTS,
    .variables = CODE_VARIABLE,
    .body = &STATE,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &cord_api_claims_recorded_shape,
    .summary = "Say whether a service is safe to use",
    .help = "Recorded as a claim (service.state) of one's organisation. The owner's word counts "
            "before anybody else's.",
    .answer = answer_state,
};
