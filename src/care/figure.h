/*
 * figure.h: numbers, each derived from claims at the moment that it is asked for.
 *
 * A figure is a row of a table: what is counted, of what, by which rule. Its value comes with unit,
 * denominator, basis, range, as-of, completeness and the claims behind it (N9); nothing is stored.
 * Organisations are counted by identity, once (N4). Who says nothing is unknown, not well (N5).
 *
 * Where several claimants answer one question, the better basis wins, then the higher confidence,
 * then what is true from a later time on, then the claimant whose name comes first: never who came
 * last, so that the order in which claimants are heard changes no figure.
 */
#ifndef CORD_CARE_FIGURE_H
#define CORD_CARE_FIGURE_H

#include "base/fixed.h"
#include "record/organisation.h"

struct cord_figure_definition {
    const char *id; /* "trusts.affected" */
    const char *title;
    const char *definition; /* in full sentences: what counts, what does not */
    const char *unit;       /* "organisations" */
};

/* In the order in which they are shown: place 0 to count - 1. */
size_t cord_figure_count(void);
const struct cord_figure_definition *cord_figure_definition(size_t place);
/* NULL: there is none. */
const struct cord_figure_definition *cord_figure_find(cord_str id);
/* The nearest existing id, for a message; NULL when nothing is near. */
const char *cord_figure_nearest(cord_str id);

struct cord_figure_part {
    cord_str name; /* "infected", "Y54", "day 4" */
    cord_str value;
};

/* One of what was counted or added up, or what was looked at and left out. */
struct cord_figure_item {
    cord_str what;   /* code of an identity, or "R1H/2017-05-12/first" */
    cord_str part;   /* of which part it is; "": left out */
    cord_str amount; /* "1" of what is counted */
    uint64_t claim;  /* that decides it */
};

/* What somebody published as this figure, beside what the claims come to. */
struct cord_figure_stated {
    cord_str claimant;
    cord_str amount, unit;
    int64_t stated_ns;
    uint64_t claim;
};

struct cord_figure {
    const struct cord_figure_definition *definition;
    cord_str value;              /* canonical decimal; ptr NULL: not known */
    cord_str of;                 /* denominator; ptr NULL: it is no share */
    cord_str of_what;            /* "trusts open at that time" */
    enum cord_claim_basis basis; /* the worst of what is behind it; cord_figure_basis */
    cord_str lowest, highest;    /* range; ptr NULL: none */
    struct cord_as_of as_of;
    int64_t from_ns, to_ns;       /* the stretch of time that it is about; to not included;
                                     CORD_TIME_NONE: a moment, as_of.about_ns */
    uint64_t expected, reporting; /* who should have said something, and who has */
    const struct cord_figure_part *parts;
    size_t part_count;
    const struct cord_figure_item *items; /* by `what` */
    size_t item_count;
    const struct cord_figure_stated *stated; /* by claim */
    size_t stated_count;
    const uint64_t *claims; /* behind the value: ascending, each once */
    size_t claim_count;
    cord_str note; /* of method: estimator and factor; "" */
};

struct cord_figure_request {
    struct cord_as_of as_of; /* known_ns is a time; about_ns INT64_MAX: the same */
    int64_t from_ns;         /* what happened is counted from here on; CORD_TIME_NONE: from the
                                beginning of the incident that was declared last */
    /* What may be looked at; NULL: everything. Claims that it passes over are as if never made. */
    bool (*sees)(void *self, const struct cord_answer *answer);
    /* A picture of the organisations as of that moment, kept from an earlier request: building it
     * costs more than all figures. Lent until the scope is freed; *ret_picture NULL: there is none,
     * and it is built. NULL: always built. */
    cord_status (*lend)(void *self, struct cord_as_of as_of,
                        const struct cord_organisations **ret_picture, struct cord_error *err);
    void *self; /* of both */
};

/* What all figures of one request share: the incident, the organisations, their states. One thread;
 * borrows the view, which is not refreshed meanwhile, and what `self` is. */
struct cord_figure_scope;

CORD_MUST_USE cord_status cord_figure_scope_new(struct cord_record_view *view,
                                                const struct cord_figure_request *request,
                                                struct cord_figure_scope **ret_scope,
                                                struct cord_error *err);
void cord_figure_scope_free(struct cord_figure_scope *scope);
/* Name of the incident; "": none was declared. */
cord_str cord_figure_scope_incident(const struct cord_figure_scope *scope);

/* *ret_figure lives as long as the scope. */
CORD_MUST_USE cord_status cord_figure_compute(struct cord_figure_scope *scope,
                                              const struct cord_figure_definition *definition,
                                              const struct cord_figure **ret_figure,
                                              struct cord_error *err);

/* One item that is not in both figures with the same part and amount. */
struct cord_figure_move {
    cord_str what;
    cord_str from_part, to_part;     /* "": was not counted, is not counted */
    cord_str from_amount, to_amount; /* "" where it is not counted */
    uint64_t from_claim, to_claim;   /* 0: there is none; to_claim says why, when it is there */
};

/* What came, left or moved between two figures of one definition, by `what`. A status of `visit`
 * other than CORD_OK ends it and is returned. */
CORD_MUST_USE cord_status
cord_figure_compare(const struct cord_figure *before, const struct cord_figure *after,
                    cord_status (*visit)(void *self, const struct cord_figure_move *), void *self);

/* Appends the figure as a JSON object, its items and claims only when asked for. Failure is in
 * text->failed. */
void cord_figure_write(const struct cord_figure *figure, bool items, struct cord_buf *text);

/* How claims and who made them are called where their numbers are nobody's business. */
struct cord_figure_names {
    void (*put_claim)(const void *self, uint64_t claim, struct cord_buf *text); /* a JSON value */
    void (*put_claimant)(const void *self, cord_str claimant, struct cord_buf *text); /* the same */
    const void *self;
};
/* The same, with these names. */
void cord_figure_write_named(const struct cord_figure *figure, bool items,
                             const struct cord_figure_names *names, struct cord_buf *text);
/* "reported"; ptr NULL when there is no claim behind it. */
cord_str cord_figure_basis(const struct cord_figure *figure);
/* "33.9 %", a share with one decimal; "" when it is none. Never shown without the fraction. */
cord_str cord_figure_percent(const struct cord_figure *figure, char buffer[CORD_FIXED_TEXT]);

#endif
