/* suppress_scope.c: see suppress_scope.h. */
#include "triage/suppress_scope.h"

#include "base/buf.h"
#include "base/cidr.h"
#include "evidence/query_match.h"

#include <stdlib.h>

#define ROW_BYTES_MAX ((size_t)16 << 20)
#define SPANS_MAX     (CORD_SIGHTING_FIELDS_MAX + CORD_SIGHTING_TAGS_MAX + 8)

struct cord_suppress_scope {
    struct cord_arena *texts;
    cord_str organisation, host;
    bool is_address;
    uint8_t address[16];
    /* Of a condition; the sighting as a row that it is asked of. */
    struct cord_query *query;
    struct cord_query_match *match;
    struct cord_rows *rows;
    struct cord_buf text;
    struct cord_span *spans;
    size_t span_count;
};

static cord_status condition_new(struct cord_suppress_scope *scope, cord_str condition,
                                 uint64_t seed, struct cord_error *err)
{
    size_t stages = 0;
    if (condition.len > CORD_SUPPRESS_CONDITION_MAX) {
        return cord_error_set(err, CORD_E_LIMIT, "condition: longer than %u bytes",
                              CORD_SUPPRESS_CONDITION_MAX);
    }
    cord_status status = cord_query_parse(condition, &scope->query, err);
    if (status != CORD_OK) {
        cord_error_context(err, "condition");
        return status;
    }
    (void)cord_query_stages(scope->query, &stages);
    if (stages > 0 || cord_query_condition(scope->query)->op == CORD_QUERY_ALL) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "condition: holds or does not; without '|', and not of everything");
    }
    scope->match = cord_query_match_new(scope->query);
    scope->rows = cord_rows_new(ROW_BYTES_MAX, seed);
    scope->spans = calloc(SPANS_MAX, sizeof *scope->spans);
    return scope->match && scope->rows && scope->spans ? CORD_OK : CORD_E_NOMEM;
}

cord_status cord_suppress_scope_new(const struct cord_suppress_text *text, uint64_t seed,
                                    struct cord_suppress_scope **ret_scope, struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (text->organisation.len + text->host.len + text->condition.len == 0) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "an organisation, a host or a condition is needed: a rule is not "
                              "suppressed everywhere");
    }
    struct cord_suppress_scope *scope = calloc(1, sizeof *scope);
    if (!scope) {
        return CORD_E_NOMEM;
    }
    cord_buf_init(&scope->text, ROW_BYTES_MAX);
    scope->texts = cord_arena_new((size_t)1 << 16);
    if (scope->texts) {
        scope->organisation = cord_arena_copy(scope->texts, text->organisation);
        scope->host = cord_arena_copy(scope->texts, text->host);
    }
    if (!scope->texts || !scope->organisation.ptr || !scope->host.ptr) {
        status = scope->texts ? cord_arena_failure(scope->texts) : CORD_E_NOMEM;
        goto fail;
    }
    scope->is_address = cord_cidr_address(scope->host, scope->address);
    if (text->condition.len > 0) {
        status = condition_new(scope, text->condition, seed, err);
    }
    if (status != CORD_OK) {
        goto fail;
    }
    *ret_scope = scope;
    return CORD_OK;

fail:
    cord_suppress_scope_free(scope);
    return status;
}

void cord_suppress_scope_free(struct cord_suppress_scope *scope)
{
    if (!scope) {
        return;
    }
    free(scope->spans);
    cord_rows_free(scope->rows);
    cord_query_match_free(scope->match);
    cord_query_free(scope->query);
    cord_arena_free(scope->texts);
    cord_buf_done(&scope->text);
    free(scope);
}

/* --- hosts --- */

static bool is_that_address(const struct cord_suppress_scope *scope, cord_str text)
{
    uint8_t address[16];
    return text.len > 0 && cord_cidr_address(text, address) &&
           memcmp(address, scope->address, sizeof address) == 0;
}

/* One of them may be given in full and the other by its first part. */
static bool is_that_host(cord_str a, cord_str b)
{
    size_t dot_a = cord_str_find_char(a, '.', 0), dot_b = cord_str_find_char(b, '.', 0);
    if (a.len == 0 || b.len == 0) {
        return false;
    }
    if (dot_a != SIZE_MAX && dot_b != SIZE_MAX) {
        return cord_str_eq_fold(a, b);
    }
    return cord_str_eq_fold(cord_str_slice(a, 0, dot_a), cord_str_slice(b, 0, dot_b));
}

static bool host_holds(const struct cord_suppress_scope *scope,
                       const struct cord_sighting *sighting)
{
    if (!scope->is_address) {
        return is_that_host(scope->host, sighting->host);
    }
    return is_that_address(scope, sighting->host) ||
           is_that_address(scope, cord_sighting_source_address(sighting)) ||
           is_that_address(scope, cord_sighting_target_address(sighting));
}

