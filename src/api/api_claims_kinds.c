/* api_claims_kinds.c: what may be asserted. */
#include "api/api_internal.h"

#include "codec/json_write.h"

static const struct cord_api_member KIND_MEMBER_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "type", .type = CORD_API_TEXT, .required = true},
    {.name = "required", .type = CORD_API_FLAG, .required = true},
    {.name = "key", .type = CORD_API_FLAG, .required = true, .help = "tells lines apart"},
    {.name = "words", .type = CORD_API_TEXTS, .help = "one of these"},
    {.name = "help", .type = CORD_API_TEXT, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape KIND_MEMBER = {
    .name = "ClaimMember", .help = "A member of a kind's value.", .members = KIND_MEMBER_MEMBERS};

static const struct cord_api_member KIND_MEMBERS[] = {
    {.name = "name", .type = CORD_API_TEXT, .required = true},
    {.name = "topic", .type = CORD_API_TEXT, .required = true},
    {.name = "effect",
     .type = CORD_API_TEXT,
     .required = true,
     .help =
         "states: holds until replaced; acts: happened; revises: takes another back and says what "
         "holds instead; retracts: takes another back"},
    {.name = "subjects",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "of what it may be said"},
    {.name = "units",
     .type = CORD_API_TEXTS,
     .required = true,
     .help = "of its amount; none: it has none"},
    {.name = "members", .type = CORD_API_LIST, .required = true, .shape = &KIND_MEMBER},
    {.name = "help", .type = CORD_API_TEXT, .required = true},
    {.type = CORD_API_END},
};

static const struct cord_api_shape KIND = {
    .name = "ClaimKind", .help = "What may be asserted.", .members = KIND_MEMBERS};

static void put_words(struct cord_buf *out, const char *name, const char *const *words)
{
    cord_json_put_name(out, name);
    cord_buf_put_char(out, '[');
    for (size_t i = 0; words && words[i]; i++) {
        cord_json_put_item(out);
        cord_json_write_string(out, cord_str_from(words[i]));
    }
    cord_buf_put_char(out, ']');
}

static void put_kind(struct cord_buf *out, const struct cord_claim_kind *kind)
{
    cord_json_put_object(out);
    cord_json_put_text(out, "name", cord_str_from(kind->name));
    cord_json_put_text(out, "topic", cord_str_from(kind->topic));
    cord_json_put_text(out, "effect", cord_str_from(cord_claim_kind_effect_name(kind->effect)));
    put_words(out, "subjects", kind->subjects);
    put_words(out, "units", kind->units);
    cord_json_put_name(out, "members");
    cord_buf_put_char(out, '[');
    for (const struct cord_member *at = kind->members; at->type != CORD_MEMBER_END; at++) {
        cord_json_put_object(out);
        cord_json_put_text(out, "name", cord_str_from(at->name));
        cord_json_put_text(out, "type", cord_str_from(cord_claim_kind_type_name(at->type)));
        cord_json_put_flag(out, "required", at->required);
        cord_json_put_flag(out, "key", at->key);
        if (at->words) {
            put_words(out, "words", at->words);
        }
        cord_json_put_text(out, "help", cord_str_from(at->help));
        cord_buf_put_char(out, '}');
    }
    cord_buf_put_char(out, ']');
    cord_json_put_text(out, "help", cord_str_from(kind->help));
    cord_buf_put_char(out, '}');
}

static void answer_kinds(struct cord_api_call *call)
{
    size_t count;
    uint64_t at = 0;
    size_t left = cord_api_call_limit(call);
    const struct cord_claim_kind *kinds = cord_claim_kinds(&count);
    if (!cord_api_call_place_number(call, &at)) {
        return;
    }
    cord_api_call_page(call);
    for (; at < count && left > 0; at++, left--) {
        put_kind(&call->out, &kinds[at]);
    }
    cord_api_call_page_end_number(call, at < count, at);
}

const struct cord_api_route cord_api_claims_kinds = {
    .method = CORD_HTTP_GET,
    .path = "/claims/kinds",
    .id = "listClaimKinds",
    .verb = "claims.read",
    .flags = CORD_API_PAGED,
    .status = 200,
    .reply = &KIND,
    .summary = "What may be asserted",
    .answer = answer_kinds,
};
