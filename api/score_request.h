/*
 * The body of a request to score a dataset into a file.
 */
#ifndef LOGITD_API_SCORE_REQUEST_H
#define LOGITD_API_SCORE_REQUEST_H

#include <jansson.h>

#include "api/predict_options.h"
#include "api/row_filter.h"

#define SCORE_REQUEST_MOST_COLUMNS 100U

enum score_format { SCORE_CSV, SCORE_NDJSON, SCORE_NPY, SCORE_N_FORMATS };

struct score_request {
    json_t *tree; /* what the texts below point into */
    enum score_format format;
    const char *dataset;
    struct row_filter where;                         /* of its rows */
    const char *columns[SCORE_REQUEST_MOST_COLUMNS]; /* copied, in front of the outputs */
    size_t n_columns;
    const char *offset; /* the column that is added to the scores; NULL: none */
    struct predict_options options;
};

/* Into an all-zero request with its format. 0, with what is wrong in `problems`; or -1:
 * malformed (place "byte 17"), or no memory. score_request_free in any case. */
int score_request_read(struct score_request *request, const struct model *model,
                       const char *body, size_t n_bytes, struct problem_list *problems,
                       struct error *err) MUST_CHECK;
void score_request_free(struct score_request *request);

#endif
