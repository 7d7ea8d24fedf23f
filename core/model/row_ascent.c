#include "core/model/row_ascent.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/optim/solver.h"

#define MOST_ROUNDS 7U
#define MOST_STEPS 30U /* to one row's margin */
#define AHEAD 2U       /* rows, while one is worked on */
#define SMALL_STEP 0.1
#define LOOSE_INTERCEPT 0.05 /* what K_ii would have of its column, in K_ii */

struct ascent {
    struct row_matrix *matrix;
    struct design_block rows;
    double *alpha, intercept;
    double loose; /* the intercept moves by so much for each unit of α */
    size_t *order;
};

/* σ(z), and σ(z)(1-σ(z)) */
static double probability(double z, double *slope)
{
    double e = exp(-fabs(z)), over = 1 / (1 + e);
    *slope = e * over * over;
    return z >= 0 ? over : e * over;
}

/* The z with z + kσ(z) = c, from one near, by Halley's steps. It is within c-k…c. */
static double solve(double k, double c, double z)
{
    double low = c - k, high = c;
    for (size_t n = 0; n < MOST_STEPS; n++) {
        z = z > low && z < high ? z : (low + high) / 2;
        double slope, p = probability(z, &slope), f = z + k * p - c;
        double first = 1 + k * slope, second = k * slope * (1 - 2 * p);
        double step = 2 * f * first / (2 * first * first - f * second);
        if (f > 0)
            high = z;
        else
            low = z;
        z -= step;
        if (fabs(step) < SMALL_STEP)
            break;
    }
    return fmax(low, fmin(high, z));
}

/* One row; returns how much it has moved, squared. */
static double move(struct ascent *ascent, size_t i)
{
    struct row_matrix *matrix = ascent->matrix;
    const struct design_block *rows = &ascent->rows;
    double weight =
        (rows->weights ? rows->weights[i] : 1) / matrix->likelihood->sum_weights;
    if (!(weight > 0))
        return 0;
    double own = matrix->diagonal[i] + ascent->loose, k = own * weight;
    double margin = row_matrix_margin(matrix, i) + ascent->intercept +
                    (rows->offset ? rows->offset[i] : 0);
    double c = margin - own * ascent->alpha[i] + k * rows->y[i];
    double p = k > 0 ? (c - solve(k, c, margin)) / k : probability(margin, &(double){0});
    double amount = -weight * (p - rows->y[i]) - ascent->alpha[i];
    ascent->alpha[i] += amount;
    ascent->intercept += amount * ascent->loose;
    row_matrix_move(matrix, i, amount);
    return amount * amount * own;
}

static void run(struct ascent *ascent)
{
    const struct likelihood *likelihood = ascent->matrix->likelihood;
    struct random random = random_start(likelihood->options->solver.seed, 0);
    size_t m = ascent->matrix->n_rows;
    double last = INFINITY;
    for (size_t n = 0; n < MOST_ROUNDS && !solver_is_over(&likelihood->hooks->watch);
         n++) {
        double moved = 0;
        random_shuffle(&random, ascent->order, m);
        for (size_t k = 0; k < m; k++) {
            if (k + AHEAD < m)
                row_matrix_expect(ascent->matrix, ascent->order[k + AHEAD]);
            moved += move(ascent, ascent->order[k]);
        }
        ascent->matrix->n_passes++;
        if (!(moved < last / 2))
            return;
        last = moved;
    }
}

int row_ascent_run(struct row_matrix *matrix, double *alpha, double *intercept,
                   struct error *err)
{
    size_t m = matrix->n_rows;
    struct ascent ascent = {.matrix = matrix,
                            .alpha = alpha,
                            .intercept = *intercept,
                            .order = memory_new(m, sizeof(*ascent.order), err)};
    if (!ascent.order)
        return -1;
    design_rows(matrix->likelihood->design, 0, m, &ascent.rows);
    for (size_t i = 0; i < m; i++) {
        ascent.order[i] = i;
        ascent.loose += matrix->diagonal[i] * LOOSE_INTERCEPT / (double)m;
    }
    if (!matrix->likelihood->basis->intercept)
        ascent.loose = 0;
    run(&ascent);
    *intercept = ascent.intercept;
    memory_free(ascent.order);
    return 0;
}
