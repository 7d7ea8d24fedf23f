/*
 * The REST API of TensorFlow Serving (tensorflow/serving, g3doc/api_rest.md and
 * util/json_tensor.cc): predict, classify, regress. Its :predict is KServe's V1, too.
 *
 * A model is a saved model with these signatures: serving_default, whose outputs are
 * those of a native prediction; one named for each single output (api/dialect/tensors.h);
 * classification, of models with classes and probabilities; regression, of those with one
 * score: the probability of the positive class, or the number predicted.
 *
 * NaN is a missing cell; Infinity is refused. Types of content are not looked at but for
 * those that are no text.
 */
#ifndef LOGITD_API_DIALECT_TENSORFLOW_H
#define LOGITD_API_DIALECT_TENSORFLOW_H

#include "api/router.h"

/* {"error":"…"}; what is malformed or cannot be used is 400. */
extern const struct problem_shape tensorflow_problem_shape;

route_fn tensorflow_predict_model, tensorflow_predict_version, tensorflow_predict_label;
route_fn tensorflow_classify_model, tensorflow_classify_version,
    tensorflow_classify_label;
route_fn tensorflow_regress_model, tensorflow_regress_version, tensorflow_regress_label;

#endif
