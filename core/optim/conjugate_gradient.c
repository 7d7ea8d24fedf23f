#include "core/optim/conjugate_gradient.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/vectors.h"

/* The residual is rounding once r'M⁻¹r has fallen to this share. */
#define NOISE 1e-26
/* Rounding delays what n iterations do in exact arithmetic. */
#define MOST_ITERATIONS(n) (2 * (n) + 20)

int conjugate_gradient_new(struct conjugate_gradient *cg,
                           const struct objective *objective, struct error *err)
{
    size_t n = objective->n;
    struct conjugate_gradient made = {.n = n};
    made.residual = memory_new_aligned(n, sizeof(double), err);
    made.scaled = memory_new_aligned(n, sizeof(double), err);
    made.direction = memory_new_aligned(n, sizeof(double), err);
    made.product = memory_new_aligned(n, sizeof(double), err);
    if (!made.residual || !made.scaled || !made.direction || !made.product ||
        metric_new(&made.metric, objective, err) < 0) {
        conjugate_gradient_free(&made);
        return -1;
    }
    *cg = made;
    return 0;
}

void conjugate_gradient_free(struct conjugate_gradient *cg)
{
    metric_free(&cg->metric);
    memory_free(cg->residual);
    memory_free(cg->scaled);
    memory_free(cg->direction);
    memory_free(cg->product);
    *cg = (struct conjugate_gradient){0};
}

/* M⁻¹r; returns r'M⁻¹r. */
static double precondition(struct conjugate_gradient *cg)
{
    metric_solve(&cg->metric, cg->residual, cg->scaled);
    return vectors_dot(cg->residual, cg->scaled, cg->n);
}

/* Q(s) = ½ s'(g - r), since Hs = -g - r. */
static double model_value(const struct conjugate_gradient *cg, const double *gradient,
                          const double *step)
{
    double sum = 0;
    for (size_t i = 0; i < cg->n; i++)
        sum += step[i] * (gradient[i] - cg->residual[i]);
    return sum / 2;
}

static int iterate(struct conjugate_gradient *cg, const struct objective *objective,
                   struct objective_point *point, double forcing, double *step,
                   struct error *err)
{
    double size = precondition(cg), noise = NOISE * size, value = 0;
    memcpy(cg->direction, cg->scaled, cg->n * sizeof(double));
    while (size > noise && cg->n_products < MOST_ITERATIONS(cg->n)) {
        if (objective->ops->hessian_product(objective->context, point, cg->direction,
                                            cg->product, err) < 0)
            return -1;
        cg->n_products++;
        double curvature = vectors_dot(cg->direction, cg->product, cg->n);
        if (!(curvature > 0)) {
            if (cg->n_products == 1)
                memcpy(step, cg->direction, cg->n * sizeof(double));
            return 0;
        }
        vectors_add(size / curvature, cg->direction, step, cg->n);
        vectors_add(-size / curvature, cg->product, cg->residual, cg->n);
        double last_size = size, last_value = value;
        size = precondition(cg);
        value = model_value(cg, point->gradient, step);
        if ((double)cg->n_products * (last_value - value) <= -forcing * value)
            return 0;
        for (size_t i = 0; i < cg->n; i++)
            cg->direction[i] = cg->scaled[i] + size / last_size * cg->direction[i];
    }
    return 0;
}

int conjugate_gradient_prepare(struct conjugate_gradient *cg,
                               const struct objective *objective,
                               struct objective_point *point, struct error *err)
{
    return metric_find(&cg->metric, objective, point, err);
}

int conjugate_gradient_solve(struct conjugate_gradient *cg,
                             const struct objective *objective,
                             struct objective_point *point, double forcing, double *step,
                             struct error *err)
{
    cg->n_products = 0;
    memset(step, 0, cg->n * sizeof(double));
    for (size_t i = 0; i < cg->n; i++)
        cg->residual[i] = -point->gradient[i];
    return iterate(cg, objective, point, forcing, step, err);
}
