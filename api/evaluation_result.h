/*
 * What judging a model on some rows came to, and what was wrong with rows on the way.
 */
#ifndef LOGITD_API_EVALUATION_RESULT_H
#define LOGITD_API_EVALUATION_RESULT_H

#include "api/problem.h"
#include "core/model/evaluate_table.h"

struct evaluation_result {
    const struct model *model; /* borrowed */
    struct evaluation evaluation;
    uint64_t n_rows, n_skipped;      /* skipped ones are among the rows */
    uint64_t n_cells[ERROR_N_CODES]; /* for which they were skipped */
    bool skips;                      /* else each bad cell is a problem */
    struct problem_list *problems;   /* borrowed */
};
void evaluation_result_free(struct evaluation_result *result);

/* A score_table_bad_fn; the context is the result. A missing cell of an input whose
 * policy is to drop rows is no problem. */
void evaluation_result_tell(void *context, uint64_t row, const char *column,
                            enum error_code code);

/* Once all rows are there: a problem if there is nothing to judge by. */
void evaluation_result_check(struct evaluation_result *result);

#endif
