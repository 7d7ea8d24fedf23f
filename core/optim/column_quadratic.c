#include "core/optim/column_quadratic.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/l1.h"
#include "core/optim/vectors.h"

#define MOST_ROUNDS 12U
/* In a row. Where little is asked for, sweeps that settle signs bring more than products
 * do; far on conjugate gradients must not begin anew too often. */
#define MOST_SWEEPS 2U
#define MOST_SWEEPS_LOOSE 3U
#define MOST_PRODUCTS 20U
#define MOST_PRODUCTS_LOOSE 10U
#define LOOSE 0.03
/* Conjugate gradients go on to this share of what is asked for. */
#define AHEAD 0.5

void column_quadratic_free(struct column_quadratic *quadratic)
{
    memory_free(quadratic->start);
    memory_free(quadratic->l1);
    memory_free(quadratic->w);
    memory_free(quadratic->diagonal);
    memory_free(quadratic->v);
    memory_free(quadratic->trial);
    memory_free(quadratic->slope);
    memory_free(quadratic->step);
    memory_free(quadratic->rest);
    memory_free(quadratic->along);
    memory_free(quadratic->product);
    memory_free(quadratic->along_rows);
    memory_free(quadratic->trial_v);
    memory_free(quadratic->support);
    *quadratic = (struct column_quadratic){0};
}

int column_quadratic_new(struct column_quadratic *quadratic,
                         const struct objective_margins *margins, size_t most,
                         struct error *err)
{
    size_t n_rows = margins->columns.n_rows;
    struct column_quadratic made = {.margins = margins};
    made.start = memory_new(most, sizeof(double), err);
    made.l1 = memory_new(most, sizeof(double), err);
    made.w = memory_new(most, sizeof(double), err);
    made.diagonal = memory_new(most, sizeof(double), err);
    made.v = memory_new_aligned(n_rows, sizeof(double), err);
    made.trial = memory_new(most, sizeof(double), err);
    made.slope = memory_new(most, sizeof(double), err);
    made.step = memory_new(most, sizeof(double), err);
    made.rest = memory_new(most, sizeof(double), err);
    made.along = memory_new(most, sizeof(double), err);
    made.product = memory_new(most, sizeof(double), err);
    made.along_rows = memory_new_aligned(n_rows, sizeof(double), err);
    made.trial_v = memory_new_aligned(n_rows, sizeof(double), err);
    made.support = memory_new(most, sizeof(size_t), err);
    if (!made.start || !made.l1 || !made.w || !made.diagonal || !made.v || !made.trial ||
        !made.slope || !made.step || !made.rest || !made.along || !made.product ||
        !made.along_rows || !made.trial_v || !made.support) {
        column_quadratic_free(&made);
        return -1;
    }
    *quadratic = made;
    return 0;
}

static bool is_over(const struct column_quadratic *quadratic)
{
    return quadratic->watch && solver_is_over(quadratic->watch);
}

/* ---- slopes ---- */

double column_quadratic_lambda(const struct column_quadratic *quadratic, size_t i)
{
    const double *lambda = quadratic->margins->quadratic;
    return lambda ? lambda[quadratic->set[i]] : 0;
}

static double slope_at(const struct column_quadratic *quadratic, size_t i,
                       const double *w, const double *v)
{
    return columns_dot(&quadratic->margins->columns, quadratic->set[i], v) +
           column_quadratic_lambda(quadratic, i) * w[i];
}

static void find_diagonal(struct column_quadratic *quadratic)
{
    for (size_t i = 0; i < quadratic->n_set; i++) {
        double curvature = columns_square(&quadratic->margins->columns, quadratic->set[i],
                                          quadratic->curvature) +
                           column_quadratic_lambda(quadratic, i);
        quadratic->diagonal[i] = curvature > 0 ? curvature : 1;
    }
}

/* ---- sweeps ---- */

