/*
 * The gate: what every request's head must be before anything else looks at it. It makes
 * up for what libmicrohttpd lets through, above all for what proxies and servers have
 * been known to read differently (request smuggling). Pure; thread-safe.
 *
 * The parser cuts the head up in place: it puts NULs where a piece ends and tells where
 * the pieces lie. Because the gate knows those places, it can hold the pieces against the
 * whole: every byte of the head must belong to a piece or be what stands between two.
 * Nothing can hide behind a NUL, in a continued line, or between two blanks.
 */
#ifndef LOGITD_SERVER_GATE_H
#define LOGITD_SERVER_GATE_H

#include "api/request.h"

#define GATE_MOST_TARGET_BYTES 2048
#define GATE_MOST_FIELDS 64
#define GATE_MOST_FIELD_BYTES 8192
#define GATE_MOST_HEAD_BYTES 10240

/* X(NAME, status, "code", "what is wrong and what would be right") */
#define GATE_REASONS(X)                                                                  \
    X(PASSED, 0, "passed", "")                                                           \
    X(MALFORMED_HEAD, 400, "malformed_head",                                             \
      "the head of the request must be lines that end in CR LF, without NUL bytes, "     \
      "continued lines, or more than one blank between the parts of the first line")     \
    X(UNKNOWN_METHOD, 501, "unknown_method",                                             \
      "the method must be a standard one, in capitals: GET, HEAD, POST, PUT or DELETE")  \
    X(UNKNOWN_VERSION, 505, "unknown_version", "the protocol must be HTTP/1.0 or 1.1")   \
    X(TARGET_TOO_LONG, 414, "target_too_long",                                           \
      "path and query may have 2048 bytes together")                                     \
    X(BAD_TARGET, 400, "bad_target",                                                     \
      "the target must be a path that begins with '/', in printable ASCII; escape "      \
      "other bytes as %XX")                                                              \
    X(TOO_MANY_HEADERS, 431, "too_many_headers", "there may be 64 header fields")        \
    X(HEADER_TOO_LARGE, 431, "header_too_large", "a header field may have 8192 bytes")   \
    X(HEAD_TOO_LARGE, 431, "head_too_large", "the whole head may have 10240 bytes")      \
    X(BAD_HEADER_NAME, 400, "bad_header_name",                                           \
      "the name of a header field must be a token, with the colon right behind it")      \
    X(BAD_HEADER_VALUE, 400, "bad_header_value",                                         \
      "the value of a header field may not have control characters")                     \
    X(REPEATED_HEADER, 400, "repeated_header",                                           \
      "Host, Content-Length, Content-Type and Authorization may be there once each")     \
    X(MISSING_HOST, 400, "missing_host", "HTTP/1.1 wants a Host header")                 \
    X(BAD_CONTENT_LENGTH, 400, "bad_content_length",                                     \
      "Content-Length must be 1 to 18 digits")                                           \
    X(AMBIGUOUS_LENGTH, 400, "ambiguous_length",                                         \
      "send Content-Length or Transfer-Encoding, not both")                              \
    X(LENGTH_REQUIRED, 411, "length_required",                                           \
      "chunked bodies are not taken: send Content-Length")                               \
    X(UNKNOWN_CODING, 501, "unknown_transfer_coding",                                    \
      "no transfer coding is known here: send Content-Length")                           \
    X(UNEXPECTED_BODY, 400, "unexpected_body",                                           \
      "GET, HEAD, DELETE and TRACE take no body")                                        \
    X(BAD_EXPECTATION, 417, "unknown_expectation",                                       \
      "the only expectation that can be met is 100-continue")

enum gate_reason {
#define GATE_ENUM(name, status, code, detail) GATE_##name,
    GATE_REASONS(GATE_ENUM)
#undef GATE_ENUM
        GATE_N_REASONS
};

/* A header field where the parser found it; name and value are NUL-terminated. */
struct gate_field {
    const char *name;
    size_t name_bytes;
    const char *value;
    size_t value_bytes;
};

struct gate_head {
    const char *method;  /* NUL-terminated, in place: the head's first byte */
    const char *target;  /* whole, NUL-terminated; a copy, as the parser spoils it */
    size_t target_bytes; /* may be more than the copy has, if that is cut */
    const char *place;   /* where the target lies in the head */
    const char *version; /* NUL-terminated, in place */
    const struct gate_field *fields; /* the first min(n_fields, GATE_MOST_FIELDS) */
    size_t n_fields;
    size_t n_bytes; /* of the head, with the empty line */
};

/* What a head that passes says. */
struct gate_result {
    enum method method;
    const char *path; /* in `target`: origin form, query and all */
    bool has_length;
    size_t content_length; /* 0 without */
    bool expects_continue;
};

/* The first reason to refuse the head; GATE_PASSED with the result, else. */
enum gate_reason gate_check(const struct gate_head *head, struct gate_result *result);

int gate_status(enum gate_reason reason);
const char *gate_code(enum gate_reason reason); /* also its label in metrics */
const char *gate_detail(enum gate_reason reason);

#endif
