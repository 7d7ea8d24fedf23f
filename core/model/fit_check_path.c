#include "core/model/fit_check_path.h"

#include <math.h>

#include "core/data/folds.h"
#include "core/model/fit_problem.h"

static bool has_path(const struct fit_request *request)
{
    return request->path.n_lambdas > 0;
}

static bool has_bad_lambdas(const struct fit_request *request)
{
    const struct path_options *path = &request->path;
    for (size_t i = 0; path->lambdas && i < path->n_lambdas; i++)
        if (!(path->lambdas[i] > 0) || !isfinite(path->lambdas[i]) ||
            (i > 0 && !(path->lambdas[i] < path->lambdas[i - 1])))
            return true;
    return false;
}

static bool has_bad_number(const struct fit_request *request)
{
    const struct path_options *path = &request->path;
    return has_path(request) && (path->n_lambdas > PATH_MOST_LAMBDAS ||
                                 (!path->lambdas && path->n_lambdas < 2));
}

static bool has_bad_ratio(const struct fit_request *request)
{
    const struct path_options *path = &request->path;
    return has_path(request) && !path->lambdas &&
           !(path->min_ratio > 0 && path->min_ratio < 1);
}

static bool has_bad_alpha(const struct fit_request *request)
{
    return has_path(request) && !(request->path.alpha >= 0 && request->path.alpha <= 1);
}

static bool has_two_penalties(const struct fit_request *request)
{
    return has_path(request) && (request->l1 > 0 || request->l2 > 0);
}

static bool has_corners(const struct fit_request *request)
{
    enum family family;
    return has_path(request) && family_find(request->family, &family) &&
           !family_traits(family)->is_smooth;
}

static bool has_bad_folds(const struct fit_request *request)
{
    size_t n = request->path.n_folds;
    return n == 1 || n > FOLDS_MOST;
}

static const struct rule {
    bool (*is_broken)(const struct fit_request *request);
    enum error_code code;
    const char *place;
    const char *message;
} rules[] = {
    {has_bad_lambdas, ERROR_OUT_OF_RANGE, "/path/lambdas",
     "must be numbers above 0, each less than the one before"},
    {has_bad_number, ERROR_OUT_OF_RANGE, "/path/n_lambdas", "must be from 2 to 1000"},
    {has_bad_ratio, ERROR_OUT_OF_RANGE, "/path/min_ratio",
     "must be more than 0 and less than 1"},
    {has_bad_alpha, ERROR_OUT_OF_RANGE, "/path/alpha", "must be from 0 to 1"},
    {has_two_penalties, ERROR_INVALID, "/penalty",
     "a path sets the penalties, by its lambdas and alpha; leave l1 and l2 out"},
    {has_corners, ERROR_INVALID, "/path",
     "a loss with corners has no path; give one penalty"},
    {has_bad_folds, ERROR_OUT_OF_RANGE, "/cross_validation/folds",
     "must be from 2 to 255"},
};

long fit_check_path(const struct fit_request *request, fit_problem_fn *problem,
                    void *context)
{
    long n = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        if (rules[i].is_broken(request))
            n += fit_problem_tell(problem, context, rules[i].code, rules[i].place, "%s",
                                  rules[i].message);
    return n;
}
