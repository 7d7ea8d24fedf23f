#include "core/optim/column_descent.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/evaluation.h"
#include "core/optim/l1.h"
#include "core/optim/vectors.h"

#define LEAST_STEP 0x1p-20
/* Slopes are solved to this share of what they were, and as λ²/F falls to less. */
#define SHARE 0.2
#define LEAST_SHARE 1e-3
#define LEAST_VALUE 1e-300
/* Over a set that may miss others: so many, until λ² is this share of what it was. */
#define MOST_STEPS 8U
#define COARSE 1e-4

void column_descent_free(struct column_descent *descent)
{
    column_quadratic_free(&descent->quadratic);
    memory_free(descent->z);
    memory_free(descent->trial_z);
    memory_free(descent->along);
    memory_free(descent->residual);
    memory_free(descent->curvature);
    *descent = (struct column_descent){0};
}

int column_descent_new(struct column_descent *descent, const struct objective *objective,
                       const struct objective_margins *margins, struct error *err)
{
    size_t n_rows = margins->columns.n_rows;
    size_t most = objective->n < WORKING_SET_MOST ? objective->n : WORKING_SET_MOST;
    struct column_descent made = {
        .objective = objective, .margins = margins, .decrement = INFINITY};
    made.z = memory_new_aligned(n_rows, sizeof(double), err);
    made.trial_z = memory_new_aligned(n_rows, sizeof(double), err);
    made.along = memory_new_aligned(n_rows, sizeof(double), err);
    made.residual = memory_new_aligned(n_rows, sizeof(double), err);
    made.curvature = memory_new_aligned(n_rows, sizeof(double), err);
    if (!made.z || !made.trial_z || !made.along || !made.residual || !made.curvature ||
        column_quadratic_new(&made.quadratic, margins, most, err) < 0) {
        column_descent_free(&made);
        return -1;
    }
    *descent = made;
    return 0;
}

/* ---- evaluating ---- */

static void find_margins(const struct column_descent *descent, const double *beta,
                         double *z)
{
    const struct columns *columns = &descent->margins->columns;
    memcpy(z, descent->margins->offset, columns->n_rows * sizeof(*z));
    for (size_t j = vectors_next_nonzero(beta, 0, columns->n); j < columns->n;
         j = vectors_next_nonzero(beta, j + 1, columns->n))
        columns_add(columns, j, beta[j], z);
}

/* ½ Σ Λ_i β_i² */
static double penalty_at(const struct column_descent *descent, const double *beta)
{
    const double *lambda = descent->margins->quadratic;
    double sum = 0;
    for (size_t i = 0; lambda && i < descent->objective->n; i++)
        sum += lambda[i] * beta[i] * beta[i];
    return sum / 2;
}

bool column_descent_find(struct column_descent *descent, struct objective_point *point,
                         bool is_all_wanted)
{
    const struct objective_margins *margins = descent->margins;
    const double *lambda = margins->quadratic;
    struct l1_among among;
    find_margins(descent, point->beta, descent->z);
    point->value = margins->loss(margins->context, descent->z, descent->residual,
                                 descent->curvature) +
                   penalty_at(descent, point->beta);
    column_screen_product(margins->screen, &margins->columns, descent->residual,
                          point->beta, descent->objective->l1, is_all_wanted,
                          point->gradient);
    among = column_descent_among(descent);
    bool is_finite = isfinite(point->value);
    for (size_t k = 0; k < among.n; k++) {
        size_t i = among.coordinates[k];
        point->gradient[i] += lambda ? lambda[i] * point->beta[i] : 0;
        is_finite &= isfinite(point->gradient[i]);
    }
    point->have = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT;
    return is_finite;
}

struct l1_among column_descent_among(const struct column_descent *descent)
{
    const struct column_screen *screen = descent->margins->screen;
    return (struct l1_among){screen->alive, screen->n_alive};
}

/* ---- steps ---- */

static void start_from(struct column_descent *descent, const struct working_set *set,
                       const struct objective_point *point)
{
    struct column_quadratic *quadratic = &descent->quadratic;
    quadratic->residual = descent->residual;
    quadratic->curvature = descent->curvature;
    quadratic->set = set->coordinates;
    quadratic->n_set = set->n;
    for (size_t i = 0; i < set->n; i++) {
        quadratic->start[i] = point->beta[set->coordinates[i]];
        quadratic->l1[i] = l1_weight(descent->objective, set->coordinates[i]);
    }
}

