/* organisation_import_claims.c: what a row says, as claims. */
#include "record/organisation_import_internal.h"

#include "base/digest.h"
#include "base/timestamp.h"
#include "base/vec.h"
#include "codec/json_write.h"
#include "record/organisation_date.h"
#include "record/organisation_value.h"

static const int64_t day_ns = 86400 * CORD_SECOND_NS;

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

cord_str cord_organisation_import_claims_last_day(int64_t end_ns,
                                                  char buffer[CORD_ORGANISATION_DATE_TEXT])
{
    return cord_organisation_date_format(end_ns == CORD_TIME_NONE ? end_ns : end_ns - day_ns,
                                         buffer);
}

/* --- one claim --- */

static cord_status place_claim(struct cord_organisation_import *import,
                               const struct statement *statement)
{
    struct cord_claim *items =
        cord_vec_room(import->claims, import->claim_count, &import->claim_cap, sizeof *items);
    cord_str value = cord_arena_copy(import->scratch, cord_buf_str(&import->value));
    cord_str source = cord_arena_printf(import->scratch, "%.*s:%llu", CORD_STR_ARG(import->list),
                                        (unsigned long long)import->line);
    cord_str key =
        cord_arena_printf(import->scratch, "list:%s:%llu:%s:%.*s:%.*s", import->digest,
                          (unsigned long long)import->line, import->kinds[statement->kind]->name,
                          CORD_STR_ARG(statement->subject), CORD_STR_ARG(statement->key));
    if (items) {
        import->claims = items;
    }
    if (!items || !value.ptr || !source.ptr || !key.ptr) {
        return items ? cord_arena_failure(import->scratch) : CORD_E_NOMEM;
    }
    items[import->claim_count++] = (struct cord_claim){.kind = import->kinds[statement->kind],
                                                       .subject = statement->subject,
                                                       .value = value,
                                                       .valid_from_ns = statement->from_ns,
                                                       .valid_to_ns = statement->to_ns,
                                                       .recorded_ns = CORD_TIME_NONE,
                                                       .claimant = import->options.claimant,
                                                       .method = import->options.method,
                                                       .confidence = import->options.confidence,
                                                       .basis = statement->basis,
                                                       .source = source,
                                                       .key = key,
                                                       .marking = import->options.marking,
                                                       .exercise = import->options.exercise};
    import->outcome.claims++;
    return CORD_OK;
}

cord_status cord_organisation_import_claims_state(struct cord_organisation_import *import,
                                                  const struct statement *statement, bool *ret_new)
{
    bool said = false;
    cord_buf_put_text(&import->value, import->value.len == 0 ? "{}" : "}");
    if (import->value.failed) {
        return CORD_E_NOMEM;
    }
    cord_status status =
        cord_organisation_import_known_say(import, statement->kind, statement->subject,
                                           statement->key, cord_buf_str(&import->value), &said);
    *ret_new = status == CORD_OK && (!said || statement->always);
    if (*ret_new) {
        status = place_claim(import, statement);
    } else if (status == CORD_OK) {
        import->outcome.unchanged++;
    }
    return status;
}

/* Of the organisation of that code. */
static cord_status state(struct cord_organisation_import *import, cord_str code,
                         struct statement *statement, bool *ret_new)
{
    statement->subject = cord_arena_printf(import->scratch, "org:%.*s", CORD_STR_ARG(code));
    if (!statement->subject.ptr) {
        return cord_arena_failure(import->scratch);
    }
    return cord_organisation_import_claims_state(import, statement, ret_new);
}

static void begin(struct cord_organisation_import *import)
{
    cord_buf_clear(&import->value);
}

static void put_texts(struct cord_buf *value, const char *name, const cord_str *texts, size_t count)
{
    if (count == 0) {
        return;
    }
    cord_buf_put_char(value, value->len == 0 ? '{' : ',');
    cord_json_write_string(value, cord_str_from(name));
    for (size_t i = 0; i < count; i++) {
        cord_buf_put_text(value, i == 0 ? ":[" : ",");
        cord_json_write_string(value, texts[i]);
    }
    cord_buf_put_char(value, ']');
}

/* --- the description --- */

static cord_status put_attributes(struct cord_organisation_import *import, const struct said *said)
{
    cord_str texts[SAYINGS_MAX];
    for (size_t i = 0; i < said->attributes.count; i++) {
        const struct saying *attribute = &said->attributes.items[i];
        texts[i] = cord_arena_printf(import->scratch, "%.*s=%.*s", CORD_STR_ARG(attribute->name),
                                     CORD_STR_ARG(attribute->text));
        if (!texts[i].ptr) {
            return cord_arena_failure(import->scratch);
        }
    }
    put_texts(&import->value, "attributes", texts, said->attributes.count);
    return CORD_OK;
}

