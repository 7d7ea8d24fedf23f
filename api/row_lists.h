/*
 * The lists of a request with rows and their outcomes (rows, columns, instances, labels),
 * found in its body and left there, as they may be long; the rest is small.
 */
#ifndef LOGITD_API_ROW_LISTS_H
#define LOGITD_API_ROW_LISTS_H

#include "api/predict_options.h"
#include "core/base/buffer.h"

struct row_lists {
    struct predict_members members; /* rows, columns and instances */
    bool has_labels;
    struct json_scan labels;
};

/* Into an all-zero struct, which borrows the body; all other members are appended to
 * `rest`, as an object. 0, also for a body that is no object, which is a problem then
 * (members.is_object is false); or -1: malformed text, a list that is given twice. */
int row_lists_cut(struct row_lists *lists, const char *body, size_t n_bytes,
                  struct buffer *rest, struct problem_list *problems,
                  struct error *err) MUST_CHECK;

#endif
