/*
 * What Firth's penalty takes of the rows of a binomial model: sums over one pass, given G
 * [p × p] and with z = β'û + offset, π its probability, w = π(1-π), w' = w(1-2π), w'' =
 * w(1-6w) its derivatives by z, and v = û'Gû:
 *
 *   slope[r]          Σ ω w' v û_r
 *   bend[r,s]         Σ ω w'' v û_r û_s            r ≥ s
 *   thirds[r,s,t]     Σ ω w' û_r û_s û_t           r ≥ s ≥ t
 *
 * The last two only where they are wanted; the last takes p³/6 operations a row.
 */
#ifndef LOGITD_CORE_MODEL_FIRTH_ROWS_H
#define LOGITD_CORE_MODEL_FIRTH_ROWS_H

#include "core/model/likelihood.h"

struct firth_rows {
    const struct likelihood *likelihood;
    const double *beta;    /* [p] */
    const double *inverse; /* [p × p] G, both triangles */
    bool has_bend;
    double *scratch; /* [n_threads × 2p] */
};

/* How many sums there are, slope, bend and thirds in turn, p + p² + p³ or p. False if
 * they cannot be counted. */
bool firth_rows_n_sums(size_t p, bool has_bend, size_t *n_sums);

/* ERROR_CANCELLED, ERROR_NO_MEMORY. */
int firth_rows_sum(const struct firth_rows *rows, double *sums,
                   struct error *err) MUST_CHECK;

#endif
