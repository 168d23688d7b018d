/* api_organisations.c: which organisations and services there are, as known at one time. */
#include "api/api_claims.h"
#include "api/api_internal.h"
#include "api/api_pictures.h"

enum { CODE_MAX = 64, TEXT_MAX = 128, CODES_MAX = 4096 };

/* --- shapes --- */

static const struct cord_api_member ORGANISATION_MEMBERS[] = {
    {.name = "code", .type = CORD_API_TEXT, .required = true},
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "role",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "trust, practice, region, ..."},
    {.name = "open", .type = CORD_API_FLAG, .required = true, .help = "at the time asked about"},
    {.name = "standing", .type = CORD_API_TEXT, .help = "left out: active"},
    {.name = "region", .type = CORD_API_TEXT, .help = "its code"},
    {.name = "parent", .type = CORD_API_TEXT, .help = "its code"},
    {.name = "commissioner", .type = CORD_API_TEXT, .help = "its code"},
    {.name = "network", .type = CORD_API_TEXT, .help = "its code"},
    {.name = "postcode", .type = CORD_API_TEXT},
    {.name = "country", .type = CORD_API_TEXT},
    {.name = "opened", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "closed", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "counts_as",
     .type = CORD_API_TEXT,
     .required = true,
     .help = "code of the identity that it is, after mergers: itself or its successor"},
    {.name = "claim", .type = CORD_API_ID, .required = true, .help = "behind its description"},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ORGANISATION = {
    .name = "Organisation",
    .help = "A body of the health service, as known at one time, about another.",
    .members = ORGANISATION_MEMBERS};

static void put_organisation(struct cord_api_call *call,
                             const struct cord_organisations *organisations,
                             const struct cord_organisation *organisation)
{
    const struct cord_organisation *identity =
        cord_organisations_identity(organisations, organisation->code);
    bool open = cord_organisation_is_open(organisation, cord_organisations_about(organisations));
    struct cord_buf *out = &call->out;
    cord_json_put_object(out);
    cord_json_put_text(out, "code", organisation->code);
    cord_json_put_text(out, "name", organisation->name);
    cord_json_put_text(out, "role", organisation->role);
    cord_json_put_flag(out, "open", open);
    cord_json_put_some(out, "standing", organisation->standing);
    cord_json_put_some(out, "region", organisation->region);
    cord_json_put_some(out, "parent", organisation->parent);
    cord_json_put_some(out, "commissioner", organisation->commissioner);
    cord_json_put_some(out, "network", organisation->network);
    cord_json_put_some(out, "postcode", organisation->postcode);
    cord_json_put_some(out, "country", organisation->country);
    cord_json_put_time(out, "opened", organisation->opened_ns);
    cord_json_put_time(out, "closed", organisation->closed_ns);
    cord_json_put_text(out, "counts_as", identity ? identity->code : organisation->code);
    cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", organisation->claim);
    cord_buf_put_char(out, '}');
}

/* --- who may see one: whoever may see the claim behind it --- */

struct looking {
    struct cord_api_call *call;
    bool seen;
};

static cord_status look(void *self, const struct cord_claim *claim, const struct cord_digest *hash)
{
    struct looking *looking = self;
    const struct cord_api_call *call = looking->call;
    (void)hash;
    looking->seen = cord_api_claims_sees(call->api, &call->principal, call->route->verb, claim);
    return CORD_OK;
}

static cord_status is_seen(struct cord_api_call *call, struct cord_record_view *view,
                           uint64_t claim, bool *ret_seen, struct cord_error *err)
{
    struct looking looking = {.call = call};
    cord_status status = cord_record_view_claim(view, claim, look, &looking, err);
    *ret_seen = looking.seen;
    return status;
}

/* --- the list --- */

static bool contains(cord_str text, cord_str part)
{
    for (size_t at = 0; at + part.len <= text.len; at++) {
        if (cord_str_starts_fold(cord_str_from_byte(text, at), part)) {
            return true;
        }
    }
    return false;
}

/* Whether it is one of those that `codes` names, or that asks for none in particular. */
static bool is_named(cord_str codes, cord_str code)
{
    bool named = codes.len == 0;
    cord_str word;
    while (!named && cord_str_cut(&codes, ',', &word)) {
        named = cord_str_eq(word, code);
    }
    return named;
}

static bool passes(const struct cord_api_call *call, const struct cord_organisations *organisations,
                   const struct cord_organisation *organisation)
{
    const struct cord_api_value *open = cord_api_call_parameter(call, "open");
    cord_str text = cord_api_call_text(call, "text");
    const struct cord_organisation_filter filter = {
        .role = cord_api_call_text(call, "role"),
        .region = cord_api_call_text(call, "region"),
        .parent = cord_api_call_text(call, "parent"),
        .country = cord_api_call_text(call, "country"),
        .open = open->present && open->flag,
    };
    return cord_organisation_passes(organisation, &filter,
                                    cord_organisations_about(organisations)) &&
           (text.len == 0 || contains(organisation->name, text) ||
            cord_str_starts_fold(organisation->code, text)) &&
           is_named(cord_api_call_text(call, "codes"), organisation->code);
}

