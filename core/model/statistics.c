#include "core/model/statistics.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/model/hypothesis.h"
#include "core/model/inflation.h"
#include "core/model/marginal_effects.h"
#include "core/model/prior.h"
#include "core/model/profile.h"
#include "core/model/row_residuals.h"
#include "core/model/term_names.h"

static void place(const struct estimation *estimation, struct error *err)
{
    if (err && err->code == ERROR_INVALID)
        error_place(err, "%s",
                    estimation->options->details.covariance == COVARIANCE_CLUSTER
                        ? "/cluster"
                        : "/covariance");
}

/* Takes the covariance; rows and columns of what has no estimate become NaN. */
static void put_coefficients(const struct estimation *estimation,
                             struct inference *inference)
{
    struct estimate *estimate = estimation->estimate;
    size_t n = estimation_n_terms(estimation);
    double *covariance = inference->covariance;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(estimate->coefficients[i].estimate)) {
            inference_fill(&estimate->coefficients[i], inference->std_errors[i],
                           estimation->options->confidence);
            continue;
        }
        for (size_t j = 0; j < n; j++)
            covariance[i * n + j] = covariance[j * n + i] = NAN;
    }
    estimate->covariance = covariance;
    inference->covariance = NULL;
}

static int make_robust(struct estimation *estimation, struct inference *inference,
                       struct error *err)
{
    struct addenda *addenda = &estimation->estimate->report.addenda;
    if (estimation->options->details.covariance == COVARIANCE_MODEL)
        return 0;
    if (inference_make_robust(inference, estimation, &addenda->n_clusters, err) == 0)
        return 0;
    place(estimation, err);
    return -1;
}

static int tell_what_is_certain(struct estimation *estimation,
                                struct inference *inference, struct error *err)
{
    const struct statistics_options *details = &estimation->options->details;
    if (!estimation->likelihood.loss->is_logistic) {
        put_coefficients(estimation, inference);
        return 0;
    }
    if ((details->vif && inflation_run(estimation, inference, err) < 0) ||
        make_robust(estimation, inference, err) < 0 ||
        hypothesis_wald(estimation, inference, err) < 0 ||
        hypothesis_terms(estimation, inference, err) < 0 ||
        hypothesis_score(estimation, err) < 0 ||
        (details->marginal_effects &&
         marginal_effects_run(estimation, inference, err) < 0))
        return -1;
    put_coefficients(estimation, inference);
    return 0;
}

/* Of finite estimates; separation has a warning of its own. */
static int warn_of_singular(const struct estimation *estimation, struct error *err)
{
    const struct addenda *addenda = &estimation->estimate->report.addenda;
    if (!addenda->has_statistics || !isnan(addenda->wald_statistic) ||
        !(addenda->wald_df > 0) || estimation->n_free < estimation->likelihood.n)
        return 0;
    return report_warn(&estimation->estimate->report, "singular_covariance", NULL, 0, err,
                       "the covariance of all %g coefficients together is singular, as "
                       "with fewer clusters than coefficients: there is no Wald test of "
                       "them all",
                       addenda->wald_df);
}

/* ---- intervals ---- */

/* Bounds that the profile does not have. */
static int warn_of_open(const struct estimation *estimation, struct error *err)
{
    const struct estimate *estimate = estimation->estimate;
    const struct basis *basis = &estimation->basis;
    struct term_names names;
    if (term_names_new(&names, estimation->hooks, estimate->n_terms, err) < 0)
        return -1;
    for (size_t t = 0; t < estimate->n_terms; t++) {
        bool is_open = false;
        for (size_t b = 0; b < estimate->n_blocks; b++) {
            const struct coefficient *of =
                &estimate->coefficients[b * estimate->n_terms + t];
            is_open =
                is_open || (!of->aliased && (isnan(of->ci_low) || isnan(of->ci_high)));
        }
        if (is_open)
            term_names_add(&names, t < basis->intercept ? TERM_NAMES_INTERCEPT
                                                        : t - basis->intercept);
    }
    int status =
        names.n == 0
            ? 0
            : report_warn(&estimation->estimate->report, "interval_unbounded",
                          names.names, names.n, err,
                          "the profile likelihood of these coefficients gives no "
                          "bound on one side or on both: those limits are null");
    term_names_free(&names);
    return status;
}

/* Separated data have no certificate, but bounds. */
static int find_intervals(const struct estimation *estimation, bool is_certain,
                          struct error *err)
{
    if (!estimation->options->details.profile ||
        (!is_certain && !estimation->separation.is_complete))
        return 0;
    if (profile_run(estimation, err) < 0)
        return -1;
    estimation->estimate->report.addenda.has_statistics = true;
    return warn_of_open(estimation, err);
}

/* ---- what needs no certificate ---- */

static void tell_how(const struct estimation *estimation, bool is_certain)
{
    const struct estimate_options *options = estimation->options;
    struct addenda *addenda = &estimation->estimate->report.addenda;
    addenda->covariance = options->details.covariance;
    addenda->profile = options->details.profile;
    addenda->confidence = options->confidence;
    addenda->is_penalised = options->l1 > 0 || options->l2 > 0;
    addenda->has_statistics = is_certain && options->statistics;
    addenda->wald_statistic = addenda->wald_df = addenda->wald_p_value = NAN;
    addenda->score_statistic = addenda->score_df = addenda->score_p_value = NAN;
}

int statistics_report(struct estimation *estimation, struct inference *inference,
                      bool is_certain, struct error *err)
{
    const struct estimate_options *options = estimation->options;
    tell_how(estimation, is_certain);
    if (is_certain && options->statistics &&
        tell_what_is_certain(estimation, inference, err) < 0)
        return -1;
    if ((options->statistics && find_intervals(estimation, is_certain, err) < 0) ||
        (options->details.residuals &&
         row_residuals_run(estimation, inference->inverse, err) < 0) ||
        warn_of_singular(estimation, err) < 0)
        return -1;
    return estimation->likelihood.loss->is_logistic ? prior_report(estimation, err) : 0;
}
