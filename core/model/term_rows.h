/*
 * Coefficients as given as linear functions of those in the basis: row t of the matrix of
 * basis_to_unit_terms, so that a coefficient of a block is basis_unit(t) times row'θ.
 */
#ifndef LOGITD_CORE_MODEL_TERM_ROWS_H
#define LOGITD_CORE_MODEL_TERM_ROWS_H

#include "core/base/error.h"
#include "core/model/basis.h"

struct term_rows {
    size_t n_terms; /* as given: intercept + n_columns */
    size_t n;       /* in the basis */
    double *rows;   /* [n_terms × n] */
};

int term_rows_new(struct term_rows *rows, const struct basis *basis,
                  struct error *err) MUST_CHECK;
void term_rows_free(struct term_rows *rows); /* all-zero is fine */

#endif
