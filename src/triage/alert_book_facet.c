/* alert_book_facet.c: how many alerts say what, and when they began; see alert_book.h. */
#include "triage/alert_book_scan_internal.h"

#include "base/fold.h"
#include "base/vec.h"

#include <stdlib.h>

/* Alerts by value of a column, then by text: of what several values are called the same by. */
struct tally {
    enum cord_alert_column column;
    uint64_t *counts;
    size_t size;
    struct cord_alert_texts texts;
    struct cord_alert_facet_value *values;
    size_t cap;
    uint64_t without;
};

static bool is_facet(enum cord_alert_column column)
{
    switch (column) {
    case CORD_ALERT_COLUMN_ID:
    case CORD_ALERT_COLUMN_TITLE:
    case CORD_ALERT_COLUMN_AUTHOR:
    case CORD_ALERT_COLUMN_RISK:
    case CORD_ALERT_COLUMN_FINDINGS:
    case CORD_ALERT_COLUMN_AGAIN:
    case CORD_ALERT_COLUMN_NOTES:
    case CORD_ALERT_COLUMN_FIRST:
    case CORD_ALERT_COLUMN_LAST:
    case CORD_ALERT_COLUMN_KNOWN:
    case CORD_ALERT_COLUMN_UPDATED:
    case CORD_ALERT_COLUMN_MANUAL:
    case CORD_ALERT_COLUMNS:
        return false;
    case CORD_ALERT_COLUMN_SEVERITY:
    case CORD_ALERT_COLUMN_STATUS:
    case CORD_ALERT_COLUMN_REASON:
    case CORD_ALERT_COLUMN_OWNER:
    case CORD_ALERT_COLUMN_RULE:
    case CORD_ALERT_COLUMN_TAG:
    case CORD_ALERT_COLUMN_TECHNIQUE:
    case CORD_ALERT_COLUMN_TACTIC:
    case CORD_ALERT_COLUMN_ORG:
    case CORD_ALERT_COLUMN_REGION:
    case CORD_ALERT_COLUMN_HOST:
    case CORD_ALERT_COLUMN_USER:
    case CORD_ALERT_COLUMN_ADDRESS:
    case CORD_ALERT_COLUMN_ENTITY:
    case CORD_ALERT_COLUMN_KIND:
    case CORD_ALERT_COLUMN_CRITICALITY:
    case CORD_ALERT_COLUMN_CARE:
    case CORD_ALERT_COLUMN_CLUSTER:
    case CORD_ALERT_COLUMN_INCIDENT:
    case CORD_ALERT_COLUMN_SUPPRESSED:
        break;
    }
    return true;
}

static cord_status name_columns(const cord_str *fields, size_t count, struct tally *tallies,
                                struct cord_error *err)
{
    for (size_t i = 0; i < count; i++) {
        cord_status status = cord_alert_book_column_find(fields[i], &tallies[i].column, err);
        if (status != CORD_OK) {
            return status;
        }
        if (!is_facet(tallies[i].column)) {
            return cord_error_set(err, CORD_E_FORMAT, "'%.*s' is not counted by value",
                                  CORD_STR_ARG(fields[i]));
        }
    }
    return CORD_OK;
}

static cord_status begin(const struct cord_alert_scan *scan, struct tally *tallies, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tallies[i].size = cord_alert_book_column_size(scan->book, tallies[i].column);
        tallies[i].counts = calloc(tallies[i].size + 1, sizeof *tallies[i].counts);
        if (!tallies[i].counts) {
            return CORD_E_NOMEM;
        }
    }
    return CORD_OK;
}

static cord_status count_all(struct cord_alert_scan *scan, struct tally *tallies, size_t count,
                             uint64_t *ret_total)
{
    uint64_t chosen = 0;
    cord_status status = cord_alert_book_scan_next(scan, &chosen);
    for (; status == CORD_OK; status = cord_alert_book_scan_next(scan, &chosen)) {
        *ret_total += (uint64_t)__builtin_popcountll(chosen);
        for (size_t i = 0; i < count; i++) {
            uint64_t rest = chosen;
            for (unsigned place; (place = cord_alert_book_scan_take(&rest)) < CORD_ALERT_BLOCK;) {
                uint64_t value = cord_alert_book_column_at(scan, tallies[i].column, place);
                tallies[i].counts[value < tallies[i].size ? value : tallies[i].size]++;
            }
        }
    }
    return status == CORD_E_END ? CORD_OK : status;
}

