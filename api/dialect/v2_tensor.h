/*
 * A tensor of an inference request as it is described ("Request Input" of the protocol):
 * which inputs of the model it is for, its datatype and shape, and where its data lies.
 *
 * The rows of a model come as one tensor `input` of numbers [-1, n_inputs], or as a
 * tensor for each input, [-1] or [-1, 1], by its name.
 */
#ifndef LOGITD_API_DIALECT_V2_TENSOR_H
#define LOGITD_API_DIALECT_V2_TENSOR_H

#include "api/dialect/v2_datatype.h"
#include "api/problem.h"
#include "core/model/model.h"
#include "core/text/json_scan.h"

#define V2_TENSOR_INPUT "input"
#define V2_TENSOR_MAX_DIMENSIONS 2

struct v2_tensor {
    size_t position;    /* among the request's inputs */
    size_t first_input; /* and how many there are: one, or all */
    size_t n_inputs;
    enum v2_datatype datatype;
    size_t n_dimensions, dimensions[V2_TENSOR_MAX_DIMENSIONS];
    bool has_data, has_binary;
    struct json_scan data; /* at the value of "data", which is not read yet */
    size_t data_bytes;
    size_t binary_bytes;
    const char *binary; /* for the caller to set */
};

/* Is it one tensor that has all inputs? A model with an input of that name has none. */
bool v2_tensor_is_whole(const struct model *model);

/*
 * Reads the description at the scan, which is element `position` of "inputs", into an all
 * zero tensor, whose data may then have as many elements as its shape. 1; 0 with a
 * problem told; -1 for malformed text and want of memory.
 */
int v2_tensor_read(const struct model *model, size_t position, struct json_scan *scan,
                   struct v2_tensor *tensor, struct problem_list *problems,
                   struct error *err) MUST_CHECK;

/* "/inputs/2" and a member of it. */
void v2_tensor_point(const struct v2_tensor *tensor, const char *member,
                     char pointer[PROBLEM_POINTER_BYTES]);

#endif
