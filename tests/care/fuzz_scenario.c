/* A scenario is refused, or its script keeps what script.h says: times in order, revisions behind
 * what they revise, and the same again from the same. */
#include "base/timestamp.h"
#include "care/script.h"

#include <assert.h>

static cord_status no_file(void *self, cord_str name, cord_str *ret_text, struct cord_error *err)
{
    (void)self;
    if (cord_str_eq(name, CORD_STR("rows.csv"))) {
        *ret_text = CORD_STR("code,name,region,country,opened,closed\nR1,\"A, B\",Y54,ENG,,\n");
        return CORD_OK;
    }
    return cord_error_set(err, CORD_E_NOENT, "no such file");
}

static void check(const struct cord_script *script, const struct cord_script *again)
{
    assert(cord_script_count(script) == cord_script_count(again));
    for (size_t i = 0; i < cord_script_count(script); i++) {
        const struct cord_script_line *line = cord_script_at(script, i);
        const struct cord_script_line *same = cord_script_at(again, i);
        assert(i == 0 || cord_script_at(script, i - 1)->known_ns <= line->known_ns);
        assert(line->revises <= i);
        assert(line->known_ns == same->known_ns &&
               cord_str_eq(line->claim.subject, same->claim.subject) &&
               cord_str_eq(line->claim.amount, same->claim.amount));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cord_scenario_files files = {.read = no_file};
    struct cord_scenario *scenario = NULL;
    struct cord_script *script = NULL;
    struct cord_script *again = NULL;
    struct cord_error err;
    cord_str text = {(const char *)data, size};
    if (cord_scenario_read(text, &files, &scenario, &err) == CORD_OK &&
        cord_script_make(scenario, 1, NULL, 0, &script, &err) == CORD_OK &&
        cord_script_make(scenario, 1, NULL, 0, &again, &err) == CORD_OK) {
        check(script, again);
    }
    cord_script_free(again);
    cord_script_free(script);
    cord_scenario_free(scenario);
    return 0;
}
