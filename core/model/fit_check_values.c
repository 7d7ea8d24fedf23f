#include "core/model/fit_check_values.h"

#include <math.h>
#include <string.h>

#include "core/model/fit_problem.h"

struct checking {
    const struct fit_plan *plan;
    const struct fit_request *request;
    struct fit_problems problems;
};

/* ---- numbers ---- */

static void check_numbers(struct checking *checking)
{
    const struct fit_request *request = checking->request;
    if (!(request->l2 >= 0) || !isfinite(request->l2))
        fit_problem_add(&checking->problems, ERROR_OUT_OF_RANGE, "/penalty/l2",
                        "must be 0 or more");
    if (!(request->l1 >= 0) || !isfinite(request->l1))
        fit_problem_add(&checking->problems, ERROR_OUT_OF_RANGE, "/penalty/l1",
                        "must be 0 or more");
    if (request->solver.max_iterations == 0)
        fit_problem_add(&checking->problems, ERROR_OUT_OF_RANGE, "/max_iterations",
                        "must be 1 or more");
    if (!(request->solver.tolerance > 0) || !isfinite(request->solver.tolerance))
        fit_problem_add(&checking->problems, ERROR_OUT_OF_RANGE, "/tolerance",
                        "must be more than 0");
}

static bool is_feature(const struct fit_plan *plan, const char *name)
{
    uint32_t column = dictionary_find(&plan->names, name, strlen(name));
    return column != DICTIONARY_NONE && plan->feature_of[column] != FIT_PLAN_NONE;
}

static bool is_term(const struct fit_request *request, const char *name)
{
    const struct formula *terms = request->terms;
    return terms && formula_has_term(terms, name);
}

static void check_factors(struct checking *checking)
{
    for (size_t i = 0; i < checking->request->n_factors; i++) {
        const struct fit_factor *factor = &checking->request->factors[i];
        char place[FIT_PLAN_POINTER_BYTES];
        fit_plan_pointer(place, "/penalty/factors", factor->feature, NULL);
        if (!is_feature(checking->plan, factor->feature) &&
            !is_term(checking->request, factor->feature))
            fit_problem_add(&checking->problems, ERROR_UNKNOWN_COLUMN, place,
                            "%.100s is not a feature", factor->feature);
        if (!(factor->factor >= 0) || !isfinite(factor->factor))
            fit_problem_add(&checking->problems, ERROR_OUT_OF_RANGE, place,
                            "must be 0 or more");
    }
}

/* ---- words ---- */

/* What a loss with corners cannot have. */
static void check_corners(struct checking *checking)
{
    const struct fit_request *request = checking->request;
    const struct solver *solver = solver_find(request->algorithm);
    if (solver && !solver->is_first_order)
        fit_problem_add(
            &checking->problems, ERROR_INVALID, "/algorithm",
            "a loss with corners has no second derivatives; choose gradient_descent, "
            "sgd, adagrad, rmsprop or adam");
    if (request->l1 > 0)
        fit_problem_add(&checking->problems, ERROR_INVALID, "/penalty/l1",
                        "a loss with corners takes an l2 penalty only");
    if (request->statistics > 0)
        fit_problem_add(
            &checking->problems, ERROR_INVALID, "/statistics",
            "a loss with corners has no likelihood, and so no standard errors");
}

static void check_words(struct checking *checking)
{
    const struct fit_request *request = checking->request;
    enum family family = FAMILY_BINOMIAL;
    if (!family_find(request->family, &family) && strcmp(request->family, "auto") != 0)
        fit_problem_add(
            &checking->problems, ERROR_INVALID, "/family",
            "must be auto, binomial, multinomial, gaussian, hinge or absolute");
    if (request->trials && family != FAMILY_BINOMIAL)
        fit_problem_add(&checking->problems, ERROR_INVALID, "/family",
                        "trials need the family binomial; leave the family out");
    if (!family_traits(family)->is_smooth)
        check_corners(checking);
    if (request->trials && request->reference)
        fit_problem_add(&checking->problems, ERROR_INVALID, "/reference",
                        "trials have no reference class; leave it out");
}

long fit_check_values(const struct fit_plan *plan, fit_problem_fn *problem, void *context)
{
    struct checking checking = {plan, plan->request, {problem, context, 0}};
    check_numbers(&checking);
    check_factors(&checking);
    check_words(&checking);
    return checking.problems.n;
}
