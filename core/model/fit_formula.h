/*
 * A job's formula, as the fields that a job without one has: target, offset, features,
 * types and reference levels. What the formula works out becomes columns of the table
 * (core/data/formula_table.h), and so nothing else in a fit knows of it but the encoding,
 * which has the terms.
 */
#ifndef LOGITD_CORE_MODEL_FIT_FORMULA_H
#define LOGITD_CORE_MODEL_FIT_FORMULA_H

#include "core/data/formula_table.h"
#include "core/model/fit.h"

struct fit_formula {               /* all zero: the job has none */
    const struct fit_request *job; /* borrowed */
    struct formula formula;
    struct fit_request request; /* the job's, in terms of columns */
    struct fit_column *columns; /* what that points to */
    const char **features;
    struct summary summary; /* the data's, with the columns that are worked out */
    struct column_summary computed[FORMULA_TABLE_MOST];
    struct formula_table data, validation;
};

/*
 * Into an all-zero one, which must stay where it is; leaves it so where the request has
 * no formula. Reports every problem, with "/formula" or the job's field as place and the
 * position in the text in the message, and returns how many; with problems there is no
 * request. -1 without memory.
 */
long fit_formula_read(struct fit_formula *formula, const struct fit_request *request,
                      const struct summary *summary, fit_problem_fn *problem,
                      void *context, struct error *err) MUST_CHECK;
void fit_formula_free(struct fit_formula *formula);

/* The table with the columns that are worked out; the same one if there are none. */
int fit_formula_extend(struct fit_formula *formula, const struct table **table,
                       struct error *err) MUST_CHECK;

/* Of a problem of the request that was made here: the place in the job's. */
void fit_formula_place(const struct fit_formula *formula, struct error *problem);

#endif
