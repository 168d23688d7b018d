/* api_claims_create.c: asserting. */
#include "api/api_claims.h"
#include "api/api_internal.h"

#include "codec/json_write.h"
#include "record/claim_read.h"

#include <stdio.h>

enum { BATCH_MAX = 1000, BODY_BYTES_MAX = 4 << 20 };

/* --- shapes --- */

static const struct cord_api_member BATCH_MEMBERS[] = {
    {.name = "claims",
     .type = CORD_API_LIST,
     .required = true,
     .least = 1,
     .most = BATCH_MAX,
     .shape = &cord_api_claims_new_shape},
    {.type = CORD_API_END},
};

static const struct cord_api_shape BATCH = {
    .name = "NewClaims",
    .help = "Claims that are recorded together, all of them or none.",
    .members = BATCH_MEMBERS};

static const struct cord_api_member OUTCOME_MEMBERS[] = {
    {.name = "claims",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "ids of the new ones, in the order of the batch"},
    {.name = "recorded", .type = CORD_API_NUMBER, .required = true, .most = BATCH_MAX},
    {.name = "repeated",
     .type = CORD_API_NUMBER,
     .required = true,
     .most = BATCH_MAX,
     .help = "their keys were there already: the earlier claims stand"},
    {.name = "recorded_at", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape OUTCOME = {
    .name = "ClaimsRecorded", .help = "What became of a batch.", .members = OUTCOME_MEMBERS};

/* "value.state (how it is): ..." of the batch's claim `at`. */
static void add_fault(struct cord_api_call *call, size_t at, const char *text)
{
    char path[CORD_API_PATH_BYTES];
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_.0123456789[]");
    const char *colon = strstr(text, ": ");
    bool named = len > 0 && colon && (text[len] == ':' || text[len] == ' ') &&
                 (text[len] == ':' || text[len + 1] == '(');
    (void)snprintf(path, sizeof path, "claims[%zu]%s%.*s", at, named ? "." : "",
                   named ? (int)len : 0, text);
    cord_api_shape_fault(&call->faults, path, "%s", named ? colon + 2 : text);
}

static bool copy(struct cord_api_call *call, cord_str *text)
{
    cord_str kept = cord_arena_copy(call->arena, *text);
    *text = kept;
    return kept.ptr != NULL;
}

static bool copy_claim(struct cord_api_call *call, struct cord_claim *claim)
{
    return copy(call, &claim->subject) && copy(call, &claim->value) && copy(call, &claim->amount) &&
           copy(call, &claim->unit) && copy(call, &claim->claimant) && copy(call, &claim->method) &&
           copy(call, &claim->source) && copy(call, &claim->key) && copy(call, &claim->exercise);
}

/* In whose name: one's own, or one's organisation's. */
static bool speaks_for(const struct cord_api_call *call, cord_str claimant)
{
    const struct cord_api_principal *principal = &call->principal;
    cord_str organisation = cord_str_from(principal->organisation);
    return cord_str_eq(claimant, cord_str_from(principal->name)) ||
           (organisation.len > 0 && cord_str_starts(claimant, CORD_STR("org:")) &&
            cord_str_eq(cord_str_from_byte(claimant, 4), organisation));
}

static bool may(const struct cord_api_call *call, const struct cord_claim *claim, const char *verb)
{
    const struct cord_api_access *access = &call->options->access;
    struct cord_api_subject subject =
        cord_api_claims_subject(claim->subject, CORD_STR(""), claim->marking);
    return access->may(access->self, &call->principal, verb, &subject) == CORD_API_YES;
}

/* Of one's own organisation one reports; of others, and of what is the nation's, one assesses. */
static bool may_say(const struct cord_api_call *call, const struct cord_claim *claim)
{
    cord_str organisation =
        cord_api_claims_subject(claim->subject, CORD_STR(""), claim->marking).organisation;
    bool own = organisation.len > 0 &&
               cord_str_eq(organisation, cord_str_from(call->principal.organisation));
    return may(call, claim, own ? "claims.write" : "claims.assess");
}

static bool is_for_others(const struct cord_claim *claim)
{
    return strcmp(claim->kind->topic, "audit") == 0 ||
           strcmp(claim->kind->topic, "delegation") == 0;
}

static void check_claim(struct cord_api_call *call, size_t at, struct cord_claim *claim)
{
    if (is_for_others(claim)) {
        add_fault(call, at, "kind: is recorded by the server itself");
    } else if (!speaks_for(call, claim->claimant)) {
        add_fault(call, at, "claimant: is to be oneself or one's organisation");
    } else if (!may_say(call, claim)) {
        add_fault(call, at, "subject: is not one that you may speak of");
    }
}

/* Who sends the same batch under the same key again repeats the same claims. */
static void give_key(struct cord_api_call *call, size_t at, struct cord_claim *claim)
{
    if (claim->key.len == 0 && call->idempotency_key.len > 0) {
        claim->key = cord_arena_printf(call->arena, "request/%.*s/%zu",
                                       CORD_STR_ARG(call->idempotency_key), at);
    }
}

/* What is read of a batch. */
struct reading {
    struct cord_api_call *call;
    struct cord_claim_reader *reader;
    struct cord_record_view *view;
    struct cord_buf text; /* of one claim, with numbers in place of ids */
    bool seen;            /* the claim that was looked up */
    const char *stays;    /* why whoever asks may not take it back; NULL: he may */
};

static cord_status look_up(void *self, const struct cord_claim *claim,
                           const struct cord_digest *hash)
{
    struct reading *reading = self;
    const struct cord_api_call *call = reading->call;
    (void)hash;
    reading->seen = cord_api_claims_sees(call->api, &call->principal, "claims.read", claim);
    bool own = speaks_for(call, claim->claimant);
    reading->stays = is_for_others(claim) ? "supersedes: is a claim that the server itself recorded"
                     : own || may(call, claim, "claims.assess")
                         ? NULL
                         : "supersedes: is another's claim, of what you may not assess";
    return CORD_OK;
}

/* The number of a claim that whoever asks may see: others are not there. */
static bool put_claim_number(struct reading *reading, const struct cord_json *node)
{
    uint64_t number = 0;
    reading->seen = false;
    if (node->kind == CORD_JSON_TEXT &&
        cord_api_opaque_parse(&reading->call->api->opaque, CORD_API_OPAQUE_CLAIM, node->text,
                              &number) &&
        cord_record_view_claim(reading->view, number, look_up, reading, NULL) != CORD_OK) {
        reading->seen = false;
    }
    cord_buf_put_u64(&reading->text, number);
    return reading->seen;
}

static bool put_subject(struct reading *reading, const struct cord_json *node)
{
    char buffer[CORD_API_OPAQUE_SUBJECT];
    cord_str read = node->text;
    bool known = node->kind != CORD_JSON_TEXT ||
                 cord_api_opaque_read(&reading->call->api->opaque, node->text, buffer, &read);
    if (known && node->kind == CORD_JSON_TEXT) {
        cord_json_write_string(&reading->text, read);
    } else {
        cord_buf_put(&reading->text, node->span); /* of another type: the reader says so */
    }
    return known;
}

static const struct cord_member *member_of(const struct cord_claim_kind *kind, cord_str name)
{
    const struct cord_member *member = kind ? kind->members : NULL;
    while (member && member->type != CORD_MEMBER_END &&
           !cord_str_eq(cord_str_from(member->name), name)) {
        member++;
    }
    return member;
}

static void fault_at(struct reading *reading, size_t at, cord_str name, const char *what)
{
    char text[CORD_API_PATH_BYTES];
    (void)snprintf(text, sizeof text, "%.*s: %s", CORD_STR_ARG(cord_str_slice(name, 0, 64)), what);
    add_fault(reading->call, at, text);
}

static void put_name(struct cord_buf *text, const struct cord_json *node)
{
    cord_json_put_item(text);
    cord_json_write_string(text, node->name);
    cord_buf_put_char(text, ':');
}

static void put_value(struct reading *reading, size_t at, const struct cord_json *value,
                      const struct cord_claim_kind *kind)
{
    cord_buf_put_char(&reading->text, '{');
    for (const struct cord_json *node = value->child; node; node = node->next) {
        const struct cord_member *member = member_of(kind, node->name);
        bool subject = member && member->type == CORD_MEMBER_SUBJECT;
        bool claim = member && member->type == CORD_MEMBER_CLAIM;
        put_name(&reading->text, node);
        if (subject && !put_subject(reading, node)) {
            fault_at(reading, at, node->name, "names no id that was given for this");
        } else if (claim && !put_claim_number(reading, node)) {
            fault_at(reading, at, node->name, "there is no such claim");
        } else if (!subject && !claim) {
            cord_buf_put(&reading->text, node->span);
        }
    }
    cord_buf_put_char(&reading->text, '}');
}

static void put_member(struct reading *reading, size_t at, const struct cord_json *node,
                       const struct cord_claim_kind *kind)
{
    put_name(&reading->text, node);
    if (cord_str_eq(node->name, CORD_STR("supersedes"))) {
        if (!put_claim_number(reading, node)) {
            add_fault(reading->call, at, "supersedes: there is no such claim");
        } else if (reading->stays) {
            add_fault(reading->call, at, reading->stays);
        }
    } else if (cord_str_eq(node->name, CORD_STR("subject")) ||
               cord_str_eq(node->name, CORD_STR("claimant"))) {
        if (!put_subject(reading, node)) {
            fault_at(reading, at, node->name, "names no id that was given for this");
        }
    } else if (cord_str_eq(node->name, CORD_STR("value"))) {
        put_value(reading, at, node, kind);
    } else {
        cord_buf_put(&reading->text, node->span);
    }
}

/* The claim's own text with numbers in place of ids, and a claimant if it has none. Whether a
 * fault was added is the caller's to see. */
static void put_text(struct reading *reading, size_t at, const struct cord_json *claim)
{
    const struct cord_api_call *call = reading->call;
    const char *home = call->principal.organisation;
    const struct cord_json *kind = cord_json_tree_get(claim, CORD_STR("kind"));
    cord_buf_clear(&reading->text);
    cord_buf_put_char(&reading->text, '{');
    if (!cord_json_tree_get(claim, CORD_STR("claimant"))) {
        cord_buf_printf(&reading->text, "\"claimant\":\"%s%s\"", home[0] ? "org:" : "",
                        home[0] ? home : call->principal.name);
    }
    for (const struct cord_json *node = claim->child; node; node = node->next) {
        put_member(reading, at, node, kind ? cord_claim_kind_find(kind->text) : NULL);
    }
    cord_buf_put_char(&reading->text, '}');
}

static void read_claim(struct reading *reading, const struct cord_json *node, size_t at,
                       struct cord_claim *claim)
{
    struct cord_api_call *call = reading->call;
    struct cord_error err = {""};
    struct cord_digest hash;
    bool hash_given = false;
    size_t before = call->faults.count + call->faults.more;
    put_text(reading, at, node);
    if (call->faults.count + call->faults.more > before) {
        return;
    }
    cord_status status = reading->text.failed
                             ? CORD_E_NOMEM
                             : cord_claim_read(reading->reader, cord_buf_str(&reading->text), claim,
                                               &hash, &hash_given, &err);
    if (status == CORD_OK && !copy_claim(call, claim)) {
        status = CORD_E_NOMEM;
    }
    if (status == CORD_E_NOMEM) {
        add_fault(call, at, "there is no room for it");
    } else if (status != CORD_OK) {
        add_fault(call, at, err.text);
    } else {
        check_claim(call, at, claim);
        give_key(call, at, claim);
    }
}

static cord_status read_each(struct reading *reading, struct cord_claim *claims,
                             struct cord_error *err)
{
    struct cord_api_call *call = reading->call;
    const struct cord_json *list = cord_json_tree_get(call->body, CORD_STR("claims"));
    size_t at = 0;
    cord_status status = claims ? cord_claim_reader_new(&reading->reader) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_api_views_take(call->api->views, &reading->view, err);
    }
    for (const struct cord_json *node = list->child; status == CORD_OK && node;
         node = node->next, at++) {
        read_claim(reading, node, at, &claims[at]);
    }
    return status;
}

/* NULL: a problem is set. */
static struct cord_claim *read_claims(struct cord_api_call *call, size_t *ret_count)
{
    struct reading reading = {.call = call};
    struct cord_error err = {""};
    const struct cord_json *list = cord_json_tree_get(call->body, CORD_STR("claims"));
    struct cord_claim *claims = cord_arena_zalloc(call->arena, list->count, sizeof *claims);
    cord_buf_init(&reading.text, CORD_CLAIM_LINE_MAX);
    cord_status status = read_each(&reading, claims, &err);
    cord_api_views_give(call->api->views, reading.view);
    cord_claim_reader_free(reading.reader);
    cord_buf_done(&reading.text);
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return NULL;
    }
    if (call->faults.count > 0) {
        cord_api_call_problem(call, 422, "claims are not as they are to be; none was recorded");
        return NULL;
    }
    *ret_count = list->count;
    return claims;
}