static cord_str standing_of(const struct said *said)
{
    cord_str standing = said->standing.len > 0 ? said->standing : CORD_STR("active");
    bool undated = said->dated && said->opened_ns == CORD_TIME_NONE && !said->mentions;
    return undated && cord_str_eq(standing, CORD_STR("active")) ? CORD_STR("undated") : standing;
}

static cord_status put_description(struct cord_organisation_import *import, const struct said *said)
{
    char opened[CORD_ORGANISATION_DATE_TEXT];
    char closed[CORD_ORGANISATION_DATE_TEXT];
    struct cord_buf *value = &import->value;
    begin(import);
    cord_organisation_value_put(value, "name", said->name);
    cord_organisation_value_put(value, "role", said->role);
    cord_organisation_value_put(value, "parent", said->parent);
    cord_organisation_value_put(value, "region", said->region);
    cord_organisation_value_put(value, "postcode", said->postcode);
    cord_organisation_value_put(value, "country", said->country);
    cord_organisation_value_put(value, "address", said->address);
    cord_organisation_value_put(value, "opened",
                                cord_organisation_date_format(said->opened_ns, opened));
    cord_organisation_value_put(value, "closed",
                                cord_organisation_import_claims_last_day(said->closed_ns, closed));
    cord_organisation_value_put(value, "standing", standing_of(said));
    return put_attributes(import, said);
}

static cord_status keep_description(struct cord_organisation_import *import, struct known *known,
                                    const struct said *said)
{
    char opened[CORD_ORGANISATION_DATE_TEXT];
    char closed[CORD_ORGANISATION_DATE_TEXT];
    const cord_str texts[] = {said->name,
                              said->role,
                              said->region,
                              said->postcode,
                              cord_organisation_date_format(said->opened_ns, opened),
                              cord_organisation_import_claims_last_day(said->closed_ns, closed)};
    cord_str *const kept[] = {&known->name,     &known->role,   &known->region,
                              &known->postcode, &known->opened, &known->closed};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof kept / sizeof *kept && status == CORD_OK; i++) {
        status = cord_organisation_import_known_keep(import, texts[i], kept[i]);
    }
    return status;
}

static cord_status close_it(struct cord_organisation_import *import, cord_str code,
                            int64_t closed_ns, const char *reason, enum cord_claim_basis basis)
{
    bool is_new;
    struct statement statement = {.kind = KIND_CLOSE,
                                  .from_ns = closed_ns,
                                  .to_ns = CORD_TIME_NONE,
                                  .basis = basis,
                                  .always = true};
    begin(import);
    cord_organisation_value_put(&import->value, "reason", cord_str_from(reason));
    return state(import, code, &statement, &is_new);
}

/* Of what ended before it could begin, or began nobody says when, is certain that it was so on its
 * last day; not before `first_ns`. */
static void end_within(struct statement *statement, int64_t first_ns)
{
    if (statement->to_ns != CORD_TIME_NONE &&
        (statement->from_ns == CORD_TIME_NONE || statement->to_ns <= statement->from_ns)) {
        statement->from_ns = later(first_ns, statement->to_ns - day_ns);
    }
}

static cord_status describe(struct cord_organisation_import *import, struct known *known,
                            const struct said *said)
{
    bool is_new = false;
    int64_t from_ns = said->opened_ns != CORD_TIME_NONE ? said->opened_ns : said->listed_ns;
    /* From when on it is otherwise than it was known to be. */
    int64_t since_ns = known->name.ptr ? import->options.since_ns : CORD_TIME_NONE;
    struct statement statement = {.kind = KIND_UPSERT,
                                  .from_ns = later(from_ns, since_ns),
                                  .to_ns = said->closed_ns,
                                  .basis = import->options.basis};
    end_within(&statement, from_ns);
    cord_status status = put_description(import, said);
    if (status == CORD_OK) {
        status = state(import, said->code, &statement, &is_new);
    }
    if (status == CORD_OK && is_new && said->closed_ns != CORD_TIME_NONE) {
        status = close_it(import, said->code, said->closed_ns, "", import->options.basis);
    }
    return status == CORD_OK ? keep_description(import, known, said) : status;
}

/* --- what is said beside --- */

static int64_t moment_of(const struct cord_organisation_import *import, const struct said *said)
{
    if (said->stated_ns != CORD_TIME_NONE) {
        return said->stated_ns;
    }
    return said->listed_ns != CORD_TIME_NONE ? said->listed_ns : import->options.since_ns;
}

