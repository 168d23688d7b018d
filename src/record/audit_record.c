/* audit_record.c: see audit_record.h. */
#include "record/audit_record.h"

#include "base/arena.h"
#include "codec/json_put.h"

enum { AT_ONCE = 64, ARENA_BYTES = 1 << 20, VALUE_BYTES = 8192 };

struct outcome {
    const char *act;
    const char *outcome;
};

/* What is no way in or out was done: what is refused changes nothing and is no change. */
static const char *outcome_of(cord_str act)
{
    static const struct outcome outcomes[] = {{"sign_in.refused", "refused"},
                                              {"sign_in.wait", "not-looked-at"}};
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        if (cord_str_eq(act, cord_str_from(outcomes[i].act))) {
            return outcomes[i].outcome;
        }
    }
    return "done";
}

static cord_status make_claim(const struct cord_audit_entry *entry, struct cord_arena *arena,
                              struct cord_buf *value, struct cord_claim *claim)
{
    cord_buf_clear(value);
    cord_buf_put_char(value, '{');
    cord_json_put_some(value, "verb", entry->act);
    cord_json_put_some(value, "target", entry->subject);
    cord_json_put_some(value, "outcome", cord_str_from(outcome_of(entry->act)));
    cord_json_put_some(value, "address", entry->address);
    cord_json_put_some(value, "organisation", entry->organisation);
    cord_json_put_some(value, "reason", entry->detail);
    cord_buf_put_char(value, '}');
    *claim = (struct cord_claim){
        .kind = cord_claim_kind_find(entry->kind),
        .subject = entry->subject,
        .value = cord_arena_copy(arena, cord_buf_str(value)),
        .valid_from_ns = entry->at_ns,
        .valid_to_ns = CORD_TIME_NONE,
        .claimant = entry->actor,
        .method = CORD_STR("audit"),
        .confidence = CORD_CLAIM_CERTAIN,
        .basis = CORD_CLAIM_CONFIRMED,
        .key = entry->key,
        .marking = CORD_CLAIM_AMBER_STRICT,
    };
    return !value->failed && claim->value.ptr ? CORD_OK : CORD_E_NOMEM;
}

static cord_status append(struct cord_record *record, const struct cord_audit_entry *entries,
                          size_t count, struct cord_error *err)
{
    struct cord_claim claims[AT_ONCE];
    struct cord_record_outcome outcome;
    struct cord_buf value;
    struct cord_arena *arena = cord_arena_new(ARENA_BYTES);
    cord_status status = arena ? CORD_OK : CORD_E_NOMEM;
    cord_buf_init(&value, VALUE_BYTES);
    for (size_t i = 0; status == CORD_OK && i < count; i++) {
        status = make_claim(&entries[i], arena, &value, &claims[i]);
    }
    if (status == CORD_OK) {
        status = cord_record_append(record, claims, count, &outcome, err);
    }
    cord_buf_done(&value);
    cord_arena_free(arena);
    return status;
}

static cord_status put(void *self, const struct cord_audit_entry *entries, size_t count,
                       struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t at = 0; status == CORD_OK && at < count; at += AT_ONCE) {
        status = append(self, entries + at, count - at < AT_ONCE ? count - at : AT_ONCE, err);
    }
    return status;
}

struct cord_audit cord_audit_record_port(struct cord_record *record)
{
    return (struct cord_audit){put, record};
}
