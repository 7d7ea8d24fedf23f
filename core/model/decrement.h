/*
 * The Newton decrement √(g'H⁻¹g) where a method without a Hessian has ended: how far from
 * the minimum it is. By conjugate gradients, from below, where p×p matrices are too
 * large; with l1 as coordinate_descent.c has it.
 */
#ifndef LOGITD_CORE_MODEL_DECREMENT_H
#define LOGITD_CORE_MODEL_DECREMENT_H

#include "core/model/estimation.h"

/* Of the free coordinates at the point, where the gradient is known and, if the
 * estimation has one, the Hessian. */
int decrement_find(const struct estimation *estimation, double *decrement,
                   struct error *err) MUST_CHECK;

/* Is it small enough for what the options call a minimum? */
bool decrement_is_within(const struct estimation *estimation);

#endif
