/*
 * Errors of predicted numbers, weighted: their mean square, mean size, and what share of
 * the variance of y they leave: r² = 1 - Σ ω (y-ŷ)² / Σ ω (y-ȳ)². The caller locks.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_NUMBERS_H
#define LOGITD_CORE_MODEL_EVALUATE_NUMBERS_H

#include "core/model/evaluate_sum.h"

struct evaluate_numbers { /* all zero: none yet */
    double weight, mean;  /* of y so far (West, "Updating mean and variance estimates",
                           * Communications of the ACM 22, 1979) */
    struct evaluate_sum spread, squares, sizes;
};

void evaluate_numbers_add(struct evaluate_numbers *numbers, double predicted, double y,
                          double weight);

/* Of a weight above 0. What is beyond the doubles is infinite. */
double evaluate_numbers_mse(const struct evaluate_numbers *numbers);
double evaluate_numbers_rmse(const struct evaluate_numbers *numbers);
double evaluate_numbers_mae(const struct evaluate_numbers *numbers);
double evaluate_numbers_r_squared(const struct evaluate_numbers *numbers); /* NaN: y is
                                                                            * constant */

#endif
