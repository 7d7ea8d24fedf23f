/*
 * Rows to learn from as text in LIBSVM's form (core/text/libsvm.h): the first field of a
 * line is its label, indices are names of inputs, and those that the model does not have
 * count for nothing. Weights are 1, offsets 0.
 */
#ifndef LOGITD_API_UPDATE_LIBSVM_H
#define LOGITD_API_UPDATE_LIBSVM_H

#include "api/row_outcomes.h"

/* As row_outcomes_read; places of problems are "row 3, column 17". */
int update_libsvm_read(struct row_outcomes *outcomes, const struct model *model,
                       const char *body, size_t n_bytes, struct budget *budget,
                       struct predict_body *parsed, struct problem_list *problems,
                       struct error *err) MUST_CHECK;

#endif
