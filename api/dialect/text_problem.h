/*
 * All problems of a request in one text, for protocols whose errors are a single message:
 * "a number is needed here (/instances/0/1); …".
 */
#ifndef LOGITD_API_DIALECT_TEXT_PROBLEM_H
#define LOGITD_API_DIALECT_TEXT_PROBLEM_H

#include "api/problem_shape.h"

/* A member of the object that the caller has begun. */
void text_problem_write(struct json_writer *json, const char *key,
                        const struct problem *problem);

#endif
