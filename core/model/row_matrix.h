/*
 * The space of the rows: with a penalty ½ w'Λw, Λ a diagonal above 0, the minimum of a
 * likelihood in a basis has w = Λ⁻¹U'α, a number for each row, and margins Kα + b with
 *
 *   K = U Λ⁻¹ U'        [n_rows × n_rows], symmetric, positive semidefinite
 *
 * Of dense rows K is formed once, of sparse ones a product with it takes two passes over
 * their entries as they lie (raw_terms.h). Rows of weight 0 are rows as any others.
 *
 * One thread; no allocation but in row_matrix_new.
 */
#ifndef LOGITD_CORE_MODEL_ROW_MATRIX_H
#define LOGITD_CORE_MODEL_ROW_MATRIX_H

#include "core/model/likelihood.h"

struct row_matrix {
    const struct likelihood *likelihood; /* borrowed; one block of coefficients */
    size_t n_rows, n_active;
    double *rows;       /* [n_rows × n_active] UΛ^-½; NULL: sparse */
    double *root;       /* [n_active] Λ^-½ */
    double *cells;      /* [n_rows²] K; NULL: sparse */
    double *sums, *raw; /* [raw terms] scratch */
    double n_passes;    /* over the rows so far */
};

/* Is the space of the rows the smaller one, and is all there that it needs? */
bool row_matrix_serves(const struct likelihood *likelihood);

/* Numbers that it has of so many dense rows, if it serves them; else 0. Of sparse ones it
 * has a few vectors. */
size_t row_matrix_cells(uint64_t n_rows, size_t n_columns);

/* Into an all-zero one. */
int row_matrix_new(struct row_matrix *matrix, const struct likelihood *likelihood,
                   struct error *err) MUST_CHECK;
void row_matrix_free(struct row_matrix *matrix); /* all-zero is fine */

/* out[n_rows] = Kv */
void row_matrix_multiply(struct row_matrix *matrix, const double *v, double *out);
/* gradient[n_active] = U'v, or w = Λ⁻¹U'v. */
void row_matrix_gradient(struct row_matrix *matrix, const double *v, double *gradient);
void row_matrix_weights(struct row_matrix *matrix, const double *v, double *w);

#endif
