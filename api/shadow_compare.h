/*
 * The rows that one model has scored, scored by another: do they agree? The other may
 * have other inputs, levels and classes; they are found by name.
 */
#ifndef LOGITD_API_SHADOW_COMPARE_H
#define LOGITD_API_SHADOW_COMPARE_H

#include "api/alias_tally.h"
#include "core/model/predict.h"

struct shadow_rows {
    size_t n;
    const double *cells; /* [n × n_inputs]; NULL of a model whose inputs are sparse: */
    const struct predict_entry *entries;
    const size_t *ends;   /* [n], as predict_scores_sparse has them */
    const double *offset; /* [n], added to scores of both; NULL: nothing */
    const double *scores; /* [n × model_n_scores] of the model itself */
};

/* Adds what comes of the rows to the counts. -1 without memory: nothing is added. */
int shadow_compare(const struct model *model, const struct shadow_rows *rows,
                   const struct model *shadow, struct alias_tally_counts *counts,
                   struct error *err) MUST_CHECK;

#endif