/* --- by text --- */

/* Names of entities are the same whatever their case; of several spellings the first in the
 * alphabet is shown, whichever came first. */
static cord_status folded_key(struct tally *tally, cord_str text, cord_str *ret_key)
{
    size_t room = CORD_FOLD_BYTES_MAX(text.len) + 1;
    char *folded = cord_arena_bytes(tally->texts.arena, room);
    if (!folded) {
        return CORD_E_NOMEM;
    }
    *ret_key = (cord_str){folded, cord_fold_text(text, folded, room)};
    return CORD_OK;
}

static cord_status add_text(struct tally *tally, cord_str text, cord_str label, uint64_t count)
{
    uint32_t at = 0;
    cord_str key = text;
    size_t had = tally->texts.count;
    bool folds =
        tally->column >= CORD_ALERT_COLUMN_HOST && tally->column <= CORD_ALERT_COLUMN_ENTITY;
    cord_status status = folds ? folded_key(tally, text, &key) : CORD_OK;
    cord_str copy = cord_arena_copy(tally->texts.arena, text);
    if (status == CORD_OK) {
        status = copy.ptr ? cord_alert_table_add(&tally->texts, key, &at) : CORD_E_NOMEM;
    }
    if (status != CORD_OK) {
        return status;
    }
    if (at == had) {
        struct cord_alert_facet_value *values =
            cord_vec_room(tally->values, had, &tally->cap, sizeof *values);
        if (!values) {
            return CORD_E_NOMEM;
        }
        tally->values = values;
        values[at] = (struct cord_alert_facet_value){copy, label, 0};
    }
    if (cord_str_compare(copy, tally->values[at].value) < 0) {
        tally->values[at].value = copy;
    }
    tally->values[at].count += count;
    return CORD_OK;
}

static cord_status name_values(const struct cord_alert_scan *scan, struct tally *tally)
{
    cord_status status = CORD_OK;
    bool by_rule = tally->column == CORD_ALERT_COLUMN_RULE;
    for (size_t value = 0; value < tally->size && status == CORD_OK; value++) {
        char buffer[CORD_ALERT_COLUMN_TEXT];
        cord_str text;
        size_t index = 0;
        if (tally->counts[value] == 0) {
            continue;
        }
        cord_str label = by_rule ? scan->book->versions[value].title : CORD_STR("");
        for (; status == CORD_OK &&
               cord_alert_book_column_text(scan, tally->column, value, index, buffer, &text);
             index++) {
            status = add_text(tally, text, label, tally->counts[value]);
        }
        if (index == 0 && status == CORD_OK) {
            status = add_text(tally, CORD_STR(""), CORD_STR(""), tally->counts[value]);
        }
    }
    return status;
}

static int compare_values(const void *a, const void *b)
{
    const struct cord_alert_facet_value *left = a;
    const struct cord_alert_facet_value *right = b;
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    return cord_str_compare(left->value, right->value);
}

static void tell(struct tally *tally, uint32_t top,
                 void (*visit)(void *self, const struct cord_alert_facet *facet), void *self)
{
    size_t count = tally->texts.count;
    struct cord_alert_facet facet = {
        .field = cord_str_from(cord_alert_book_column_name(tally->column)),
        .values = tally->values,
        .value_count = count < top ? count : top,
        .distinct = count,
    };
    if (count > 1) {
        qsort(tally->values, count, sizeof *tally->values, compare_values);
    }
    for (size_t i = facet.value_count; i < count; i++) {
        facet.other += tally->values[i].count;
    }
    visit(self, &facet);
}

