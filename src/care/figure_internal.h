/* figure_internal.h: what the parts of a figure's making share. */
#ifndef CORD_CARE_FIGURE_INTERNAL_H
#define CORD_CARE_FIGURE_INTERNAL_H

#include "base/arena.h"
#include "base/fixed.h"
#include "care/figure.h"

/* Whom rows are about, and of what. */
struct cord_figure_line {
    const struct cord_organisation *who; /* the identity; NULL: no organisation that is known */
    cord_str body;                       /* its code; else the subject's */
    cord_str what;                       /* the further question: "emergency" */
    cord_str claimant;
};

enum cord_figure_harm { CORD_FIGURE_NONE, CORD_FIGURE_DISRUPTED, CORD_FIGURE_INFECTED };

/* An answer, and whom it counts for. */
struct cord_figure_row {
    const struct cord_figure_line *line; /* the scope's, and of all rows of a claimant's line */
    cord_str state;
    cord_str amount, unit;
    int64_t valid_from_ns, valid_to_ns; /* to: INT64_MAX when open */
    uint64_t claim;
    enum cord_claim_basis basis;
    unsigned char confidence;
    enum cord_figure_harm harm; /* what the state means to whom it is of */
};

struct cord_figure_rows {
    struct cord_figure_row *items; /* the scope's; by body, what and valid_from */
    size_t count;
};

/* What is read: of a topic, at a moment or over a stretch of time. */
struct cord_figure_reading {
    const char *topic;
    const char *subject; /* prefix of those that count: "org"; NULL: all */
    const char *keys[3]; /* members of the line that make `what`, in this order; NULL ends */
    bool period;         /* from scope->from_ns to scope->to_ns; else at as_of.about_ns */
    bool days;           /* and said of days with a moment of that period in them */
    const struct cord_organisations *organisations;
    bool whole;   /* subjects are taken as they are: no identities */
    bool amounts; /* what forerunners said is added, not put in place of each other */
};

/* Who won on one question for a stretch of time. */
struct cord_figure_stretch {
    int64_t from_ns, to_ns;
    const struct cord_figure_row *row;
};

struct cord_figure_stretches {
    struct cord_figure_stretch *items;
    size_t count;
};

/* What became of one identity. */
struct cord_figure_body {
    const struct cord_organisation *who; /* NULL: unknown to the register */
    cord_str code;
    struct cord_figure_row row; /* the worst, or what holds */
};

struct cord_figure_bodies {
    struct cord_figure_body *items; /* by code; malloc's */
    size_t count, cap;
    bool read;
};

struct cord_figure_scope {
    struct cord_record_view *view;
    struct cord_figure_request request;
    struct cord_arena *arena;
    cord_str incident;
    int64_t from_ns, to_ns;                /* of the incident, up to what is asked about */
    const struct cord_organisations *now;  /* at about_ns */
    const struct cord_organisations *then; /* at the end of from..to; may be the same */
    struct cord_organisations *built[2];   /* of them, those that nobody lent */
    struct cord_figure_bodies bodies;      /* over from..to */
    struct cord_figure_bodies bodies_now;  /* at about_ns */
    const struct cord_figure **figures;    /* by definition; NULL: not computed yet */
    void **kept;                           /* malloc's: rows that were read, figures' lists */
    size_t kept_count, kept_cap;
    struct cord_figure_sweep *sweep; /* cord_figure_rows_stretches's; NULL before the first */
};

/* A part under way. */
struct cord_figure_sum {
    cord_str name;
    cord_fixed value;
};

/* A figure under way. */
struct cord_figure_draft {
    struct cord_figure_scope *scope;
    struct cord_figure *figure;
    struct cord_error *err;
    struct cord_figure_item *items;
    size_t item_count, item_cap;
    struct cord_figure_sum *parts;
    size_t part_count, part_cap;
    uint64_t *claims;
    size_t claim_count, claim_cap;
};

typedef cord_status (*cord_figure_rule)(struct cord_figure_draft *draft);

/* figure.c */
cord_status cord_figure_out_of_memory(struct cord_error *err);

/* figure_scope.c: malloc's memory is the scope's from now on; false: out of memory. */
bool cord_figure_scope_keep(struct cord_figure_scope *scope, void *memory);

/* figure_rows.c */
cord_status cord_figure_rows_read(struct cord_figure_scope *scope,
                                  const struct cord_figure_reading *reading,
                                  struct cord_figure_rows *ret_rows, struct cord_error *err);
/* The same, each question's rows by themselves while they are read: of those that several codes
 * count as they come at the end, of all others by body. Good until `visit` returns. A visit without
 * rows begins, and begins anew: what was visited before it does not count. */
typedef cord_status (*cord_figure_rows_visit)(void *self, const struct cord_figure_row *rows,
                                              size_t count);
cord_status cord_figure_rows_each(struct cord_figure_scope *scope,
                                  const struct cord_figure_reading *reading,
                                  cord_figure_rows_visit visit, void *self, struct cord_error *err);
