/*
 * The first look at a design: are all numbers finite, how much weight is there and of
 * which class, and where do the columns lie. Rows of weight 0 count for nothing.
 */
#ifndef LOGITD_CORE_MODEL_SURVEY_H
#define LOGITD_CORE_MODEL_SURVEY_H

#include "core/base/pool.h"
#include "core/data/design.h"
#include "core/model/estimate.h"
#include "core/model/tally_plan.h"

struct survey {
    size_t n_columns;
    size_t n_classes;      /* of labels: 2 for shares of successes, 0 of numbers */
    double sum_weights;    /* Σ ω_i > 0 */
    double n_weighted;     /* rows with ω_i > 0 */
    double log_weights;    /* Σ log ω_i over these */
    double entropy;        /* -Σ ω (y log y + (1-y) log(1-y)), 0 for whole labels */
    double *class_weights; /* [n_classes] Σ ω_i of each; of shares: failures, successes */
    double *sums;          /* [n_columns] Σ ω x; not finite where that overflows */
    double *spread;        /* [n_columns] standard deviation by weight, to rounding of
                            * itself; NaN where one look cannot tell it so well */
    double *least, *greatest; /* [n_columns] over rows with ω > 0 */
    double *n_filled; /* [n_columns] rows with ω > 0 that have an entry; NULL: dense */
    bool has_offset;
    struct tally_plan *tallies; /* of rows that may be counted; whoever wants it sets it;
                                 * NULL: there is none */
};

/*
 * Into an all-zero survey. ERROR_NON_FINITE for a NaN or an infinity in a row ("row R,
 * column NAME" where it is a column's), ERROR_SINGLE_CLASS where all weight is on one
 * class. The same bits for any pool.
 */
int survey_run(struct survey *survey, const struct design *design,
               const struct estimate_options *options, const struct estimate_hooks *hooks,
               struct pool *pool, struct error *err) MUST_CHECK;
void survey_free(struct survey *survey);

#endif
