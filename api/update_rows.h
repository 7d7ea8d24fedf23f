/*
 * The rows and labels of a request to learn from them, as the design that a working copy
 * learns from. All of them can be used, or none is.
 */
#ifndef LOGITD_API_UPDATE_ROWS_H
#define LOGITD_API_UPDATE_ROWS_H

#include "api/row_outcomes.h"
#include "api/update_request.h"
#include "core/data/design.h"

struct update_rows {
    struct row_outcomes outcomes;
    struct predict_body body;
    struct design design;
    struct budget *budget; /* borrowed: of what the design takes */
    size_t reserved_bytes;
};

/* Into all-zero rows, from a body of JSON or, where the request is of that, of LIBSVM's
 * text. 0, with what is wrong among the problems, and then no design; -1: malformed text,
 * no memory, the budget. update_rows_free in any case. */
int update_rows_read(struct update_rows *rows, const struct model *model,
                     const struct update_request *request, const char *body,
                     size_t n_bytes, struct budget *budget, struct problem_list *problems,
                     struct error *err) MUST_CHECK;
void update_rows_free(struct update_rows *rows);

#endif
