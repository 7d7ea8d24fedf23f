/*
 * A model from the body of a request: from coefficients that somebody else estimated, or
 * from what an export says of one of ours.
 */
#ifndef LOGITD_API_IMPORT_MODEL_H
#define LOGITD_API_IMPORT_MODEL_H

#include "api/problem.h"
#include "core/model/model.h"

/* A model with one reference; NULL with problems reported, or err set. */
struct model *import_model_read(const char *body, size_t n_bytes,
                                struct problem_list *problems,
                                struct error *err) MUST_CHECK;

#endif
