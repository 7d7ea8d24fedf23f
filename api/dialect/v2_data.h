/*
 * The data of a tensor, as JSON or binary, into the cells of its inputs: numbers straight
 * from the text or the bytes, without a tree or a copy beside the cells.
 */
#ifndef LOGITD_API_DIALECT_V2_DATA_H
#define LOGITD_API_DIALECT_V2_DATA_H

#include "api/dialect/v2_tensor.h"
#include "api/predict_columns.h"

/* All elements of the tensor, of which there is one for each of its inputs in every row.
 * What is wrong goes to the problems. -1 for malformed text and want of memory. */
int v2_data_read(const struct v2_tensor *tensor, struct predict_columns *columns,
                 struct error *err) MUST_CHECK;

/* Where a cell of the tensor is, for problems. */
void v2_data_point(const struct v2_tensor *tensor, size_t input, size_t row,
                   char pointer[PROBLEM_POINTER_BYTES]);

#endif
