#include "core/model/outcome.h"

#include <inttypes.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/model/certificate.h"
#include "core/model/decrement.h"
#include "core/model/firth_outcome.h"
#include "core/model/duality_gap.h"
#include "core/model/goodness.h"
#include "core/model/inference.h"
#include "core/model/l1_outcome.h"
#include "core/model/separation.h"
#include "core/model/statistics.h"
#include "core/model/term_estimates.h"
#include "core/model/term_names.h"

#define CERTAIN 1e-8 /* a decrement below which p-values may be told */

/* ---- coefficients ---- */

static void put_coefficient(const struct estimation *estimation, size_t i, double value)
{
    const struct estimate *estimate = estimation->estimate;
    const struct basis *basis = &estimation->basis;
    const struct separation *separation = &estimation->separation;
    size_t term = i % estimate->n_terms;
    struct coefficient *coefficient = &estimate->coefficients[i];
    *coefficient = (struct coefficient){.estimate = value,
                                        .std_error = NAN,
                                        .z = NAN,
                                        .p_value = NAN,
                                        .ci_low = NAN,
                                        .ci_high = NAN};
    if (term >= basis->intercept && basis->aliased[term - basis->intercept]) {
        coefficient->aliased = true;
        coefficient->estimate = NAN;
    } else if (separation->is_proved && separation->diverges[i]) {
        coefficient->infinite = separation->signs[i];
        coefficient->estimate = NAN;
    }
    coefficient->odds_ratio = exp(coefficient->estimate);
}

static int check_finite(const struct estimation *estimation, size_t term, double value,
                        struct error *err)
{
    if (isfinite(value))
        return 0;
    error_set(err, ERROR_NON_FINITE,
              "iteration %" PRIu64 ": the coefficient leaves the range of numbers; give "
              "the column in other units",
              estimation->result.n_iterations);
    term_names_place(estimation->hooks,
                     term < estimation->options->intercept
                         ? TERM_NAMES_INTERCEPT
                         : term - estimation->options->intercept,
                     err);
    return -1;
}

static int put_coefficients(struct estimation *estimation, struct error *err)
{
    struct estimate *estimate = estimation->estimate;
    const struct basis *basis = &estimation->basis;
    if (estimate->classes)
        l1_outcome_put(estimation);
    for (size_t b = 0; !estimate->classes && b < estimate->n_blocks; b++)
        basis_to_given(basis, estimation->point.beta + b * basis->n_terms,
                       estimate->solution + b * estimate->n_terms);
    size_t n = estimation_n_terms(estimation);
    double *terms = memory_new(n, sizeof(*terms), err);
    int status = terms ? 0 : -1;
    if (terms)
        term_estimates_find(estimation, terms);
    for (size_t i = 0; status == 0 && i < n; i++) {
        status =
            check_finite(estimation, i % estimate->n_terms, estimate->solution[i], err);
        put_coefficient(estimation, i, terms[i]);
    }
    memory_free(terms);
    return status == 0 ? term_estimates_report(estimation, err) : -1;
}

/* ---- warnings ---- */

static int warn_of_aliased(const struct estimation *estimation, struct error *err)
{
    const struct basis *basis = &estimation->basis;
    struct term_names names;
    if (basis->n_active == basis->n_columns)
        return 0;
    if (term_names_new(&names, estimation->hooks, basis->n_columns, err) < 0)
        return -1;
    for (size_t j = 0; j < basis->n_columns; j++)
        if (basis->aliased[j])
            term_names_add(&names, j);
    int status = report_warn(&estimation->estimate->report, "aliased_columns",
                             names.names, names.n, err,
                             "columns that are combinations of the intercept and of "
                             "columns before them have no coefficient of their own");
    term_names_free(&names);
    return status;
}

static int warn_of_withheld(const struct estimation *estimation, bool is_certain,
                            struct error *err)
{
    struct report *report = &estimation->estimate->report;
    if (!estimation->options->statistics || is_certain ||
        estimation->separation.is_complete)
        return 0;
    if (estimation->objective.l1)
        return report_warn(report, "statistics_withheld", NULL, 0, err,
                           "standard errors and p-values are withheld: under an l1 "
                           "penalty, which sets coefficients to 0, there are none that "
                           "hold. Degrees of freedom count what is not 0");
    if (estimation->stopped_as)
        return report_warn(report, "statistics_withheld", NULL, 0, err,
                           "standard errors and p-values are withheld: the fit was "
                           "stopped after %" PRIu64 " iterations, before its optimum; "
                           "these are its best coefficients so far",
                           estimation->result.n_iterations);
    return report_warn(report, "statistics_withheld", NULL, 0, err,
                       "standard errors and p-values are withheld: the fit did not come "
                       "close enough to an optimum (Newton decrement %.3g)",
                       report->newton_decrement);
}

