/*
 * Vertex AI's requirements for custom containers: predictions are asked for as
 * {"instances":[…],"parameters":{…}} and answered as {"predictions":[…]}, at a path that
 * AIP_PREDICT_ROUTE gives, and health at that of AIP_HEALTH_ROUTE. The model is that of
 * --invocations-model. Errors are as TensorFlow Serving's, which Vertex passes on.
 */
#ifndef LOGITD_API_DIALECT_VERTEX_H
#define LOGITD_API_DIALECT_VERTEX_H

#include "api/router.h"

struct vertex_paths {
    const char *predict, *health; /* percent-encoded; NULL: those of the route table
                                     alone, which are Vertex's own defaults */
};

/* The path of the route table that a request's path stands for: its own, where it is none
 * of these. Where both are the same, the method decides. */
const char *vertex_path(const struct vertex_paths *paths, enum method method,
                        const char *path);

route_fn vertex_predict;
route_fn vertex_health; /* as invocations_ping */

#endif
