/*
 * Any text as a list of organisations: what comes of it are claims as their kinds
 * say, and the same list again says nothing new.
 */
#include "record/claim_read.h"
#include "record/organisation_import.h"

#include "base/timestamp.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct cord_claim claim = claims[i];
        if (cord_claim_check(self, &claim, err) != CORD_OK) {
            (void)fprintf(stderr, "%s\n", err->text);
            abort();
        }
        assert(cord_str_eq(claim.value, claims[i].value));
    }
    return CORD_OK;
}

static uint64_t sum(const struct cord_organisation_import_outcome *outcome)
{
    return outcome->refused[CORD_ORGANISATION_IMPORT_REUSED] +
           outcome->refused[CORD_ORGANISATION_IMPORT_TWICE] +
           outcome->refused[CORD_ORGANISATION_IMPORT_MALFORMED];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_claim_reader *reader = NULL;
    struct cord_organisation_import *import = NULL;
    struct cord_organisation_import_outcome first;
    struct cord_organisation_import_outcome second;
    struct cord_error err = {""};
    if (size < 1) {
        return 0;
    }
    assert(cord_claim_reader_new(&reader) == CORD_OK);
    const struct cord_organisation_import_options options = {
        .claimant = CORD_STR("org:X26"),
        .method = CORD_STR("list"),
        .since_ns = (data[0] & 4) != 0 ? 0 : CORD_TIME_NONE,
        .complete_ns = (data[0] & 8) != 0 ? 0 : CORD_TIME_NONE,
        .put = on_claims,
        .self = reader};
    assert(cord_organisation_import_new(&options, &import) == CORD_OK);
    const struct cord_organisation_columns *columns = cord_organisation_columns_known[data[0] % 4];
    cord_str text = {(const char *)data + 1, size - 1};
    if (cord_organisation_import_list(import, columns, CORD_STR("l"), text, &first, &err) ==
        CORD_OK) {
        assert(sum(&first) <= first.rows);
        assert(cord_organisation_import_list(import, columns, CORD_STR("l"), text, &second, &err) ==
               CORD_OK);
        assert(second.rows == first.rows);
    }
    cord_organisation_import_free(import);
    cord_claim_reader_free(reader);
    return 0;
}