static cord_status attribute(struct cord_organisation_import *import, const struct said *said,
                             cord_str name, cord_str text)
{
    bool is_new;
    char date[CORD_ORGANISATION_DATE_TEXT];
    struct statement statement = {.kind = KIND_ATTRIBUTE,
                                  .key = name,
                                  .from_ns = moment_of(import, said),
                                  .to_ns = CORD_TIME_NONE,
                                  .basis = import->options.basis};
    begin(import);
    cord_organisation_value_put(&import->value, "name", name);
    cord_organisation_value_put(&import->value, "value", text);
    cord_organisation_value_put(&import->value, "date",
                                cord_organisation_date_format(said->stated_ns, date));
    return state(import, said->code, &statement, &is_new);
}

static cord_status alias(struct cord_organisation_import *import, const struct said *said,
                         cord_str scheme, cord_str text)
{
    bool is_new;
    struct statement statement = {.kind = KIND_ALIAS,
                                  .key = text,
                                  .from_ns = moment_of(import, said),
                                  .to_ns = CORD_TIME_NONE,
                                  .basis = import->options.basis};
    begin(import);
    cord_organisation_value_put(&import->value, "scheme", scheme);
    cord_organisation_value_put(&import->value, "alias", text);
    return state(import, said->code, &statement, &is_new);
}

static cord_status relate(struct cord_organisation_import *import, const struct said *said,
                          const struct saying *relation)
{
    bool is_new;
    char from[CORD_ORGANISATION_DATE_TEXT];
    char until[CORD_ORGANISATION_DATE_TEXT];
    int64_t from_ns = relation->from_ns;
    if (from_ns == CORD_TIME_NONE) {
        from_ns = said->opened_ns != CORD_TIME_NONE && !said->mentions ? said->opened_ns
                                                                       : moment_of(import, said);
    }
    struct statement statement = {.kind = KIND_RELATE,
                                  .key = relation->name,
                                  .from_ns = from_ns,
                                  .to_ns = relation->to_ns,
                                  .basis = import->options.basis};
    end_within(&statement, CORD_TIME_NONE);
    begin(import);
    cord_organisation_value_put(&import->value, "relation", relation->name);
    cord_organisation_value_put(&import->value, "other", relation->text);
    cord_organisation_value_put(&import->value, "since",
                                cord_organisation_date_format(relation->from_ns, from));
    cord_organisation_value_put(&import->value, "until",
                                cord_organisation_import_claims_last_day(relation->to_ns, until));
    return state(import, said->code, &statement, &is_new);
}

static cord_status succeed(struct cord_organisation_import *import, const struct said *said)
{
    bool is_new;
    struct statement statement = {.kind = KIND_SUCCEED,
                                  .from_ns =
                                      said->succeeded_ns != CORD_TIME_NONE ? said->succeeded_ns
                                      : said->closed_ns != CORD_TIME_NONE  ? said->closed_ns
                                                                          : moment_of(import, said),
                                  .to_ns = CORD_TIME_NONE,
                                  .basis = import->options.basis};
    begin(import);
    cord_organisation_value_put(&import->value, "successor", said->successor);
    return state(import, said->code, &statement, &is_new);
}

/* What a row that only mentions the organisation knows otherwise. */
static cord_status differ(struct cord_organisation_import *import, struct known *known,
                          const struct said *said)
{
    char opened[CORD_ORGANISATION_DATE_TEXT];
    const struct saying texts[] = {
        {.name = CORD_STR("region"), .text = said->region},
        {.name = CORD_STR("postcode"), .text = said->postcode},
        {.name = CORD_STR("role"), .text = said->role},
        {.name = CORD_STR("opened"),
         .text = cord_organisation_date_format(said->opened_ns, opened)},
    };
    const cord_str others[] = {known->region, known->postcode, known->role, known->opened};
    cord_status status = CORD_OK;
    if (!cord_str_eq(said->name, known->name)) {
        status = alias(import, said, CORD_STR("name"), said->name);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == CORD_OK; i++) {
        if (texts[i].text.len > 0 && !cord_str_eq(texts[i].text, others[i])) {
            status = attribute(import, said, texts[i].name, texts[i].text);
        }
    }
    if (status == CORD_OK && said->closed_ns != CORD_TIME_NONE && known->closed.len == 0) {
        char closed[CORD_ORGANISATION_DATE_TEXT];
        status = close_it(import, said->code, said->closed_ns, "", import->options.basis);
        if (status == CORD_OK) {
            status = cord_organisation_import_known_keep(
                import, cord_organisation_import_claims_last_day(said->closed_ns, closed),
                &known->closed);
        }
    }
    return status;
}

