#include "core/model/fit_plan.h"

size_t fit_check(const struct fit_request *request, const struct summary *summary,
                 fit_problem_fn *problem, void *context)
{
    struct fit_plan plan = {0};
    struct error err = {0};
    long n = fit_plan_make(&plan, request, summary, problem, context, &err);
    fit_plan_free(&plan);
    if (n >= 0)
        return (size_t)n;
    problem(context, &err);
    return 1;
}
