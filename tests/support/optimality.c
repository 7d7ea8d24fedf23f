#include "tests/support/optimality.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STEPS 100
#define SETTLED 1e-34L /* of the squared Newton decrement over max(1, J) */

#ifdef __SIZEOF_FLOAT128__
__extension__ typedef __float128 wide;
#else
typedef long double wide; /* of 113 bits where there is no other type of that size */
#endif

/* One evaluation. */
struct at {
    const struct optimality *problem;
    size_t n_terms, n; /* of a block, of all */
    wide *beta;        /* [n] */
    wide value, log_likelihood;
    wide *gradient, *hessian, *inverse;
    wide *x, *p; /* [n_terms], [n_classes] of a row */
};

size_t optimality_n(const struct optimality *problem)
{
    return (problem->n_classes - 1) * (problem->n_columns + problem->intercept);
}

static wide weight_of(const struct optimality *problem, size_t row)
{
    return problem->weights ? problem->weights[row] : 1;
}

static wide sum_weights(const struct optimality *problem)
{
    wide sum = 0;
    for (size_t i = 0; i < problem->n_rows; i++)
        sum += weight_of(problem, i);
    return sum;
}

long double optimality_sum_weights(const struct optimality *problem)
{
    return (long double)sum_weights(problem);
}

/* ---- a row ---- */

static void load_row(struct at *at, size_t row)
{
    const struct optimality *problem = at->problem;
    at->x[0] = 1;
    for (size_t j = 0; j < problem->n_columns; j++)
        at->x[problem->intercept + j] = problem->x[row * problem->n_columns + j];
}

static wide share(const struct optimality *problem, size_t row, size_t class)
{
    double y = problem->y[row];
    if (problem->is_binomial)
        return class == 1 ? (wide)y : 1 - (wide)y;
    return (size_t)y == class;
}

static wide margin(const struct at *at, size_t row, size_t class)
{
    const struct optimality *problem = at->problem;
    wide z = problem->offset && class > 0 ? problem->offset[row] : 0;
    for (size_t j = 0; class > 0 && j < at->n_terms; j++)
        z += at->beta[(class - 1) * at->n_terms + j] * at->x[j];
    return z;
}

/* The probabilities; returns the loss. */
static wide softmax(const struct at *at, size_t row)
{
    size_t n_classes = at->problem->n_classes;
    wide greatest = 0, sum = 0, loss = 0;
    for (size_t k = 0; k < n_classes; k++) {
        at->p[k] = margin(at, row, k);
        greatest = at->p[k] > greatest ? at->p[k] : greatest;
    }
    for (size_t k = 0; k < n_classes; k++)
        sum += expl((long double)(at->p[k] - greatest));
    for (size_t k = 0; k < n_classes; k++) {
        loss +=
            share(at->problem, row, k) * (greatest - at->p[k] + logl((long double)sum));
        at->p[k] = expl((long double)(at->p[k] - greatest)) / sum;
    }
    return loss;
}

/* ---- sums ---- */

static void add_row(struct at *at, size_t row, wide weight)
{
    size_t n = at->n_terms;
    for (size_t k = 1; k < at->problem->n_classes; k++) {
        wide residual = weight * (at->p[k] - share(at->problem, row, k));
        wide *gradient = at->gradient + (k - 1) * n;
        for (size_t i = 0; i < n; i++)
            gradient[i] += residual * at->x[i];
        for (size_t l = 1; l <= k; l++) {
            wide curvature = weight * at->p[k] * ((k == l) - at->p[l]);
            wide *hessian = at->hessian + (k - 1) * n * at->n + (l - 1) * n;
            for (size_t i = 0; i < n; i++) {
                wide x = curvature * at->x[i];
                for (size_t j = 0; x != 0 && j < (k == l ? i + 1 : n); j++)
                    hessian[i * at->n + j] += x * at->x[j];
            }
        }
    }
}

/* What couples classes k and l in the penalty. */
static wide coupling(const struct optimality *problem, size_t k, size_t l)
{
    if (problem->is_binomial)
        return 1;
    return (k == l) - 1 / (wide)problem->n_classes;
}

static void add_penalty(struct at *at)
{
    const struct optimality *problem = at->problem;
    for (size_t a = 0; a < at->n; a++) {
        if (a % at->n_terms < problem->intercept)
            continue;
        size_t column = a % at->n_terms - problem->intercept;
        wide strength = problem->l2;
        strength *= problem->factors ? problem->factors[column] : 1;
        for (size_t b = a % at->n_terms; b < at->n; b += at->n_terms) {
            wide pull = strength * coupling(problem, a / at->n_terms, b / at->n_terms);
            at->value += at->beta[a] * pull * at->beta[b] / 2;
            at->gradient[a] += pull * at->beta[b];
            if (b <= a)
                at->hessian[a * at->n + b] += pull;
        }
    }
}

