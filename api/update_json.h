/*
 * Working copies, and models that were one, as JSON.
 */
#ifndef LOGITD_API_UPDATE_JSON_H
#define LOGITD_API_UPDATE_JSON_H

#include "api/update_copy.h"
#include "core/text/json_write.h"

/* The members that tell of a copy, into the object that the caller has begun. call: what
 * the request that is answered did; NULL: nothing. */
void update_json_write(struct json_writer *json, const char *model,
                       const struct update_copy *copy, const struct online_tally *call);

/* "online": what a model's fit object says of its learning; null of a fit. */
void update_json_write_learning(struct json_writer *json, const struct model *model);

#endif
