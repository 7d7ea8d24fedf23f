/*
 * What a model's formula predicts, and its offset, worked out for a dataset that it is to
 * be judged on.
 */
#ifndef LOGITD_API_EVALUATION_FORMULA_H
#define LOGITD_API_EVALUATION_FORMULA_H

#include "api/evaluation_request.h"
#include "core/data/formula_table.h"
#include "core/model/model.h"

struct evaluation_formula { /* all zero: there is nothing to work out */
    struct formula formula; /* whose names the table borrows */
    struct formula_table made;
};

/* Into an all-zero one, whose table stays NULL where nothing needs to be worked out, as
 * the request names other columns, or cannot be: then with a problem of the dataset.
 * Borrows the table. -1 without memory. */
int evaluation_formula_extend(const struct evaluation_request *request,
                              const struct model *model, const struct table *table,
                              struct evaluation_formula *extended,
                              struct problem_list *problems,
                              struct error *err) MUST_CHECK;
void evaluation_formula_free(struct evaluation_formula *extended);

#endif
