/*
 * The structured log on standard error: one event a line, as text for people or as JSON
 * lines for programs. Values are escaped; no value of a caller's data, no key and no path
 * of theirs ever gets here. Thread-safe: one write a line.
 */
#ifndef LOGITD_SERVER_LOG_H
#define LOGITD_SERVER_LOG_H

#include <stdbool.h>

#include "core/base/error.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

struct log {
    int fd;
    enum log_level least; /* lower ones are not written */
    bool json;            /* else text */
};

/* One event: a snake_case word and a sentence. */
void log_event(const struct log *log, enum log_level level, const char *event,
               const char *detail);
/* An error of ours: its code, message and source line. */
void log_error(const struct log *log, enum log_level level, const char *event,
               const struct error *err);

/* An answered request. */
struct log_request {
    const char *request_id;
    const char *method;    /* "POST" */
    const char *route;     /* operationId; NULL: none was found */
    const char *principal; /* the key's name; NULL: none */
    int status;
    double seconds; /* from the first header to the last byte handed over */
    unsigned long request_bytes, response_bytes;
    const struct error *fault; /* why a 5xx; NULL: nothing to tell */
};
void log_answer(const struct log *log, const struct log_request *request);

#endif
