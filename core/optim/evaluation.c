#include "core/optim/evaluation.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/optim/vectors.h"

#define ARMIJO 1e-4
/* Differences of J below this times max(1,|J|) are rounding. */
#define VALUE_NOISE (64 * DBL_EPSILON)

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

static int try_start(const struct objective *objective, struct objective_point *point,
                     unsigned want, struct solver_result *result, bool *finite,
                     struct error *why, struct error *err)
{
    error_clear(why);
    *finite = vectors_all_finite(point->beta, objective->n);
    return *finite ? evaluation_try(objective, point, want, result, finite, why, err) : 0;
}

int evaluation_start(const struct objective *objective,
                     const struct solver_options *options, struct objective_point *point,
                     unsigned want, struct solver_result *result, struct error *err)
{
    double most =
        options->other_value + VALUE_NOISE * fmax(1, fabs(options->other_value));
    struct error why = {0};
    bool finite;
    if (try_start(objective, point, want, result, &finite, &why, err) < 0)
        return -1;
    if (options->other_start && !(finite && point->value <= most)) {
        memcpy(point->beta, options->other_start, objective->n * sizeof(double));
        point->have = 0;
        if (try_start(objective, point, want, result, &finite, &why, err) < 0)
            return -1;
    }
    return finite ? 0 : evaluation_fail(result, &why, err);
}

int evaluation_repeat(const struct objective *objective, struct objective_point *point,
                      double step, unsigned want, struct solver_result *result,
                      struct error *err)
{
    uint64_t n_evaluations = result->n_evaluations;
    bool was_shortened = step > 0 && step < 1, finite = true;
    struct error why = {0};
    point->have = 0;
    if ((was_shortened && evaluation_try(objective, point, OBJECTIVE_VALUE, result,
                                         &finite, &why, err) < 0) ||
        (finite &&
         evaluation_try(objective, point, want, result, &finite, &why, err) < 0))
        return -1;
    result->n_evaluations = n_evaluations;
    return finite ? 0 : evaluation_fail(result, &why, err);
}

bool evaluation_is_lower(double trial, double value, double change)
{
    return trial <= value + ARMIJO * change + VALUE_NOISE * fmax(1, fabs(value));
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
