/*
 * fuzz_suppress_scope.c: a condition in the first line, a finding in the second: what a scope says
 * of the same finding is always the same, and its negation says the opposite unless undecided.
 */
#include "base/buf.h"
#include "triage/suppress_scope.h"

#include <assert.h>
#include <stdlib.h>

static bool holds(cord_str condition, const struct cord_sighting *sighting, bool *ret_known)
{
    const struct cord_suppress_text text = {CORD_STR(""), CORD_STR(""), condition};
    struct cord_suppress_scope *scope = NULL;
    bool first = false, second = false;
    *ret_known = false;
    if (cord_suppress_scope_new(&text, 1, &scope, NULL) != CORD_OK) {
        return false;
    }
    cord_status status = cord_suppress_scope_holds(scope, sighting, &first);
    if (status == CORD_OK) {
        assert(cord_suppress_scope_holds(scope, sighting, &second) == CORD_OK && first == second);
        *ret_known = cord_suppress_scope_undecided(scope) == 0;
    }
    cord_suppress_scope_free(scope);
    return first;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cord_str rest = {(const char *)data, size}, condition;
    struct cord_sighting sighting;
    struct cord_arena *arena = cord_arena_new((size_t)1 << 22);
    if (!arena) {
        abort();
    }
    if (size > 0 && cord_str_cut(&rest, '\n', &condition) && rest.ptr &&
        cord_sighting_read(rest, arena, &sighting, NULL) == CORD_OK) {
        bool known = false, known_not = false;
        bool is = holds(condition, &sighting, &known);
        struct cord_buf negated;
        cord_buf_init(&negated, (size_t)1 << 20);
        cord_buf_put_text(&negated, "NOT (");
        cord_buf_put(&negated, condition);
        cord_buf_put_text(&negated, ")");
        bool is_not = holds(cord_buf_str(&negated), &sighting, &known_not);
        assert(!known || !known_not || is != is_not);
        cord_buf_done(&negated);
    }
    cord_arena_free(arena);
    return 0;
}
