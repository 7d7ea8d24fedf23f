/*
 * Rows that come with a request and have known outcomes. These are `labels`, one a row,
 * or stand in the rows: in the target's column, named in `columns` or in the instances,
 * as are weights, trials and the offset.
 */
#ifndef LOGITD_API_ROW_OUTCOMES_H
#define LOGITD_API_ROW_OUTCOMES_H

#include "api/predict_body.h"
#include "api/row_columns.h"
#include "api/row_lists.h"
#include "core/model/evaluate_outcomes.h"

/* Of one row: by role. The target is a class of the model, a number, or, with trials, how
 * many of them succeeded. */
struct row_outcome {
    double values[ROW_N_ROLES]; /* NaN: not there */
    enum error_code code;       /* why the row cannot be used; ERROR_NONE: it can */
};

struct row_outcomes {
    struct row_outcome *rows; /* [n] of all rows, those that cannot be scored too */
    size_t n, capacity;
    const char *columns[ROW_N_ROLES]; /* by role; NULL: there is none */
    struct evaluate_outcomes classes; /* to find them */
    struct budget *budget;            /* borrowed: of what the rows take */
    size_t reserved_bytes;
};

/* What the request says of them. */
struct row_outcomes_asked {
    const struct row_lists *lists;
    const struct row_columns *columns;
    bool skips; /* rows that cannot be used are left out; else they are problems */
};

/*
 * Reads body[0..n_bytes) for the model into all-zero structs. 0, with what is wrong among
 * the problems, where nothing in `parsed` is of use; -1: malformed text, no memory, the
 * budget. Both are to be freed in any case.
 */
int row_outcomes_read(struct row_outcomes *outcomes, const struct model *model,
                      const struct row_outcomes_asked *asked, const char *body,
                      size_t n_bytes, struct budget *budget, struct predict_body *parsed,
                      struct problem_list *problems, struct error *err) MUST_CHECK;
/* Adds the target of the next row, of rows that are read elsewhere and have no more. */
int row_outcomes_add(struct row_outcomes *outcomes, double target,
                     struct error *err) MUST_CHECK;
void row_outcomes_free(struct row_outcomes *outcomes);

/* The weight of a row: 1 where there is no column of them. */
double row_outcomes_weight(const struct row_outcomes *outcomes, size_t row);

#endif
