/*
 * What an alias stands for as JSON: {"version":3}, or {"split":{"3":0.9,"4":0.1}}; with
 * "shadow":5 where there is one.
 */
#ifndef LOGITD_API_ALIAS_JSON_H
#define LOGITD_API_ALIAS_JSON_H

#include "api/alias_target.h"
#include "api/problem.h"
#include "core/text/json_write.h"

/* Members of the object that the caller has begun. */
void alias_json_write(struct json_writer *json, const struct alias_target *target);

/* From a body. 0, or -1 with err set or problems reported. That versions exist is the
 * caller's to see. */
int alias_json_read(const char *body, size_t n_bytes, struct alias_target *target,
                    struct problem_list *problems, struct error *err) MUST_CHECK;

#endif
