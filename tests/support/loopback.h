/*
 * The daemon without sockets: a service on a fresh data directory, and requests that go
 * the way of the transport: route, dispatch or stream, completion. Every failure of the
 * harness itself fails the test. One thread at a time per struct answer; calls may be
 * made from several threads.
 */
#ifndef LOGITD_TESTS_SUPPORT_LOOPBACK_H
#define LOGITD_TESTS_SUPPORT_LOOPBACK_H

#include <jansson.h>

#include "api/request.h"
#include "api/response.h"
#include "api/service.h"
#include "tests/support/scratch_directory.h"

struct loopback {
    char directory[SCRATCH_DIRECTORY_BYTES];
    struct service *service;
    struct service_options options;
    struct principal principal; /* of the calls that follow; by default all may be done */
    size_t piece_bytes;         /* in which streamed bodies are handed over */
};

/* Opens a started service on a new directory. */
void loopback_open(struct loopback *loopback);
/* Not started: jobs wait. loopback_start starts them. */
void loopback_open_paused(struct loopback *loopback);
void loopback_start(struct loopback *loopback);
/* Stops and opens the service again on the same directory, started. */
void loopback_restart(struct loopback *loopback);
void loopback_restart_paused(struct loopback *loopback);
/* Stops the service and removes the directory. */
void loopback_close(struct loopback *loopback);

struct answer {
    int status;
    char *body; /* NUL-terminated */
    size_t body_bytes;
    json_t *json; /* the body parsed; NULL if it is not JSON */
    struct response_header headers[RESPONSE_MAX_HEADERS];
    size_t n_headers;
    const char *content_type;
};

/*
 * "POST /v1/jobs?limit=3" with header lines ("Prefer: wait=5\nIdempotency-Key: a", or
 * NULL) and a body (NULL: none). Waits for the answer. Refusals of the router become 404,
 * 405 and 400.
 */
struct answer loopback_call(struct loopback *loopback, const char *target,
                            const char *headers, const char *body);
struct answer loopback_call_bytes(struct loopback *loopback, const char *target,
                                  const char *headers, const void *body,
                                  size_t body_bytes);
/* The same with Content-Type: application/json. */
struct answer loopback_json(struct loopback *loopback, const char *target,
                            const char *body);
/* Uploads CSV text; the dataset's id, to be freed. */
char *loopback_upload(struct loopback *loopback, const char *csv);
void answer_free(struct answer *answer);

/* NULL if it is not there. */
const char *answer_header(const struct answer *answer, const char *name);
/* By path: answer_string(&a, "errors/0/pointer"). Fails the test if it is not there or of
 * another type. Numbers are segments of arrays. */
const json_t *answer_at(const struct answer *answer, const char *path);
const char *answer_string(const struct answer *answer, const char *path);
double answer_number(const struct answer *answer, const char *path);
/* Is there an error with this pointer and code? */
bool answer_has_error(const struct answer *answer, const char *pointer, const char *code);

#endif
