/*
 * How uncertain a row's scores are, from the covariance Σ of the coefficients (delta
 * method on the link): with x̂ = (1, x) and the linear predictor η = x̂'β,
 *
 *   standard error of η           √(x̂'Σx̂)
 *   interval of a probability     σ(η ± z √(x̂'Σx̂))                      two classes
 *   interval of a mean            η ± t √(x̂'Σx̂)     Student's t with the rows' n - k
 *
 * as predict.glm(se.fit=TRUE) of R and get_prediction of statsmodels have them. Of
 * several classes, with η_b the log-odds of class b against the reference and V_ab =
 * x̂'Σ_ab x̂:
 *
 *   standard error of η_b         √V_bb
 *   interval of p_k               σ(ℓ_k ± z √(g'Vg))
 *
 * where ℓ_k = log p_k/(1-p_k) and g_b = ∂ℓ_k/∂η_b = [b=k] - [b≠k] p_b/(1-p_k): the delta
 * method on the logit of each probability, whose limits stay between 0 and 1 (Agresti
 * 2013, Categorical Data Analysis, 3.1.6; Xu and Long 2005, Stata Journal 5(4)). With two
 * classes it is the interval above.
 *
 * Σ is the fit's: robust where that was asked for, of the penalised information under a
 * penalty. Offsets have no error. One thread for each; allocates nothing for a row.
 */
#ifndef LOGITD_CORE_MODEL_SCORE_ERROR_H
#define LOGITD_CORE_MODEL_SCORE_ERROR_H

#include <stdbool.h>

#include "core/model/predict.h"

struct score_error {
    const struct model *model; /* borrowed */
    double reach;              /* z or t */
    /* Of the row at hand: x̂ where it is not 0, in terms as the coefficients refer to. */
    size_t n_entries;
    size_t *terms;      /* [n_terms] */
    double *values;     /* the same */
    double *covariance; /* V [n_blocks²] */
    double *gradient;   /* [n_blocks], scratch */
    double *shares;     /* [n_classes], scratch */
    /* Some row's variance was what rounding left of far greater numbers, as with columns
     * that lie 10⁵ standard deviations from 0: its error is NaN. */
    bool is_lost;
};

struct score_interval {
    double low, high;
};

/* 0; or ERROR_UNSUPPORTED, which says why the model tells no errors and what to do. */
int score_error_check(const struct model *model, struct error *err) MUST_CHECK;

/* Into an all-zero struct, of a model that passes the check; 0 < confidence < 1. */
int score_error_new(struct score_error *error, const struct model *model,
                    double confidence, struct error *err) MUST_CHECK;
void score_error_free(struct score_error *error);    /* all-zero is fine */
size_t score_error_bytes(const struct model *model); /* what it takes */

/* The row of which the following tell; cells and entries as in core/model/predict.h. */
void score_error_read(struct score_error *error, const double *cells);
void score_error_read_sparse(struct score_error *error,
                             const struct predict_entry *entries, size_t n_entries);

/* Of the linear predictor of a block: the score, or of several classes the log-odds of
 * model->block_class[block] against the reference. NaN: lost. */
double score_error_of(struct score_error *error, size_t block);

/* Of a class's probability, or (class 0) of the number predicted, from the row's scores.
 * NaN: lost. */
struct score_interval score_error_interval(struct score_error *error,
                                           const double *scores, size_t class);

#endif