/* "claim 3: value.state: ...": counted from 1 or 0, whatever the record says: it is shown as is. */
static void refuse_batch(struct cord_api_call *call, const struct cord_error *err)
{
    cord_api_shape_fault(&call->faults, "claims", "%s", err->text);
    cord_api_call_problem(call, 422, "claims are not as they are to be; none was recorded");
}

static void put_new_ids(struct cord_api_call *call, const struct cord_record_outcome *outcome)
{
    char id[CORD_API_OPAQUE_TEXT];
    cord_json_put_name(&call->out, "claims");
    cord_buf_put_char(&call->out, '[');
    for (uint64_t i = 0; i < outcome->recorded; i++) {
        cord_json_put_item(&call->out);
        cord_json_write_string(&call->out,
                               cord_api_opaque_format(&call->api->opaque, CORD_API_OPAQUE_CLAIM,
                                                      outcome->first + i, id));
    }
    cord_buf_put_char(&call->out, ']');
}

static void answer_create(struct cord_api_call *call)
{
    struct cord_record_outcome outcome = {0};
    struct cord_error err = {""};
    size_t count = 0;
    struct cord_claim *claims = read_claims(call, &count);
    if (!claims) {
        return;
    }
    cord_status status =
        cord_record_append(call->options->ports.record, claims, count, &outcome, &err);
    if (status == CORD_E_FORMAT || status == CORD_E_NOENT) {
        refuse_batch(call, &err);
        return;
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return;
    }
    cord_buf_put_char(&call->out, '{');
    put_new_ids(call, &outcome);
    cord_json_put_number(&call->out, "recorded", outcome.recorded);
    cord_json_put_number(&call->out, "repeated", outcome.repeated);
    cord_json_put_time(&call->out, "recorded_at",
                       outcome.recorded > 0 ? outcome.recorded_ns : CORD_TIME_NONE);
    cord_buf_put(&call->out, CORD_STR("}\n"));
}

