#include "core/model/start_point.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/optim/vectors.h"

/* What is minimised, at the point; +inf where it is no number. */
static int find_value(struct estimation *estimation, double *value, struct error *err)
{
    const struct objective *objective = &estimation->objective;
    struct objective_point *point = &estimation->point;
    struct error why = {0};
    *value = INFINITY;
    point->have = 0;
    if (!vectors_all_finite(point->beta, objective->n))
        return 0;
    if (objective_evaluate(objective, point, OBJECTIVE_VALUE, &why) < 0)
        return why.code == ERROR_NON_FINITE ? 0 : error_copy(err, &why);
    double sum = point->value;
    for (size_t i = 0; objective->l1 && i < objective->n; i++)
        sum += objective->l1[i] * fabs(point->beta[i]);
    *value = isnan(sum) ? INFINITY : sum;
    return 0;
}

static int move_point(struct estimation *estimation, struct error *err)
{
    const struct basis *basis = &estimation->basis;
    size_t n_terms = basis->intercept + basis->n_columns;
    double *scratch = memory_new(basis->n_columns, sizeof(*scratch), err);
    if (!scratch)
        return -1;
    for (size_t b = 0; b < estimation_n_blocks(estimation); b++)
        basis_from_terms(basis, estimation->options->start + b * n_terms, scratch,
                         estimation->point.beta +
                             (b + 1 - estimation->likelihood.first_class) *
                                 basis->n_terms);
    memory_free(scratch);
    return 0;
}

int start_point_take(struct estimation *estimation, struct error *err)
{
    double at_null, at_start;
    if (!estimation->options->start)
        return 0;
    if (find_value(estimation, &at_null, err) < 0 || move_point(estimation, err) < 0 ||
        find_value(estimation, &at_start, err) < 0)
        return -1;
    estimation->point.have = 0; /* solvers evaluate in a way of their own */
    if (at_start <= at_null)
        return 0;
    estimation_start(estimation);
    return report_warn(&estimation->estimate->report, "warm_start_unused", NULL, 0, err,
                       "the coefficients to start from fit these rows worse than none "
                       "at all; the fit started without them");
}
