#include "core/model/prior.h"

#include <math.h>

#include "core/base/memory.h"

/* V_j or S_j of a strength without factor; infinite: flat, NaN: there is no such part. */
static double width(const struct estimation *estimation, double strength, size_t column)
{
    const struct estimate_options *options = estimation->options;
    double factor = options->factors ? options->factors[column] : 1;
    if (!(strength > 0))
        return NAN;
    return 1 / (strength * factor * estimation->survey.sum_weights);
}

static bool differs(const double *values, size_t n)
{
    for (size_t j = 1; j < n; j++)
        if (values[j] != values[0] && !(isnan(values[j]) && isnan(values[0])))
            return true;
    return false;
}

int prior_report(const struct estimation *estimation, struct error *err)
{
    const struct estimate_options *options = estimation->options;
    struct addenda *addenda = &estimation->estimate->report.addenda;
    size_t n = estimation->design->n_columns;
    addenda->is_jeffreys = options->firth;
    addenda->prior_l1 = options->l1;
    addenda->prior_l2 = options->l2;
    addenda->prior_variance = addenda->prior_scale = NAN;
    if ((!(options->l1 > 0) && !(options->l2 > 0)) || n == 0)
        return 0;
    if (!options->factors) {
        addenda->prior_variance = width(estimation, options->l2, 0);
        addenda->prior_scale = width(estimation, options->l1, 0);
        return 0;
    }
    addenda->prior_variances = memory_new(n, sizeof(double), err);
    addenda->prior_scales = memory_new(n, sizeof(double), err);
    if (!addenda->prior_variances || !addenda->prior_scales)
        return -1;
    for (size_t j = 0; j < n; j++) {
        addenda->prior_variances[j] = width(estimation, options->l2, j);
        addenda->prior_scales[j] = width(estimation, options->l1, j);
    }
    addenda->n_prior = n;
    if (differs(addenda->prior_variances, n) || differs(addenda->prior_scales, n))
        return 0;
    addenda->prior_variance = addenda->prior_variances[0];
    addenda->prior_scale = addenda->prior_scales[0];
    memory_free(addenda->prior_variances);
    memory_free(addenda->prior_scales);
    addenda->prior_variances = addenda->prior_scales = NULL;
    addenda->n_prior = 0;
    return 0;
}
