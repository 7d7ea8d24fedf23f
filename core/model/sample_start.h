/*
 * Where a fit starts whose rows are many against its coefficients: at the minimum of J
 * over a sample of the rows, about as far from that over all of them as the sample's
 * random error, p/(2·rows) in J. So most iterations pass over few rows, and the last ones
 * alone over all. A large sample starts from a sample of its own; of several classes, the
 * Hessians of which are dear, a smaller one does so, too.
 *
 * What few rows tell must not lead far away, where Newton's method finds back only
 * slowly: J of a sample has a weak prior more, by which a column moves the margin of no
 * row by much more than PRIOR. A sample in which a class is missing, that is separated,
 * or whose fit does not converge soon is left aside. The solver goes back to the null
 * model if J over all rows is greater at the start (solver.h).
 */
#ifndef LOGITD_CORE_MODEL_SAMPLE_START_H
#define LOGITD_CORE_MODEL_SAMPLE_START_H

#include "core/model/estimation.h"

/* One row out of how many a fit of p coefficients starts from, of rows of so many bytes;
 * 0: of none. */
size_t sample_start_stride(uint64_t n_rows, size_t p, uint64_t row_bytes);

/* Of a row with its label, its weight and its offset; n_entries: of all, 0 if dense. */
uint64_t sample_start_row_bytes(uint64_t n_rows, size_t n_terms, uint64_t n_entries);

/* The most bytes that samples take, of whatever fit. */
#define SAMPLE_START_MOST_BYTES (UINT64_C(1) << 26)

/* What they take of this fit, at most. */
size_t sample_start_bytes(const struct algorithm_task *task);

/* Moves the point of an estimation that is at the null model, and tells the report, where
 * that is of use. What the sample's objective is not able to say is no error. */
int sample_start_take(struct estimation *estimation, struct error *err) MUST_CHECK;

#endif
