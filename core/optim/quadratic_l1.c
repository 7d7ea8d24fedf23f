#include "core/optim/quadratic_l1.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/l1.h"
#include "core/optim/vectors.h"

#define LEAST_CAPACITY 16U
#define MOST_ROUNDS 200U
#define MOST_SWEEPS 25U
/* Sweeps go on as long as one brings this share of what all have brought. */
#define WORTHWHILE 1e-2
/* A slope beyond its l1 by less than this share of the greatest slope is rounding. */
#define NOISE 1e-14
/* A slope below this share of the greatest gradient, where H tells nothing. */
#define SLOPE 1e-10
/* What is left of a coordinate by rounding where it has come to 0. */
#define ARRIVED 1e-15

/* ---- room ---- */

void quadratic_l1_free(struct quadratic_l1 *quadratic)
{
    memory_free(quadratic->hessian);
    memory_free(quadratic->start);
    memory_free(quadratic->gradient);
    memory_free(quadratic->l1);
    memory_free(quadratic->w);
    memory_free(quadratic->slope);
    memory_free(quadratic->step);
    memory_free(quadratic->trial);
    memory_free(quadratic->support);
    memory_free(quadratic->part);
    cholesky_free(&quadratic->factor);
    *quadratic = (struct quadratic_l1){0};
}

