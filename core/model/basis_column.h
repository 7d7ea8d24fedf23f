/*
 * One column of a basis in the making: where it lies, its scale, what the penalties are
 * on it.
 */
#ifndef LOGITD_CORE_MODEL_BASIS_COLUMN_H
#define LOGITD_CORE_MODEL_BASIS_COLUMN_H

#include "core/model/basis.h"
#include "core/model/survey.h"

/* A spread below this share of the greatest value is rounding of the mean. */
#define BASIS_COLUMN_CONSTANT 1e-14

/* The power of two by which this length comes near 1; 1 of nothing. */
double basis_column_power(double length);

/* A first factor, by the greatest value; and the mean as centre, or where that overflows
 * the middle. Without an intercept, or where it is not wanted, the centre is 0. */
void basis_column_place(struct basis *basis, const struct survey *survey, size_t j,
                        bool is_centred);

/* The same, and its spread; returns the root of its mean square. NaN where the survey
 * does not tell that to rounding. */
double basis_column_survey(struct basis *basis, const struct survey *survey, size_t j,
                           bool is_centred);

/* By a power of two; returns by which: only as far as scaling stays exact. */
double basis_column_rescale(struct basis *basis, size_t j, double power);

/* Those of all columns. Have all kept their factors? */
bool basis_column_penalise_all(struct basis *basis,
                               const struct estimate_options *options);

/* The penalties on v_j, once factor and spread are known. One that outweighs the data by
 * far sets the scale of its column. */
void basis_column_penalise(struct basis *basis, const struct estimate_options *options,
                           size_t j);

#endif
