#include "core/data/folds.h"
#include "core/data/row_groups.h"
#include "core/model/fit_problem.h"
#include "core/model/fit_split.h"

static long check_folds(const struct fit_request *request, const struct table *table,
                        size_t column, fit_problem_fn *problem, void *context,
                        struct error *err)
{
    size_t n = row_groups_count(table, column, FOLDS_MOST, err);
    if (n == SIZE_MAX)
        return -1;
    if (n >= 2 && n <= FOLDS_MOST)
        return 0;
    return fit_problem_tell(
        problem, context, ERROR_OUT_OF_RANGE, "/cross_validation/column",
        "column %.100s has %s; each is a fold, of which there are 2 "
        "to %u",
        request->fold,
        n < 2 ? "the same value in all rows" : "more different values than that",
        FOLDS_MOST);
}

static long check(const struct fit_request *request, const struct table *table,
                  fit_problem_fn *problem, void *context, struct error *err)
{
    const struct summary *summary = table_summary(table);
    const char *names[] = {request->split.column, request->fold};
    size_t columns[2] = {SIZE_MAX, SIZE_MAX};
    long n_split = 0, n_folds = 0;
    for (size_t i = 0; i < 2; i++)
        if (names[i])
            columns[i] = summary_find(summary, names[i]);
    if (columns[0] != SIZE_MAX)
        n_split =
            fit_split_check(&request->split, table, columns[0], problem, context, err);
    if (n_split >= 0 && columns[1] != SIZE_MAX)
        n_folds = check_folds(request, table, columns[1], problem, context, err);
    return n_split < 0 || n_folds < 0 ? -1 : n_split + n_folds;
}

size_t fit_check_rows(const struct fit_request *request, const struct table *table,
                      fit_problem_fn *problem, void *context)
{
    struct error err = {0};
    long n = check(request, table, problem, context, &err);
    if (n >= 0)
        return (size_t)n;
    problem(context, &err);
    return 1;
}
