/* record_row.c: see record_row.h. */
#include "record/record_row.h"

#include <inttypes.h>

/* Places of a statement count from 1. */
static int place_of(enum cord_record_claim_column column)
{
    return (int)column + 1;
}

static void bind_time(struct cord_sql_statement *statement, enum cord_record_claim_column column,
                      int64_t time_ns)
{
    if (time_ns == CORD_TIME_NONE) {
        cord_sql_bind_null(statement, place_of(column));
    } else {
        cord_sql_bind(statement, place_of(column), time_ns);
    }
}

void cord_record_row_bind(struct cord_sql_statement *statement, const struct cord_claim *claim,
                          const struct cord_digest *hash)
{
    cord_str digest = {(const char *)hash->bytes, CORD_DIGEST_BYTES};
    cord_sql_bind(statement, place_of(CORD_RECORD_CLAIM_NUMBER), (int64_t)claim->number);
    cord_sql_bind_text(statement, place_of(CORD_RECORD_CLAIM_KIND),
                       cord_str_from(claim->kind->name));
    cord_sql_bind_text(statement, place_of(CORD_RECORD_CLAIM_SUBJECT), claim->subject);
    cord_sql_bind_text(statement, place_of(CORD_RECORD_CLAIM_VALUE), claim->value);
    cord_sql_bind_some(statement, place_of(CORD_RECORD_CLAIM_AMOUNT), claim->amount);
    cord_sql_bind_some(statement, place_of(CORD_RECORD_CLAIM_UNIT), claim->unit);
    bind_time(statement, CORD_RECORD_CLAIM_VALID_FROM, claim->valid_from_ns);
    bind_time(statement, CORD_RECORD_CLAIM_VALID_TO, claim->valid_to_ns);
    cord_sql_bind(statement, place_of(CORD_RECORD_CLAIM_RECORDED_NS), claim->recorded_ns);
    cord_sql_bind_text(statement, place_of(CORD_RECORD_CLAIM_CLAIMANT), claim->claimant);
    cord_sql_bind_text(statement, place_of(CORD_RECORD_CLAIM_METHOD), claim->method);
    cord_sql_bind(statement, place_of(CORD_RECORD_CLAIM_CONFIDENCE), claim->confidence);
    cord_sql_bind(statement, place_of(CORD_RECORD_CLAIM_BASIS), claim->basis);
    cord_sql_bind_some(statement, place_of(CORD_RECORD_CLAIM_SOURCE), claim->source);
    cord_sql_bind_some(statement, place_of(CORD_RECORD_CLAIM_KEY_TEXT), claim->key);
    if (claim->supersedes > 0) {
        cord_sql_bind(statement, place_of(CORD_RECORD_CLAIM_SUPERSEDES),
                      (int64_t)claim->supersedes);
    } else {
        cord_sql_bind_null(statement, place_of(CORD_RECORD_CLAIM_SUPERSEDES));
    }
    cord_sql_bind(statement, place_of(CORD_RECORD_CLAIM_MARKING), claim->marking);
    cord_sql_bind_bytes(statement, place_of(CORD_RECORD_CLAIM_HASH), digest);
}

cord_status cord_record_row_read(struct cord_sql_statement *row, cord_str exercise,
                                 struct cord_claim *ret_claim, struct cord_digest *ret_hash,
                                 struct cord_error *err)
{
    cord_str kind = cord_sql_column_text(row, CORD_RECORD_CLAIM_KIND);
    cord_str hash = cord_sql_column_text(row, CORD_RECORD_CLAIM_HASH);
    int64_t basis = cord_sql_column(row, CORD_RECORD_CLAIM_BASIS);
    int64_t marking = cord_sql_column(row, CORD_RECORD_CLAIM_MARKING);
    int64_t confidence = cord_sql_column(row, CORD_RECORD_CLAIM_CONFIDENCE);
    int64_t number = cord_sql_column(row, CORD_RECORD_CLAIM_NUMBER);
    int64_t supersedes = cord_sql_column(row, CORD_RECORD_CLAIM_SUPERSEDES);
    struct cord_claim claim = {
        .number = (uint64_t)number,
        .kind = cord_claim_kind_find(kind),
        .subject = cord_sql_column_text(row, CORD_RECORD_CLAIM_SUBJECT),
        .value = cord_sql_column_text(row, CORD_RECORD_CLAIM_VALUE),
        .amount = cord_sql_column_text(row, CORD_RECORD_CLAIM_AMOUNT),
        .unit = cord_sql_column_text(row, CORD_RECORD_CLAIM_UNIT),
        .valid_from_ns = cord_sql_column(row, CORD_RECORD_CLAIM_VALID_FROM),
        .valid_to_ns = cord_sql_column_is_null(row, CORD_RECORD_CLAIM_VALID_TO)
                           ? CORD_TIME_NONE
                           : cord_sql_column(row, CORD_RECORD_CLAIM_VALID_TO),
        .recorded_ns = cord_sql_column(row, CORD_RECORD_CLAIM_RECORDED_NS),
        .claimant = cord_sql_column_text(row, CORD_RECORD_CLAIM_CLAIMANT),
        .method = cord_sql_column_text(row, CORD_RECORD_CLAIM_METHOD),
        .confidence = (unsigned)confidence,
        .basis = (enum cord_claim_basis)basis,
        .source = cord_sql_column_text(row, CORD_RECORD_CLAIM_SOURCE),
        .key = cord_sql_column_text(row, CORD_RECORD_CLAIM_KEY_TEXT),
        .supersedes = (uint64_t)supersedes,
        .marking = (enum cord_claim_marking)marking,
        .exercise = exercise,
    };
    if (number <= 0 || supersedes < 0 || basis < CORD_CLAIM_CONFIRMED ||
        basis > CORD_CLAIM_ESTIMATED || marking < CORD_CLAIM_CLEAR || marking > CORD_CLAIM_RED ||
        confidence < 0 || confidence > CORD_CLAIM_CERTAIN || hash.len != CORD_DIGEST_BYTES ||
        claim.value.len > CORD_CLAIM_VALUE_MAX || claim.value.len < 2) {
        return cord_error_set(err, CORD_E_DAMAGED,
                              "claim %" PRId64 " is damaged: restore from a backup or an export",
                              number);
    }
    if (!claim.kind) {
        return cord_error_set(err, CORD_E_UNSUPPORTED,
                              "claim %" PRId64 " is of a kind that this program does not know: use "
                              "a later program",
                              number);
    }
    *ret_claim = claim;
    memcpy(ret_hash->bytes, hash.ptr, CORD_DIGEST_BYTES);
    return CORD_OK;
}
