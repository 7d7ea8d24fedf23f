#include "core/model/fit_check_validation.h"

#include <string.h>

#include "core/model/fit_problem.h"

struct checking {
    const struct fit_plan *plan;
    const struct summary *other; /* of the other table */
    struct dictionary names;     /* of its columns */
    struct fit_problems problems;
};

/* ---- what needs rows to judge by ---- */

static void check_needs(struct checking *checking)
{
    const struct fit_request *request = checking->plan->request;
    double fraction = request->validation_fraction;
    if (request->patience > 0 && !request->is_validated)
        fit_problem_add(&checking->problems, ERROR_INVALID, "/early_stopping",
                        "needs rows to judge by; give validation, too");
    if (request->n_rates > 0 && !request->is_validated)
        fit_problem_add(&checking->problems, ERROR_INVALID, "/learning_rate/grid",
                        "needs rows to judge by; give validation, too");
    if (request->is_validated && !request->validation_table && !request->split.column &&
        !(fraction >= 0 && fraction < 1)) /* 0: none was to be had; or another table */
        fit_problem_add(&checking->problems, ERROR_OUT_OF_RANGE, "/validation/fraction",
                        "must be more than 0 and less than 1");
}

/* ---- the other table ---- */

static void check_column(struct checking *checking, size_t column, bool needs_numbers)
{
    const struct fit_plan *plan = checking->plan;
    static const char place[] = "/validation/dataset";
    if (column == FIT_PLAN_NONE || plan->summary->columns[column].is_sparse)
        return; /* what is sparse is 0 where there is nothing */
    const char *name = plan->summary->columns[column].name;
    uint32_t found = dictionary_find(&checking->names, name, strlen(name));
    if (found == DICTIONARY_NONE) {
        fit_problem_add(&checking->problems, ERROR_UNKNOWN_COLUMN, place,
                        "the validation data has no column %.100s", name);
        return;
    }
    const struct column_summary *there = &checking->other->columns[found];
    if (needs_numbers && there->type != COLUMN_NUMERIC)
        fit_problem_add(
            &checking->problems, ERROR_NOT_A_NUMBER, place,
            "column %.100s of the validation data has text where numbers are needed",
            name);
    if (there->n_missing > 0 && fit_plan_missing(plan, column) == MISSING_ERROR)
        fit_problem_add(
            &checking->problems, ERROR_MISSING_VALUE, place,
            "of column %.60s of the validation data, %llu of %llu cells are missing; "
            "set its \"missing\" to \"drop\" to leave out these rows",
            name, (unsigned long long)there->n_missing,
            (unsigned long long)checking->other->n_rows);
}

/* Of the target. */
static bool needs_numbers(const struct fit_plan *plan)
{
    enum family family;
    return plan->trials != FIT_PLAN_NONE ||
           (family_find(plan->request->family, &family) &&
            family_traits(family)->of_numbers);
}

static void check_columns(struct checking *checking)
{
    const struct fit_plan *plan = checking->plan;
    if (plan->target != FIT_PLAN_NONE)
        check_column(checking, plan->target, needs_numbers(plan));
    check_column(checking, plan->weights, true);
    check_column(checking, plan->trials, true);
    check_column(checking, plan->offset, true);
    for (size_t i = 0; i < plan->n_features; i++)
        check_column(checking, plan->columns[i],
                     fit_plan_type(plan, plan->columns[i]) == COLUMN_NUMERIC);
}

long fit_check_validation(const struct fit_plan *plan, fit_problem_fn *problem,
                          void *context, struct error *err)
{
    const struct table *table = plan->request->validation_table;
    struct checking checking = {.plan = plan, .problems = {problem, context, 0}};
    check_needs(&checking);
    if (!table)
        return checking.problems.n;
    checking.other = table_summary(table);
    int status = summary_index(checking.other, &checking.names, err);
    if (status == 0)
        check_columns(&checking);
    dictionary_free(&checking.names);
    return status < 0 ? -1 : checking.problems.n;
}
