/*
 * A version whole, inside the JSON that tells of it: the member `state` is the model's
 * file (core/model/model_file.h) in base64. So an export imports again bit for bit,
 * whatever a model has, and what stands beside the state is for people.
 */
#ifndef LOGITD_API_MODEL_STATE_H
#define LOGITD_API_MODEL_STATE_H

#include <jansson.h>

#include "api/problem.h"
#include "core/model/model.h"
#include "core/text/json_write.h"

/* The member. */
void model_state_write(struct json_writer *json, const struct model *model);

/* The model of a body with such a member. What else the body says of a version must be
 * what the state says, so that nobody edits in vain. A model with one reference; NULL
 * with problems reported, or err set. */
struct model *model_state_read(const json_t *body, struct problem_list *problems,
                               struct error *err) MUST_CHECK;

#endif
