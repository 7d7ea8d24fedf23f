#include "tests/support/rows_objective.h"

#include <math.h>
#include <string.h>

static double margin(const struct rows_objective *rows, const double *beta, size_t i)
{
    double z = 0;
    for (size_t j = 0; j < rows->n; j++)
        z += rows->a[i * rows->n + j] * beta[j];
    return z;
}

static double loss(const struct rows_objective *rows, double z, double b)
{
    return rows->is_logistic ? log1p(exp(-fabs(z))) + fmax(z, 0) - b * z
                             : (z - b) * (z - b) / 2;
}

static double slope(const struct rows_objective *rows, double z, double b)
{
    return rows->is_logistic ? 1 / (1 + exp(-z)) - b : z - b;
}

static void add_gradient(const struct rows_objective *rows, const double *beta, size_t i,
                         double share, double *gradient)
{
    double d = slope(rows, margin(rows, beta, i), rows->b[i]);
    for (size_t j = 0; j < rows->n; j++)
        gradient[j] += share * d * rows->a[i * rows->n + j];
}

static void fill(const struct rows_objective *rows, struct objective_point *point,
                 unsigned want)
{
    double share = 1 / (double)rows->n_rows;
    point->value = 0;
    if (want & OBJECTIVE_GRADIENT)
        memset(point->gradient, 0, rows->n * sizeof(double));
    for (size_t i = 0; i < rows->n_rows; i++) {
        point->value += share * loss(rows, margin(rows, point->beta, i), rows->b[i]);
        if (want & OBJECTIVE_GRADIENT)
            add_gradient(rows, point->beta, i, share, point->gradient);
    }
}

static int evaluate(void *context, struct objective_point *point, unsigned want,
                    struct error *err)
{
    struct rows_objective *rows = context;
    (void)err;
    rows->n_passes++;
    fill(rows, point, want);
    return 0;
}

static int evaluate_several(void *context, struct objective_point *const *points,
                            size_t n, unsigned want, struct error *err)
{
    struct rows_objective *rows = context;
    (void)err;
    rows->n_passes++;
    for (size_t k = 0; k < n; k++)
        fill(rows, points[k], want);
    return 0;
}

static size_t n_rows(void *context)
{
    return ((const struct rows_objective *)context)->n_rows;
}

static void fill_batch(const struct rows_objective *rows, const double *beta,
                       const size_t *order, size_t n, double *gradient)
{
    memset(gradient, 0, rows->n * sizeof(double));
    for (size_t i = 0; i < n; i++)
        add_gradient(rows, beta, order[i], 1 / (double)n, gradient);
}

static int count_batch(struct rows_objective *rows, const size_t *order, size_t n,
                       struct error *err)
{
    rows->n_batches++;
    rows->greatest_batch = n > rows->greatest_batch ? n : rows->greatest_batch;
    if (rows->fails_beyond && rows->n_batches > rows->fails_beyond)
        return error_set(err, ERROR_CANCELLED, "as asked");
    for (size_t i = 0; rows->seen && i < n; i++)
        rows->seen[order[i]]++;
    return 0;
}

static int rows_gradient(void *context, const double *beta, const size_t *order, size_t n,
                         double *gradient, struct error *err)
{
    if (count_batch(context, order, n, err) < 0)
        return -1;
    fill_batch(context, beta, order, n, gradient);
    return 0;
}

static int rows_gradients(void *context, const double *const *betas, size_t n_betas,
                          const size_t *order, size_t n, double *const *gradients,
                          struct error *err)
{
    if (count_batch(context, order, n, err) < 0)
        return -1;
    for (size_t k = 0; k < n_betas; k++)
        fill_batch(context, betas[k], order, n, gradients[k]);
    return 0;
}

static int greatest_curvature(void *context, double *curvature, struct error *err)
{
    (void)err;
    *curvature = ((const struct rows_objective *)context)->curvature;
    return 0;
}

static const struct objective_ops ops = {.evaluate = evaluate,
                                         .n_rows = n_rows,
                                         .rows_gradient = rows_gradient,
                                         .greatest_curvature = greatest_curvature};

static const struct objective_ops ops_of_several = {.evaluate = evaluate,
                                                    .n_rows = n_rows,
                                                    .rows_gradient = rows_gradient,
                                                    .evaluate_several = evaluate_several,
                                                    .rows_gradients = rows_gradients,
                                                    .greatest_curvature =
                                                        greatest_curvature};

struct objective rows_objective_several(struct rows_objective *rows)
{
    return (struct objective){.n = rows->n, .ops = &ops_of_several, .context = rows};
}

struct objective rows_objective(struct rows_objective *rows)
{
    return (struct objective){.n = rows->n, .ops = &ops, .context = rows};
}
