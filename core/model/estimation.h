/*
 * The state of one call of estimate_run, from which its steps read and to which they add.
 */
#ifndef LOGITD_CORE_MODEL_ESTIMATION_H
#define LOGITD_CORE_MODEL_ESTIMATION_H

#include "core/model/algorithm.h"
#include "core/model/basis.h"
#include "core/model/estimate.h"
#include "core/model/firth.h"
#include "core/model/likelihood.h"
#include "core/model/survey.h"
#include "core/model/validation.h"

/* What is known of separation; all zero: none. See separation.h. */
struct separation {
    bool is_proved, is_complete;
    bool *diverges;    /* [n_blocks × n_terms] of the coefficients as given */
    int *signs;        /* [the same] ±1: towards which infinity; 0: cannot be told */
    double *direction; /* [n] in the basis: no row shrinks along it, some grow */
    bool is_excluded;  /* proved: along what is left free there is none */
    bool is_settled;   /* the point is back from far along the direction */
};

struct estimation {
    const struct design *design;
    const struct estimate_options *options;
    const struct estimate_hooks *hooks;
    struct pool *pool;
    struct algorithm algorithm;  /* the fit's */
    const struct solver *solver; /* that runs now: the algorithm's, or who finishes it */
    bool is_from_sample;         /* the point is from a sample of the rows at first */
    double *null_beta;           /* [n] the null model, to go back to then; else NULL */
    uint64_t metric_rows; /* of a sample, whose Hessian the point's is; 0: it is not */
    bool is_afresh; /* Newton's method has gone on from another's end, and started over */
    struct survey survey;
    struct basis basis;
    double *means; /* [n_columns] where terms are of standardised columns; else NULL */
    struct likelihood likelihood;
    struct firth firth;           /* all zero: not asked for */
    double firth_penalty;         /* its share of J at the end */
    struct objective objective;   /* the likelihood's, or Firth's */
    struct objective_point point; /* in the basis */
    struct solver_result result;  /* of the last run; iterations of all runs */
    struct validation validation;
    double rate;            /* the learning rate that a search has chosen; 0: none has */
    size_t n_unproved;      /* runs that ended without a minimum and without proof */
    const char *stopped_as; /* the stop reason of a fit that was told to stop; or NULL */
    /* Coordinates of the point that the data identify: all of them, unless the data are
     * separated. */
    size_t n_free;
    size_t *free; /* [n] the first n_free of them, ascending */
    struct separation separation;
    double *reach;      /* [n] margin_reach.h, where J may have no minimum; else NULL */
    double null_loss;   /* Σ ω_i ℓ_i of the null model */
    double *null_terms; /* [n_blocks] its intercepts; 0 without intercept */
    bool has_score; /* of the null model's score test: U'I⁻¹U, had where a solver began */
    double score;
    struct estimate *estimate;
};

/* The algorithm, and with it whether anything is p×p. ERROR_INVALID. */
int estimation_choose(struct estimation *estimation, struct error *err) MUST_CHECK;

/* Survey, basis, likelihood, null model; a point at the null model. The rest is set. */
int estimation_prepare(struct estimation *estimation, struct error *err) MUST_CHECK;
void estimation_free(struct estimation *estimation); /* but the estimate */

/* Other penalties in the options, of the same kinds: the next search goes on from the
 * point. Not *stays: they need a basis of their own, and this one is of no use any more.
 */
int estimation_penalise(struct estimation *estimation, bool *stays,
                        struct error *err) MUST_CHECK;

/* The mean of a column over the rows, by weight; where it overflows, the column's own
 * centre stands for it. */
double estimation_mean(const struct estimation *estimation, size_t column);

/* The coefficients in the basis of the null model; and moves the point there. */
void estimation_null_beta(const struct estimation *estimation, double *beta);
void estimation_start(struct estimation *estimation);

/* Blocks of the coefficients that are told: of each class but class 0. */
size_t estimation_n_blocks(const struct estimation *estimation);
/* n_blocks × n_terms of the coefficients as given. */
size_t estimation_n_terms(const struct estimation *estimation);

#endif
