/*
 * Coefficients as scikit-learn has them: `coef`, a row of the inputs' columns, or of a
 * multinomial model one for each class, in the order of `classes`; `intercept`, a number
 * for each row; and `mean` and `scale` of a StandardScaler that stood before them.
 */
#ifndef LOGITD_API_IMPORT_MATRIX_H
#define LOGITD_API_IMPORT_MATRIX_H

#include "api/import_body.h"

/* Into reference (by default the first class given), intercept, n_blocks, n_terms,
 * estimates, means and scales, once classes and inputs are read without a problem. Of a
 * multinomial model estimates become differences to the reference. Reports what is wrong.
 * -1 only without memory. */
int import_matrix_read(struct import_body *body, const json_t *coef,
                       struct error *err) MUST_CHECK;

#endif
