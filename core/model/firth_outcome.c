#include "core/model/firth_outcome.h"

#include <math.h>
#include <string.h>

#include "core/kernel/distribution.h"
#include "core/optim/newton.h"
#include "core/optim/subspace.h"

#define MOST_ITERATIONS 200
#define TOLERANCE 1e-16

/* The columns are centred where there is an intercept, so its coordinate alone is the
 * intercept as given. */
static int minimise_intercept(const struct estimation *estimation,
                              struct subspace *subspace, double *value, struct error *err)
{
    const struct objective objective = subspace_objective(subspace);
    const struct solver_options options = {.max_iterations = MOST_ITERATIONS,
                                           .tolerance = TOLERANCE};
    const struct solver_watch watch = {0};
    struct objective_point point = {0};
    struct solver_result result;
    if (objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, err) < 0)
        return -1;
    point.beta[0] = estimation->null_terms[0];
    int status = newton_solve(&objective, &options, &watch, &point, &result, err);
    *value = point.value;
    objective_point_free(&objective, &point);
    return status;
}

/* J* at its minimum where all columns have the coefficient 0. */
static int find_null(struct estimation *estimation, double *value, struct error *err)
{
    static const size_t intercept[] = {0};
    struct objective_point null = {0};
    struct subspace subspace = {0};
    int status = objective_point_new(&estimation->objective, 0, &null, err);
    if (status == 0 && !estimation->basis.intercept) {
        status = objective_evaluate(&estimation->objective, &null, OBJECTIVE_VALUE, err);
        *value = null.value;
    } else if (status == 0) {
        status =
            subspace_new(&subspace, &estimation->objective, null.beta, intercept, 1, err);
        if (status == 0)
            status = minimise_intercept(estimation, &subspace, value, err);
        subspace_free(&subspace);
    }
    objective_point_free(&estimation->objective, &null);
    return status;
}

int firth_outcome_find(struct estimation *estimation, struct error *err)
{
    struct firth *firth = &estimation->firth;
    size_t n = estimation->likelihood.n;
    double *null = &estimation->estimate->report.null_penalized_log_likelihood;
    double value = NAN;
    *null = NAN;
    if (!estimation->options->firth)
        return 0;
    if (!estimation->stopped_as && find_null(estimation, &value, err) < 0)
        return -1;
    if (firth_penalty(firth, estimation->point.beta, &estimation->firth_penalty, err) < 0)
        return -1;
    memcpy(estimation->point.hessian, firth->plain.hessian, n * n * sizeof(double));
    *null = estimation->options->log_coefficient - value * estimation->survey.sum_weights;
    return 0;
}

void firth_outcome_report(struct estimation *estimation)
{
    struct report *report = &estimation->estimate->report;
    double weights = estimation->survey.sum_weights;
    report->penalized_log_likelihood = NAN;
    if (!estimation->options->firth)
        return;
    report->penalized_log_likelihood =
        report->log_likelihood - estimation->firth_penalty * weights;
    double statistic =
        2 * (report->penalized_log_likelihood - report->null_penalized_log_likelihood);
    report->aic = report->bic = NAN;
    report->lr_statistic =
        report->lr_df > 0 && !isnan(statistic) ? fmax(statistic, 0) : NAN;
    report->lr_p_value =
        report->lr_df > 0 ? distribution_chi_square_p(report->lr_statistic, report->lr_df)
                          : NAN;
}