static double least_along(const struct column_quadratic *quadratic, size_t i,
                          double slope)
{
    double curvature = quadratic->diagonal[i], l1 = quadratic->l1[i], w = quadratic->w[i];
    if (w == 0 && fabs(slope) <= l1)
        return 0;
    return l1_shrink(w - slope / curvature, l1 / curvature);
}

/* Moves one coordinate; returns the square of its slope before, in its metric. */
static double move(struct column_quadratic *quadratic, size_t i)
{
    double slope = slope_at(quadratic, i, quadratic->w, quadratic->v);
    double w = least_along(quadratic, i, slope), change = w - quadratic->w[i];
    double least = l1_slope(quadratic->w[i], slope, quadratic->l1[i]);
    if (change != 0)
        columns_add_weighted(&quadratic->margins->columns, quadratic->set[i], change,
                             quadratic->curvature, quadratic->v);
    quadratic->w[i] = w;
    return least * least / quadratic->diagonal[i];
}

/* Squares of all slopes, each before it was moved. */
static double sweep(struct column_quadratic *quadratic)
{
    double sum = 0;
    for (size_t i = 0; i < quadratic->n_set; i++)
        sum += move(quadratic, i);
    return sum;
}

/* ---- what is not 0 ---- */

static void find_support(struct column_quadratic *quadratic)
{
    quadratic->n_support = 0;
    for (size_t i = 0; i < quadratic->n_set; i++)
        if (quadratic->w[i] != 0 || quadratic->l1[i] == 0)
            quadratic->support[quadratic->n_support++] = i;
}

/* product = H p over the support; along_rows = h∘Up. */
static void multiply(struct column_quadratic *quadratic, const double *p)
{
    const struct columns *columns = &quadratic->margins->columns;
    memset(quadratic->along_rows, 0, columns->n_rows * sizeof(double));
    for (size_t r = 0; r < quadratic->n_support; r++)
        columns_add(columns, quadratic->set[quadratic->support[r]], p[r],
                    quadratic->along_rows);
    for (size_t i = 0; i < columns->n_rows; i++)
        quadratic->along_rows[i] *= quadratic->curvature[i];
    for (size_t r = 0; r < quadratic->n_support; r++) {
        size_t i = quadratic->support[r];
        quadratic->product[r] =
            columns_dot(columns, quadratic->set[i], quadratic->along_rows) +
            column_quadratic_lambda(quadratic, i) * p[r];
    }
}

/* r'D⁻¹r; and along = D⁻¹r + ratio·along. */
static double size_of_rest(const struct column_quadratic *quadratic)
{
    double sum = 0;
    for (size_t r = 0; r < quadratic->n_support; r++)
        sum += quadratic->rest[r] * quadratic->rest[r] /
               quadratic->diagonal[quadratic->support[r]];
    return sum;
}

static void turn(struct column_quadratic *quadratic, double ratio)
{
    for (size_t r = 0; r < quadratic->n_support; r++)
        quadratic->along[r] =
            quadratic->rest[r] / quadratic->diagonal[quadratic->support[r]] +
            (ratio == 0 ? 0 : ratio * quadratic->along[r]);
}

static void start_step(struct column_quadratic *quadratic)
{
    for (size_t r = 0; r < quadratic->n_support; r++) {
        size_t i = quadratic->support[r];
        quadratic->slope[r] = slope_at(quadratic, i, quadratic->w, quadratic->v);
        quadratic->rest[r] =
            -l1_slope(quadratic->w[i], quadratic->slope[r], quadratic->l1[i]);
        quadratic->step[r] = 0;
    }
}

/* The step to the minimum over the support, nearly. */
static void find_step(struct column_quadratic *quadratic, size_t most, double enough)
{
    start_step(quadratic);
    double size = size_of_rest(quadratic), ratio = 0;
    for (size_t n = 0; n < most && size > enough && !is_over(quadratic); n++) {
        turn(quadratic, ratio);
        multiply(quadratic, quadratic->along);
        double curvature =
            vectors_dot(quadratic->along, quadratic->product, quadratic->n_support);
        if (!(curvature > 0))
            return;
        double share = size / curvature, before = size;
        vectors_add(share, quadratic->along, quadratic->step, quadratic->n_support);
        vectors_add(-share, quadratic->product, quadratic->rest, quadratic->n_support);
        size = size_of_rest(quadratic);
        ratio = size / before;
    }
}

