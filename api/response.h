/*
 * An answer as handlers make it: plain data. The body is a buffer the response owns, a
 * file that it owns, static bytes, or a stream that makes it bit by bit.
 */
#ifndef LOGITD_API_RESPONSE_H
#define LOGITD_API_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/buffer.h"

/*
 * A body that is made while it is sent, for as long as that takes. Whoever sends it calls
 * `watch`, then `read` for more, one at a time, and `close` in the end, wherever that is.
 * None of them may block.
 */
struct response_stream {
    /* Up to n ≥ 64 bytes; how many, or 0: nothing yet, or one of the two below. is_due:
     * the peer has heard nothing for quiet_seconds, or seems to have gone, which only
     * bytes can tell: something should be said, if only a comment. */
    ptrdiff_t (*read)(void *state, char *bytes, size_t n, bool is_due);
    /* From now on `wake` is called, from any thread, when there may be more to say than a
     * read that returned 0 had found. */
    void (*watch)(void *state, void (*wake)(void *context), void *context);
    void (*close)(void *state); /* after which `wake` is not called */
    void *state;
    double quiet_seconds;
};
#define RESPONSE_STREAM_END (-1)    /* that was all */
#define RESPONSE_STREAM_BROKEN (-2) /* the peer must see that something is missing */

#define RESPONSE_MAX_HEADERS 8
struct response_header {
    const char *name; /* static */
    char value[256];
};

struct response {
    int status;               /* 0 until it is made */
    const char *content_type; /* static; NULL with an empty body */
    struct buffer body;
    const void *static_body; /* sent in place of `body` if set; static */
    size_t static_body_bytes;
    bool has_file; /* the body is all of a file, from its start */
    int file;      /* owned; whoever sends it takes it and sets it to -1 */
    uint64_t file_bytes;
    struct response_stream stream; /* owned; all zero: there is none */
    bool closes;                   /* the connection ends after this answer */
    struct budget *budget; /* borrowed: of what a large body takes; NULL: of none */
    size_t reserved_bytes;
    size_t n_headers;
    /* The last member: those that do not count need not be zero. */
    struct response_header headers[RESPONSE_MAX_HEADERS];
};

void response_free(struct response *response); /* and back to zero */

/* Reserves what the body takes, until the response is freed. ERROR_MEMORY_BUDGET or
 * ERROR_TOO_LARGE. Once a response. */
int response_reserve(struct response *response, struct budget *budget,
                     struct error *err) MUST_CHECK;

/* Status and type; the body is then written into response->body. */
void response_start(struct response *response, int status, const char *content_type);
void response_start_json(struct response *response, int status); /* application/json */
/* The same with a file as body, which is taken. */
void response_start_file(struct response *response, int status, const char *content_type,
                         int file, uint64_t n_bytes);
/* The same with a stream as body, which is taken: closed with the response. */
void response_start_stream(struct response *response, int status,
                           const char *content_type,
                           const struct response_stream *stream);
bool response_is_stream(const struct response *response);
/* Closes the stream, if there is one. */
void response_end_stream(struct response *response);
/* Of the body, whatever it is; 0 of a stream. */
uint64_t response_body_bytes(const struct response *response);
/* printf-like; over-long values and those with control characters are programmer errors.
 */
void response_header(struct response *response, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