/* To w from where the last step has begun; returns the slope of F along it. */
static double find_direction(struct column_descent *descent, double value)
{
    const struct column_quadratic *quadratic = &descent->quadratic;
    const struct columns *columns = &descent->margins->columns;
    double size = descent->decrement / sqrt(fmax(fabs(value), LEAST_VALUE)), slope = 0;
    column_quadratic_solve(&descent->quadratic, fmin(SHARE, fmax(size, LEAST_SHARE)));
    memset(descent->along, 0, columns->n_rows * sizeof(double));
    for (size_t i = 0; i < quadratic->n_set; i++) {
        double w = quadratic->w[i], start = quadratic->start[i];
        if (w == start)
            continue;
        columns_add(columns, quadratic->set[i], w - start, descent->along);
        slope += (w - start) * column_quadratic_lambda(quadratic, i) * start +
                 quadratic->l1[i] * (fabs(w) - fabs(start));
    }
    return slope + vectors_dot(descent->along, descent->residual, columns->n_rows);
}

/* By how much penalties of the set are greater at this share of the step. */
static double change_of_penalty(const struct column_quadratic *quadratic, double step)
{
    double sum = 0;
    for (size_t i = 0; i < quadratic->n_set; i++) {
        double start = quadratic->start[i], change = step * (quadratic->w[i] - start);
        double to = step == 1 ? quadratic->w[i] : start + change;
        sum += quadratic->l1[i] * (fabs(to) - fabs(start)) +
               column_quadratic_lambda(quadratic, i) * change * (to + start) / 2;
    }
    return sum;
}

/* A whole step ends exactly at w, where there are zeros. */
static void take_step(struct column_descent *descent, double step)
{
    struct column_quadratic *quadratic = &descent->quadratic;
    double *z = descent->z;
    descent->z = descent->trial_z;
    descent->trial_z = z;
    for (size_t i = 0; i < quadratic->n_set; i++)
        quadratic->start[i] =
            step == 1
                ? quadratic->w[i]
                : quadratic->start[i] + step * (quadratic->w[i] - quadratic->start[i]);
    descent->step = step;
}

/* Moves where F = value[0] + value[1] falls, loss and penalties. False: nowhere. */
static bool search_line(struct column_descent *descent, double slope, double *value)
{
    const struct objective_margins *margins = descent->margins;
    size_t n_rows = margins->columns.n_rows;
    for (double step = 1; step >= LEAST_STEP; step /= 2) {
        for (size_t i = 0; i < n_rows; i++)
            descent->trial_z[i] = descent->z[i] + step * descent->along[i];
        double loss = margins->loss(margins->context, descent->trial_z, descent->residual,
                                    descent->curvature);
        double penalty = value[1] + change_of_penalty(&descent->quadratic, step);
        if (isfinite(loss) &&
            evaluation_is_lower(loss + penalty, value[0] + value[1], step * slope)) {
            take_step(descent, step);
            value[0] = loss;
            value[1] = penalty;
            return true;
        }
    }
    return false;
}

/* Steps over the set: one alone where others wait outside of it. */
bool column_descent_step(struct column_descent *descent, const struct working_set *set,
                         const struct objective_point *point, double penalty,
                         double enough, struct objective_point *trial)
{
    double value[] = {point->value, penalty}, first = 0;
    size_t n = set->left_out > 0 ? 1 : MOST_STEPS;
    bool moves = false;
    start_from(descent, set, point);
    for (size_t k = 0; k < n; k++) {
        double slope = find_direction(descent, value[0] + value[1]);
        descent->decrement = sqrt(fmax(0, -slope));
        first = fmax(first, -slope);
        if (!search_line(descent, slope, value))
            break;
        moves = true;
        if (-slope <= fmax(enough, COARSE * first))
            break;
    }
    memcpy(trial->beta, point->beta, descent->objective->n * sizeof(double));
    for (size_t i = 0; i < set->n; i++)
        trial->beta[set->coordinates[i]] = descent->quadratic.start[i];
    trial->have = 0;
    return moves;
}
