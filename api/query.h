/*
 * Query parameters, checked: every problem is reported with its parameter (place "query
 * limit").
 */
#ifndef LOGITD_API_QUERY_H
#define LOGITD_API_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "api/problem.h"

/* Each parameter must be one of `names` ("limit after", blanks between) and be there
 * once. */
void query_check(const struct request *request, const char *names,
                 struct problem_list *problems);

/* A whole number in [least, most]; `fallback` if it is not there or wrong. */
size_t query_integer(const struct request *request, const char *name, size_t least,
                     size_t most, size_t fallback, struct problem_list *problems);
/* true or false. */
bool query_bool(const struct request *request, const char *name, bool fallback,
                struct problem_list *problems);

/* The contract's lists: ?limit= (default 20, at most QUERY_LIMIT_MOST) and ?after=ID
 * (NULL: from the start). */
#define QUERY_LIMIT_DEFAULT 20
#define QUERY_LIMIT_MOST 1000
struct query_page {
    size_t limit;
    const char *after;
};
struct query_page query_read_page(const struct request *request,
                                  struct problem_list *problems);

#endif
