/*
 * What TensorFlow Serving tells of a model: the status of its versions
 * (GetModelStatusResponse) and its signatures (GetModelMetadataResponse), in the JSON
 * form of these messages.
 */
#ifndef LOGITD_API_DIALECT_TENSORFLOW_MODEL_H
#define LOGITD_API_DIALECT_TENSORFLOW_MODEL_H

#include "api/registry.h"
#include "api/router.h"
#include "core/text/json_write.h"

/* "model_version_status", a member of the object that the caller has begun: of `version`,
 * and of the newest TENSORFLOW_MODEL_VERSIONS of the listing; NULL: of none besides. */
#define TENSORFLOW_MODEL_VERSIONS 100
void tensorflow_model_write_status(struct json_writer *json, uint64_t version,
                                   const struct registry_listing *listing);

route_fn tensorflow_model_status_label; /* status alone, of what an alias names */
route_fn tensorflow_model_metadata, tensorflow_model_metadata_version,
    tensorflow_model_metadata_label;

#endif
