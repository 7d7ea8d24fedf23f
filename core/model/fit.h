/*
 * From a table and a request to a model: choose the family, code the target, encode the
 * features, build the design, estimate, assemble.
 */
#ifndef LOGITD_CORE_MODEL_FIT_H
#define LOGITD_CORE_MODEL_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/pool.h"
#include "core/data/table.h"
#include "core/model/fit_room.h"
#include "core/model/model.h"
#include "core/model/path.h"

/* How uncertainty is measured, and what is told on request. */
struct fit_statistics {
    enum covariance_kind covariance;
    const char *cluster; /* the column of the clusters; NULL: none */
    bool profile;        /* intervals of the profile likelihood */
    double confidence;
    bool marginal_effects, vif, residuals;
};

/* Rows by the level that their cell in one column has (core/data/row_levels.h): some are
 * held out, and of the others all are fitted to, or only some. */
struct fit_split {
    const char *column; /* NULL: none */
    const char *const *held_out;
    size_t n_held_out;
    const char *const *fitted; /* NULL: all others */
    size_t n_fitted;
};

/* The job's fields, as the contract names them. Everything is borrowed. */
struct fit_request {
    const char
        *formula; /* in place of target, features and offset; NULL: there is none */
    const char *target;
    const char *positive;        /* NULL: the last class in sorted order */
    const char *reference;       /* NULL: the first */
    const char *const *features; /* NULL: every column but target, weights, trials, offset
                                    and ignored ones */
    size_t n_features;
    const struct fit_column *columns; /* overrides */
    size_t n_columns;
    /* Of columns that say nothing: error, drop; or, of features alone, mean or indicator,
     * which is level for categories. */
    enum missing_policy missing;
    const char *weights, *trials, *offset;
    bool frequency_weights; /* weights repeat rows; of counts, a row stays one */
    const char *family;     /* "auto", "binomial", "multinomial" */
    const char *algorithm;
    bool intercept, standardize;
    bool says_intercept;         /* which a formula must not contradict */
    const struct formula *terms; /* of the features; NULL: each is one */
    double l2, l1;
    bool firth;
    const struct fit_factor *factors; /* by feature name */
    size_t n_factors;
    struct path_options path; /* in place of l2 and l1, where it has lambdas */
    const char *fold; /* the column of its folds; NULL: they are dealt out, if any */
    struct fit_statistics details;
    int statistics;               /* 1, 0, or -1: default (where there is no penalty) */
    struct solver_options solver; /* learning_rate, batch_size, max_epochs: 0 is the
                                   * default */
    /* Rows to judge by, held out of the fit: a share of each class, those with some
     * levels of a column, or all rows of another table, whose columns have the same
     * names. */
    bool is_validated;
    double validation_fraction;
    struct fit_split split;
    const struct table *validation_table; /* NULL: one of these, or not there */
    uint64_t patience;                    /* of early stopping; 0: there is none */
    const double *rates;                  /* to choose the learning rate from */
    size_t n_rates;
    const struct model *warm_start; /* whose coefficients are the start; NULL: none's */
    const char *warm_start_name;    /* "model/3", for the report */
};
struct fit_column {
    const char *name;
    int type; /* enum column_type, or -1 */
    bool ignore;
    const char *reference;
    int missing; /* enum missing_policy, or -1: as the request says of all columns */
    enum unseen_policy unseen;
    uint64_t min_count; /* of core/data/input.h */
    size_t max_levels;
};
struct fit_factor {
    const char *feature;
    double factor;
};

#define FIT_MAX_EPOCHS 100U /* where none are given */

extern const struct fit_request fit_defaults;

/*
 * Reserves the memory of the design and of the matrices in the room's budget for the time
 * of the call; where the design would take too much of it, it is in a scratch file
 * (fit_place.h), with the same result. The model has one reference; its dataset fields
 * and metadata are left NULL. Has errors as fit_check, the first one only, and those that
 * only the rows can tell:
 *
 *   ERROR_NO_ROWS         every row is left out
 *   ERROR_MISSING_VALUE   no row that is fitted to has a cell from which to take a mean
 *   ERROR_BAD_WEIGHT      a negative weight ("row R, column NAME"); none above 0
 * ("/weights") ERROR_BAD_COUNT       no count, or more successes than trials ("row R,
 * column NAME") ERROR_SINGLE_CLASS, ERROR_AMBIGUOUS_FAMILY, ERROR_BAD_TARGET ("/target")
 *   ERROR_UNKNOWN_LEVEL   "/positive", "/reference", "/columns/NAME/reference"
 *   ERROR_OUT_OF_RANGE    no row would be held out ("/validation/fraction")
 *   ERROR_INVALID         a class is in one fold only ("/cross_validation/column")
 *   ERROR_NO_FEATURES     no feature differs between rows ("/features")
 *   ERROR_TOO_LARGE       a column with too many levels ("/columns/NAME/type"); the
 * memory ERROR_MEMORY_BUDGET   later it may fit
 *   ERROR_NO_SPACE        the disk has no room for the scratch file
 *
 * the same of the rows of the other table ("/validation/dataset"), and those of
 * estimate_run. Row 1 is the data's first, whatever header its file had.
 */
struct model *fit_run(const struct fit_request *request, const struct table *table,
                      const struct fit_room *room, struct pool *pool,
                      const struct solver_watch *watch, struct error *err) MUST_CHECK;

/*
 * The same without fitting, into an all-zero preview (fit_preview.h). n_threads: of the
 * fit, for its memory; the pool may be a smaller one. Reserves the design's memory alone;
 * ERROR_TOO_LARGE where the fit's would never fit.
 */
struct fit_preview;
int fit_preview(const struct fit_request *request, const struct table *table,
                const struct fit_room *room, struct pool *pool, size_t n_threads,
                struct fit_preview *preview, struct error *err) MUST_CHECK;

/*
 * Checks all that can be checked without reading rows: names, roles, types, levels,
 * missing cells and their policies, numbers, words, and the family as far as the summary
 * (all columns and levels) tells. Reports every problem through `problem`, with the JSON
 * pointer to the job's field as place
 * ("/features/2", "/columns/rank/reference", "/penalty/factors/age", "/formula"); returns
 * how many. Without memory that is the problem.
 */
typedef void fit_problem_fn(void *context, const struct error *problem);
size_t fit_check(const struct fit_request *request, const struct summary *summary,
                 fit_problem_fn *problem, void *context);

/* The same of what takes a look at single columns of the rows, where fit_check found
 * nothing: the levels of a split, the number of folds. */
size_t fit_check_rows(const struct fit_request *request, const struct table *table,
                      fit_problem_fn *problem, void *context);

#endif
