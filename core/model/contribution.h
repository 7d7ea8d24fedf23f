/*
 * What each input adds to a row's scores, against the mean row of the training data:
 *
 *   contribution of j = Σ w_c (x_c - m_c)   over the columns c of the terms of input j
 *   bias              = b + Σ w_c m_c       the score at the mean of the design's columns
 *
 * m_c is the mean over the rows fitted to, by weight. Without products of inputs these
 * are the Shapley values of independent inputs (Lundberg and Lee 2017, "Linear SHAP").
 * Terms of one input (age, log(age),
 * age[missing], the columns of rank) count as the input's; each term of several is a part
 * of its own, named as it is (age:rank). Cells count as predicting reads them: what
 * stands for a missing one, or for a level that training did not see.
 *
 * Bias and contributions add up to the score within
 * (n_columns + n + 4) 2^-52 (|b| + Σ |w_c| (|x_c| + |m_c|)).
 * Pure once made: thread-safe, and allocates nothing for a row.
 */
#ifndef LOGITD_CORE_MODEL_CONTRIBUTION_H
#define LOGITD_CORE_MODEL_CONTRIBUTION_H

#include "core/data/dictionary.h"
#include "core/model/predict.h"

struct contribution {
    const struct model *model;  /* borrowed */
    size_t n;                   /* parts: the inputs, then terms of several inputs */
    double *bias;               /* [n_scores] */
    size_t *part_of_term;       /* [n_terms of the encoding]; NULL: inputs are terms */
    double *bases;              /* [n_scores × n_terms] Σ w m of a term; the same */
    struct dictionary products; /* names of the parts behind the inputs */
};

/* 0; or ERROR_UNSUPPORTED for a model that was kept without the means. */
int contribution_check(const struct model *model, struct error *err) MUST_CHECK;

/* Into an all-zero struct; errors as contribution_check, and no memory. */
int contribution_new(struct contribution *contribution, const struct model *model,
                     struct error *err) MUST_CHECK;
size_t contribution_bytes(const struct model *model); /* what it takes, but for names */
void contribution_free(struct contribution *contribution); /* all-zero is fine */

/* The part's name; no two have the same. */
const char *contribution_name(const struct contribution *contribution, size_t part);

/* parts[n_scores × n] of one row; cells and entries as in core/model/predict.h. Finite
 * for finite cells. */
void contribution_row(const struct contribution *contribution, const double *cells,
                      double *parts);
void contribution_row_sparse(const struct contribution *contribution,
                             const struct predict_entry *entries, size_t n_entries,
                             double *parts);

#endif
