#include "core/optim/evaluation.h"

#include <math.h>

#include "core/optim/vectors.h"

static bool is_finite(size_t n, const struct objective_point *point, unsigned want)
{
    if (!isfinite(point->value))
        return false;
    if ((want & OBJECTIVE_GRADIENT) && !vectors_all_finite(point->gradient, n))
        return false;
    for (size_t i = 0; (want & OBJECTIVE_HESSIAN) && i < n; i++)
        if (!vectors_all_finite(point->hessian + i * n, i + 1))
            return false;
    return true;
}

int evaluation_try(const struct objective *objective, struct objective_point *point,
                   unsigned want, struct solver_result *result, bool *finite,
                   struct error *why, struct error *err)
{
    result->n_evaluations++;
    if (objective_evaluate(objective, point, want, why) == 0) {
        *finite = is_finite(objective->n, point, want);
        return 0;
    }
    *finite = false;
    return why->code == ERROR_NON_FINITE ? 0 : error_copy(err, why);
}

int evaluation_fail(const struct solver_result *result, const struct error *why,
                    struct error *err)
{
    error_set(err, ERROR_NON_FINITE,
              "iteration %llu: the objective or its derivatives are not finite; "
              "rescale the columns or leave out extreme values",
              (unsigned long long)result->n_iterations);
    if (why->place[0])
        error_place(err, "%s", why->place);
    return -1;
}
