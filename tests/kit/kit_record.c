/* kit_record.c: see kit_record.h. */
#include "kit/kit.h"

#include "kit/kit_record.h"

#include "record/claim_read.h"

#include <stdlib.h>

static int64_t clock_now(void *self)
{
    return ((struct kit_record_clock *)self)->now_ns;
}

struct cord_clock kit_record_clock(struct kit_record_clock *clock)
{
    return (struct cord_clock){clock_now, clock};
}

struct cord_record *kit_record_open(const char *dir, struct kit_record_clock *clock)
{
    struct cord_record *record = NULL;
    struct cord_error err = {""};
    const struct cord_record_options options = {
        .create = true, .exercise = CORD_STR(""), .clock = kit_record_clock(clock)};
    if (cord_record_open(dir, &options, &record, &err) != CORD_OK) {
        fail_msg("%s", err.text);
    }
    return record;
}

uint64_t kit_record_say(struct cord_record *record, const char *text)
{
    struct cord_claim_reader *reader = NULL;
    struct cord_claim claim;
    struct cord_digest hash;
    bool hashed;
    struct cord_error err = {""};
    struct cord_record_outcome outcome = {0};
    CHECK(cord_claim_reader_new(&reader) == CORD_OK);
    if (cord_claim_read(reader, cord_str_from(text), &claim, &hash, &hashed, &err) != CORD_OK ||
        cord_record_append(record, &claim, 1, &outcome, &err) != CORD_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    cord_claim_reader_free(reader);
    return outcome.first;
}

/* --- the naive evaluator --- */

static cord_str copy(cord_str text)
{
    char *bytes = malloc(text.len + 1);
    CHECK(bytes != NULL);
    memcpy(bytes, text.len > 0 ? text.ptr : "", text.len);
    return (cord_str){bytes, text.len};
}

static bool same_line(const struct cord_claim *a, const struct cord_claim *b)
{
    struct cord_buf one;
    struct cord_buf other;
    cord_buf_init(&one, CORD_CLAIM_VALUE_MAX);
    cord_buf_init(&other, CORD_CLAIM_VALUE_MAX);
    cord_claim_write_part(a, &one);
    cord_claim_write_part(b, &other);
    bool same = a->kind->topic == b->kind->topic && cord_str_eq(a->subject, b->subject) &&
                cord_str_eq(a->claimant, b->claimant) &&
                cord_str_eq(cord_buf_str(&one), cord_buf_str(&other));
    cord_buf_done(&one);
    cord_buf_done(&other);
    return same;
}

static size_t line_of(const struct kit_record_all *all, size_t at)
{
    const struct cord_claim *claim = &all->claims[at].claim;
    if (claim->kind->effect == CORD_CLAIM_ACTS || claim->kind->effect == CORD_CLAIM_RETRACTS) {
        return SIZE_MAX;
    }
    if (claim->kind->effect == CORD_CLAIM_REVISES) {
        return all->claims[claim->supersedes - 1].line;
    }
    for (size_t i = 0; i < at; i++) {
        const struct cord_claim *before = &all->claims[i].claim;
        if (before->kind->effect == CORD_CLAIM_STATES && same_line(before, claim)) {
            return all->claims[i].line;
        }
    }
    return at;
}

static cord_status keep_claim(void *self, const struct cord_claim *claim,
                              const struct cord_digest *hash)
{
    struct kit_record_all *all = self;
    (void)hash;
    struct kit_record_claim *kept = &all->claims[all->count];
    kept->claim = *claim;
    kept->claim.subject = copy(claim->subject);
    kept->claim.value = copy(claim->value);
    kept->claim.claimant = copy(claim->claimant);
    kept->claim.amount = kept->claim.unit = kept->claim.method = CORD_STR("");
    kept->claim.source = kept->claim.key = kept->claim.exercise = CORD_STR("");
    kept->line = line_of(all, all->count);
    all->count++;
    return CORD_OK;
}

struct kit_record_all kit_record_read(struct cord_record *record)
{
    struct cord_record_view *view = NULL;
    struct kit_record_all all = {0};
    const struct cord_claim_filter filter = {.known_ns = INT64_MAX};
    CHECK(cord_record_view_open(record, &view, NULL) == CORD_OK);
    all.claims = calloc(cord_record_view_count(view) + 1, sizeof *all.claims);
    CHECK(all.claims != NULL);
    CHECK(cord_record_view_claims(view, &filter, (struct cord_claim_page){0, SIZE_MAX}, keep_claim,
                                  &all, NULL) == CORD_OK);
    CHECK_U64(all.count, cord_record_view_count(view));
    cord_record_view_close(view);
    return all;
}

static void free_text(cord_str text)
{
    free((void *)(uintptr_t)text.ptr);
}

void kit_record_free(struct kit_record_all *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free_text(all->claims[i].claim.subject);
        free_text(all->claims[i].claim.value);
        free_text(all->claims[i].claim.claimant);
    }
    free(all->claims);
}

static bool is_retracted(const struct kit_record_all *all, size_t at, int64_t known_ns)
{
    for (size_t i = at + 1; i < all->count; i++) {
        const struct cord_claim *by = &all->claims[i].claim;
        if (by->supersedes == at + 1 && by->recorded_ns <= known_ns &&
            by->kind->effect == CORD_CLAIM_RETRACTS) {
            return true;
        }
    }
    return false;
}

/* Something was said instead that was not retracted, or was itself replaced so. */
static bool is_replaced(const struct kit_record_all *all, size_t at, int64_t known_ns)
{
    for (size_t i = at + 1; i < all->count; i++) {
        const struct cord_claim *by = &all->claims[i].claim;
        if (by->supersedes == at + 1 && by->recorded_ns <= known_ns &&
            by->kind->effect != CORD_CLAIM_RETRACTS &&
            (!is_retracted(all, i, known_ns) || is_replaced(all, i, known_ns))) {
            return true;
        }
    }
    return false;
}

size_t kit_record_naive(const struct kit_record_all *all, size_t line, int64_t known_ns,
                        int64_t about_ns)
{
    for (size_t i = all->count; i-- > 0;) {
        const struct cord_claim *claim = &all->claims[i].claim;
        if (all->claims[i].line == line && claim->recorded_ns <= known_ns &&
            claim->valid_from_ns <= about_ns &&
            (claim->valid_to_ns == CORD_TIME_NONE || claim->valid_to_ns > about_ns) &&
            !is_retracted(all, i, known_ns) && !is_replaced(all, i, known_ns)) {
            return i;
        }
    }
    return SIZE_MAX;
}
