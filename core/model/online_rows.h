/*
 * Rows that came with a request, as the design that a working copy learns from: a dense
 * one, or entries where the model has many columns.
 */
#ifndef LOGITD_CORE_MODEL_ONLINE_ROWS_H
#define LOGITD_CORE_MODEL_ONLINE_ROWS_H

#include "core/model/online.h"
#include "core/model/predict.h"

/* Rows as predicting has them: cells [n × n_inputs]; of a model whose inputs are all
 * sparse, entries up to ends[n] (predict_scores_sparse). */
struct online_rows {
    const double *cells;
    const struct predict_entry *entries;
    const size_t *ends;
    size_t n;
};

/* What the design takes; false if it cannot be counted. */
bool online_rows_bytes(const struct model *model, const struct online_rows *rows,
                       size_t *n_bytes);

/*
 * Into an all-zero design, whose labels and offsets are 0 and whose weights are 1: they
 * are the caller's to fill, labels as a design has them (online_rows_label). design_free
 * in any case.
 */
int online_rows_make(struct design *design, const struct model *model,
                     const struct online_rows *rows, struct error *err) MUST_CHECK;

/* The label of a row of this class. */
double online_rows_label(const struct model *model, size_t class);

#endif
