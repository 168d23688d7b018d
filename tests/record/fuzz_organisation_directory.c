/* Any text as a directory: what comes of it are claims as their kinds say, or err says where not.
 */
#include "base/timestamp.h"
#include "record/claim_read.h"
#include "record/organisation_import.h"

#include <assert.h>

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct cord_claim claim = claims[i];
        assert(cord_claim_check(self, &claim, err) == CORD_OK);
    }
    return CORD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size};
    struct cord_claim_reader *reader = NULL;
    struct cord_organisation_import *import = NULL;
    struct cord_organisation_import_outcome first;
    struct cord_organisation_import_outcome again;
    struct cord_error err = {""};
    assert(cord_claim_reader_new(&reader) == CORD_OK);
    const struct cord_organisation_import_options options = {.claimant = CORD_STR("org:X26"),
                                                             .method = CORD_STR("list"),
                                                             .since_ns = CORD_TIME_NONE,
                                                             .complete_ns = CORD_TIME_NONE,
                                                             .put = on_claims,
                                                             .self = reader};
    assert(cord_organisation_import_new(&options, &import) == CORD_OK);
    if (cord_organisation_import_directory(import, CORD_STR("d"), text, &first, &err) == CORD_OK) {
        assert(first.claims + first.unchanged == first.rows);
        assert(cord_organisation_import_directory(import, CORD_STR("d"), text, &again, &err) ==
               CORD_OK);
        assert(again.rows == first.rows);
    } else {
        assert(err.text[0] != '\0');
    }
    cord_organisation_import_free(import);
    cord_claim_reader_free(reader);
    return 0;
}
