/*
 * The body of a request to learn from rows: how, read here, and the rows, which are only
 * found: they are read against the model.
 */
#ifndef LOGITD_API_UPDATE_REQUEST_H
#define LOGITD_API_UPDATE_REQUEST_H

#include <jansson.h>

#include "api/row_columns.h"
#include "api/row_lists.h"
#include "core/model/online.h"

struct update_request {
    bool is_libsvm; /* the body is rows alone, in LIBSVM's form: nothing else is said */
    json_t *tree;   /* what the names point into */
    struct row_lists lists; /* of the body */
    struct row_columns columns;
    bool resets;
    uint64_t from;       /* the version to begin with; 0: not said */
    uint64_t batch_size; /* rows of a step; 0: all */
    /* Of the plan only what was said. */
    struct online_plan plan;
    bool has_algorithm, has_l2, has_l1, has_rate, has_schedule;
};

/* Into an all-zero request; borrows the body. 0, with what is wrong in `problems`; or -1:
 * malformed (place "byte 17"), or no memory. update_request_free in any case. */
int update_request_read(struct update_request *request, const char *body, size_t n_bytes,
                        struct problem_list *problems, struct error *err) MUST_CHECK;
void update_request_free(struct update_request *request);

/* What was said of the plan, in place of what it says. */
void update_request_apply(const struct update_request *request, struct online_plan *plan);

/* A copy that is there keeps what it was begun with: saying so again is fine, saying
 * something else is a problem. `from`: the version that it began with. */
void update_request_check(const struct update_request *request,
                          const struct online_plan *plan, uint64_t from,
                          struct problem_list *problems);

#endif