/* --- conditions --- */

static cord_status put_value(struct cord_suppress_scope *scope, cord_str name, cord_str value)
{
    uint32_t field = 0;
    if (value.len == 0 || name.len == 0) {
        return CORD_OK;
    }
    if (scope->span_count == SPANS_MAX ||
        value.len > ROW_BYTES_MAX - cord_buf_str(&scope->text).len) {
        return CORD_E_LIMIT;
    }
    cord_status status = cord_rows_field(scope->rows, &name, 1, &field);
    if (status != CORD_OK) {
        return status;
    }
    scope->spans[scope->span_count++] =
        (struct cord_span){.at = (uint32_t)cord_buf_str(&scope->text).len,
                           .len = (uint32_t)value.len,
                           .field = field & 0xffffffu,
                           .kind = CORD_VALUE_TEXT};
    cord_buf_put(&scope->text, value);
    return scope->text.failed ? CORD_E_NOMEM : CORD_OK;
}

static cord_status put_values(struct cord_suppress_scope *scope,
                              const struct cord_sighting *sighting, struct cord_row *row)
{
    const struct {
        const char *name;
        cord_str value;
        int role; /* CORD_ROLE_COUNT: none */
    } own[] = {{"host", sighting->host, CORD_ROLE_HOST},
               {"user", sighting->user, CORD_ROLE_USER},
               {"channel", sighting->channel, CORD_ROLE_CHANNEL},
               {"event_id", sighting->event_id, CORD_ROLE_EVENT_ID},
               {"title", sighting->title, CORD_ROLE_COUNT},
               {"level", cord_str_from(cord_rule_about_level(sighting->level)), CORD_ROLE_COUNT}};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof own / sizeof *own && status == CORD_OK; i++) {
        if (own[i].role != CORD_ROLE_COUNT && own[i].value.len > 0) {
            row->role[own[i].role] = (uint16_t)scope->span_count;
        }
        status = put_value(scope, cord_str_from(own[i].name), own[i].value);
    }
    for (size_t i = 0; i < sighting->tag_count && status == CORD_OK; i++) {
        status = put_value(scope, CORD_STR("tag"), sighting->tags[i]);
    }
    for (size_t i = 0; i < sighting->field_count && status == CORD_OK; i++) {
        status = put_value(scope, sighting->fields[i].name, sighting->fields[i].value);
    }
    return status;
}

static cord_status condition_holds(struct cord_suppress_scope *scope,
                                   const struct cord_sighting *sighting, bool *ret_holds)
{
    const struct cord_origin origin = {.organisation = sighting->organisation,
                                       .source = CORD_STR(""),
                                       .format = CORD_STR(""),
                                       .event_class = CORD_STR(""),
                                       .product = CORD_STR(""),
                                       .category = CORD_STR(""),
                                       .service = CORD_STR("")};
    struct cord_row row = {.time_ns = sighting->time_ns, .received_ns = sighting->known_ns};
    for (size_t i = 0; i < CORD_ROLE_COUNT; i++) {
        row.role[i] = CORD_VALUE_NONE;
    }
    cord_rows_reset(scope->rows);
    cord_buf_clear(&scope->text);
    scope->span_count = 0;
    cord_status status = cord_rows_origin(scope->rows, &origin, &row.origin);
    if (status == CORD_OK) {
        status = put_values(scope, sighting, &row);
    }
    if (status != CORD_OK) {
        return status;
    }
    row.text = cord_buf_str(&scope->text);
    row.spans = scope->spans;
    row.span_count = (uint32_t)scope->span_count;
    status = cord_rows_add(scope->rows, &row);
    if (status == CORD_OK) {
        cord_query_match_from(scope->match, scope->rows);
        status = cord_query_match_row(scope->match, 0, ret_holds);
    }
    return status;
}

cord_status cord_suppress_scope_holds(struct cord_suppress_scope *scope,
                                      const struct cord_sighting *sighting, bool *ret_holds)
{
    *ret_holds = false;
    if ((scope->organisation.len > 0 &&
         !cord_str_eq(scope->organisation, sighting->organisation)) ||
        (scope->host.len > 0 && !host_holds(scope, sighting))) {
        return CORD_OK;
    }
    if (scope->query) {
        return condition_holds(scope, sighting, ret_holds);
    }
    *ret_holds = true;
    return CORD_OK;
}

uint64_t cord_suppress_scope_undecided(const struct cord_suppress_scope *scope)
{
    return scope->match ? cord_query_match_undecided(scope->match) : 0;
}
