/*
 * A job's fields held against the data they name: which column is what. Everything that
 * can be checked without reading rows is checked here.
 */
#ifndef LOGITD_CORE_MODEL_FIT_PLAN_H
#define LOGITD_CORE_MODEL_FIT_PLAN_H

#include "core/model/fit.h"

#define FIT_PLAN_NONE SIZE_MAX
#define FIT_PLAN_POINTER_BYTES 128U

struct fit_plan {
    const struct fit_request *request; /* borrowed, as is the summary */
    const struct summary *summary;
    struct dictionary names; /* of the data's columns */
    const struct fit_column *
        *overrides; /* [n_columns] what the job says of each; NULL: nothing */
    size_t target, weights, trials, offset; /* columns, or FIT_PLAN_NONE */
    size_t cluster, split, fold;            /* the same; may be features, too */
    size_t n_features;
    size_t *columns;                /* [n_features] of the data */
    struct input_request *features; /* [n_features] */
    size_t *feature_of; /* [n_columns of the data] which feature, or FIT_PLAN_NONE */
    bool drops_rows;    /* some are left out: for a missing cell, or by the split */
};

/*
 * Into an all-zero plan; reports every problem, with the pointer to the job's field as
 * place, and returns how many. -1 with err set if there is no memory. With problems the
 * plan can only be freed.
 */
long fit_plan_make(struct fit_plan *plan, const struct fit_request *request,
                   const struct summary *summary, fit_problem_fn *problem, void *context,
                   struct error *err) MUST_CHECK;
void fit_plan_free(struct fit_plan *plan);

/* Columns that are read whether they are features or not: target, weights, trials,
 * offset, cluster, split, fold; FIT_PLAN_NONE for those that there are not. */
#define FIT_PLAN_ROLES 7U
void fit_plan_roles(const struct fit_plan *plan, size_t *columns);

/* "/columns/NAME/FIELD" (or without the field), escaped as RFC 6901 has it and cut to
 * FIT_PLAN_POINTER_BYTES. Returns pointer. */
char *fit_plan_pointer(char *pointer, const char *parent, const char *name,
                       const char *field);

/* As what the fit takes a column, and what it does about its missing cells. */
enum column_type fit_plan_type(const struct fit_plan *plan, size_t column);
enum missing_policy fit_plan_missing(const struct fit_plan *plan, size_t column);

/* Is the target to be taken as categories although it is numeric? */
bool fit_plan_target_is_categorical(const struct fit_plan *plan);

#endif
