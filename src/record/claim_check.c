/* claim_check.c: what all claims have. See claim_read.h and claim_read_internal.h. */
#include "record/claim_read_internal.h"

/* Who may claim. */
static const char *const claimants[] = {"org",    "user",   "system", "token", "press",
                                        "person", "office", "source", NULL};

static cord_status check_subject(const struct cord_claim *claim, struct cord_error *err)
{
    const char *const *prefixes = claim->kind->subjects;
    if (cord_claim_is_subject(claim->subject, prefixes)) {
        return CORD_OK;
    }
    struct cord_buf choices;
    cord_buf_init(&choices, CORD_CLAIM_CHOICES_BYTES);
    for (size_t i = 0; prefixes && prefixes[i]; i++) {
        cord_buf_printf(&choices, "%s%s:NAME", i > 0 ? ", " : "", prefixes[i]);
    }
    (void)cord_error_set(err, CORD_E_FORMAT,
                         "subject: is to be %.*s for %s; names are of letters, "
                         "digits and -._:/@+",
                         prefixes ? (int)choices.len : 9, prefixes ? choices.ptr : "KIND:NAME",
                         claim->kind->name);
    cord_buf_done(&choices);
    return CORD_E_FORMAT;
}

static cord_status check_claimant(const struct cord_claim *claim, struct cord_error *err)
{
    if (cord_claim_is_subject(claim->claimant, claimants)) {
        return CORD_OK;
    }
    return cord_claim_take_wrong(
        err, "claimant: is to be org:CODE, user:NAME, system:NAME, token:NAME, press:NAME, "
             "person:NAME, office:NAME or source:NAME");
}

static cord_status check_unit(const struct cord_claim *claim, struct cord_error *err)
{
    const char *const *units = claim->kind->units;
    if (!units) {
        return cord_claim_take_wrong(err, "amount: its kind has none");
    }
    for (size_t i = 0; units[i]; i++) {
        if (cord_str_eq(claim->unit, cord_str_from(units[i]))) {
            return CORD_OK;
        }
    }
    (void)cord_claim_take_no_such(claim->unit, units, err);
    cord_error_context(err, "unit");
    return CORD_E_FORMAT;
}

static cord_status check_amount(struct cord_claim_reader *reader, struct cord_claim *claim,
                                struct cord_error *err)
{
    if (claim->amount.len == 0 && claim->unit.len == 0) {
        return claim->kind->amount_required
                   ? cord_claim_take_wrong(err, "amount: is missing, with its unit")
                   : CORD_OK;
    }
    if (claim->amount.len == 0) {
        return cord_claim_take_wrong(err, "amount: is missing, and a unit is there");
    }
    cord_status status =
        cord_claim_take_check_decimal(claim->amount, reader->amount, &claim->amount, err);
    if (status != CORD_OK) {
        cord_error_context(err, "amount");
        return status;
    }
    return check_unit(claim, err);
}

static cord_status check_plain(cord_str text, const char *field, struct cord_error *err)
{
    cord_status status =
        text.len > 0 ? cord_claim_take_check_text(text, CORD_CLAIM_TEXT_MAX, err) : CORD_OK;
    if (status != CORD_OK) {
        cord_error_context(err, "%s", field);
    }
    return status;
}

static cord_status check_texts(const struct cord_claim *claim, struct cord_error *err)
{
    cord_status status =
        claim->method.len > 0
            ? check_plain(claim->method, "method", err)
            : cord_claim_take_wrong(err, "method: is missing: telephone, return, telemetry, press, "
                                         "assigned ...");
    if (status == CORD_OK) {
        status = check_plain(claim->source, "source", err);
    }
    if (status == CORD_OK) {
        status = check_plain(claim->key, "key", err);
    }
    if (status == CORD_OK) {
        status = check_plain(claim->exercise, "exercise", err);
    }
    return status;
}

static cord_status check_times(const struct cord_claim *claim, struct cord_error *err)
{
    if (claim->valid_to_ns != CORD_TIME_NONE && claim->valid_from_ns != CORD_TIME_NONE &&
        claim->valid_to_ns <= claim->valid_from_ns) {
        return cord_claim_take_wrong(err, "valid_to: is to be after valid_from");
    }
    if (claim->valid_to_ns == INT64_MAX || claim->valid_from_ns == INT64_MAX) {
        return cord_claim_take_wrong(err, "valid_to: is too late");
    }
    return CORD_OK;
}

static cord_status check_rest(const struct cord_claim *claim, struct cord_error *err)
{
    if (claim->confidence > CORD_CLAIM_CERTAIN) {
        return cord_claim_take_wrong(err, "confidence: is to be percent, from 0 to 100");
    }
    if (claim->supersedes > INT64_MAX || claim->number > INT64_MAX) {
        return cord_claim_take_wrong(err, "supersedes: is no claim's number");
    }
    bool takes_back =
        claim->kind->effect == CORD_CLAIM_REVISES || claim->kind->effect == CORD_CLAIM_RETRACTS;
    if (takes_back && claim->supersedes == 0) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "supersedes: is missing: which claim a %s takes back",
                              claim->kind->name);
    }
    return check_times(claim, err);
}

cord_status cord_claim_check(struct cord_claim_reader *reader, struct cord_claim *claim,
                             struct cord_error *err)
{
    cord_arena_reset(reader->arena);
    cord_status status = cord_claim_value_check(reader, claim->kind, claim->value, err);
    if (status == CORD_OK) {
        claim->value = cord_buf_str(&reader->value);
        status = check_subject(claim, err);
    }
    if (status == CORD_OK) {
        status = check_claimant(claim, err);
    }
    if (status == CORD_OK) {
        status = check_amount(reader, claim, err);
    }
    if (status == CORD_OK) {
        status = check_texts(claim, err);
    }
    return status == CORD_OK ? check_rest(claim, err) : status;
}

cord_status cord_claim_check_read(struct cord_claim_reader *reader, struct cord_claim *claim,
                                  cord_str value, struct cord_error *err)
{
    cord_status status = cord_claim_value_check(reader, claim->kind, value, err);
    claim->value = cord_buf_str(&reader->value);
    if (status == CORD_OK) {
        status = check_subject(claim, err);
    }
    if (status == CORD_OK) {
        status = check_claimant(claim, err);
    }
    if (status == CORD_OK) {
        status = check_amount(reader, claim, err);
    }
    if (status == CORD_OK && claim->method.len == 0) {
        status = cord_claim_take_wrong(
            err, "method: is missing: telephone, return, telemetry, press, assigned ...");
    }
    return status == CORD_OK ? check_rest(claim, err) : status;
}