/* The share of the step at which a first coordinate comes to 0. */
static double first_crossing(const struct column_quadratic *quadratic)
{
    double share = 1;
    for (size_t r = 0; r < quadratic->n_support; r++) {
        size_t i = quadratic->support[r];
        double w = quadratic->w[i], step = quadratic->step[r];
        if (quadratic->l1[i] > 0 && w * step < 0)
            share = fmin(share, -w / step);
    }
    return share;
}

/* w and this share of the step, what would cross 0 stopping there. */
static void move_trial(struct column_quadratic *quadratic, double share)
{
    const struct columns *columns = &quadratic->margins->columns;
    memcpy(quadratic->trial, quadratic->w, quadratic->n_set * sizeof(double));
    memcpy(quadratic->trial_v, quadratic->v, columns->n_rows * sizeof(double));
    for (size_t r = 0; r < quadratic->n_support; r++) {
        size_t i = quadratic->support[r];
        double w = quadratic->w[i], to = w + share * quadratic->step[r];
        quadratic->trial[i] = quadratic->l1[i] > 0 && to * w <= 0 ? 0 : to;
        columns_add_weighted(columns, quadratic->set[i], quadratic->trial[i] - w,
                             quadratic->curvature, quadratic->trial_v);
    }
}

/* Q(trial) - Q(w), from the slopes at both. */
static double change_of_value(const struct column_quadratic *quadratic)
{
    double sum = 0;
    for (size_t r = 0; r < quadratic->n_support; r++) {
        size_t i = quadratic->support[r];
        double change = quadratic->trial[i] - quadratic->w[i];
        double slope = slope_at(quadratic, i, quadratic->trial, quadratic->trial_v);
        sum += change * (quadratic->slope[r] + slope) / 2 +
               quadratic->l1[i] * (fabs(quadratic->trial[i]) - fabs(quadratic->w[i]));
    }
    return sum;
}

static void take_trial(struct column_quadratic *quadratic)
{
    double *v = quadratic->v;
    quadratic->v = quadratic->trial_v;
    quadratic->trial_v = v;
    memcpy(quadratic->w, quadratic->trial, quadratic->n_set * sizeof(double));
}

static void step_over_support(struct column_quadratic *quadratic, size_t most,
                              double enough)
{
    find_support(quadratic);
    find_step(quadratic, most, enough);
    double crossing = first_crossing(quadratic);
    move_trial(quadratic, 1);
    if (crossing < 1 && !(change_of_value(quadratic) < 0))
        move_trial(quadratic, crossing);
    take_trial(quadratic);
}

/* ---- the whole ---- */

void column_quadratic_solve(struct column_quadratic *quadratic, double share)
{
    memcpy(quadratic->w, quadratic->start, quadratic->n_set * sizeof(double));
    memcpy(quadratic->v, quadratic->residual,
           quadratic->margins->columns.n_rows * sizeof(double));
    find_diagonal(quadratic);
    size_t most_sweeps = share >= LOOSE ? MOST_SWEEPS_LOOSE : MOST_SWEEPS;
    size_t most_products = share >= LOOSE ? MOST_PRODUCTS_LOOSE : MOST_PRODUCTS;
    double first = sweep(quadratic), enough = share * share * first;
    for (size_t round = 0; round < MOST_ROUNDS && !is_over(quadratic); round++) {
        double size = first;
        for (size_t n = 0; n < most_sweeps; n++) {
            size = sweep(quadratic);
            if (size <= enough)
                return;
        }
        step_over_support(quadratic, most_products, AHEAD * enough);
    }
}
