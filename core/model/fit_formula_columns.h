/*
 * What a formula wants of the data's columns: which are features, and as what.
 */
#ifndef LOGITD_CORE_MODEL_FIT_FORMULA_COLUMNS_H
#define LOGITD_CORE_MODEL_FIT_FORMULA_COLUMNS_H

#include "core/data/formula.h"
#include "core/model/fit.h"

struct fit_formula_use { /* of one column */
    bool is_feature;
    bool as_it_is, as_categorical, as_number, as_text; /* in terms */
    bool is_worked_on;     /* what is predicted, or an offset, is made of it */
    const char *reference; /* that C(…) names */
};

struct fit_formula_columns {
    const struct fit_request *request;
    const struct summary *summary;
    const struct formula *formula;
    struct dictionary names;        /* of the data's columns */
    const struct fit_column **said; /* [n_columns] by the job; NULL: nothing */
    struct fit_formula_use *use;    /* [n_columns] */
    size_t *features;               /* columns, in the order of the formula */
    size_t n_features;
};

/* Into an all-zero one, of which the first three are set already. Without memory -1. */
int fit_formula_columns_start(struct fit_formula_columns *columns,
                              struct error *err) MUST_CHECK;
void fit_formula_columns_free(struct fit_formula_columns *columns);

/* What a point may stand for; to be freed. */
const char **fit_formula_columns_of_point(const struct fit_formula_columns *columns,
                                          size_t *n, struct error *err) MUST_CHECK;

/* After the formula is read: finds uses and features. Reports what cannot be; returns how
 * many problems. */
long fit_formula_columns_use(struct fit_formula_columns *columns, fit_problem_fn *problem,
                             void *context);

/* What the job says of columns, and what the formula adds to it; to be freed. Rows
 * without a cell in what is worked out [n_computed] are dropped. */
struct fit_column *fit_formula_columns_merge(const struct fit_formula_columns *columns,
                                             const struct column_summary *computed,
                                             size_t n_computed, size_t *n,
                                             struct error *err) MUST_CHECK;

#endif
