#include "core/optim/coordinate_part.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/coordinate_descent.h"
#include "core/optim/l1.h"

/* An excess of the gradient over l1 below this share of l1 is rounding: sums over a part
 * are made in another order. */
#define NOISE 1e-12

static bool has_all(const struct working_set *set, const double *beta, size_t n)
{
    size_t next = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_in = next < set->n && set->coordinates[next] == i;
        next += is_in;
        if (beta[i] != 0 && !is_in)
            return false;
    }
    return true;
}

static int solve(const struct objective *part, const struct working_set *set,
                 const struct solver_options *options, const struct solver_watch *watch,
                 const double *beta, double *to, struct solver_result *result,
                 struct error *err)
{
    const struct solver_watch quiet = {.is_over = watch ? watch->is_over : NULL,
                                       .context = watch ? watch->context : NULL};
    struct objective_point point = {0};
    int status = objective_point_new(part, 0, &point, err);
    for (size_t i = 0; status == 0 && i < set->n; i++)
        point.beta[i] = beta[set->coordinates[i]];
    if (status == 0)
        status = coordinate_descent_solve(part, options, &quiet, &point, result, err);
    for (size_t i = 0; status == 0 && i < set->n; i++)
        to[set->coordinates[i]] = point.beta[i];
    objective_point_free(part, &point);
    return status;
}

int coordinate_part_solve(const struct objective *objective,
                          const struct working_set *set,
                          const struct solver_options *options,
                          const struct solver_watch *watch, const double *beta,
                          double *to, bool *made, struct solver_result *result,
                          struct error *err)
{
    struct objective part;
    *made = false;
    if (!objective->ops->new_part || !has_all(set, beta, objective->n))
        return 0;
    if (objective->ops->new_part(objective->context, set->coordinates, set->n, &part,
                                 made, err) < 0)
        return -1;
    if (!*made)
        return 0;
    double *l1 = memory_new(set->n, sizeof(*l1), err);
    for (size_t i = 0; l1 && i < set->n; i++)
        l1[i] = l1_weight(objective, set->coordinates[i]);
    part.l1 = l1;
    memset(to, 0, objective->n * sizeof(*to));
    int status = l1 ? solve(&part, set, options, watch, beta, to, result, err) : -1;
    part.l1 = NULL;
    objective->ops->free_part(objective->context, &part);
    memory_free(l1);
    return status;
}

bool coordinate_part_is_exceeded(const struct objective *objective,
                                 const struct working_set *set,
                                 const struct objective_point *point)
{
    size_t next = 0;
    for (size_t i = 0; i < objective->n; i++) {
        double l1 = l1_weight(objective, i);
        bool is_in = next < set->n && set->coordinates[next] == i;
        next += is_in;
        if (!is_in && fabs(point->gradient[i]) > l1 + NOISE * l1)
            return true;
    }
    return false;
}