static cord_status describe_or_differ(struct cord_organisation_import *import,
                                      const struct said *said)
{
    struct known *known = cord_organisation_import_known_add(import, said->code);
    if (!known) {
        return CORD_E_NOMEM;
    }
    known->listed_at = said->mentions ? known->listed_at : import->line;
    bool knows_less = said->mentions && known->name.ptr &&
                      (known->opened.len > 0 || said->opened_ns == CORD_TIME_NONE);
    return knows_less ? differ(import, known, said) : describe(import, known, said);
}

cord_status cord_organisation_import_claims_of(struct cord_organisation_import *import,
                                               const struct said *said)
{
    cord_status status = said->described ? describe_or_differ(import, said) : CORD_OK;
    for (size_t i = 0; i < said->aliases.count && status == CORD_OK; i++) {
        status = alias(import, said, said->aliases.items[i].name, said->aliases.items[i].text);
    }
    for (size_t i = 0; i < said->statements.count && status == CORD_OK; i++) {
        status =
            attribute(import, said, said->statements.items[i].name, said->statements.items[i].text);
    }
    for (size_t i = 0; i < said->relations.count && status == CORD_OK; i++) {
        status = relate(import, said, &said->relations.items[i]);
    }
    if (status == CORD_OK && said->successor.len > 0) {
        status = succeed(import, said);
    }
    return status;
}

cord_status cord_organisation_import_claims_absent(struct cord_organisation_import *import,
                                                   const struct known *known)
{
    import->outcome.absent++;
    return close_it(import, known->code, import->options.complete_ns, "no longer in the list",
                    CORD_CLAIM_ESTIMATED);
}

/* --- whether it is the same --- */

static bool is_filler(char c)
{
    char lower = cord_str_lower_char(c);
    return (c & 0x80) == 0 && !cord_str_is_digit(c) && !(lower >= 'a' && lower <= 'z');
}

/* But for case and for what is neither letter nor digit. */
static bool same_name(cord_str a, cord_str b)
{
    size_t i = 0;
    size_t j = 0;
    for (;;) {
        while (i < a.len && is_filler(a.ptr[i])) {
            i++;
        }
        while (j < b.len && is_filler(b.ptr[j])) {
            j++;
        }
        if (i == a.len || j == b.len) {
            return i == a.len && j == b.len;
        }
        if (cord_str_lower_char(a.ptr[i++]) != cord_str_lower_char(b.ptr[j++])) {
            return false;
        }
    }
}

bool cord_organisation_import_claims_fit(const struct cord_organisation_import *import,
                                         const struct said *said,
                                         enum cord_organisation_import_reason *ret_reason,
                                         const char **ret_detail)
{
    char opened[CORD_ORGANISATION_DATE_TEXT];
    const struct known *known = cord_organisation_import_known_find(import, said->code);
    if (!said->described || !known || !known->name.ptr) {
        return true;
    }
    if (same_name(said->name, known->name)) {
        return true;
    }
    cord_str date = cord_organisation_date_format(said->opened_ns, opened);
    if (date.len > 0 && known->opened.len > 0 && !cord_str_eq(date, known->opened)) {
        *ret_reason = CORD_ORGANISATION_IMPORT_REUSED;
        *ret_detail = "the code is that of another organisation, which opened on another day";
        return false;
    }
    if (!said->mentions && known->listed_at > 0) {
        *ret_reason = CORD_ORGANISATION_IMPORT_TWICE;
        *ret_detail = "the list has the code already, for another name";
        return false;
    }
    return true;
}

cord_status cord_organisation_import_claims_begin(struct cord_organisation_import *import,
                                                  cord_str name, cord_str text)
{
    struct cord_digest digest;
    char hex[CORD_DIGEST_TEXT];
    cord_status status = cord_digest_of(text, &digest);
    if (status != CORD_OK) {
        return status;
    }
    memcpy(import->digest, cord_digest_format(&digest, hex).ptr, sizeof import->digest - 1);
    import->list = name;
    import->outcome = (struct cord_organisation_import_outcome){0};
    import->claim_count = 0;
    cord_arena_reset(import->scratch);
    for (size_t i = 0; i < import->known_count; i++) {
        import->known[i].listed_at = 0;
    }
    return CORD_OK;
}

cord_status cord_organisation_import_claims_flush(struct cord_organisation_import *import,
                                                  struct cord_error *err)
{
    cord_status status = CORD_OK;
    if (import->claim_count > 0) {
        status =
            import->options.put(import->options.self, import->claims, import->claim_count, err);
    }
    import->claim_count = 0;
    cord_arena_reset(import->scratch);
    return status;
}
