#include "core/model/goodness.h"

#include <math.h>

#include "core/kernel/distribution.h"

static void report_pseudo_r2(struct report *report, double n)
{
    double fit = report->log_likelihood, null = report->null_log_likelihood;
    report->mcfadden = null < 0 ? 1 - fit / null : NAN;
    report->cox_snell = -expm1(2 * (null - fit) / n);
    report->nagelkerke = null < 0 ? report->cox_snell / -expm1(2 * null / n) : NAN;
}

static void report_test(struct report *report, double df)
{
    double statistic = 2 * (report->log_likelihood - report->null_log_likelihood);
    report->lr_df = df;
    report->lr_statistic = df > 0 ? fmax(statistic, 0) : NAN;
    report->lr_p_value =
        df > 0 ? distribution_chi_square_p(report->lr_statistic, df) : NAN;
}

/* Σ ω_i ℓ_i at the end, or what it falls to. */
static double final_loss(const struct estimation *estimation)
{
    double penalty = likelihood_penalty(&estimation->likelihood, estimation->point.beta);
    if (estimation->separation.is_complete)
        return 0;
    return (estimation->point.value - penalty) * estimation->survey.sum_weights;
}

void goodness_report(const struct estimation *estimation)
{
    const struct survey *survey = &estimation->survey;
    const struct estimate_options *options = estimation->options;
    struct report *report = &estimation->estimate->report;
    double loss = final_loss(estimation);
    double n = options->frequency_weights ? survey->sum_weights : survey->n_weighted;
    double k = (double)estimation->likelihood.n;
    size_t n_null = options->intercept ? estimation->likelihood.n_blocks : 0;
    report->log_likelihood = options->log_coefficient - loss;
    report->null_log_likelihood = options->log_coefficient - estimation->null_loss;
    report->deviance = fmax(0, 2 * (loss - survey->entropy));
    report->null_deviance = fmax(0, 2 * (estimation->null_loss - survey->entropy));
    report->aic = 2 * k - 2 * report->log_likelihood;
    report->bic = k * log(n) - 2 * report->log_likelihood;
    report->sum_weights = survey->sum_weights;
    report->n_rows = estimation->design->n_rows;
    report->n_coefficients = estimation->likelihood.n;
    report->df_residual = n - k;
    report_pseudo_r2(report, n);
    report_test(report, k - (double)n_null);
}
