/*
 * The tensors that answer an inference request (api/dialect/tensors.h), and which of them
 * a request asks for ("Request Output" of the protocol, with Triton's extensions
 * "classification" and "binary_tensor_data"): texts are BYTES, numbers FP64; [-1, K] what
 * has a value for each class, in the model's order, [-1] all else.
 */
#ifndef LOGITD_API_DIALECT_V2_OUTPUT_H
#define LOGITD_API_DIALECT_V2_OUTPUT_H

#include "api/dialect/tensors.h"
#include "api/problem.h"
#include "core/text/json_scan.h"

struct v2_output {
    const struct tensors_output *tensor;
    bool has_binary, is_binary;
    size_t n_classes; /* the greatest so many values, as texts; 0: all, as they are */
};

struct v2_outputs {
    struct v2_output of[TENSORS_MOST]; /* each tensor once at most */
    size_t n;
};

/* Those of a set (enum predict_output). */
void v2_output_take(const struct model *model, unsigned set, struct v2_outputs *outputs);
/* Reads the array of requested outputs at the scan; `usual`: what is told where nothing
 * is asked for. -1 for malformed text. */
int v2_output_read(const struct model *model, unsigned usual, struct json_scan scan,
                   struct v2_outputs *outputs, struct problem_list *problems,
                   struct error *err) MUST_CHECK;

#endif
