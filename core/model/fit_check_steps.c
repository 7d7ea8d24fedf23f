#include "core/model/fit_check_steps.h"

#include <math.h>
#include <string.h>

#include "core/model/fit_problem.h"

/* ---- what is wrong with the options, for a solver; NULL: none named ---- */

typedef bool broken_fn(const struct fit_request *request, const struct solver *solver);

static bool is_first_order(const struct solver *solver)
{
    return solver && solver->is_first_order;
}

static bool is_in_batches(const struct solver *solver)
{
    return solver && solver->in_batches;
}

static bool has_momentum(const struct solver *solver)
{
    return solver && solver->has_momentum;
}

static bool has_odd_rate(const struct fit_request *request, const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    (void)solver;
    return !(options->learning_rate >= 0) || !isfinite(options->learning_rate);
}

static bool has_needless_rate(const struct fit_request *request,
                              const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    return !is_first_order(solver) &&
           (options->learning_rate != 0 || options->schedule != SCHEDULE_USUAL ||
            request->n_rates > 0);
}

static bool searches_in_batches(const struct fit_request *request,
                                const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    return is_in_batches(solver) && options->schedule == SCHEDULE_LINE_SEARCH;
}

static bool searches_twice(const struct fit_request *request, const struct solver *solver)
{
    (void)solver;
    return request->n_rates > 0 && request->solver.schedule == SCHEDULE_LINE_SEARCH;
}

static bool has_needless_periods(const struct fit_request *request,
                                 const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    (void)solver;
    return options->n_periods > 0 && options->schedule != SCHEDULE_COSINE;
}

static bool has_empty_periods(const struct fit_request *request,
                              const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    uint64_t n_epochs = options->max_epochs ? options->max_epochs : FIT_MAX_EPOCHS;
    uint64_t most = options->max_iterations;
    if (is_in_batches(solver) && n_epochs < most)
        most = n_epochs;
    return options->schedule == SCHEDULE_COSINE && options->n_periods > most;
}

static bool has_needless_batches(const struct fit_request *request,
                                 const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    return !is_in_batches(solver) && options->batch_size > 0;
}

static bool has_needless_epochs(const struct fit_request *request,
                                const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    return !is_in_batches(solver) && options->max_epochs > 0;
}

static bool has_odd_momentum(const struct fit_request *request,
                             const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    (void)solver;
    return !(options->momentum >= 0 && options->momentum < 1);
}

static bool has_needless_momentum(const struct fit_request *request,
                                  const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    return !has_momentum(solver) && options->momentum != 0;
}

static bool has_needless_nesterov(const struct fit_request *request,
                                  const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    return !has_momentum(solver) && options->nesterov;
}

static bool has_nesterov_alone(const struct fit_request *request,
                               const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    return has_momentum(solver) && options->nesterov && options->momentum == 0;
}

static bool has_needless_averaging(const struct fit_request *request,
                                   const struct solver *solver)
{
    const struct solver_options *options = &request->solver;
    return !has_momentum(solver) && options->averaging;
}

static const struct rule {
    broken_fn *is_broken;
    enum error_code code;
    const char *place;
    const char *message;
} rules[] = {
    {has_odd_rate, ERROR_OUT_OF_RANGE, "/learning_rate/initial", "must be more than 0"},
    {has_needless_rate, ERROR_INVALID, "/learning_rate",
     "only gradient_descent, sgd, adagrad, rmsprop and adam take a learning rate; choose "
     "one as algorithm, or leave it out"},
    {searches_in_batches, ERROR_INVALID, "/learning_rate/schedule",
     "a line search looks at all rows; it is for gradient_descent"},
    {searches_twice, ERROR_INVALID, "/learning_rate/grid",
     "a line search finds the length of each step; leave out the grid, or the schedule"},
    {has_needless_periods, ERROR_INVALID, "/learning_rate/restarts",
     "only the schedule cosine has periods; choose it, or leave this out"},
    {has_empty_periods, ERROR_OUT_OF_RANGE, "/learning_rate/restarts",
     "may be at most the number of iterations, of methods in batches that of epochs"},
    {has_needless_batches, ERROR_INVALID, "/batch_size",
     "only sgd, adagrad, rmsprop and adam work in batches; leave it out"},
    {has_needless_epochs, ERROR_INVALID, "/max_epochs",
     "only sgd, adagrad, rmsprop and adam work in epochs; give max_iterations"},
    {has_odd_momentum, ERROR_OUT_OF_RANGE, "/momentum",
     "must be 0 or more, and less than 1"},
    {has_needless_momentum, ERROR_INVALID, "/momentum",
     "only sgd takes momentum; choose it as algorithm, or leave this out"},
    {has_needless_nesterov, ERROR_INVALID, "/nesterov",
     "only sgd takes Nesterov's momentum; choose it as algorithm, or leave this out"},
    {has_nesterov_alone, ERROR_INVALID, "/nesterov",
     "this is a way to apply momentum; give that, too"},
    {has_needless_averaging, ERROR_INVALID, "/averaging",
     "only sgd averages its iterates; choose it as algorithm, or leave this out"},
};

/* Of its own, or of a path. */
static bool has_l1(const struct fit_request *request)
{
    return request->l1 > 0 || (request->path.n_lambdas > 0 && request->path.alpha > 0);
}

long fit_check_steps(const struct fit_request *request, fit_problem_fn *problem,
                     void *context)
{
    const struct solver *solver = solver_find(request->algorithm);
    long n = 0;
    if (!solver && strcmp(request->algorithm, "auto") != 0)
        n += fit_problem_tell(
            problem, context, ERROR_INVALID, "/algorithm",
            "there is no such algorithm here; leave it out to have one chosen");
    if (solver && has_l1(request) && !solver->takes_l1)
        n += fit_problem_tell(
            problem, context, ERROR_INVALID, "/algorithm",
            "with an l1 penalty it is coordinate_descent, lbfgs, gradient_descent, "
            "sgd or adagrad; leave it out to have one chosen");
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        if (rules[i].is_broken(request, solver))
            n += fit_problem_tell(problem, context, rules[i].code, rules[i].place, "%s",
                                  rules[i].message);
    return n;
}