static int make(struct quadratic_l1 *quadratic, size_t capacity, struct error *err)
{
    struct quadratic_l1 made = {.capacity = capacity};
    size_t n_cells;
    if (!memory_product(capacity, capacity, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    made.hessian = memory_new_aligned(n_cells, sizeof(double), err);
    made.start = memory_new_aligned(capacity, sizeof(double), err);
    made.gradient = memory_new_aligned(capacity, sizeof(double), err);
    made.l1 = memory_new_aligned(capacity, sizeof(double), err);
    made.w = memory_new_aligned(capacity, sizeof(double), err);
    made.slope = memory_new_aligned(capacity, sizeof(double), err);
    made.step = memory_new_aligned(capacity, sizeof(double), err);
    made.trial = memory_new_aligned(capacity, sizeof(double), err);
    made.support = memory_new(capacity, sizeof(size_t), err);
    made.part = memory_new_aligned(n_cells, sizeof(double), err);
    if (!made.hessian || !made.start || !made.gradient || !made.l1 || !made.w ||
        !made.slope || !made.step || !made.trial || !made.support || !made.part ||
        cholesky_new(&made.factor, capacity, err) < 0) {
        quadratic_l1_free(&made);
        return -1;
    }
    *quadratic = made;
    return 0;
}

int quadratic_l1_resize(struct quadratic_l1 *quadratic, size_t n, struct error *err)
{
    size_t capacity = LEAST_CAPACITY;
    while (capacity < n)
        capacity *= 2;
    if (!quadratic->hessian || quadratic->capacity < n) {
        quadratic_l1_free(quadratic);
        if (make(quadratic, capacity, err) < 0)
            return -1;
    }
    quadratic->n = n;
    return 0;
}

/* ---- slopes ---- */

static const double *row_of(const struct quadratic_l1 *quadratic, size_t i)
{
    return quadratic->hessian + i * quadratic->n;
}

static void make_whole(struct quadratic_l1 *quadratic)
{
    size_t n = quadratic->n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            quadratic->hessian[j * n + i] = quadratic->hessian[i * n + j];
}

/* g + H(w - b), anew. */
static void find_slopes(const struct quadratic_l1 *quadratic, const double *w,
                        double *slope)
{
    size_t n = quadratic->n;
    memcpy(slope, quadratic->gradient, n * sizeof(double));
    for (size_t i = 0; i < n; i++)
        if (w[i] != quadratic->start[i])
            vectors_add(w[i] - quadratic->start[i], row_of(quadratic, i), slope, n);
}

/* ---- sweeps ---- */

static int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

/* Where Q is least along a coordinate. Without curvature: along its slope. */
static double least_along(const struct quadratic_l1 *quadratic, size_t i)
{
    double curvature = row_of(quadratic, i)[i], w = quadratic->w[i];
    if (w == 0 && fabs(quadratic->slope[i]) <= quadratic->l1[i] + quadratic->noise)
        return 0;
    if (!(curvature > 0))
        curvature = 1;
    return l1_shrink(w - quadratic->slope[i] / curvature, quadratic->l1[i] / curvature);
}

/* Did signs change? *gain: about twice by how much Q fell. */
static bool sweep(struct quadratic_l1 *quadratic, double *gain)
{
    bool changes = false;
    *gain = 0;
    for (size_t i = 0; i < quadratic->n; i++) {
        double w = least_along(quadratic, i), change = w - quadratic->w[i];
        if (change == 0)
            continue;
        changes |= quadratic->l1[i] > 0 && sign_of(w) != sign_of(quadratic->w[i]);
        quadratic->w[i] = w;
        *gain += change * change * row_of(quadratic, i)[i];
        vectors_add(change, row_of(quadratic, i), quadratic->slope, quadratic->n);
    }
    return changes;
}

/* ---- the minimum, given signs ---- */

static void find_support(struct quadratic_l1 *quadratic)
{
    quadratic->n_support = 0;
    for (size_t i = 0; i < quadratic->n; i++)
        if (quadratic->w[i] != 0 || quadratic->l1[i] == 0)
            quadratic->support[quadratic->n_support++] = i;
}

static void solve_support(struct quadratic_l1 *quadratic)
{
    size_t k = quadratic->n_support;
    for (size_t r = 0; r < k; r++) {
        size_t i = quadratic->support[r];
        const double *row = row_of(quadratic, i);
        for (size_t c = 0; c <= r; c++)
            quadratic->part[r * k + c] = row[quadratic->support[c]];
        quadratic->step[r] =
            -l1_slope(quadratic->w[i], quadratic->slope[i], quadratic->l1[i]);
    }
    quadratic->factor.n = k;
    cholesky_factor(&quadratic->factor, quadratic->part);
    cholesky_solve(&quadratic->factor, quadratic->step);
}

static bool is_crossing(const struct quadratic_l1 *quadratic, size_t r, double share)
{
    size_t i = quadratic->support[r];
    double w = quadratic->w[i], to = w + share * quadratic->step[r];
    bool arrives = fabs(to) <= ARRIVED * fabs(w);
    return quadratic->l1[i] > 0 && (arrives || sign_of(to) != sign_of(w));
}

/* The trial: w and a share of the step, what would cross 0 stopping there. */
static bool move_trial(struct quadratic_l1 *quadratic, double share)
{
    bool crosses = false;
    memcpy(quadratic->trial, quadratic->w, quadratic->n * sizeof(double));
    for (size_t r = 0; r < quadratic->n_support; r++) {
        bool stops = is_crossing(quadratic, r, share);
        double *w = &quadratic->trial[quadratic->support[r]];
        *w = stops ? 0 : *w + share * quadratic->step[r];
        crosses |= stops;
    }
    return crosses;
}

/* The share of the step at which a first coordinate comes to 0. */
static double first_crossing(const struct quadratic_l1 *quadratic, double most)
{
    double share = most;
    for (size_t r = 0; r < quadratic->n_support; r++) {
        double w = quadratic->w[quadratic->support[r]], step = quadratic->step[r];
        if (quadratic->l1[quadratic->support[r]] > 0 && w * step < 0)
            share = fmin(share, -w / step);
    }
    return share;
}

/* Q(trial) - Q(w), from the slopes at both. */
static double change_of_value(const struct quadratic_l1 *quadratic,
                              const double *trial_slope)
{
    double sum = 0;
    for (size_t r = 0; r < quadratic->n_support; r++) {
        size_t i = quadratic->support[r];
        double change = quadratic->trial[i] - quadratic->w[i];
        sum += change * (quadratic->slope[i] + trial_slope[i]) / 2 +
               quadratic->l1[i] * (fabs(quadratic->trial[i]) - fabs(quadratic->w[i]));
    }
    return sum;
}

/* Where H is singular the step moves nothing along what H does not tell. Q is flat there,
 * or slopes: the dropped coordinate with the greatest slope; n_support: none. */
static size_t find_sloping(const struct quadratic_l1 *quadratic)
{
    double greatest = SLOPE * quadratic->greatest;
    size_t sloping = quadratic->n_support;
    for (size_t k = quadratic->factor.rank; k < quadratic->n_support; k++) {
        size_t r = (size_t)quadratic->factor.order[k], i = quadratic->support[r];
        double slope =
            fabs(l1_slope(quadratic->w[i], quadratic->slope[i], quadratic->l1[i]));
        if (slope > greatest) {
            greatest = slope;
            sloping = r;
        }
    }
    return sloping;
}

/* Down such a slope, until a coordinate comes to 0; where none does, some way. False:
 * there is no slope. */
static bool slide(struct quadratic_l1 *quadratic)
{
    size_t sloping = find_sloping(quadratic), n = quadratic->n_support;
    if (sloping == n)
        return false;
    size_t i = quadratic->support[sloping];
    double sign =
        l1_slope(quadratic->w[i], quadratic->slope[i], quadratic->l1[i]) > 0 ? -1 : 1;
    for (size_t r = 0; r < n; r++)
        quadratic->step[r] = -sign * row_of(quadratic, i)[quadratic->support[r]];
    cholesky_solve(&quadratic->factor, quadratic->step);
    quadratic->step[sloping] = sign;
    double share = first_crossing(quadratic, INFINITY);
    quadratic->is_bottomless = !isfinite(share);
    move_trial(quadratic, quadratic->is_bottomless ? 1 : share);
    return true;
}

static void take_trial(struct quadratic_l1 *quadratic)
{
    memcpy(quadratic->w, quadratic->trial, quadratic->n * sizeof(double));
    find_slopes(quadratic, quadratic->w, quadratic->slope);
}

/* To the minimum on the support, or where signs would change, towards it. True: there. */
static bool step_exactly(struct quadratic_l1 *quadratic)
{
    find_support(quadratic);
    solve_support(quadratic);
    bool crosses = move_trial(quadratic, 1);
    if (crosses) {
        /* `part` is not needed any more: it lends room. */
        find_slopes(quadratic, quadratic->trial, quadratic->part);
        if (!(change_of_value(quadratic, quadratic->part) < 0))
            move_trial(quadratic, first_crossing(quadratic, 1));
    }
    take_trial(quadratic);
    if (crosses)
        return false;
    if (!slide(quadratic))
        return true;
    take_trial(quadratic);
    return false;
}

/* Of what is 0: does it stay so? */
static bool is_optimal(const struct quadratic_l1 *quadratic)
{
    for (size_t i = 0; i < quadratic->n; i++)
        if (quadratic->w[i] == 0 && quadratic->l1[i] > 0 &&
            fabs(quadratic->slope[i]) > quadratic->l1[i] + quadratic->noise)
            return false;
    return true;
}

static void sweep_coarsely(struct quadratic_l1 *quadratic)
{
    double gain, sum = 0;
    for (size_t n = 0; n < MOST_SWEEPS; n++) {
        sweep(quadratic, &gain);
        sum += gain;
        if (!(gain > WORTHWHILE * sum))
            return;
    }
}

/* Until signs settle. */
static void sweep_for_signs(struct quadratic_l1 *quadratic)
{
    double gain;
    for (size_t n = 0; n < MOST_SWEEPS && sweep(quadratic, &gain); n++)
        ;
}

static bool has_ended(const struct quadratic_l1 *quadratic)
{
    return quadratic->is_solved || quadratic->is_bottomless ||
           (quadratic->watch && solver_is_over(quadratic->watch));
}

void quadratic_l1_solve(struct quadratic_l1 *quadratic)
{
    make_whole(quadratic);
    bool has_l1 = false;
    quadratic->greatest = 0;
    for (size_t i = 0; i < quadratic->n; i++) {
        quadratic->greatest = fmax(quadratic->greatest, fabs(quadratic->gradient[i]));
        has_l1 |= quadratic->l1[i] > 0;
    }
    quadratic->noise = NOISE * quadratic->greatest;
    quadratic->is_solved = quadratic->is_bottomless = false;
    memcpy(quadratic->w, quadratic->start, quadratic->n * sizeof(double));
    memcpy(quadratic->slope, quadratic->gradient, quadratic->n * sizeof(double));
    if (quadratic->is_coarse) {
        sweep_coarsely(quadratic);
        return;
    }
    for (size_t round = 0; round < MOST_ROUNDS && !has_ended(quadratic); round++) {
        if (has_l1)
            sweep_for_signs(quadratic);
        quadratic->is_solved = step_exactly(quadratic) && is_optimal(quadratic);
    }
}

double quadratic_l1_slope(const struct quadratic_l1 *quadratic)
{
    double sum = 0;
    for (size_t i = 0; i < quadratic->n; i++) {
        double w = quadratic->w[i], b = quadratic->start[i], l1 = quadratic->l1[i];
        int sign = sign_of(b != 0 ? b : w);
        if (w == b)
            continue;
        sum += (w - b) * (quadratic->gradient[i] + sign * l1);
        if (w * b < 0) /* beyond 0 the penalty grows again */
            sum += 2 * l1 * fabs(w);
    }
    return sum;
}
