/*
 * The body of a request to judge a model (contract.md "Predicting"): options, read here,
 * and rows, which are only found: they may be many and are read against the model.
 */
#ifndef LOGITD_API_EVALUATION_REQUEST_H
#define LOGITD_API_EVALUATION_REQUEST_H

#include <jansson.h>

#include "api/row_columns.h"
#include "api/row_filter.h"
#include "api/row_lists.h"
#include "core/model/evaluate.h"

#define EVALUATION_MOST_THRESHOLDS 1000U
#define EVALUATION_MOST_BINS 1000U
#define EVALUATION_MOST_CURVES 50U /* classes; at most 25 KiB of text each, and bins */

struct evaluation_request {
    json_t *tree;            /* what the texts below point into */
    const char *dataset;     /* NULL: the rows are in the body */
    struct row_filter where; /* of the dataset's */
    struct row_lists lists;  /* of the body */
    struct row_columns columns;
    struct evaluate_options options;
    double *thresholds; /* [options.n_thresholds] */
    size_t *curves;     /* [options.n_curves] */
    bool on_error_row;
};

/* Into an all-zero request; borrows the body. 0, with what is wrong in `problems`; or -1:
 * malformed (place "byte 17"), or no memory. evaluation_request_free in any case. */
int evaluation_request_read(struct evaluation_request *request, const struct model *model,
                            const char *body, size_t n_bytes,
                            struct problem_list *problems, struct error *err) MUST_CHECK;
void evaluation_request_free(struct evaluation_request *request);

#endif
