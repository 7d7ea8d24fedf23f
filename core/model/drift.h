/*
 * Where the cells of requests lie, counted in the bins of a baseline (baseline.h), so
 * that one can see how far they have moved from the rows of the fit.
 *
 * Counting never waits: rows that come while another thread counts are passed over, as
 * are most rows of a large request. Rows are kept until some are there, and then counted
 * input by input: what is known of an input, and its counts, are looked up once for all.
 */
#ifndef LOGITD_CORE_MODEL_DRIFT_H
#define LOGITD_CORE_MODEL_DRIFT_H

#include <stdatomic.h>

#include "core/model/baseline.h"

#define DRIFT_MOST_ROWS 32U /* of one request, at even distances */
#define DRIFT_MOST_WAITING 16U

struct predict_entry; /* core/model/predict.h */

struct drift { /* all zero at first */
    atomic_bool is_busy;
    uint64_t n_rows;                       /* that were counted */
    uint64_t (*counts)[BASELINE_N_PLACES]; /* [n_inputs]; NULL: none yet */
    double *waiting; /* [n_waiting × n_inputs] not counted so far, with the counts */
    size_t n_waiting;
};

void drift_free(struct drift *drift); /* what it owns; and back to all zero */

/* cells[n_rows × baseline->n_inputs] of rows that were scored. Without a baseline, or
 * without memory, nothing is counted. */
void drift_count(struct drift *drift, const struct baseline *baseline,
                 const double *cells, size_t n_rows);

/* The same of rows whose inputs are all sparse: entries and ends as predict_scores_sparse
 * has them. */
void drift_count_sparse(struct drift *drift, const struct baseline *baseline,
                        const struct predict_entry *entries, const size_t *ends,
                        size_t n_rows);

/* A copy at one moment, to be freed, in which no row waits. May wait for some rows to be
 * counted. */
int drift_copy(struct drift *drift, const struct baseline *baseline, struct drift *copy,
               struct error *err) MUST_CHECK;

#endif