const struct cord_api_route cord_api_claims_create = {
    .method = CORD_HTTP_POST,
    .path = "/claims",
    .id = "createClaims",
    .verb = "claims.write",
    .flags = CORD_API_KEYED | CORD_API_FULL | CORD_API_CONFLICTS,
    .body = &BATCH,
    .body_bytes_max = BODY_BYTES_MAX,
    .status = 201,
    .reply = &OUTCOME,
    .summary = "Assert something",
    .help = "All claims of the batch are recorded, or none. Of one's own organisation one reports "
            "(claims.write); of another, and of what is the nation's, one assesses "
            "(claims.assess). `supersedes` takes back an earlier claim, one's own, or with "
            "claims.assess another's: a `status.revise` says what holds instead, a `claim.retract` "
            "nothing: what that one had replaced holds again.",
    .answer = answer_create,
};

/* --- one, for other routes --- */

static const struct cord_api_member RECORDED_MEMBERS[] = {
    {.name = "claim",
     .type = CORD_API_ID,
     .required = true,
     .nullable = true,
     .help = "the new one; null: it was there already"},
    {.name = "recorded_at", .type = CORD_API_TIME, .required = true, .nullable = true},
    {.type = CORD_API_END},
};

const struct cord_api_shape cord_api_claims_recorded_shape = {.name = "ClaimRecorded",
                                                              .help =
                                                                  "What was said is in the record.",
                                                              .members = RECORDED_MEMBERS};

