/*
 * A body cut in two: members that are read by a scanner, as they may be long, and the
 * rest, which is small and becomes a tree.
 */
#ifndef LOGITD_API_BODY_CUT_H
#define LOGITD_API_BODY_CUT_H

#include "core/base/buffer.h"
#include "core/text/json_scan.h"

struct body_cut_member {
    const char *name;
    bool has;
    struct json_scan at; /* its value */
};

/* Of a body that is an object and has been checked (json_scan_check). Finds the members
 * and appends all others to `rest`, as an object. ERROR_DUPLICATE_KEY for a member that
 * is given twice; who reads the rest sees to its own. */
int body_cut(const char *body, size_t n_bytes, struct body_cut_member *members,
             size_t n_members, struct buffer *rest, struct error *err) MUST_CHECK;

#endif