/* ---- the whole ---- */

/* Why there is no curvature, nor a p-value of the test against the null model. */
static int warn_of_l1(const struct estimation *estimation, struct error *err)
{
    struct report *report = &estimation->estimate->report;
    if (estimation->result.stop == SOLVER_UNBOUNDED &&
        report_warn(report, "separation_not_examined", NULL, 0, err,
                    "the objective falls without a minimum, as where columns under no "
                    "penalty separate the data") < 0)
        return -1;
    return report_warn(report, "curvature_unknown", NULL, 0, err,
                       "with an l1 penalty the objective has a kink at 0, so the "
                       "eigenvalues of its Hessian are not told, nor is a p-value of "
                       "the test against the null model; the duality gap bounds how "
                       "far the objective is above its minimum");
}

static int warn_of_sample(const struct estimation *estimation, struct error *err)
{
    return report_warn(&estimation->estimate->report, "curvature_of_sample", NULL, 0, err,
                       "the tolerance was met without the Hessian of all rows: its "
                       "eigenvalues are those over the sample of %" PRIu64
                       " rows that the fit started from, with a weak prior, and the "
                       "Newton decrement is an estimate by them. Statistics, or a "
                       "tolerance of 1e-8, have them of all rows",
                       estimation->metric_rows);
}

/* Without the matrices that would tell more. */
static int warn_of_unknown(const struct estimation *estimation, struct error *err)
{
    struct report *report = &estimation->estimate->report;
    if (estimation->metric_rows > 0 && !estimation->stopped_as)
        return warn_of_sample(estimation, err);
    if (estimation->algorithm.is_dense || estimation->stopped_as)
        return 0;
    if (!estimation->likelihood.loss->is_smooth)
        return report_warn(report, "no_certificate", NULL, 0, err,
                           "this loss has corners: there is no Hessian to judge the end "
                           "by, and subgradient methods come close to the minimum only "
                           "slowly");
    if (estimation->objective.l1)
        return warn_of_l1(estimation, err);
    if (estimation->result.stop == SOLVER_UNBOUNDED &&
        !estimation->separation.is_complete &&
        report_warn(report, "separation_not_examined", NULL, 0, err,
                    "the objective falls without a minimum, as where the data are "
                    "separated; with %zu coefficients this is examined only where "
                    "statistics are asked for. A penalty makes estimates finite",
                    report->n_coefficients) < 0)
        return -1;
    return report_warn(report, "curvature_unknown", NULL, 0, err,
                       "the Hessian of %zu coefficients was not formed, so its "
                       "eigenvalues are not known; the Newton decrement is an estimate "
                       "from below, by conjugate gradients",
                       report->n_coefficients);
}

bool outcome_converged(const struct estimation *estimation)
{
    bool is_smooth = estimation->likelihood.loss->is_smooth;
    enum solver_stop stop = estimation->result.stop;
    bool is_early = stop == SOLVER_EARLY && is_smooth; /* it may be an optimum as well */
    return (stop == SOLVER_TOLERANCE || is_early) &&
           (decrement_is_within(estimation) || !is_smooth) &&
           duality_gap_is_within(estimation);
}

/* Statistics are told where the certificate carries them. */
static int judge(struct estimation *estimation, struct inference *inference,
                 struct error *err)
{
    struct report *report = &estimation->estimate->report;
    report->converged = outcome_converged(estimation) &&
                        (inference->is_definite || !estimation->algorithm.is_dense);
    bool is_certain = report->converged && report->newton_decrement < CERTAIN &&
                      !estimation->objective.l1;
    if (statistics_report(estimation, inference, is_certain, err) < 0 ||
        warn_of_aliased(estimation, err) < 0 || separation_warn(estimation, err) < 0 ||
        warn_of_unknown(estimation, err) < 0)
        return -1;
    return warn_of_withheld(estimation, is_certain, err);
}

int outcome_report(struct estimation *estimation, struct error *err)
{
    struct inference inference = {0};
    if (put_coefficients(estimation, err) < 0 || firth_outcome_find(estimation, err) < 0)
        return -1;
    goodness_report(estimation);
    firth_outcome_report(estimation);
    if (estimation->algorithm.is_dense && !estimation->stopped_as &&
        inference_run(&inference, estimation, err) < 0)
        return -1;
    int status = certificate_report(estimation, inference.covariance, err);
    if (status == 0)
        status = judge(estimation, &inference, err);
    inference_free(&inference);
    return status;
}
