/* incident_draft.c: see incident_draft_internal.h. */
#include "triage/incident_draft_internal.h"

#include "base/hash.h"
#include "base/timestamp.h"
#include "base/vec.h"
#include "codec/json_put.h"
#include "triage/incident_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES_MAX = 64 << 20 };

cord_status cord_incident_draft_init(struct cord_incident_draft *draft, struct cord_error *err)
{
    cord_buf_init(&draft->value, CORD_CLAIM_VALUE_MAX);
    draft->err = err;
    draft->arena = cord_arena_new(ARENA_BYTES_MAX);
    return draft->arena ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

void cord_incident_draft_done(struct cord_incident_draft *draft)
{
    free(draft->claims);
    cord_buf_done(&draft->value);
    cord_arena_free(draft->arena);
}

bool cord_incident_draft_sees(const struct cord_incident_draft *draft, cord_str organisation)
{
    const struct cord_incident_request *request = draft->author->request;
    const struct cord_incident_matter matter = {.organisation = organisation,
                                                .marking = CORD_CLAIM_AMBER};
    return !request->sees || request->sees(request->self, &matter);
}

/* --- one claim --- */

void cord_incident_draft_begin(struct cord_incident_draft *draft)
{
    cord_buf_clear(&draft->value);
    cord_buf_put_char(&draft->value, '{');
}

void cord_incident_draft_text(struct cord_incident_draft *draft, const char *name, cord_str text)
{
    cord_json_put_some(&draft->value, name, text);
}

static bool is_time(int64_t time_ns)
{
    return time_ns != CORD_TIME_NONE && time_ns != 0;
}

void cord_incident_draft_time(struct cord_incident_draft *draft, const char *name, int64_t time_ns)
{
    char buffer[CORD_TIMESTAMP_TEXT];
    if (is_time(time_ns)) {
        cord_incident_draft_text(draft, name, cord_timestamp_format(time_ns, buffer));
    }
}

void cord_incident_draft_claim(struct cord_incident_draft *draft, const char *name, uint64_t claim)
{
    if (claim > 0) {
        cord_json_put_number(&draft->value, name, claim);
    }
}

void cord_incident_draft_texts(struct cord_incident_draft *draft, const char *name,
                               const cord_str *texts, size_t count)
{
    if (count > 0) {
        cord_json_put_texts(&draft->value, name, texts, count);
    }
}

static bool is_one_of(cord_str code, const cord_str *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cord_str_eq(code, codes[i])) {
            return true;
        }
    }
    return false;
}

void cord_incident_draft_matter(struct cord_incident_draft *draft, cord_str before)
{
    const struct cord_incident_entry *entry = draft->entry;
    cord_str codes[CORD_TEXTS_MAX];
    size_t count = 0;
    cord_str code;
    for (size_t i = 0; i < entry->organisation_count && i < CORD_TEXTS_MAX; i++) {
        codes[count++] = entry->organisations[i];
    }
    while (before.ptr && cord_incident_next_text(&before, &code)) {
        if (is_one_of(code, codes, count)) {
            continue;
        }
        if (count == CORD_TEXTS_MAX) {
            draft->value.failed = true; /* said at its end */
            return;
        }
        codes[count++] = code;
    }
    cord_incident_draft_texts(draft, "organisations", codes, count);
}

cord_status cord_incident_draft_end(struct cord_incident_draft *draft, const char *kind,
                                    cord_str incident)
{
    const struct cord_incident_entry *entry = draft->entry;
    cord_buf_put_char(&draft->value, '}');
    if (draft->value.failed) {
        return cord_error_set(draft->err, CORD_E_FORMAT,
                              "the entry is too long, or concerns too many");
    }
    struct cord_claim *claims =
        cord_vec_room(draft->claims, draft->count, &draft->cap, sizeof *claims);
    if (!claims) {
        return cord_error_set(draft->err, CORD_E_NOMEM, "out of memory");
    }
    draft->claims = claims;
    struct cord_claim *claim = &claims[draft->count];
    *claim = (struct cord_claim){
        .kind = cord_claim_kind_find(cord_str_from(kind)),
        .subject = cord_arena_printf(draft->arena, "incident:%.*s", CORD_STR_ARG(incident)),
        .value = cord_arena_copy(draft->arena, cord_buf_str(&draft->value)),
        .valid_from_ns = is_time(entry->time_ns) ? entry->time_ns : CORD_TIME_NONE,
        .valid_to_ns = CORD_TIME_NONE,
        .recorded_ns = CORD_TIME_NONE,
        .claimant = draft->author->claimant,
        .method = CORD_STR("console"),
        .confidence = CORD_CLAIM_CERTAIN,
        .basis = CORD_CLAIM_CONFIRMED,
        .source = entry->source,
        .marking = entry->marked ? entry->marking : CORD_CLAIM_AMBER,
    };
    if (!claim->subject.ptr || !claim->value.ptr) {
        return cord_error_set(draft->err, cord_arena_failure(draft->arena),
                              "the entry is too long");
    }
    draft->count++;
    return CORD_OK;
}

/* --- ids --- */

/* Crockford's base 32. */
static void put_lot(uint64_t lot, unsigned attempt, char text[8])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t drawn = cord_hash_mix(lot + attempt * UINT64_C(0x9e3779b97f4a7c15));
    size_t len = attempt < CORD_INCIDENT_ATTEMPTS / 2 ? 4 : 5;
    for (size_t i = 0; i < len; i++) {
        text[i] = alphabet[drawn >> (5 * i) & 31];
    }
    text[len] = '\0';
}

void cord_incident_draft_task_id(uint64_t lot, unsigned attempt, char id[CORD_INCIDENT_ID_BYTES])
{
    char drawn[8];
    put_lot(lot, attempt, drawn);
    (void)snprintf(id, CORD_INCIDENT_ID_BYTES, "T-%s", drawn);
}

void cord_incident_draft_id(uint64_t lot, unsigned attempt, int64_t now_ns,
                            char id[CORD_INCIDENT_ID_BYTES])
{
    char drawn[8];
    put_lot(lot, attempt, drawn);
    (void)snprintf(id, CORD_INCIDENT_ID_BYTES, "INC-%d-%s", cord_timestamp_to_civil(now_ns).year,
                   drawn);
}
