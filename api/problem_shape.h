/*
 * How problems are told on a route: as problem+json, or in the shape of the protocol that
 * the route speaks. All problems of a route have its shape, also those that come up
 * before its handler runs: a missing key, a body too large.
 */
#ifndef LOGITD_API_PROBLEM_SHAPE_H
#define LOGITD_API_PROBLEM_SHAPE_H

#include "core/base/error.h"
#include "core/text/json_write.h"

struct problem {
    int status;
    const char *code;           /* a stable word */
    const char *title, *detail; /* texts for people; detail may end inside a character:
                                   problem_shape_write_text it */
    const struct error *errors; /* each with its place (api/problem.h) */
    size_t n_errors;
};

struct problem_shape {
    const char *content_type; /* static */
    /* The status where the protocol wants another one than ours; NULL: ours. */
    int (*status)(const struct problem *problem);
    /* The body, one value. */
    void (*write)(struct json_writer *json, const struct problem *problem,
                  const char *request_id);
    /* The body where there is no memory to write one. */
    const char *out_of_memory;
};

extern const struct problem_shape problem_shape_problem_json; /* RFC 9457 */

/* Members of the object that the caller has begun: the place of an error, as
 * api/problem.h has them. */
void problem_shape_write_place(struct json_writer *json, const char *place);
/* A member with a text that was cut to its size and may end inside a character. */
void problem_shape_write_text(struct json_writer *json, const char *key,
                              const char *text);

#endif