/* From sums over rows to means. */
static void divide(struct at *at)
{
    wide total = sum_weights(at->problem);
    at->value = -at->log_likelihood / total;
    for (size_t i = 0; i < at->n; i++)
        at->gradient[i] /= total;
    for (size_t i = 0; i < at->n * at->n; i++)
        at->hessian[i] /= total;
}

static void evaluate(struct at *at)
{
    at->log_likelihood = 0;
    memset(at->gradient, 0, at->n * sizeof(*at->gradient));
    memset(at->hessian, 0, at->n * at->n * sizeof(*at->hessian));
    for (size_t i = 0; i < at->problem->n_rows; i++) {
        wide weight = weight_of(at->problem, i);
        load_row(at, i);
        at->log_likelihood -= weight * softmax(at, i);
        add_row(at, i, weight);
    }
    divide(at);
    add_penalty(at);
    for (size_t i = 0; i < at->n; i++)
        for (size_t j = 0; j < i; j++)
            at->hessian[j * at->n + i] = at->hessian[i * at->n + j];
}

/* ---- Newton ---- */

/* Gauss-Jordan without pivots, which a positive definite matrix does not need. */
static bool invert(wide *a, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        wide pivot = a[k * n + k];
        if (!(pivot > 0))
            return false;
        a[k * n + k] = 1;
        for (size_t j = 0; j < n; j++)
            a[k * n + j] /= pivot;
        for (size_t i = 0; i < n; i++) {
            wide factor = a[i * n + k];
            if (i == k)
                continue;
            a[i * n + k] = 0;
            for (size_t j = 0; j < n; j++)
                a[i * n + j] -= factor * a[k * n + j];
        }
    }
    return true;
}

static bool evaluate_and_invert(struct at *at)
{
    evaluate(at);
    memcpy(at->inverse, at->hessian, at->n * at->n * sizeof(*at->inverse));
    return invert(at->inverse, at->n);
}

/* beta -= H⁻¹g; the squared decrement. */
static wide take_step(struct at *at)
{
    wide decrement = 0;
    for (size_t i = 0; i < at->n; i++)
        for (size_t j = 0; j < at->n; j++) {
            wide step = at->inverse[i * at->n + j] * at->gradient[j];
            decrement += at->gradient[i] * step;
            at->beta[i] -= step;
        }
    return decrement;
}

static bool iterate(struct at *at)
{
    for (int i = 0; i < MOST_STEPS; i++) {
        if (!evaluate_and_invert(at))
            return false;
        wide decrement = take_step(at);
        if (decrement <= SETTLED * (at->value > 1 ? at->value : 1))
            return evaluate_and_invert(at);
    }
    return false;
}

/* ---- in and out ---- */

static struct at begin(const struct optimality *problem, const long double *beta)
{
    size_t n = optimality_n(problem);
    struct at at = {.problem = problem,
                    .n_terms = problem->n_columns + problem->intercept,
                    .n = n,
                    .beta = calloc(n + 1, sizeof(wide)),
                    .gradient = calloc(n + 1, sizeof(wide)),
                    .hessian = calloc(n * n + 1, sizeof(wide)),
                    .inverse = calloc(n * n + 1, sizeof(wide)),
                    .x = calloc(problem->n_columns + 1, sizeof(wide)),
                    .p = calloc(problem->n_classes, sizeof(wide))};
    for (size_t i = 0; i < n; i++)
        at.beta[i] = beta[i];
    return at;
}

static void end(struct at *at)
{
    free(at->beta);
    free(at->gradient);
    free(at->hessian);
    free(at->inverse);
    free(at->x);
    free(at->p);
}

static long double *rounded(const wide *from, size_t n)
{
    long double *to = calloc(n + 1, sizeof(*to));
    for (size_t i = 0; i < n; i++)
        to[i] = (long double)from[i];
    return to;
}

bool optimality_solve(const struct optimality *problem, long double *beta,
                      struct optimality_point *point)
{
    struct at at = begin(problem, beta);
    bool solved = iterate(&at);
    if (solved) {
        for (size_t i = 0; i < at.n; i++)
            beta[i] = (long double)at.beta[i];
        *point =
            (struct optimality_point){.value = (long double)at.value,
                                      .log_likelihood = (long double)at.log_likelihood,
                                      .gradient = rounded(at.gradient, at.n),
                                      .hessian = rounded(at.hessian, at.n * at.n),
                                      .inverse = rounded(at.inverse, at.n * at.n)};
    }
    end(&at);
    return solved;
}

void optimality_point_free(struct optimality_point *point)
{
    free(point->gradient);
    free(point->hessian);
    free(point->inverse);
    *point = (struct optimality_point){0};
}