static cord_status put_page(struct cord_api_call *call,
                            const struct cord_organisations *organisations,
                            struct cord_record_view *view, cord_str after, struct cord_error *err)
{
    size_t left = cord_api_call_limit(call);
    cord_str last = after;
    bool more = false;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < cord_organisations_count(organisations) && status == CORD_OK && !more;
         i++) {
        const struct cord_organisation *at = cord_organisations_at(organisations, i);
        bool seen = false;
        if ((after.len > 0 && cord_str_compare(at->code, after) <= 0) ||
            !passes(call, organisations, at)) {
            continue;
        }
        status = is_seen(call, view, at->claim, &seen, err);
        more = seen && left == 0;
        if (status == CORD_OK && seen && !more) {
            put_organisation(call, organisations, at);
            last = at->code;
            left--;
        }
    }
    if (status == CORD_OK) {
        cord_api_call_page_end(call, more ? last : (cord_str){0});
    }
    return status;
}

/* What both of them need; false: a problem is set. */
static bool take(struct cord_api_call *call, struct cord_api_picture **ret_picture,
                 struct cord_record_view **ret_view)
{
    struct cord_error err = {""};
    cord_status status = cord_api_pictures_take(call->options->ports.pictures,
                                                cord_api_call_as_of(call), ret_picture, &err);
    if (status == CORD_OK) {
        status = cord_api_views_take(call->api->views, ret_view, &err);
        if (status != CORD_OK) {
            cord_api_pictures_give(call->options->ports.pictures, *ret_picture);
        }
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    return status == CORD_OK;
}

static void give(struct cord_api_call *call, struct cord_api_picture *picture,
                 struct cord_record_view *view)
{
    cord_api_views_give(call->api->views, view);
    cord_api_pictures_give(call->options->ports.pictures, picture);
}

static void answer_list(struct cord_api_call *call)
{
    struct cord_api_picture *picture = NULL;
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    cord_str after;
    if (!cord_api_call_place(call, &after) || !take(call, &picture, &view)) {
        return;
    }
    cord_api_call_page(call);
    cord_status status = put_page(call, cord_api_pictures_of(picture), view, after, &err);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
    }
    give(call, picture, view);
}

#define WORD_PARAMETER(word, what)                                                                 \
    {                                                                                              \
        .name = (word), .type = CORD_API_TEXT, .least = 1, .most = CODE_MAX, .help = (what)        \
    }
static const struct cord_api_member LIST_PARAMETERS[] = {
    WORD_PARAMETER("role", "of this role: trust"),
    WORD_PARAMETER("region", "of this region, by its code"),
    WORD_PARAMETER("parent", "below this one, by its code"),
    WORD_PARAMETER("country", "of this country"),
    {.name = "open", .type = CORD_API_FLAG, .help = "only those open at the time asked about"},
    {.name = "text",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = TEXT_MAX,
     .help = "in the name, or at the code's beginning; case does not matter"},
    {.name = "codes",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CODES_MAX,
     .help = "these alone: RXA,RXB"},
    CORD_API_SHAPE_AT,
    CORD_API_SHAPE_ABOUT,
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_organisations_list = {
    .method = CORD_HTTP_GET,
    .path = "/organisations",
    .id = "listOrganisations",
    .verb = "organisations.read",
    .flags = CORD_API_PAGED,
    .parameters = LIST_PARAMETERS,
    .status = 200,
    .reply = &ORGANISATION,
    .summary = "Which organisations there are",
    .help = "By code. While claims come in, what is known now may be five seconds old.",
    .answer = answer_list,
};

static void answer_get(struct cord_api_call *call)
{
    struct cord_api_picture *picture = NULL;
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    bool seen = false;
    if (!take(call, &picture, &view)) {
        return;
    }
    const struct cord_organisations *organisations = cord_api_pictures_of(picture);
    const struct cord_organisation *found =
        cord_organisations_find(organisations, call->variables[0]);
    cord_status status = found ? is_seen(call, view, found->claim, &seen, &err) : CORD_E_NOENT;
    if (status == CORD_OK && seen) {
        put_organisation(call, organisations, found);
        cord_buf_put_char(&call->out, '\n');
    } else {
        cord_api_call_failed(call, status == CORD_OK ? CORD_E_NOENT : status, &err);
    }
    give(call, picture, view);
}

static const struct cord_api_member CODE_VARIABLE[] =
    CORD_API_SHAPE_ONE_TEXT("code", CODE_MAX, "of the organisation, or another code of it");

static const struct cord_api_member GET_PARAMETERS[] = {
    CORD_API_SHAPE_AT, CORD_API_SHAPE_ABOUT, {.type = CORD_API_END}};

const struct cord_api_route cord_api_organisations_get = {
    .method = CORD_HTTP_GET,
    .path = "/organisations/{code}",
    .id = "getOrganisation",
    .verb = "organisations.read",
    .variables = CODE_VARIABLE,
    .parameters = GET_PARAMETERS,
    .status = 200,
    .reply = &ORGANISATION,
    .summary = "One organisation",
    .answer = answer_get,
};