/* "claim 1: value.to (who may act): is to be ...": members of the value are the body's. */
static void refuse_one(struct cord_api_call *call, const struct cord_error *err)
{
    char path[CORD_API_PATH_BYTES] = "";
    const char *text = strstr(err->text, "value.");
    const char *detail = text ? strstr(text, ": ") : NULL;
    if (detail) {
        text += strlen("value.");
        (void)snprintf(path, sizeof path, "%.*s", (int)strcspn(text, " :"), text);
    }
    cord_api_shape_fault(&call->faults, path, "%s", detail ? detail + 2 : err->text);
    cord_api_call_problem(call, 422, "the body is not as it is to be");
}

bool cord_api_claims_create_one(struct cord_api_call *call, const struct cord_claim *claim)
{
    const char *home = call->principal.organisation;
    struct cord_record_outcome outcome = {0};
    struct cord_error err = {""};
    struct cord_claim said = *claim;
    said.claimant = cord_arena_printf(call->arena, "%s%s", home[0] ? "org:" : "",
                                      home[0] ? home : call->principal.name);
    give_key(call, 0, &said);
    cord_status status =
        said.claimant.ptr && (said.key.ptr || call->idempotency_key.len == 0)
            ? cord_record_append(call->options->ports.record, &said, 1, &outcome, &err)
            : CORD_E_NOMEM;
    if (status == CORD_E_FORMAT || status == CORD_E_NOENT) {
        refuse_one(call, &err);
        return false;
    }
    if (status != CORD_OK) {
        cord_api_call_failed(call, status, &err);
        return false;
    }
    cord_buf_put_char(&call->out, '{');
    cord_api_call_put_id(call, CORD_API_OPAQUE_CLAIM, "claim", outcome.first);
    cord_json_put_time(&call->out, "recorded_at",
                       outcome.recorded > 0 ? outcome.recorded_ns : CORD_TIME_NONE);
    cord_buf_put(&call->out, CORD_STR("}\n"));
    return true;
}
