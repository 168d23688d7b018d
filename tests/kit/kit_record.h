/*
 * kit_record.h: records for tests, and a slow way to the same answers.
 *
 * The naive evaluator knows claims and nothing of spans: for each line it walks over all claims.
 */
#ifndef CORD_TESTS_KIT_RECORD_H
#define CORD_TESTS_KIT_RECORD_H

#include "record/record_view.h"

/* A clock that stands where it is put. */
struct kit_record_clock {
    int64_t now_ns;
};
struct cord_clock kit_record_clock(struct kit_record_clock *clock);

/* Makes or opens a live record; fails the test when it cannot. */
struct cord_record *kit_record_open(const char *dir, struct kit_record_clock *clock);

/* Appends one claim of this text; its number. Fails the test when it is refused. */
uint64_t kit_record_say(struct cord_record *record, const char *text);

/* --- the naive evaluator --- */

struct kit_record_claim {
    struct cord_claim claim; /* its texts are malloc's */
    size_t line;             /* number of the claim (from 0) that first spoke on its line */
};

struct kit_record_all {
    struct kit_record_claim *claims;
    size_t count;
};

/* All claims of a record, copied. */
struct kit_record_all kit_record_read(struct cord_record *record);
void kit_record_free(struct kit_record_all *all);

/* What holds on the line of that number: the place of the claim, or SIZE_MAX. */
size_t kit_record_naive(const struct kit_record_all *all, size_t line, int64_t known_ns,
                        int64_t about_ns);

#endif
