#include "core/optim/metric.h"

#include <string.h>

#include "core/base/memory.h"

int metric_new(struct metric *metric, const struct objective *objective,
               const struct cholesky *given, struct error *err)
{
    struct metric made = {.n = objective->n,
                          .given = given,
                          .preconditioner =
                              objective->l1 || given ? NULL : objective->preconditioner};
    made.diagonal = memory_new_aligned(made.n, sizeof(double), err);
    if (!made.diagonal ||
        (made.preconditioner &&
         made.preconditioner->make(objective->context, &made.made, err) < 0)) {
        metric_free(&made);
        return -1;
    }
    for (size_t i = 0; i < made.n; i++)
        made.diagonal[i] = 1;
    *metric = made;
    return 0;
}

void metric_free(struct metric *metric)
{
    if (metric->preconditioner)
        metric->preconditioner->free(metric->made);
    memory_free(metric->diagonal);
    *metric = (struct metric){0};
}

int metric_find(struct metric *metric, const struct objective *objective,
                struct objective_point *point, struct error *err)
{
    if (metric->made)
        return metric->preconditioner->find(metric->made, point, err);
    if (!objective->ops->hessian_diagonal)
        return 0;
    if (objective->ops->hessian_diagonal(objective->context, point, metric->diagonal,
                                         err) < 0)
        return -1;
    for (size_t i = 0; i < metric->n; i++)
        if (!(metric->diagonal[i] > 0))
            metric->diagonal[i] = 1;
    return 0;
}

void metric_solve(const struct metric *metric, const double *v, double *scaled)
{
    if (metric->given) {
        memcpy(scaled, v, metric->n * sizeof(*scaled));
        cholesky_solve(metric->given, scaled);
        return;
    }
    if (metric->made)
        metric->preconditioner->solve(metric->made, v, scaled);
    for (size_t i = 0; !metric->made && i < metric->n; i++)
        scaled[i] = v[i] / metric->diagonal[i];
}
