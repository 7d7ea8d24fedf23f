/*
 * A version as JSON: what its record says, its aliases, and the model itself
 * (api/model_json.h).
 */
#ifndef LOGITD_API_VERSION_JSON_H
#define LOGITD_API_VERSION_JSON_H

#include "api/exchange.h"
#include "api/problem.h"
#include "api/registry.h"
#include "core/text/json_write.h"

struct service;

/* Members. */
void version_json_write_time(struct json_writer *json, const struct store_record *stored);
void version_json_write_sha256(struct json_writer *json,
                               const struct store_record *stored);
/* Those for which this version answers. */
void version_json_write_aliases(struct json_writer *json,
                                const struct registry_listing *listing, uint64_t version);

/* As registry_list, but nothing is known of a name that is not there. */
int version_json_list(struct service *service, const char *model,
                      struct registry_listing *listing, struct error *err) MUST_CHECK;

/* What is told on request alone: enum model_json_include, and this. */
#define VERSION_JSON_STATE 16U /* api/model_state.h */

/* The parameter `include`: a list with commas between; 0 with a problem for a word that
 * is none. */
unsigned version_json_read_include(const struct request *request,
                                   struct problem_list *problems);

/* Makes the answer, with status 200, of the model that the path names first. -1 with err:
 * what is in the body is to be thrown away. */
int version_json_respond(struct service *service, struct exchange *exchange,
                         const struct registry_found *found, unsigned include,
                         struct error *err) MUST_CHECK;

#endif
