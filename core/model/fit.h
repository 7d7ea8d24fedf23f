/*
 * From a table and a request to a model: choose the family, code the target, encode the features,
 * build the design, estimate, assemble.
 */
#ifndef LOGITD_CORE_MODEL_FIT_H
#define LOGITD_CORE_MODEL_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/pool.h"
#include "core/data/table.h"
#include "core/model/model.h"

/* The job's fields, as the contract names them. Everything is borrowed. */
struct fit_request {
    const char *target;
    const char *positive;            /* NULL: the last class in sorted order */
    const char *reference;           /* NULL: the first */
    const char *const *features;     /* NULL: every column but target, weights, trials, offset and ignored ones */
    size_t n_features;
    const struct fit_column *columns; /* overrides */
    size_t n_columns;
    const char *weights, *trials, *offset;
    bool frequency_weights;
    const char *family;              /* "auto", "binomial", "multinomial" */
    const char *algorithm;
    bool intercept, standardize;
    double l2;
    const struct fit_factor *factors; /* by feature name */
    size_t n_factors;
    int statistics;                  /* 1, 0, or -1: default (where there is no penalty) */
    struct solver_options solver;
};
struct fit_column {
    const char *name;
    int type;              /* enum column_type, or -1 */
    bool ignore;
    const char *reference;
    enum missing_policy missing;
};
struct fit_factor {
    const char *feature;
    double factor;
};

extern const struct fit_request fit_defaults;

/*
 * Reserves the design's memory in the budget for the time of the call. Errors have as place the
 * JSON pointer into the job where a field is at fault ("/target", "/columns/rank/reference"), or
 * "row R, column C" where a cell is. The model has one reference. dataset fields are left NULL.
 */
struct model *fit_run(const struct fit_request *request, const struct table *table,
                      struct budget *budget, struct pool *pool, const struct solver_watch *watch,
                      struct error *err) MUST_CHECK;

/* Checks all that can be checked without reading rows (names, levels, family words); reports every
 * problem through `problem`; returns how many. */
typedef void fit_problem_fn(void *context, const struct error *problem);
size_t fit_check(const struct fit_request *request, const struct summary *summary,
                 fit_problem_fn *problem, void *context);

#endif
