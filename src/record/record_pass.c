/* record_pass.c: going through all claims: see record_internal.h. */
#include "record/record_internal.h"
#include "record/record_row.h"

#include <inttypes.h>

enum { STEP_CLAIMS = 4096 };

#define SCRATCH_BYTES ((size_t)1 << 20)

/* Where a pass stands. */
struct stand {
    const struct cord_record_pass *pass;
    struct cord_buf scratch;
    struct cord_digest previous;
    int64_t recorded_ns;
    uint64_t count;
};

static cord_status broken(uint64_t number, const char *how, struct cord_error *err)
{
    return cord_error_set(err, CORD_E_FORMAT, "claim %" PRIu64 " %s", number, how);
}

static cord_status check_one(struct stand *stand, const struct cord_claim *claim,
                             const struct cord_digest *stored, struct cord_error *err)
{
    struct cord_digest hash;
    if (claim->number != stand->count + 1) {
        return broken(stand->count + 1, "is missing", err);
    }
    cord_status status = cord_claim_hash(claim, &stand->previous, &stand->scratch, &hash);
    if (status == CORD_OK && !cord_digest_eq(&hash, stored)) {
        return broken(claim->number, "is not what was recorded: its hash is another", err);
    }
    if (status == CORD_OK && claim->recorded_ns < stand->recorded_ns) {
        return broken(claim->number, "was recorded before the one in front of it", err);
    }
    return status;
}

static cord_status pass_one(struct stand *stand, struct cord_sql_statement *row,
                            struct cord_error *err)
{
    const struct cord_record_pass *pass = stand->pass;
    struct cord_claim claim;
    struct cord_digest hash;
    cord_status status = cord_record_row_read(row, pass->exercise, &claim, &hash, err);
    if (status == CORD_OK && pass->chained) {
        status = check_one(stand, &claim, &hash, err);
    }
    if (status == CORD_OK && pass->spans) {
        status = cord_record_spans_apply(pass->spans, &claim, err);
    }
    if (status == CORD_OK && pass->visit) {
        status = pass->visit(pass->self, &claim, &hash, err);
    }
    if (status == CORD_OK) {
        stand->previous = hash;
        stand->recorded_ns = claim.recorded_ns;
        stand->count++;
    }
    return status;
}

cord_status cord_record_pass_all(const struct cord_record_pass *pass, uint64_t *ret_claims,
                                 struct cord_error *err)
{
    struct stand stand = {.pass = pass, .recorded_ns = INT64_MIN};
    struct cord_sql_statement *row = NULL;
    cord_buf_init(&stand.scratch, SCRATCH_BYTES);
    cord_status status =
        cord_record_sql_prepare(pass->sql, "main", CORD_RECORD_CLAIMS_FROM, &row, err);
    if (status == CORD_OK) {
        cord_sql_bind(row, 1, 0);
    }
    while (status == CORD_OK && (status = cord_sql_step(row, err)) == CORD_OK) {
        status = pass_one(&stand, row, err);
        if (status == CORD_OK && stand.count % STEP_CLAIMS == 0 &&
            !cord_record_go_on(pass->progress, stand.count, pass->total)) {
            (void)cord_error_set(err, CORD_E_END, "stopped");
            cord_sql_free(row);
            cord_buf_done(&stand.scratch);
            return CORD_E_END;
        }
    }
    *ret_claims = stand.count;
    cord_sql_free(row);
    cord_buf_done(&stand.scratch);
    return status == CORD_E_END ? CORD_OK : status;
}
