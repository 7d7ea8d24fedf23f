#include "core/model/goodness.h"

#include <math.h>

#include "core/kernel/distribution.h"
#include "core/model/l1_outcome.h"

#define PI 3.14159265358979323846

/* A density's logarithm is no amount that McFadden's share could be of. */
static void report_pseudo_r2(struct report *report, double n, bool is_logistic)
{
    double fit = report->log_likelihood, null = report->null_log_likelihood;
    report->mcfadden = is_logistic && null < 0 ? 1 - fit / null : NAN;
    report->cox_snell = -expm1(2 * (null - fit) / n);
    report->nagelkerke =
        is_logistic && null < 0 ? report->cox_snell / -expm1(2 * null / n) : NAN;
}

/* Under |w| the statistic is known to follow no χ². */
static void report_test(struct report *report, double df, bool has_l1)
{
    double statistic = 2 * (report->log_likelihood - report->null_log_likelihood);
    report->lr_df = df;
    report->lr_statistic = df > 0 && !isnan(statistic) ? fmax(statistic, 0) : NAN;
    report->lr_p_value =
        df > 0 && !has_l1 ? distribution_chi_square_p(report->lr_statistic, df) : NAN;
}

/* Σ ω_i ℓ_i at the end, or what it falls to. */
static double final_loss(const struct estimation *estimation)
{
    double penalty = likelihood_penalty(&estimation->likelihood, estimation->point.beta);
    if (estimation->separation.is_complete)
        return 0;
    penalty += estimation->firth_penalty;
    return (estimation->point.value - penalty) * estimation->survey.sum_weights;
}

/* Of linear regression, σ² at its maximum, RSS/n, as R's logLik of an lm has it; σ counts
 * among the parameters of AIC and BIC. Importance weights divide the variances of rows,
 * so that n of them count, and their logarithms. `loss`: RSS/2. */
static double gaussian_likelihood(const struct estimation *estimation, double n,
                                  double loss)
{
    double log_weights =
        estimation->options->frequency_weights ? 0 : estimation->survey.log_weights;
    return log_weights / 2 - n / 2 * (log(2 * PI) + 1 + log(2 * loss / n));
}

static void report_gaussian(const struct estimation *estimation, double n, double loss)
{
    struct report *report = &estimation->estimate->report;
    report->log_likelihood = gaussian_likelihood(estimation, n, loss);
    report->null_log_likelihood =
        gaussian_likelihood(estimation, n, estimation->null_loss);
    report->deviance = 2 * loss;
    report->null_deviance = 2 * estimation->null_loss;
}

static void report_logistic(const struct estimation *estimation, double loss)
{
    struct report *report = &estimation->estimate->report;
    double entropy = estimation->survey.entropy;
    report->log_likelihood = estimation->options->log_coefficient - loss;
    report->null_log_likelihood =
        estimation->options->log_coefficient - estimation->null_loss;
    report->deviance = fmax(0, 2 * (loss - entropy));
    report->null_deviance = fmax(0, 2 * (estimation->null_loss - entropy));
}

/* Losses that are no likelihood. */
static void report_none(struct report *report)
{
    report->log_likelihood = report->null_log_likelihood = NAN;
    report->deviance = report->null_deviance = NAN;
}

void goodness_report(const struct estimation *estimation)
{
    const struct survey *survey = &estimation->survey;
    const struct estimate_options *options = estimation->options;
    struct report *report = &estimation->estimate->report;
    double loss = final_loss(estimation);
    double n = options->frequency_weights ? survey->sum_weights : survey->n_weighted;
    double k = (double)l1_outcome_df(estimation);
    size_t n_null = options->intercept ? estimation_n_blocks(estimation) : 0;
    bool is_gaussian = options->family == FAMILY_GAUSSIAN;
    if (is_gaussian)
        report_gaussian(estimation, n, loss);
    else if (estimation->likelihood.loss->is_logistic)
        report_logistic(estimation, loss);
    else
        report_none(report);
    report->dispersion = report->r_squared = NAN;
    report->aic = 2 * (k + is_gaussian) - 2 * report->log_likelihood;
    report->bic = (k + is_gaussian) * log(n) - 2 * report->log_likelihood;
    report->sum_weights = survey->sum_weights;
    report->n_rows = estimation->design->n_rows;
    report->n_coefficients = estimation_n_blocks(estimation) * estimation->basis.n_terms;
    report->n_nonzero = l1_outcome_n_nonzero(estimation);
    report->df_residual = n - k;
    report_pseudo_r2(report, n, estimation->likelihood.loss->is_logistic);
    report_test(report, k - (double)n_null, estimation->objective.l1 != NULL);
}
