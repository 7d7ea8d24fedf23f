#include "core/model/fit_check_missing.h"

#include "core/model/fit_problem.h"

struct checking {
    const struct fit_plan *plan;
    struct fit_problems problems;
};

static const struct column_summary *summary_of(const struct checking *checking,
                                               size_t column)
{
    return &checking->plan->summary->columns[column];
}

__attribute__((format(printf, 5, 6))) static void report(struct checking *checking,
                                                         enum error_code code,
                                                         size_t column, const char *field,
                                                         const char *format, ...)
{
    char place[FIT_PLAN_POINTER_BYTES];
    const char *name = summary_of(checking, column)->name;
    va_list arguments;
    va_start(arguments, format);
    fit_problem_add_list(&checking->problems, code,
                         fit_plan_pointer(place, "/columns", name, field), format,
                         arguments);
    va_end(arguments);
}

/* Is it read, but no feature? */
static bool is_role(const struct fit_plan *plan, size_t column)
{
    size_t roles[FIT_PLAN_ROLES];
    bool is_one = false;
    fit_plan_roles(plan, roles);
    for (size_t i = 0; i < FIT_PLAN_ROLES; i++)
        is_one = is_one || roles[i] == column;
    return is_one && plan->feature_of[column] == FIT_PLAN_NONE;
}

/* ---- do policies go with the column? ---- */

/* Why a column cannot do this with missing cells; NULL: it can. */
static const char *objection(const struct checking *checking, size_t column, int policy)
{
    const struct column_summary *summary = summary_of(checking, column);
    bool is_numeric = fit_plan_type(checking->plan, column) == COLUMN_NUMERIC;
    if (policy <= MISSING_DROP)
        return NULL;
    if (is_role(checking->plan, column))
        return "is no feature: rows without its cell can be dropped, nothing else";
    if (is_numeric && policy == MISSING_LEVEL)
        return "is numeric and has no levels; for missing cells say \"mean\", "
               "\"indicator\" or \"drop\", or add \"type\":\"categorical\"";
    if (!is_numeric && policy != MISSING_LEVEL)
        return "is categorical and has no mean; for missing cells say \"level\" or "
               "\"drop\"";
    return is_numeric && summary->is_sparse
               ? "is sparse: where a row does not have it, it is 0 and not missing"
               : NULL;
}

/* What only levels have, of a column without them. */
static void check_levels(struct checking *checking, size_t column,
                         const struct fit_column *override)
{
    const char *name = summary_of(checking, column)->name;
    const char *why = is_role(checking->plan, column) ? "is no feature"
                      : fit_plan_type(checking->plan, column) == COLUMN_NUMERIC
                          ? "is numeric and has no levels; add \"type\":\"categorical\""
                          : NULL;
    if (why && override->unseen != UNSEEN_USUAL)
        report(checking, ERROR_INVALID, column, "unseen", "column %.100s %s", name, why);
    if (why && override->min_count > 0)
        report(checking, ERROR_INVALID, column, "min_count", "column %.100s %s", name,
               why);
    if (why && override->max_levels > 0)
        report(checking, ERROR_INVALID, column, "max_levels", "column %.100s %s", name,
               why);
    if (!why && override->unseen == UNSEEN_OTHER && override->min_count == 0 &&
        override->max_levels == 0)
        report(checking, ERROR_INVALID, column, "unseen",
               "column %.100s does not pool rare levels, so that there is no other; give "
               "min_count or max_levels, too",
               name);
}

/* A text is never told: it is the caller's data. */
static void refuse_texts(struct checking *checking, size_t column)
{
    const struct column_summary *summary = summary_of(checking, column);
    uint64_t n_rows;
    size_t n_texts = levels_count_texts(summary->levels, summary->n_levels_kept, &n_rows);
    report(checking, ERROR_INVALID, column, "type",
           "column %.60s has text and cannot be numeric: %llu of %llu cells have one of "
           "%zu texts that are no numbers; upload it with na naming them, if they mean "
           "missing",
           summary->name, (unsigned long long)n_rows,
           (unsigned long long)checking->plan->summary->n_rows, n_texts);
}

static void check_column(struct checking *checking, size_t column,
                         const struct fit_column *override)
{
    const char *why = objection(checking, column, override->missing);
    if (override->type == COLUMN_NUMERIC &&
        summary_of(checking, column)->type == COLUMN_CATEGORICAL)
        refuse_texts(checking, column);
    if (why)
        report(checking, ERROR_INVALID, column, "missing", "column %.60s %s",
               summary_of(checking, column)->name, why);
    check_levels(checking, column, override);
}

/* ---- are cells missing for which there is no policy? ---- */

static const char *ways_out(const struct checking *checking, size_t column)
{
    if (is_role(checking->plan, column))
        return "set its \"missing\" to \"drop\" to leave out these rows";
    return fit_plan_type(checking->plan, column) == COLUMN_NUMERIC
               ? "set its \"missing\" to \"drop\" (these rows), \"mean\" or "
                 "\"indicator\", "
                 "or leave out the column"
               : "set its \"missing\" to \"drop\" (these rows) or \"level\", or leave "
                 "out "
                 "the column";
}

static void check_cells(struct checking *checking, size_t column)
{
    if (column == FIT_PLAN_NONE)
        return;
    const struct column_summary *summary = summary_of(checking, column);
    if (summary->n_missing == 0 ||
        fit_plan_missing(checking->plan, column) != MISSING_ERROR)
        return;
    report(checking, ERROR_MISSING_VALUE, column, "missing",
           "of column %.60s, %llu of %llu cells are missing; %s", summary->name,
           (unsigned long long)summary->n_missing,
           (unsigned long long)checking->plan->summary->n_rows,
           ways_out(checking, column));
}

/* Each column once: it may be the cluster and the fold, and a feature, too. */
static void check_all_cells(struct checking *checking)
{
    const struct fit_plan *plan = checking->plan;
    size_t roles[FIT_PLAN_ROLES];
    fit_plan_roles(plan, roles);
    for (size_t i = 0; i < FIT_PLAN_ROLES; i++) {
        bool is_told =
            roles[i] == FIT_PLAN_NONE || plan->feature_of[roles[i]] != FIT_PLAN_NONE;
        for (size_t k = 0; k < i; k++)
            is_told = is_told || roles[k] == roles[i];
        if (!is_told)
            check_cells(checking, roles[i]);
    }
    for (size_t i = 0; i < plan->n_features; i++)
        check_cells(checking, plan->columns[i]);
}

long fit_check_missing(const struct fit_plan *plan, fit_problem_fn *problem,
                       void *context)
{
    struct checking checking = {.plan = plan, .problems = {problem, context, 0}};
    for (size_t j = 0; j < plan->summary->n_columns_kept; j++)
        if (plan->overrides[j] && !plan->overrides[j]->ignore)
            check_column(&checking, j, plan->overrides[j]);
    check_all_cells(&checking);
    return checking.problems.n;
}
