#include "core/model/fit_check_firth.h"

#include <string.h>

#include "core/model/fit_problem.h"

struct rule {
    bool (*is_broken)(const struct fit_request *request);
    const char *place, *why;
};

static bool has_penalty(const struct fit_request *request)
{
    return request->l2 > 0 || request->l1 > 0;
}

static bool has_path(const struct fit_request *request)
{
    return request->path.n_lambdas > 0;
}

static bool has_other_algorithm(const struct fit_request *request)
{
    return strcmp(request->algorithm, "auto") != 0 &&
           strcmp(request->algorithm, "newton") != 0;
}

static bool has_robust_covariance(const struct fit_request *request)
{
    return request->details.covariance != COVARIANCE_MODEL;
}

static bool has_profile(const struct fit_request *request)
{
    return request->details.profile;
}

long fit_check_firth(const struct fit_request *request, fit_problem_fn *problem,
                     void *context)
{
    static const struct rule rules[] = {
        {has_penalty, "/firth",
         "Firth's penalty cannot be combined with l2 or l1; leave one of them out"},
        {has_path, "/firth",
         "Firth's penalty has no path; leave out either the path or the penalty"},
        {has_other_algorithm, "/algorithm",
         "Firth's penalty takes the algorithm newton; leave the algorithm out"},
        {has_robust_covariance, "/covariance",
         "with Firth's penalty the covariance is that of the model; leave it out"},
        {has_profile, "/intervals",
         "with Firth's penalty intervals are Wald's; leave it out"}};
    long n = 0;
    for (size_t i = 0; request->firth && i < sizeof(rules) / sizeof(*rules); i++)
        if (rules[i].is_broken(request))
            n += fit_problem_tell(problem, context, ERROR_INVALID, rules[i].place, "%s",
                                  rules[i].why);
    return n;
}
