/*
 * From a design to coefficients, their statistics and the certificate: the numerical
 * heart of a fit. Knows neither tables nor names.
 *
 * Coefficients: block-major [n_blocks × n_terms]; term 0 is the intercept where there is
 * one, then the design's columns. Binomial: one block (log-odds of y=1). Multinomial: one
 * block for each class but the reference class 0 (log-odds against it), blocks in order
 * of class index 1…K-1.
 *
 * J = (Σ ω_i ℓ_i)/(Σ ω_i) + l2/2·‖W‖² + l1·‖W‖₁; for a multinomial without l1 W is the
 * K×d matrix centred over classes.
 */
#ifndef LOGITD_CORE_MODEL_ESTIMATE_H
#define LOGITD_CORE_MODEL_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/pool.h"
#include "core/data/design.h"
#include "core/model/family.h"
#include "core/model/report.h"
#include "core/model/statistics_options.h"
#include "core/model/typical.h"
#include "core/optim/solver.h"

struct estimate_options {
    enum family family;
    const char *algorithm; /* "auto" or a solver's name */
    bool intercept;
    bool frequency_weights; /* weights repeat rows: they count in n, df, BIC */
    double l2, l1;
    uint64_t n_entries;    /* of sparse rows, at most, for the choice of an algorithm; 0:
                            * dense */
    const double *factors; /* [n_columns] on l2 and l1; NULL: all 1 */
    bool statistics;       /* standard errors and the rest */
    bool firth;            /* Firth's penalty (firth.h); two classes, no other penalty */
    bool standardize;      /* penalise, and tell, the coefficients of standardised columns
                            * (term_estimates.h) */
    struct solver_options solver;
    struct statistics_options details;
    const double *start; /* coefficients to start from; NULL: the null model's */
    double confidence;   /* .95 */
    /* Rows that the fit is judged on and not fitted to, in the design's columns and with
     * its labels; NULL: none. The next three need them. */
    const struct design *held_out;
    uint64_t patience;   /* iterations without a lower loss of theirs; 0: no early stop */
    const double *rates; /* [n_rates] learning rates to choose from by that loss */
    size_t n_rates;
    size_t n_at_once;       /* β that a pass over the rows may have to serve; 0 is 1 */
    double log_coefficient; /* of counts: Σ ω_i log(trials over successes), a part of both
                             * log-likelihoods (so of AIC, BIC, pseudo-R²); else 0 */
};

struct coefficient {
    double estimate; /* NaN if aliased or infinite */
    double std_error, z, p_value, ci_low, ci_high, odds_ratio; /* NaN where withheld */
    bool aliased;
    int infinite; /* +1, -1: the estimate diverges (separation); else 0 */
};

struct estimate {
    size_t n_blocks;
    size_t n_terms;
    struct coefficient *coefficients; /* [n_blocks × n_terms] */
    double *solution; /* [n_blocks × n_terms] what predicting uses: always finite, 0 where
                       * aliased, where the estimate is infinite as the solver left it */
    double *classes;  /* [n_classes × n_terms] of a multinomial with l1: the coefficients
                       * of  each class as solved, where 0 is 0; else NULL */
    double *means, *scales; /* [n_columns] of the columns that coefficients refer to,
                             * where they are standardised; else NULL */
    double *covariance; /* [(n_blocks·n_terms)²] row-major, NaN rows for aliased; NULL
                           without statistics */
    struct typical typical; /* what the rows were like */
    struct report report;
};

/* Names for warnings and errors: the term's name of coefficient column j (0…n_columns-1).
 */
typedef const char *estimate_name_fn(void *context, size_t column);

struct estimate_hooks {
    struct solver_watch watch;
    estimate_name_fn *name; /* NULL: numbers are used */
    void *context;
    /* Of the response: steps are told of J and ∇J times these; 0: 1. */
    double objective_unit, gradient_unit;
};

/*
 * Fills an all-zero estimate. Errors: ERROR_SINGLE_CLASS, ERROR_UNIDENTIFIED only where
 * nothing can be estimated, ERROR_NON_FINITE (iteration and column), ERROR_CANCELLED when
 * the watch asked to stop, ERROR_INVALID for an unknown algorithm. Separation is no
 * error: a warning, with infinite signs. The pool is used by this call alone.
 */
int estimate_run(const struct design *design, const struct estimate_options *options,
                 const struct estimate_hooks *hooks, struct pool *pool,
                 struct estimate *estimate, struct error *err) MUST_CHECK;
void estimate_free(struct estimate *estimate);

#endif
