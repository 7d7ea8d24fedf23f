/*
 * Small models with chosen weights, for tests of what works with models. Their inputs:
 * age (numeric) and ses (low, mid, high; reference high), so the columns age, ses[low],
 * ses[mid].
 */
#ifndef LOGITD_TESTS_SUPPORT_SMALL_MODEL_H
#define LOGITD_TESTS_SUPPORT_SMALL_MODEL_H

#include "core/model/model.h"

/* Classes no and yes; yes is the positive one; with a covariance. solution: intercept,
 * age, ses[low], ses[mid]. */
struct model *small_model_binomial(const double *solution);

/* Classes a, b, c; reference b. solution: a block like that for a, then one for c. */
struct model *small_model_multinomial(const double *solution);

/* n_inputs sparse ones, named 1, 2, …. Binomial like that, or multinomial: a block of
 * intercept and inputs for each class but the reference. */
struct model *small_model_sparse(enum family family, size_t n_inputs,
                                 const double *solution);

#endif
