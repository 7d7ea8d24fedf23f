/*
 * A path of penalties, and the choice among them by cross-validation.
 *
 * Each λ of a falling sequence stands for the penalties l1 = αλ and l2 = (1-α)λ (the
 * elastic net of Zou and Hastie 2005, as glmnet has it). The first is the least with
 * which all penalised coefficients are 0, of α below 0.001 as if α were that; the others
 * fall in equal ratios. Every fit starts from the coefficients of the one before.
 *
 * Cross-validation takes the whole path with each of K folds held out in turn, by weights
 * of 0, and judges it by the mean loss of the rows held out. With W_k their weight and
 * L_k(λ) their mean loss: mean Σ W_k L_k/Σ W_k, standard error √(Σ W_k (L_k - mean)²/Σ
 * W_k/ (K-1)). The λ of the least mean is chosen, or the greatest whose mean is within
 * one standard error of it (Breiman et al. 1984); the coefficients are those of a fit to
 * all rows.
 */
#ifndef LOGITD_CORE_MODEL_PATH_H
#define LOGITD_CORE_MODEL_PATH_H

#include "core/model/estimate.h"

#define PATH_MOST_LAMBDAS 1000U

struct path_options {
    size_t n_lambdas;      /* 0: no path, the penalties are the estimate's own */
    const double *lambdas; /* [n_lambdas] > 0, falling; NULL: by the rule above */
    double min_ratio;      /* last over first, of the rule; in 0…1 */
    double alpha;          /* 0…1 */
    size_t n_folds; /* of cross-validation; 0: none, and the λ of the least loss of
                     * the rows held out is taken, without such rows the last */
    const unsigned char *fold_of; /* [n_rows of the design] as folds_check wants them;
                                   * NULL: folds_deal deals them out */
    bool one_standard_error;
};

/*
 * As estimate_run, whose errors it has; the options' penalties and held-out rows are
 * replaced where there is a path or folds. The report is that of the chosen fit, with the
 * path and the curve. ERROR_INVALID of folds_deal with the place
 * "/cross_validation/folds". Checkpoints are not kept.
 */
int path_run(const struct design *design, const struct estimate_options *options,
             const struct path_options *path, const struct estimate_hooks *hooks,
             struct pool *pool, struct estimate *estimate, struct error *err) MUST_CHECK;

/* What it takes in memory for each row; SIZE_MAX if there is no counting it. */
size_t path_bytes(const struct path_options *path, uint64_t n_rows);

#endif
