#include <string.h>

#include "core/model/fit_formula.h"
#include "core/model/fit_plan.h"

/* On the way to the caller: what is said of a request that was made of a formula. */
struct relay {
    const struct fit_formula *formula;
    bool is_broken; /* then what depends on it is not told */
    fit_problem_fn *problem;
    void *context;
    size_t n_told;
};

static bool depends_on_formula(const char *place)
{
    static const char *const parts[] = {"/formula", "/columns/", "/penalty/factors/"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (strncmp(place, parts[i], strlen(parts[i])) == 0)
            return true;
    return false;
}

static void pass_on(void *context, const struct error *problem)
{
    struct relay *relay = context;
    struct error placed = *problem;
    fit_formula_place(relay->formula, &placed);
    if (relay->is_broken && depends_on_formula(placed.place))
        return;
    relay->n_told++;
    relay->problem(relay->context, &placed);
}

/* Without a formula that can be read, of the rest as far as it goes. */
static struct fit_request without_formula(const struct fit_request *request)
{
    static const char *const none[1];
    struct fit_request rest = *request;
    rest.target = rest.offset = NULL;
    rest.features = none;
    rest.n_features = 0;
    return rest;
}

static long check(const struct fit_request *request, const struct summary *summary,
                  struct fit_formula *formula, struct relay *relay, struct error *err)
{
    struct fit_plan plan = {0};
    long n =
        fit_formula_read(formula, request, summary, relay->problem, relay->context, err);
    relay->is_broken = n > 0;
    const struct fit_request rest = without_formula(request);
    if (n >= 0 && fit_plan_make(&plan,
                                n > 0              ? &rest
                                : request->formula ? &formula->request
                                                   : request,
                                n == 0 && request->formula ? &formula->summary : summary,
                                pass_on, relay, err) < 0)
        n = -1;
    fit_plan_free(&plan);
    return n < 0 ? -1 : n + (long)relay->n_told;
}

size_t fit_check(const struct fit_request *request, const struct summary *summary,
                 fit_problem_fn *problem, void *context)
{
    struct fit_formula formula = {0};
    struct relay relay = {.formula = &formula, .problem = problem, .context = context};
    struct error err = {0};
    long n = check(request, summary, &formula, &relay, &err);
    fit_formula_free(&formula);
    if (n >= 0)
        return (size_t)n;
    problem(context, &err);
    return 1;
}
