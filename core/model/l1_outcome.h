/*
 * What is told of coefficients under |w|: how many are not 0, and of a multinomial model,
 * whose penalty holds for the weights of all classes, these.
 */
#ifndef LOGITD_CORE_MODEL_L1_OUTCOME_H
#define LOGITD_CORE_MODEL_L1_OUTCOME_H

#include "core/model/estimation.h"

/* Room for the estimate's classes. */
int l1_outcome_make(struct estimation *estimation, struct error *err) MUST_CHECK;

/* The coefficients of each class as given, what is under no penalty centred over classes;
 * and their differences to class 0 as solution. */
void l1_outcome_put(struct estimation *estimation);

/* Of the coefficients as told, those that are not 0; intercepts do not count. */
size_t l1_outcome_n_nonzero(const struct estimation *estimation);

/* Degrees of freedom: coefficients that are not 0, of a term at most one less than there
 * are classes; intercepts and what is under no penalty count in full. (Zou, Hastie and
 * Tibshirani, "On the degrees of freedom of the lasso", 2007.) */
size_t l1_outcome_df(const struct estimation *estimation);

#endif
