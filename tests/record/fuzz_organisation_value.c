/* Any text as a claim's value, as a damaged record would hold it; and as a list's first line. */
#include "record/organisation_columns.h"
#include "record/organisation_date.h"
#include "record/organisation_value.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str text = {(const char *)data, size};
    cord_str members[CORD_ORGANISATION_MEMBERS];
    struct cord_arena *arena = cord_arena_new(1 << 20);
    char day[CORD_ORGANISATION_DATE_TEXT];
    int64_t ns;
    if (!arena) {
        return 0;
    }
    (void)cord_organisation_columns_guess(text);
    if (cord_organisation_date_parse(text, &ns)) {
        int64_t same;
        assert(cord_organisation_date_parse(cord_organisation_date_format(ns, day), &same));
        assert(same == ns);
    }
    if (cord_organisation_value_read(text, arena, members) == CORD_OK) {
        size_t count = 0;
        cord_str item;
        while (count <= size &&
               cord_organisation_value_next(&members[CORD_ORGANISATION_NEEDS], arena, &item)) {
            count++;
        }
        assert(count <= size);
    }
    cord_arena_free(arena);
    return 0;
}