cord_status cord_alert_book_facets(struct cord_alert_book *book, const struct cord_alert_ask *ask,
                                   const cord_str *fields, size_t field_count, uint32_t top,
                                   void (*visit)(void *self, const struct cord_alert_facet *facet),
                                   void *self, uint64_t *ret_total, struct cord_error *err)
{
    struct tally tallies[CORD_ALERT_FACETS_MAX] = {0};
    struct cord_alert_scan scan = {.book = book};
    uint64_t total = 0;
    if (field_count > CORD_ALERT_FACETS_MAX || top > CORD_ALERT_FACET_TOP_MAX) {
        return cord_error_set(err, CORD_E_FORMAT, "at most %u fields, and %u values of each",
                              CORD_ALERT_FACETS_MAX, CORD_ALERT_FACET_TOP_MAX);
    }
    struct cord_arena *arena = cord_arena_new(SIZE_MAX / 2);
    cord_status status = arena ? name_columns(fields, field_count, tallies, err) : CORD_E_NOMEM;
    if (status == CORD_OK) {
        status = cord_alert_book_scan_open(&scan, book, ask, err);
    }
    if (status == CORD_OK) {
        status = begin(&scan, tallies, field_count);
    }
    if (status == CORD_OK) {
        status = count_all(&scan, tallies, field_count, &total);
    }
    for (size_t i = 0; i < field_count && status == CORD_OK; i++) {
        cord_alert_table_texts_init(&tallies[i].texts, arena, book->id_key.words[0]);
        status = name_values(&scan, &tallies[i]);
    }
    cord_alert_book_scan_unlock(&scan);
    for (size_t i = 0; i < field_count; i++) {
        if (status == CORD_OK) {
            tell(&tallies[i], top, visit, self);
        }
        cord_alert_table_texts_done(&tallies[i].texts);
        free(tallies[i].counts);
        free(tallies[i].values);
    }
    cord_alert_book_scan_close(&scan);
    cord_arena_free(arena);
    if (status == CORD_OK) {
        *ret_total = total;
    }
    return status;
}

/* --- over time --- */

/* Which bucket; false: none. */
static bool bucket_of(const struct cord_alert_histogram *histogram, int64_t ns, size_t *ret_bucket)
{
    if (ns < histogram->from_ns) {
        return false;
    }
    uint64_t bucket =
        ((uint64_t)ns - (uint64_t)histogram->from_ns) / (uint64_t)histogram->bucket_ns;
    *ret_bucket = (size_t)bucket;
    return bucket < histogram->buckets;
}

cord_status cord_alert_book_histogram(struct cord_alert_book *book,
                                      const struct cord_alert_ask *ask,
                                      const struct cord_alert_histogram *histogram,
                                      uint64_t *ret_total, struct cord_error *err)
{
    struct cord_alert_scan scan = {.book = book};
    uint64_t chosen = 0;
    uint64_t total = 0;
    if (histogram->bucket_ns <= 0 || histogram->buckets == 0 || histogram->buckets > 1000) {
        return cord_error_set(err, CORD_E_FORMAT, "1 to 1000 buckets of some length");
    }
    memset(histogram->counts, 0, histogram->buckets * LEVELS * sizeof *histogram->counts);
    cord_status status = cord_alert_book_scan_open(&scan, book, ask, err);
    while (status == CORD_OK && (status = cord_alert_book_scan_next(&scan, &chosen)) == CORD_OK) {
        total += (uint64_t)__builtin_popcountll(chosen);
        for (unsigned place; (place = cord_alert_book_scan_take(&chosen)) < CORD_ALERT_BLOCK;) {
            size_t bucket = 0;
            int64_t ns =
                histogram->by_known ? scan.state[place]->known_ns : scan.hot[place]->first_ns;
            enum cord_level level = book->versions[scan.hot[place]->rule].level;
            if (bucket_of(histogram, ns, &bucket)) {
                histogram->counts[bucket * LEVELS + (size_t)level]++;
            }
        }
    }
    cord_alert_book_scan_close(&scan);
    if (status != CORD_E_END) {
        return status;
    }
    *ret_total = total;
    return CORD_OK;
}
