#include "core/optim/objective.h"

#include <math.h>
#include <stdbool.h>

#include "core/base/memory.h"

int objective_point_new(const struct objective *objective, unsigned want,
                        struct objective_point *point, struct error *err)
{
    size_t n = objective->n, n_cells = 0;
    struct objective_point made = {0};
    if ((want & OBJECTIVE_HESSIAN) && !memory_product(n, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    made.beta = memory_new_aligned(n, sizeof(double), err);
    made.gradient = memory_new_aligned(n, sizeof(double), err);
    if (want & OBJECTIVE_HESSIAN)
        made.hessian = memory_new_aligned(n_cells, sizeof(double), err);
    if (!made.beta || !made.gradient || ((want & OBJECTIVE_HESSIAN) && !made.hessian) ||
        ((want & OBJECTIVE_CURVATURE) && objective->ops->new_state &&
         objective->ops->new_state(objective->context, &made.state, err) < 0)) {
        objective_point_free(objective, &made);
        return -1;
    }
    *point = made;
    return 0;
}

void objective_point_free(const struct objective *objective,
                          struct objective_point *point)
{
    if (point->state && objective->ops->free_state)
        objective->ops->free_state(objective->context, point->state);
    memory_free(point->beta);
    memory_free(point->gradient);
    memory_free(point->hessian);
    *point = (struct objective_point){0};
}

int objective_evaluate(const struct objective *objective, struct objective_point *point,
                       unsigned want, struct error *err)
{
    unsigned missing = want & ~point->have;
    if (missing == 0)
        return 0;
    if (objective->ops->evaluate(objective->context, point, missing, err) < 0)
        return -1;
    point->have |= missing;
    return 0;
}

/* ---- at several places ---- */

/* What is not finite is told by numbers that are none. */
static int evaluate_each(const struct objective *objective,
                         struct objective_point *const *points, size_t n_points,
                         unsigned want, struct error *err)
{
    for (size_t k = 0; k < n_points; k++) {
        struct error why = {0};
        if (objective->ops->evaluate(objective->context, points[k], want, &why) == 0)
            continue;
        if (why.code != ERROR_NON_FINITE)
            return error_copy(err, &why);
        points[k]->value = NAN;
    }
    return 0;
}

int objective_evaluate_several(const struct objective *objective,
                               struct objective_point *const *points, size_t n_points,
                               unsigned want, struct error *err)
{
    bool is_alone = n_points == 1 || !objective->ops->evaluate_several;
    if (is_alone ? evaluate_each(objective, points, n_points, want, err) < 0
                 : objective->ops->evaluate_several(objective->context, points, n_points,
                                                    want, err) < 0)
        return -1;
    for (size_t k = 0; k < n_points; k++)
        points[k]->have = want;
    return 0;
}

int objective_rows_gradients(const struct objective *objective,
                             const double *const *betas, size_t n_betas,
                             const size_t *order, size_t n_rows, double *const *gradients,
                             struct error *err)
{
    const struct objective_ops *ops = objective->ops;
    if (n_betas > 1 && ops->rows_gradients)
        return ops->rows_gradients(objective->context, betas, n_betas, order, n_rows,
                                   gradients, err);
    for (size_t k = 0; k < n_betas; k++) {
        struct error why = {0};
        if (ops->rows_gradient(objective->context, betas[k], order, n_rows, gradients[k],
                               &why) == 0)
            continue;
        if (why.code != ERROR_NON_FINITE)
            return error_copy(err, &why);
        gradients[k][0] = NAN;
    }
    return 0;
}
