/*
 * record_view.h: what the record says, as known at one time, about another.
 *
 * A session is one reader's: one thread at a time; it sees the record as it was when
 * begun, until refreshed. While it is open, what is written meanwhile cannot be tidied away:
 * close or refresh one that is kept long.
 *
 * Of each line there is at most one answer as known at K about V: the claim that was
 * recorded last, not after K, among those valid at V that were not taken back by K.
 * Several claimants may answer the same question; who wins is the caller's to say.
 */
#ifndef CORD_RECORD_RECORD_VIEW_H
#define CORD_RECORD_RECORD_VIEW_H

#include "record/record.h"

struct cord_record_view;

CORD_MUST_USE cord_status cord_record_view_open(struct cord_record *record,
                                                struct cord_record_view **ret_view,
                                                struct cord_error *err);
void cord_record_view_close(struct cord_record_view *view);
CORD_MUST_USE cord_status cord_record_view_refresh(struct cord_record_view *view,
                                                   struct cord_error *err);

/* Until it is refreshed it answers nothing, and keeps nothing from being tidied away: for one that
 * waits to be used again. */
void cord_record_view_rest(struct cord_record_view *view);

/* Claims that the session sees; the last one's hash (zeroes before the first) and time of
 * recording (CORD_TIME_NONE). */
uint64_t cord_record_view_count(const struct cord_record_view *view);
struct cord_digest cord_record_view_hash(const struct cord_record_view *view);
int64_t cord_record_view_recorded_ns(const struct cord_record_view *view);

struct cord_as_of {
    int64_t known_ns; /* as known at; INT64_MAX: now */
    int64_t about_ns; /* about; INT64_MAX: the same as known_ns */
};

/* What the two stand for: now is the record's clock, or the last recording when that is later. */
struct cord_as_of cord_record_view_as_of(const struct cord_record_view *view,
                                         struct cord_as_of as_of);

/* What holds on one line. Borrows the view until the question is answered; subject, part and
 * claimant are the line's, the same pointers in each answer of it to one question. */
struct cord_answer {
    cord_str topic;
    cord_str subject;
    cord_str part;     /* the key members, as JSON; "{}" */
    cord_str claimant; /* whose line it is; of a revision, of the claim that was revised */
    cord_str state;    /* word; "" */
    cord_str amount;
    cord_str unit;
    int64_t valid_from_ns, valid_to_ns; /* of this answer; valid_to CORD_TIME_NONE: open */
    int64_t known_from_ns, known_to_ns; /* known_to CORD_TIME_NONE: still */
    uint64_t claim;
    enum cord_claim_basis basis;
    unsigned confidence;
};

typedef cord_status (*cord_answer_visit)(void *self, const struct cord_answer *answer);

/* Every line's answer to a topic, by subject, then claimant, then part. subject "": all. A status
 * other than CORD_OK ends it and is returned (CORD_E_END: enough; returned as CORD_OK). It reads
 * of each line what was said of the same days, not what the record has besides. The call back may
 * not use the view. A topic that no kind has: CORD_E_NOENT. */
CORD_MUST_USE cord_status cord_record_view_answers(struct cord_record_view *view, cord_str topic,
                                                   cord_str subject, struct cord_as_of as_of,
                                                   cord_answer_visit visit, void *self,
                                                   struct cord_error *err);

/* Answers known at known_ns (INT64_MAX: now) that are valid at any moment of [from, to): flows and
 * durations; those of one line by valid_from_ns. */
struct cord_record_period {
    int64_t known_ns;
    int64_t from_ns;
    int64_t to_ns;
};
CORD_MUST_USE cord_status cord_record_view_period(struct cord_record_view *view, cord_str topic,
                                                  cord_str subject,
                                                  const struct cord_record_period *period,
                                                  cord_answer_visit visit, void *self,
                                                  struct cord_error *err);

/* The same of lines that are about a day (UTC; a key member that is a date), and of those only the
 * ones whose day has a moment of [from, to) in it: others are not read. */
struct cord_record_days {
    int64_t from_ns;
    int64_t to_ns;
};
CORD_MUST_USE cord_status cord_record_view_days(struct cord_record_view *view, cord_str topic,
                                                const struct cord_record_period *period,
                                                struct cord_record_days days,
                                                cord_answer_visit visit, void *self,
                                                struct cord_error *err);

/* Whether and by whom anything was ever said: the lines of a topic, by subject, claimant, part,
 * whatever the time. 100,000 take some 20 ms. The texts are the visit's; the rest as above. */
typedef cord_status (*cord_line_visit)(void *self, cord_str subject, cord_str claimant,
                                       cord_str part);
CORD_MUST_USE cord_status cord_record_view_lines(struct cord_record_view *view, cord_str topic,
                                                 cord_line_visit visit, void *self,
                                                 struct cord_error *err);

/* Rows and spans that the answers of this session took so far: what a question costs, whatever the
 * machine. */
uint64_t cord_record_view_visited(const struct cord_record_view *view);

/* Number of the last claim that was recorded by then; 0: none was. INT64_MAX: now. */
CORD_MUST_USE cord_status cord_record_view_known(struct cord_record_view *view, int64_t known_ns,
                                                 uint64_t *ret_number, struct cord_error *err);

/* Claims by number, for lists and streams: those after `after`, at most `limit`, that pass the
 * filter. The call back as above. CORD_E_NOENT: there is no such kind or topic. */
struct cord_claim_filter {
    cord_str kind, topic, subject, claimant; /* "": any */
    int64_t known_ns;                        /* recorded by; INT64_MAX: all */
};
struct cord_claim_page {
    uint64_t after;
    size_t limit;
};
typedef cord_status (*cord_claim_visit)(void *self, const struct cord_claim *claim,
                                        const struct cord_digest *hash);
CORD_MUST_USE cord_status cord_record_view_claims(struct cord_record_view *view,
                                                  const struct cord_claim_filter *filter,
                                                  struct cord_claim_page page,
                                                  cord_claim_visit visit, void *self,
                                                  struct cord_error *err);
/* CORD_E_NOENT: there is none of that number. */
CORD_MUST_USE cord_status cord_record_view_claim(struct cord_record_view *view, uint64_t number,
                                                 cord_claim_visit visit, void *self,
                                                 struct cord_error *err);

#endif
