/* api_claims_answers.c: what holds of a topic, as known at one time, about another. */
#include "api/api_claims.h"
#include "api/api_internal.h"

static const char *const BASES[] = {"confirmed", "reported", "estimated", NULL};

static const struct cord_api_member ANSWER_MEMBERS[] = {
    {.name = "subject", .type = CORD_API_TEXT, .required = true},
    {.name = "part",
     .type = CORD_API_ANY,
     .required = true,
     .help = "members that tell lines apart"},
    {.name = "claimant", .type = CORD_API_TEXT, .required = true},
    {.name = "state", .type = CORD_API_TEXT},
    {.name = "amount", .type = CORD_API_DECIMAL},
    {.name = "unit", .type = CORD_API_TEXT},
    {.name = "valid_from", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "valid_to", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "known_from", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "known_to", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.name = "claim", .type = CORD_API_ID, .required = true},
    {.name = "basis", .type = CORD_API_WORD, .required = true, .words = BASES},
    {.name = "confidence", .type = CORD_API_NUMBER, .required = true, .most = 100},
    {.type = CORD_API_END},
};

static const struct cord_api_shape ANSWER = {
    .name = "Answer",
    .help = "What holds on one line, as known at one time, about another.",
    .members = ANSWER_MEMBERS};

struct answers {
    struct cord_api_call *call;
    uint64_t skip; /* those of earlier pages */
    uint64_t at;
    bool more;
    struct cord_buf text; /* of one */
    struct found {
        uint64_t claim;
        cord_str json;
    } * found; /* a page */
    size_t count;
    bool visible; /* the claim behind the one that is looked at */
};

static cord_status put_answer(void *self, const struct cord_answer *answer)
{
    struct answers *answers = self;
    struct cord_api_call *call = answers->call;
    const struct cord_api_opaque *opaque = &call->api->opaque;
    char shown[CORD_API_OPAQUE_SUBJECT];
    struct cord_buf *out = &answers->text;
    if (answers->count == cord_api_call_limit(call)) {
        answers->more = true;
        return CORD_E_END;
    }
    if (answers->at++ < answers->skip) {
        return CORD_OK;
    }
    cord_buf_clear(out);
    cord_buf_put_char(out, '{');
    cord_json_put_text(out, "subject", cord_api_opaque_show(opaque, answer->subject, shown));
    cord_json_put_name(out, "part");
    cord_api_opaque_write_part(opaque, cord_api_call_text(call, "topic"), answer->part, out);
    cord_json_put_text(out, "claimant", cord_api_opaque_show(opaque, answer->claimant, shown));
    cord_json_put_some(out, "state", answer->state);
    cord_json_put_some(out, "amount", answer->amount);
    cord_json_put_some(out, "unit", answer->unit);
    cord_json_put_time(out, "valid_from", answer->valid_from_ns);
    cord_json_put_time(out, "valid_to", answer->valid_to_ns);
    cord_json_put_time(out, "known_from", answer->known_from_ns);
    cord_json_put_time(out, "known_to", answer->known_to_ns);
    cord_api_opaque_put(opaque, CORD_API_OPAQUE_CLAIM, "claim", answer->claim, out);
    cord_json_put_text(out, "basis", cord_str_from(cord_claim_basis_name(answer->basis)));
    cord_json_put_number(out, "confidence", answer->confidence);
    cord_buf_put_char(out, '}');
    cord_str kept = cord_arena_copy(call->arena, cord_buf_str(out));
    if (out->failed || !kept.ptr) {
        return CORD_E_NOMEM;
    }
    answers->found[answers->count++] = (struct found){answer->claim, kept};
    return CORD_OK;
}

/* How secret an answer is, its claim says. */
static cord_status look_at_claim(void *self, const struct cord_claim *claim,
                                 const struct cord_digest *hash)
{
    struct answers *answers = self;
    struct cord_api_call *call = answers->call;
    (void)hash;
    answers->visible = cord_api_claims_sees(call->api, &call->principal, call->route->verb, claim);
    return CORD_OK;
}

static cord_status put_answers(struct answers *answers, struct cord_record_view *view,
                               struct cord_error *err)
{
    struct cord_buf *out = &answers->call->out;
    cord_status status = CORD_OK;
    for (size_t i = 0; i < answers->count && status == CORD_OK; i++) {
        answers->visible = false;
        status = cord_record_view_claim(view, answers->found[i].claim, look_at_claim, answers, err);
        if (status == CORD_OK && answers->visible) {
            cord_json_put_item(out);
            cord_buf_put(out, answers->found[i].json);
        }
    }
    return status;
}

static void answer_answers(struct cord_api_call *call)
{
    struct cord_claim_filter filter = {.topic = cord_api_call_text(call, "topic")};
    struct answers answers = {.call = call};
    struct cord_record_view *view = NULL;
    struct cord_error err = {""};
    if (!cord_api_call_place_number(call, &answers.skip) ||
        !cord_api_claims_names_are_known(call, &filter) ||
        !cord_api_call_subject(call, "subject", &filter.subject)) {
        return;
    }
    if (cord_str_eq(filter.topic, CORD_STR("audit"))) {
        cord_api_call_problem(call, 403, "this needs the right audit.read: see /audit");
        return;
    }
    answers.found =
        cord_arena_zalloc(call->arena, cord_api_call_limit(call), sizeof *answers.found);
    cord_buf_init(&answers.text, 1 << 20);
    cord_api_call_page(call);
    cord_status status =
        answers.found ? cord_api_views_take(call->api->views, &view, &err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_record_view_answers(view, filter.topic, filter.subject,
                                          cord_api_call_as_of(call), put_answer, &answers, &err);
    }
    if (status == CORD_OK) {
        status = put_answers(&answers, view, &err);
    }
    cord_buf_done(&answers.text);
    cord_api_views_give(call->api->views, view);
    if (status == CORD_OK) {
        cord_api_call_page_end_number(call, answers.more, answers.at);
    } else {
        cord_api_call_failed(call, status, &err);
    }
}

static const struct cord_api_member ANSWERS_PARAMETERS[] = {
    {.name = "topic",
     .type = CORD_API_TEXT,
     .required = true,
     .least = 1,
     .most = CORD_CLAIM_TEXT_MAX,
     .help = "see /claims/kinds"},
    {.name = "subject",
     .type = CORD_API_TEXT,
     .least = 1,
     .most = CORD_CLAIM_TEXT_MAX,
     .help = "of this subject: org:R1H"},
    CORD_API_SHAPE_AT,
    CORD_API_SHAPE_ABOUT,
    {.type = CORD_API_END},
};

const struct cord_api_route cord_api_claims_answers = {
    .method = CORD_HTTP_GET,
    .path = "/answers",
    .id = "listAnswers",
    .verb = "claims.read",
    .flags = CORD_API_PAGED,
    .parameters = ANSWERS_PARAMETERS,
    .status = 200,
    .reply = &ANSWER,
    .summary = "What holds of a topic, as known at one time, about another",
    .help =
        "By subject, then claimant. Give `at`, so that all pages are of the same moment. A page "
        "is shorter than `limit` by what may not be seen.",
    .answer = answer_answers,
};
