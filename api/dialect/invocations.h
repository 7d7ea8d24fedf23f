/*
 * The paths without a model's name: MLflow's scoring server (mlflow/pyfunc/
 * scoring_server) and SageMaker's container contract share POST /invocations and GET
 * /ping. What answers is the model of --invocations-model.
 *
 * One rule tells what is answered. What is asked in MLflow's forms (the four of its JSON,
 * CSV under a header) is answered with labels, or what its params ask for; what is asked
 * in SageMaker's (instances with features, JSON lines, CSV without a header), with scores
 * and labels, as its linear learner answers. Accept decides how that is packed: JSON
 * ({"predictions":[…]}, the default), JSON lines, or CSV.
 *
 * Errors are MLflow's, which SageMaker passes on as they are.
 */
#ifndef LOGITD_API_DIALECT_INVOCATIONS_H
#define LOGITD_API_DIALECT_INVOCATIONS_H

#include "api/router.h"

/* {"error_code":"BAD_REQUEST","message":"…"}; what cannot be worked with is 400. */
extern const struct problem_shape invocations_problem_shape;

/* Is one named? Else the answer is made: 404. */
bool invocations_has_model(struct service *service, struct exchange *exchange);

route_fn invocations_score;
route_fn invocations_ping;    /* 200 while the model is there and requests are taken */
route_fn invocations_version; /* the program's, as plain text */

#endif