/* What stretches left in the scope. */
void cord_figure_rows_done(struct cord_figure_scope *scope);
/* Those from `first` on that are on the same question. */
size_t cord_figure_rows_same(const struct cord_figure_rows *rows, size_t first);
/* a before b: who wins. */
bool cord_figure_rows_better(const struct cord_figure_row *a, const struct cord_figure_row *b);
/* The best of `count` rows that all hold; count is above 0. */
const struct cord_figure_row *cord_figure_rows_best(const struct cord_figure_row *rows,
                                                    size_t count);
/* Of the `count` rows of one question; in order, over the scope's time. Good until the next. */
cord_status cord_figure_rows_stretches(struct cord_figure_scope *scope,
                                       const struct cord_figure_row *rows, size_t count,
                                       struct cord_figure_stretches *ret_stretches,
                                       struct cord_error *err);

/* figure_draft.c */
/* As qsort, of what is mostly in order already; items may be NULL when there are none. */
void cord_figure_sort(void *items, size_t count, size_t bytes,
                      int (*compare)(const void *left, const void *right));
cord_status cord_figure_draft_item(struct cord_figure_draft *draft, cord_str what, cord_str part,
                                   cord_str amount, const struct cord_figure_row *row);
/* Adds to the part of that name, which comes at the end when it is new. */
cord_status cord_figure_draft_part(struct cord_figure_draft *draft, cord_str name,
                                   cord_fixed amount);
cord_status cord_figure_draft_claim(struct cord_figure_draft *draft, uint64_t claim,
                                    enum cord_claim_basis basis);
cord_status cord_figure_draft_value(struct cord_figure_draft *draft, cord_fixed value);
cord_status cord_figure_draft_of(struct cord_figure_draft *draft, cord_fixed of,
                                 const char *of_what);
cord_str cord_figure_draft_number(struct cord_figure_draft *draft, cord_fixed number);
cord_status cord_figure_draft_finish(struct cord_figure_draft *draft);
void cord_figure_draft_done(struct cord_figure_draft *draft);

/* A missing heartbeat is looked for among those of so long before. */
#define CORD_FIGURE_HEARTBEAT_NS (24LL * 3600 * CORD_SECOND_NS)

/* figure_bodies.c: organisations and their states */
enum cord_figure_harm cord_figure_bodies_harm(cord_str state);
/* Fills bodies_now, or bodies, unless it was. */
cord_status cord_figure_bodies_read(struct cord_figure_scope *scope, bool now,
                                    struct cord_error *err);
/* Not a part of one, nor a name for many. */
bool cord_figure_bodies_is_body(const struct cord_organisation *organisation);
cord_status cord_figure_bodies_trusts(struct cord_figure_draft *draft);
cord_status cord_figure_bodies_trusts_affected(struct cord_figure_draft *draft);
cord_status cord_figure_bodies_trusts_infected(struct cord_figure_draft *draft);
cord_status cord_figure_bodies_regions(struct cord_figure_draft *draft);
cord_status cord_figure_bodies_now(struct cord_figure_draft *draft);
cord_status cord_figure_bodies_unknown(struct cord_figure_draft *draft);
cord_status cord_figure_bodies_infected(struct cord_figure_draft *draft);
cord_status cord_figure_bodies_others(struct cord_figure_draft *draft);
cord_status cord_figure_bodies_practices(struct cord_figure_draft *draft);
/* Open trusts of the country at the end of the stretch, or now. */
uint64_t cord_figure_bodies_open(const struct cord_figure_scope *scope, const char *role, bool now);
/* How many identities are infected over the stretch. */
cord_status cord_figure_bodies_infected_count(struct cord_figure_draft *draft, uint64_t *ret_count);

/* figure_diverts.c */
cord_status cord_figure_diverts_hospitals(struct cord_figure_draft *draft);
cord_status cord_figure_diverts_emergency(struct cord_figure_draft *draft);
cord_status cord_figure_diverts_days(struct cord_figure_draft *draft);

/* figure_amounts.c */
cord_status cord_figure_amounts_cancelled(struct cord_figure_draft *draft);
cord_status cord_figure_amounts_cancer(struct cord_figure_draft *draft);
cord_status cord_figure_amounts_estimate(struct cord_figure_draft *draft);
cord_status cord_figure_amounts_days(struct cord_figure_draft *draft);
cord_status cord_figure_amounts_diagnostic(struct cord_figure_draft *draft);
cord_status cord_figure_amounts_diagnostic_all(struct cord_figure_draft *draft);
cord_status cord_figure_amounts_xp(struct cord_figure_draft *draft);
cord_status cord_figure_amounts_cost(struct cord_figure_draft *draft);
cord_status cord_figure_amounts_ransom(struct cord_figure_draft *draft);

/* figure_impact.c */
cord_status cord_figure_impact_outpatients(struct cord_figure_draft *draft);
cord_status cord_figure_impact_admissions(struct cord_figure_draft *draft);
cord_status cord_figure_impact_activity(struct cord_figure_draft *draft);

/* figure_alerts.c */
cord_status cord_figure_alerts_answered(struct cord_figure_draft *draft);
cord_status cord_figure_alerts_verified(struct cord_figure_draft *draft);

#endif
