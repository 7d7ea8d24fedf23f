/*
 * Where the members of an object lie in a request's text, for dialects that read them in
 * an order of their own.
 */
#ifndef LOGITD_API_DIALECT_MEMBERS_H
#define LOGITD_API_DIALECT_MEMBERS_H

#include "api/problem.h"
#include "core/text/json_scan.h"

struct members_field {
    const char *name;
    bool is_checked_later; /* it may be long, and who reads it checks it */
    bool has;
    struct json_scan at; /* before its value */
};

/*
 * The object at the scan, whose pointer is `pointer`, and goes on behind it. What is no
 * object, and members of other names, are problems. -1 for malformed text, a member that
 * stands twice (place "byte 17") and want of memory.
 */
int members_find(struct json_scan *scan, const char *pointer,
                 struct members_field *fields, size_t n, struct problem_list *problems,
                 struct error *err) MUST_CHECK;

#endif
