/* Any text as a mapping, followed by a list that it is to read; a zero byte stands between. */
#include "base/timestamp.h"
#include "record/organisation_import.h"
#include "record/organisation_mapping.h"

#include <assert.h>

static cord_status on_claims(void *self, const struct cord_claim *claims, size_t count,
                             struct cord_error *err)
{
    (void)self;
    (void)err;
    assert(claims && count > 0);
    return CORD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size};
    cord_str mapping;
    struct cord_error err = {""};
    struct cord_arena *arena = cord_arena_new(1 << 24);
    const struct cord_organisation_columns *columns = NULL;
    if (!arena || !cord_str_cut(&text, '\0', &mapping)) {
        cord_arena_free(arena);
        return 0;
    }
    if (cord_organisation_mapping_read(mapping, arena, &columns, &err) == CORD_OK) {
        struct cord_organisation_import *import = NULL;
        struct cord_organisation_import_outcome outcome;
        const struct cord_organisation_import_options options = {
            .claimant = CORD_STR("org:X26"),
            .since_ns = CORD_TIME_NONE,
            .complete_ns = CORD_TIME_NONE,
            .put = on_claims,
        };
        assert(cord_organisation_import_new(&options, &import) == CORD_OK);
        cord_status status =
            cord_organisation_import_list(import, columns, CORD_STR("l"), text, &outcome, &err);
        assert(status == CORD_OK || status == CORD_E_FORMAT || status == CORD_E_LIMIT);
        cord_organisation_import_free(import);
    } else {
        assert(err.text[0] != '\0');
    }
    cord_arena_free(arena);
    return 0;
}
