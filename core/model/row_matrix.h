/*
 * The space of the rows: with a penalty ½ w'Λw, Λ a diagonal above 0, the minimum of a
 * likelihood in a basis has w = Λ⁻¹U'α, a number for each row, and margins Kα + b with
 *
 *   K = U Λ⁻¹ U'        [n_rows × n_rows], symmetric, positive semidefinite
 *
 * Rows are taken as they lie, X, that are less μ in the basis; with M the inverse of the
 * penalty on the columns as given, c = XMμ and s = Σv
 *
 *   Kv = XMX'v - sc - c'v + s·μ'Mμ
 *
 * Of dense rows K is formed once; where M is not the same of all columns, or these are
 * far from 0, of a copy in the basis, which only few rows are worth. Of sparse ones a
 * product takes two passes over their entries. Rows of weight 0 are rows as any others.
 *
 * α may also be moved a number at a time from 0 on, at the cost of its row.
 *
 * Products of dense rows are spread over the likelihood's pool, which may be over
 * (pool.h): then nothing that is found here counts. No allocation but in row_matrix_new.
 */
#ifndef LOGITD_CORE_MODEL_ROW_MATRIX_H
#define LOGITD_CORE_MODEL_ROW_MATRIX_H

#include "core/model/likelihood.h"

struct row_matrix {
    const struct likelihood *likelihood; /* borrowed; one block of coefficients */
    size_t n_rows, n_active;
    double *diagonal; /* [n_rows] K_ii */
    double n_passes;  /* over the rows so far */
    /* Of columns as given: */
    double *metric, *centre;      /* [d] M, 0 of what is aliased; μ */
    double same_metric;           /* M where it is the same of all columns; else 0 */
    double *cross, centre_square; /* [n_rows] c; μ'Mμ */
    double *terms;                /* [d] MX'v of the last v; dense: scratch */
    /* Dense: */
    double *cells;   /* [n_rows²] K */
    const double *x; /* [n_rows × n_active] the design's, or: */
    double *rows;    /* UΛ^-½; NULL: as they lie */
    double *root;    /* [n_active] Λ^-½ */
    /* Sparse: */
    struct gram_rows entries;
    double sum; /* Σ of the last v */
    /* α that is moved: */
    double *moved;                 /* dense: [n_rows] Kα; sparse: [d] MX'α */
    double moved_sum, moved_cross; /* Σα, c'α */
};

/* Is the space of the rows the smaller one, and is all there that it needs? */
bool row_matrix_serves(const struct likelihood *likelihood);

/* Numbers that it has of so many dense rows, if it serves them; else 0. Of sparse ones it
 * has a few vectors. */
size_t row_matrix_cells(uint64_t n_rows, size_t n_columns);

/* Into an all-zero one. ERROR_NO_MEMORY, ERROR_CANCELLED. */
int row_matrix_new(struct row_matrix *matrix, const struct likelihood *likelihood,
                   struct error *err) MUST_CHECK;
void row_matrix_free(struct row_matrix *matrix); /* all-zero is fine */

/* out[n_rows] = Kv; ‖U'v‖ of the v multiplied last; and slopes[n_active] = U'v of any. */
void row_matrix_multiply(struct row_matrix *matrix, const double *v, double *out);
/* Kv by the rows themselves, for the last digits. It is not the v multiplied last. */
void row_matrix_multiply_closely(struct row_matrix *matrix, const double *v, double *out);
double row_matrix_last_norm(struct row_matrix *matrix, const double *v);
void row_matrix_slopes(struct row_matrix *matrix, const double *v, double *slopes);

/* Row i will be asked for soon: it may come into the cache. */
void row_matrix_expect(const struct row_matrix *matrix, size_t i);

/* (Kα)_i and (Kα)[n_rows] of the α that is moved; α_i += amount. */
double row_matrix_margin(const struct row_matrix *matrix, size_t i);
void row_matrix_margins(const struct row_matrix *matrix, double *out);
void row_matrix_move(struct row_matrix *matrix, size_t i, double amount);

/* w[n_active] = Λ⁻¹U'v. */
void row_matrix_weights(struct row_matrix *matrix, const double *v, double *w);

#endif
