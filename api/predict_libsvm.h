/*
 * The rows of a predict request as text in LIBSVM's form (core/text/libsvm.h): labels are
 * passed over, indices are names of inputs, and those that the model does not have count
 * for nothing, as with LIBLINEAR.
 */
#ifndef LOGITD_API_PREDICT_LIBSVM_H
#define LOGITD_API_PREDICT_LIBSVM_H

#include "api/predict_body.h"

/* As predict_body_read_rows; places of problems are "row 3, column 17". */
int predict_libsvm_read(const struct model *model, const char *body, size_t n_bytes,
                        struct budget *budget, struct predict_body *parsed,
                        struct problem_list *problems, struct error *err) MUST_CHECK;

#endif
