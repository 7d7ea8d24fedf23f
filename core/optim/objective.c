#include "core/optim/objective.h"

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
