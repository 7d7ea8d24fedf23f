/*
 * The estimates of the table of coefficients. They refer to the columns as given, or to
 * standardised ones, (x_j - mean_j)/scale_j, where that is asked for: mean and scale are
 * those of the rows fitted to, by weight, the scale with Σω as divisor; without an
 * intercept, which makes up for means, columns are scaled alone. What predicting uses,
 * estimate->solution, is always on the columns as given.
 */
#ifndef LOGITD_CORE_MODEL_TERM_ESTIMATES_H
#define LOGITD_CORE_MODEL_TERM_ESTIMATES_H

#include "core/model/estimation.h"

/* Into terms [n_blocks × n_terms], once the solution is there. */
void term_estimates_find(const struct estimation *estimation, double *terms);

/* Hands means and scales over to the estimate, where columns are standardised. */
int term_estimates_report(struct estimation *estimation, struct error *err) MUST_CHECK;

#endif
