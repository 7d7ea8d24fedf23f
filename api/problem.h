/*
 * Errors as application/problem+json (RFC 9457, contract.md "Everywhere"): all problems
 * of a request together, the first PROBLEM_MAX of them listed, each with a pointer or a
 * row and column.
 */
#ifndef LOGITD_API_PROBLEM_H
#define LOGITD_API_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "api/exchange.h"
#include "core/base/error.h"

#define PROBLEM_MAX 100

struct problem_list {
    size_t n;             /* how many there were */
    struct error *errors; /* the first min(n, PROBLEM_MAX); place is the JSON pointer */
};

void problem_list_free(struct problem_list *list);
void problem_add(struct problem_list *list,
                 const struct error *error); /* without memory: only counts */
/* Adds all of `from`, which is then empty. */
void problem_list_move(struct problem_list *list, struct problem_list *from);
#define problem_report(list, code, pointer, ...)                                         \
    problem_report_at(list, code, pointer, __FILE__, __LINE__, __VA_ARGS__)
void problem_report_at(struct problem_list *list, enum error_code code,
                       const char *pointer, const char *file, int line,
                       const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The JSON pointer of member `name` (or of its index as text) below `parent`, escaped
 * (RFC 6901) and cut where it would not fit. Returns `pointer`. */
#define PROBLEM_POINTER_BYTES 128
char *problem_pointer(char pointer[PROBLEM_POINTER_BYTES], const char *parent,
                      const char *name);
char *problem_pointer_at(char pointer[PROBLEM_POINTER_BYTES], const char *parent,
                         size_t index);

/*
 * What the place of an error may be, and how the answer tells it:
 * - "/rows/3": "pointer":"/rows/3"
 * - "row 3" or "row 3, column gpa": "row":3,"column":"gpa"
 * - "byte 17": "byte":17
 * - "query limit": "parameter":"limit"
 * - "header Prefer": "header":"Prefer"
 * The last three make a status of 422 a 400.
 */

/* HTTP status of an error: SYNTAX 400, INPUT 422, NOT_FOUND 404, CONFLICT 409, TOO_LARGE
 * 413, BUSY 503 with Retry-After, NO_SPACE 507, UNSUPPORTED 501, STOPPED 409, FAULT 500.
 */
int problem_status(enum error_code code);

/* Make the response. The detail of a FAULT is general; its particulars belong to the log.
 */
void problem_respond(struct exchange *exchange, const struct error *error);
/* As above with a status of its own (404 for an unknown path, 405, 401, …) and a code
 * word. */
void problem_respond_status(struct exchange *exchange, int status, const char *code,
                            const char *detail_format, ...)
    __attribute__((format(printf, 4, 5)));
/* One problem: as problem_respond, but what a body refers to and is not there is 422, not
 * 404. Several: code and detail of the first; its status where all agree, else 422. */
void problem_respond_list(struct exchange *exchange, const struct problem_list *list);

/* True if the body says it is application/json, in UTF-8 and not packed. Else the answer
 * is made: 415. */
bool problem_require_json(struct exchange *exchange);
/* The same, but a body of one of these media types is fine, too; NULL behind the last.
 * *which is then the place of its type; SIZE_MAX for JSON. */
bool problem_require_json_or(struct exchange *exchange, const char *const *others,
                             size_t *which);

#endif
