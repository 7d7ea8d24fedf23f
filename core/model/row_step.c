#include "core/model/row_step.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/solver.h"
#include "core/optim/vectors.h"

#define LOOSE 0.25 /* shares that Q may be above its least */
#define CLOSE 1e-6
#define NOISE 1e-18
#define MOST_PRODUCTS 500U
#define PARTS 11U /* vectors by rows */

int row_step_new(struct row_step *step, struct row_matrix *matrix, bool has_intercept,
                 struct error *err)
{
    size_t m = matrix->n_rows;
    double *next = memory_new_aligned(PARTS * m, sizeof(double), err);
    if (!next)
        return -1;
    *step = (struct row_step){
        .matrix = matrix, .has_intercept = has_intercept, .numbers = next};
    double **const vectors[PARTS] = {
        &step->step,         &step->along,    &step->by_slope,
        &step->root,         &step->diagonal, &step->t,
        &step->by_t,         &step->rest,     &step->direction,
        &step->by_direction, &step->scratch};
    for (size_t k = 0; k < PARTS; k++, next += m)
        *vectors[k] = next;
    return 0;
}

void row_step_free(struct row_step *step)
{
    memory_free(step->numbers);
    *step = (struct row_step){0};
}

void row_step_begin(struct row_step *step, const double *slope, const double *curvature,
                    double gradient)
{
    size_t m = step->matrix->n_rows;
    step->slope = slope;
    step->curvature = curvature;
    step->gradient = step->has_intercept ? gradient : 0;
    step->root_square = 0;
    for (size_t i = 0; i < m; i++) {
        step->root[i] = sqrt(curvature[i]);
        step->diagonal[i] = 1 / (1 + curvature[i] * step->matrix->diagonal[i]);
        step->root_square += curvature[i] * step->diagonal[i];
    }
    row_matrix_multiply(step->matrix, slope, step->by_slope);
    step->gradient_norm =
        hypot(row_matrix_last_norm(step->matrix, slope), step->gradient);
}

/* ---- conjugate gradients ---- */

/* The rest by the diagonal, along t'H^½1 = 0 alone; returns rest'M⁻¹rest. */
static double precondition(struct row_step *step, double *out)
{
    size_t m = step->matrix->n_rows;
    double share = 0, size = 0;
    for (size_t i = 0; i < m; i++) {
        out[i] = step->rest[i] * step->diagonal[i];
        share += step->root[i] * out[i];
    }
    share = step->has_intercept && step->root_square > 0 ? share / step->root_square : 0;
    for (size_t i = 0; i < m; i++) {
        out[i] -= share * step->root[i] * step->diagonal[i];
        size += step->rest[i] * out[i];
    }
    return size;
}

static void start(struct row_step *step)
{
    size_t m = step->matrix->n_rows;
    memset(step->t, 0, m * sizeof(double));
    memset(step->by_t, 0, m * sizeof(double));
    for (size_t i = 0; i < m; i++)
        step->rest[i] = -step->root[i] * step->by_slope[i];
}

/* by_direction = KH^½d; returns d'(I + H^½KH^½)d. */
static double multiply(struct row_step *step)
{
    size_t m = step->matrix->n_rows;
    double sum = 0;
    for (size_t i = 0; i < m; i++)
        step->scratch[i] = step->root[i] * step->direction[i];
    row_matrix_multiply(step->matrix, step->scratch, step->by_direction);
    for (size_t i = 0; i < m; i++)
        sum += step->direction[i] *
               (step->direction[i] + step->root[i] * step->by_direction[i]);
    return sum;
}

static void advance(struct row_step *step, double amount)
{
    for (size_t i = 0; i < step->matrix->n_rows; i++) {
        step->t[i] += amount * step->direction[i];
        step->by_t[i] += amount * step->by_direction[i];
        step->rest[i] -=
            amount * (step->direction[i] + step->root[i] * step->by_direction[i]);
    }
}

/* ---- what it comes to ---- */

/* δα by t, Kδα, the δb that is best for them, and Q from both sides. */
static void judge(struct row_step *step)
{
    double linear = 0, square = 0, own = 0, bent = 0, bent_square = 0, sum = 0;
    for (size_t i = 0; i < step->matrix->n_rows; i++) {
        double by = -step->by_slope[i] - step->by_t[i];
        double bending = step->curvature[i] * by;
        step->step[i] = -step->slope[i] - step->root[i] * step->t[i];
        step->along[i] = by;
        linear += step->slope[i] * by;
        square += step->step[i] * by;
        own += step->t[i] * step->t[i];
        bent += bending;
        bent_square += bending * by;
        sum += step->curvature[i];
    }
    step->intercept = step->has_intercept && sum > 0 ? -(step->gradient + bent) / sum : 0;
    double b = step->intercept;
    step->decrement = -(linear + step->gradient * b);
    step->least =
        -step->decrement + (square + bent_square + 2 * b * bent + b * b * sum) / 2;
    step->bound = -(square + own) / 2;
}

/* Near the minimum of J, Newton's step leaves of λ² about its square. */
static bool is_near_enough(const struct row_step *step, double value, double enough)
{
    double share = -2 * step->least / fmax(fabs(value), 0x1p-1000);
    double part = -fmax(CLOSE, fmin(LOOSE, share)) * step->least;
    return step->least < 0 && step->least - step->bound <= fmax(part, enough);
}

static void settle(struct row_step *step)
{
    for (size_t i = 0; i < step->matrix->n_rows; i++)
        step->along[i] += step->intercept;
}

void row_step_find(struct row_step *step, double value, double enough,
                   const struct solver_watch *watch)
{
    start(step);
    double size = precondition(step, step->direction), noise = NOISE * size;
    for (size_t k = 0; k < MOST_PRODUCTS && size > noise && !solver_is_over(watch); k++) {
        double last_size = size;
        advance(step, size / multiply(step));
        judge(step);
        if (is_near_enough(step, value, enough))
            break;
        size = precondition(step, step->scratch);
        for (size_t i = 0; i < step->matrix->n_rows; i++)
            step->direction[i] = step->scratch[i] + size / last_size * step->direction[i];
    }
    judge(step);
    settle(step);
}
