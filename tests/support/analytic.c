#include "tests/support/analytic.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/vectors.h"

/* ---- formulas ---- */

static void clear(size_t n, double *gradient, double *hessian)
{
    memset(gradient, 0, n * sizeof(double));
    memset(hessian, 0, n * n * sizeof(double));
}

void analytic_rosenbrock(size_t n, const double *x, double *value, double *gradient,
                         double *hessian)
{
    *value = 0;
    clear(n, gradient, hessian);
    for (size_t i = 0; i + 1 < n; i++) {
        double bend = x[i + 1] - x[i] * x[i], rest = 1 - x[i];
        *value += 100 * bend * bend + rest * rest;
        gradient[i] += -400 * x[i] * bend - 2 * rest;
        gradient[i + 1] += 200 * bend;
        hessian[i * n + i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
        hessian[(i + 1) * n + i + 1] += 200;
        hessian[(i + 1) * n + i] = hessian[i * n + i + 1] = -400 * x[i];
    }
}

void analytic_quadratic(size_t n, const double *x, double *value, double *gradient,
                        double *hessian)
{
    double sum = 0;
    *value = 0;
    clear(n, gradient, hessian);
    for (size_t i = 0; i < n; i++)
        sum += x[i] - 1;
    for (size_t i = 0; i < n; i++) {
        double weight = (double)i + 1, rest = x[i] - 1;
        *value += weight * rest * rest / 2;
        gradient[i] = weight * rest + sum;
        for (size_t j = 0; j < n; j++)
            hessian[i * n + j] = 1 + (i == j ? weight : 0);
    }
    *value += sum * sum / 2;
}

void analytic_exponentials(size_t n, const double *x, double *value, double *gradient,
                           double *hessian)
{
    *value = 0;
    clear(n, gradient, hessian);
    for (size_t i = 0; i < n; i++) {
        double weight = (double)i + 2;
        *value += exp(x[i]) - weight * x[i];
        gradient[i] = exp(x[i]) - weight;
        hessian[i * n + i] = exp(x[i]);
    }
}

void analytic_barrier(size_t n, const double *x, double *value, double *gradient,
                      double *hessian)
{
    (void)n;
    *value = x[0] - log(x[0]);
    gradient[0] = 1 - 1 / x[0];
    hessian[0] = 1 / x[0] / x[0];
}

void analytic_hyperbola(size_t n, const double *x, double *value, double *gradient,
                        double *hessian)
{
    (void)n;
    double root = sqrt(1 + x[0] * x[0]);
    *value = root;
    gradient[0] = x[0] / root;
    hessian[0] = 1 / (root * root * root);
}

void analytic_tail(size_t n, const double *x, double *value, double *gradient,
                   double *hessian)
{
    double e = exp(-x[0]);
    clear(n, gradient, hessian);
    *value = log1p(e) + (x[1] - 1) * (x[1] - 1);
    gradient[0] = -e / (1 + e);
    gradient[1] = 2 * (x[1] - 1);
    hessian[0] = e / (1 + e) / (1 + e);
    hessian[3] = 2;
}

void analytic_slope(size_t n, const double *x, double *value, double *gradient,
                    double *hessian)
{
    clear(n, gradient, hessian);
    *value = -x[0] + x[1] * x[1];
    gradient[0] = -1;
    gradient[1] = 2 * x[1];
    hessian[3] = 2;
}

void analytic_valley(size_t n, const double *x, double *value, double *gradient,
                     double *hessian)
{
    (void)n;
    double rest = x[0] + x[1] - 1;
    *value = rest * rest;
    gradient[0] = gradient[1] = 2 * rest;
    hessian[0] = hessian[1] = hessian[2] = hessian[3] = 2;
}

void analytic_broken(size_t n, const double *x, double *value, double *gradient,
                     double *hessian)
{
    (void)n;
    *value = x[0];
    gradient[0] = NAN;
    hessian[0] = 1;
}

/* ---- the objective ---- */

static int count(struct analytic *analytic, struct error *err)
{
    analytic->n_calls++;
    if (!analytic->fails_beyond || analytic->n_calls <= analytic->fails_beyond)
        return 0;
    error_set(err, analytic->code, "as asked");
    error_place(err, "column x");
    return -1;
}

static int evaluate(void *context, struct objective_point *point, unsigned want,
                    struct error *err)
{
    struct analytic *analytic = context;
    double gradient[ANALYTIC_MOST], hessian[ANALYTIC_MOST * ANALYTIC_MOST];
    size_t n = analytic->n;
    if (count(analytic, err) < 0)
        return -1;
    analytic->at(n, point->beta, &point->value, gradient, hessian);
    if (want & OBJECTIVE_GRADIENT)
        memcpy(point->gradient, gradient, n * sizeof(double));
    if (want & OBJECTIVE_HESSIAN)
        memcpy(point->hessian, hessian, n * n * sizeof(double));
    return 0;
}

/* Only of a point whose curvature was asked for. */
static void find_hessian(struct analytic *analytic, const struct objective_point *point,
                         double *hessian)
{
    double value, gradient[ANALYTIC_MOST];
    ck_assert(point->have & OBJECTIVE_CURVATURE);
    analytic->at(analytic->n, point->beta, &value, gradient, hessian);
}

static int hessian_product(void *context, struct objective_point *point, const double *v,
                           double *product, struct error *err)
{
    struct analytic *analytic = context;
    double hessian[ANALYTIC_MOST * ANALYTIC_MOST];
    if (count(analytic, err) < 0)
        return -1;
    analytic->n_products++;
    find_hessian(analytic, point, hessian);
    for (size_t i = 0; i < analytic->n; i++)
        product[i] = vectors_dot(hessian + i * analytic->n, v, analytic->n);
    return 0;
}

static int hessian_diagonal(void *context, struct objective_point *point,
                            double *diagonal, struct error *err)
{
    struct analytic *analytic = context;
    double hessian[ANALYTIC_MOST * ANALYTIC_MOST];
    if (count(analytic, err) < 0)
        return -1;
    find_hessian(analytic, point, hessian);
    for (size_t i = 0; i < analytic->n; i++)
        diagonal[i] = hessian[i * analytic->n + i];
    return 0;
}

static int hessian_block(void *context, struct objective_point *point, const size_t *set,
                         size_t n_set, double *matrix, struct error *err)
{
    struct analytic *analytic = context;
    double hessian[ANALYTIC_MOST * ANALYTIC_MOST];
    if (count(analytic, err) < 0)
        return -1;
    find_hessian(analytic, point, hessian);
    for (size_t i = 0; i < n_set; i++)
        for (size_t j = 0; j <= i; j++) {
            ck_assert(i == j || set[j] < set[i]);
            matrix[i * n_set + j] = hessian[set[i] * analytic->n + set[j]];
        }
    return 0;
}

static const struct objective_ops ops = {.evaluate = evaluate,
                                         .hessian_product = hessian_product,
                                         .hessian_diagonal = hessian_diagonal,
                                         .hessian_block = hessian_block};

struct objective analytic_objective(struct analytic *analytic)
{
    return (struct objective){.n = analytic->n, .ops = &ops, .context = analytic};
}

/* ---- running ---- */

static int on_step(void *context, const struct solver_step *step)
{
    struct analytic_run *run = context;
    long n = memory_fail_after(-1); /* since the step before */
    run->n_allocations += run->n_steps > 0 ? n : 0;
    ck_assert_uint_lt(run->n_steps, sizeof(run->steps) / sizeof(*run->steps));
    run->steps[run->n_steps++] = *step;
    return run->n_steps == run->stop_at;
}

int analytic_solve(struct analytic_run *run, struct analytic *analytic,
                   const double *start, struct error *err)
{
    struct objective objective = analytic_objective(analytic);
    const struct solver_watch watch = {.on_step = on_step, .context = run};
    objective.l1 = run->l1;
    objective.gives_hessian = run->gives_hessian;
    run->n_steps = 0;
    run->n_allocations = 0;
    ck_assert_int_eq(objective_point_new(&objective, 0, &run->point, NULL), 0);
    memcpy(run->point.beta, start, analytic->n * sizeof(double));
    return run->solve(&objective, &run->options, &watch, &run->point, &run->result, err);
}

void analytic_release(struct analytic_run *run, struct analytic *analytic)
{
    const struct objective objective = analytic_objective(analytic);
    objective_point_free(&objective, &run->point);
}

/* What the solver says must be what the function says of the point. */
static void check_point(const struct analytic_run *run, const struct analytic *analytic)
{
    double value, gradient[ANALYTIC_MOST], hessian[ANALYTIC_MOST * ANALYTIC_MOST];
    analytic->at(analytic->n, run->point.beta, &value, gradient, hessian);
    ck_assert_double_eq(run->point.value, value);
    ck_assert_mem_eq(run->point.gradient, gradient, analytic->n * sizeof(double));
    ck_assert_uint_eq(run->point.have & (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT),
                      OBJECTIVE_VALUE | OBJECTIVE_GRADIENT);
}

void analytic_minimise(struct analytic_run *run, struct analytic *analytic,
                       const double *start)
{
    struct error err = {0};
    ck_assert_msg(analytic_solve(run, analytic, start, &err) == 0, "%s", err.message);
    check_point(run, analytic);
    ck_assert_uint_le(run->result.n_evaluations, (uint64_t)analytic->n_calls);
    ck_assert_uint_ge(run->n_steps, run->result.n_iterations);
    ck_assert_int_eq(run->n_allocations, 0);
    for (size_t i = 0; i < run->n_steps; i++) {
        const struct solver_step *step = &run->steps[i];
        ck_assert_uint_eq(step->iteration, i);
        ck_assert(i == 0 || step->step > 0);
        ck_assert(i == 0 || step->objective <= step[-1].objective + 1e-13);
        ck_assert(i == 0 || step->seconds >= step[-1].seconds);
    }
}

long analytic_fail_allocations(struct analytic_run *run, struct analytic *analytic,
                               const double *start)
{
    struct objective objective = analytic_objective(analytic);
    const struct solver_watch nobody = {0};
    objective.l1 = run->l1;
    objective.gives_hessian = run->gives_hessian;
    for (long n = 0;; n++) {
        struct error err = {0};
        ck_assert_int_eq(objective_point_new(&objective, 0, &run->point, NULL), 0);
        memcpy(run->point.beta, start, analytic->n * sizeof(double));
        memory_fail_after(n);
        int status = run->solve(&objective, &run->options, &nobody, &run->point,
                                &run->result, &err);
        memory_fail_after(-1);
        objective_point_free(&objective, &run->point);
        if (status == 0)
            return n;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
