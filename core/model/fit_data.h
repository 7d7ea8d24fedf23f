/*
 * The data of a fit, from table and request to the design: which columns are what, which
 * rows are used, the classes, the encoding of the features, the names of the terms.
 */
#ifndef LOGITD_CORE_MODEL_FIT_DATA_H
#define LOGITD_CORE_MODEL_FIT_DATA_H

#include "core/base/buffer.h"
#include "core/data/design_build.h"
#include "core/data/target.h"
#include "core/model/fit_folds.h"
#include "core/model/fit_formula.h"
#include "core/model/fit_place.h"
#include "core/model/fit_plan.h"
#include "core/model/fit_validation.h"
#include "core/model/model_assemble.h"

struct fit_data {
    const struct fit_request *request; /* borrowed, as is the table; or the formula's */
    const struct table *table;
    struct fit_formula formula;
    struct fit_plan plan;
    unsigned char *keep; /* [n_rows of the table]; NULL: every row is */
    uint64_t n_kept;     /* and fitted to */
    uint64_t n_dropped;  /* for a missing cell, or by the split: not held out either */
    struct target target;
    struct model_parts parts; /* but the estimate */
    double *y_of_class;
    double *factors;           /* [n_columns of the design] of the penalties; or NULL */
    struct encoding *encoding; /* owned, until a model takes it */
    struct array_file *file;   /* owned: where the designs' arrays go; NULL: memory */
    struct design design;
    struct fit_validation validation; /* rows that are judged on, not fitted to */
    struct fit_folds folds;           /* by a column */
    double log_coefficient;           /* of counts; see design_build */
    struct buffer terms;              /* names of columns, each with its NUL */
    size_t *term_starts;              /* [n_columns] */
};

/* All that is known before the design is built, into an all-zero struct, which must stay
 * where it is. Errors of fit_run, with the job's field as place. */
int fit_data_prepare(struct fit_data *data, const struct fit_request *request,
                     const struct table *table, struct error *err) MUST_CHECK;
void fit_data_free(struct fit_data *data);

/* Of the design, where it is going to be sparse, at most; 0: dense. */
uint64_t fit_data_entries(const struct fit_data *data);

/* Of the design and that of rows held out, and while they are built. */
struct fit_needs fit_data_needs(const struct fit_data *data, size_t n_threads);

/* Where the rows of the design come from. */
struct design_source fit_data_source(const struct fit_data *data);

int fit_data_build(struct fit_data *data, struct pool *pool,
                   struct error *err) MUST_CHECK;

/* What stands for successes and failures in a design of counts, built of other rows of
 * the fit. */
void fit_data_turn_counts(const struct fit_data *data, struct design *design);

/* The name of the term of a design's column; context: the data. An estimate_name_fn. */
const char *fit_data_term(void *context, size_t column);

#endif
