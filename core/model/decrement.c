#include "core/model/decrement.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/optim/coordinate_descent.h"
#include "core/optim/l1.h"
#include "core/optim/newton_cg.h"

static double solve(const struct estimation *estimation, struct cholesky *factor,
                    double *hessian, double *step)
{
    const struct objective_point *point = &estimation->point;
    const size_t *free = estimation->free;
    size_t n = estimation->likelihood.n, n_free = estimation->n_free;
    double sum = 0;
    for (size_t i = 0; i < n_free; i++) {
        step[i] = point->gradient[free[i]];
        for (size_t j = 0; j <= i; j++)
            hessian[i * n_free + j] = point->hessian[free[i] * n + free[j]];
    }
    cholesky_factor(factor, hessian);
    cholesky_solve(factor, step);
    for (size_t i = 0; i < n_free; i++)
        sum += step[i] * point->gradient[free[i]];
    return sqrt(fmax(0, sum));
}

/* No step of it is taken. */
static int solve_by_products(const struct estimation *estimation, double *decrement,
                             struct error *err)
{
    const struct solver_watch nobody = {0};
    struct solver_options options = estimation->options->solver;
    struct objective_point point = estimation->point;
    struct solver_result result;
    options.max_iterations = 0;
    solver_fn *start =
        estimation->objective.l1 ? coordinate_descent_solve : newton_cg_solve;
    if (start(&estimation->objective, &options, &nobody, &point, &result, err) < 0)
        return -1;
    *decrement = result.newton_decrement;
    return 0;
}

int decrement_find(const struct estimation *estimation, double *decrement,
                   struct error *err)
{
    if (!estimation->algorithm.is_dense)
        return solve_by_products(estimation, decrement, err);
    struct cholesky factor = {0};
    size_t n_free = estimation->n_free;
    double *hessian = memory_new(n_free * n_free, sizeof(double), err);
    double *step = memory_new(n_free, sizeof(double), err);
    int status = hessian && step ? cholesky_new(&factor, n_free, err) : -1;
    factor.stop = pool_stop(estimation->pool);
    if (status == 0)
        *decrement = solve(estimation, &factor, hessian, step);
    if (status == 0)
        status = stop_check(&factor.stop, err);
    cholesky_free(&factor);
    memory_free(hessian);
    memory_free(step);
    return status;
}

bool decrement_is_within(const struct estimation *estimation)
{
    double decrement = estimation->result.newton_decrement;
    double size = estimation->point.value +
                  l1_value(&estimation->objective, estimation->point.beta);
    return decrement * decrement <=
           estimation->options->solver.tolerance * fmax(1, fabs(size));
}
