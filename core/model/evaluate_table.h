/*
 * Judges a model on the rows of a table, a piece at a time.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_TABLE_H
#define LOGITD_CORE_MODEL_EVALUATE_TABLE_H

#include "core/data/row_levels.h"
#include "core/model/evaluate.h"
#include "core/model/evaluate_outcomes.h"

struct evaluate_table { /* all is borrowed */
    const struct model *model;
    const struct table *table;
    struct evaluate_columns columns;
    const struct row_levels *where; /* of these rows; NULL: of all */
    const struct evaluate_options *options;
    struct budget *budget;
    /* Told of every cell that cannot be used, piece by piece; its row is left out. */
    score_table_bad_fn *bad;
    void *context;
};

/* Into an all-zero evaluation; of *n_rows rows *n_bad were left out. Pieces, scores and
 * outcomes are reserved in the budget: ERROR_TOO_LARGE, ERROR_MEMORY_BUDGET. Errors of
 * score_table_new, evaluate_outcomes_open and evaluate_finish. */
int evaluate_table_run(const struct evaluate_table *task, struct evaluation *evaluation,
                       uint64_t *n_rows, uint64_t *n_bad, struct error *err) MUST_CHECK;

#endif
