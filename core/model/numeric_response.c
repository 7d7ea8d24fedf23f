#include "core/model/numeric_response.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/student.h"

/* ---- the scale ---- */

static double rest_of(const struct design *design, uint64_t i)
{
    return design_label(design, i) - design_offset(design, i);
}

/* By a first look in units of the greatest value, so that no sum overflows. */
static void find_scale(struct numeric_response *response, const struct design *design)
{
    double greatest = 0, mean = 0, square = 0, sum_weights = 0;
    int exponent;
    for (uint64_t i = 0; i < design->n_rows; i++)
        greatest = fmax(greatest, fabs(rest_of(design, i)));
    response->centre = 0;
    response->scale = 1;
    if (!(greatest > 0) || !isfinite(greatest))
        return; /* what is not finite the survey tells */
    for (uint64_t i = 0; i < design->n_rows; i++) {
        double weight = design_weight(design, i);
        sum_weights += weight;
        mean += weight * (rest_of(design, i) / greatest);
    }
    mean = response->options.intercept ? mean / sum_weights : 0;
    for (uint64_t i = 0; i < design->n_rows; i++) {
        double off = rest_of(design, i) / greatest - mean;
        square += design_weight(design, i) * off * off;
    }
    double spread = sqrt(square / sum_weights) * greatest;
    response->centre = mean * greatest;
    if (spread > 0 && isfinite(spread)) {
        frexp(spread, &exponent);
        response->scale = ldexp(1, exponent);
    }
}

static int scale_design(const struct numeric_response *response,
                        const struct design *design, struct design *made,
                        struct error *err)
{
    size_t n = (size_t)design->n_rows;
    *made = *design;
    made->offset = NULL;
    made->y = design_array_new(design, n, sizeof(double), err);
    if (!made->y || (design->offset &&
                     !(made->offset = design_array_new(design, n, sizeof(double), err))))
        return -1;
    for (size_t i = 0; i < n; i++) {
        design_array_touch(made, &made->y[i], sizeof(*made->y));
        made->y[i] = (design_label(design, i) - response->centre) / response->scale;
    }
    for (size_t i = 0; design->offset && i < n; i++) {
        design_array_touch(made, &made->offset[i], sizeof(*made->offset));
        made->offset[i] = design_offset(design, i) / response->scale;
    }
    return 0;
}

/* Coefficients to start from are of y. */
static int scale_start(struct numeric_response *response, const struct design *design,
                       struct error *err)
{
    const double *given = response->options.start;
    bool intercept = response->options.intercept;
    size_t n = intercept + design->n_columns;
    if (!given)
        return 0;
    response->start = memory_new(n, sizeof(*response->start), err);
    if (!response->start)
        return -1;
    for (size_t i = 0; i < n; i++)
        response->start[i] =
            (given[i] - (i < intercept ? response->centre : 0)) / response->scale;
    response->options.start = response->start;
    return 0;
}

/* J of y is this times J of y': squared errors have the unit of y twice, absolute ones
 * once; and coefficients have it once. */
static void find_units(struct numeric_response *response)
{
    double scale = response->scale;
    response->objective_unit =
        response->options.family == FAMILY_GAUSSIAN ? scale * scale : scale;
    response->gradient_unit = response->objective_unit / scale;
}

void numeric_response_penalise(struct numeric_response *response,
                               const struct estimate_options *options)
{
    double square = response->scale * response->scale;
    response->options.l2 = options->l2 * square / response->objective_unit;
    response->options.l1 = options->l1 * response->scale / response->objective_unit;
}

int numeric_response_new(struct numeric_response *response, const struct design *design,
                         const struct estimate_options *options,
                         const struct estimate_hooks *hooks, struct error *err)
{
    response->options = *options;
    find_scale(response, design);
    find_units(response);
    numeric_response_penalise(response, options);
    response->hooks = *hooks;
    response->hooks.objective_unit = response->objective_unit;
    response->hooks.gradient_unit = response->gradient_unit;
    if (options->held_out) {
        response->options.held_out = &response->held_out;
        if (scale_design(response, options->held_out, &response->held_out, err) < 0)
            return -1;
    }
    return scale_start(response, design, err) < 0
               ? -1
               : scale_design(response, design, &response->design, err);
}

void numeric_response_free(struct numeric_response *response)
{
    design_array_free(&response->design, response->design.y);
    design_array_free(&response->design, response->design.offset);
    memory_free(response->start);
    design_array_free(&response->held_out, response->held_out.y);
    design_array_free(&response->held_out, response->held_out.offset);
    *response = (struct numeric_response){0};
}

/* ---- back ---- */

static bool is_gaussian(const struct numeric_response *response)
{
    return response->options.family == FAMILY_GAUSSIAN;
}

static void restore_report(const struct numeric_response *response, struct report *report)
{
    double scale = response->scale, square = scale * scale;
    double of_density = report->df_residual + report->lr_df + response->options.intercept;
    report->objective *= response->objective_unit;
    report->validation_loss *= response->objective_unit;
    for (size_t k = 0; k < report->n_trials; k++)
        report->trials[k].validation_loss *= response->objective_unit;
    report->gradient_norm *= response->gradient_unit;
    report->kkt_residual *= response->gradient_unit;
    report->newton_decrement *= scale;
    report->duality_gap *= response->objective_unit;
    report->l1_max *= response->gradient_unit;
    report->deviance *= square;
    report->null_deviance *= square;
    report->log_likelihood -= of_density * log(scale);
    report->null_log_likelihood -= of_density * log(scale);
    report->aic += 2 * of_density * log(scale);
    report->bic += 2 * of_density * log(scale);
    report->dispersion =
        is_gaussian(response) ? report->deviance / report->df_residual : (double)NAN;
    report->r_squared = report->null_deviance > 0
                            ? 1 - report->deviance / report->null_deviance
                            : (double)NAN;
}

static void restore_solution(const struct numeric_response *response,
                             struct estimate *estimate)
{
    bool intercept = response->options.intercept;
    for (size_t i = 0; i < estimate->n_terms; i++) {
        double shift = i == 0 && intercept ? response->centre : 0;
        estimate->solution[i] = estimate->solution[i] * response->scale + shift;
        estimate->coefficients[i].estimate =
            estimate->coefficients[i].estimate * response->scale + shift;
        estimate->coefficients[i].odds_ratio = NAN;
    }
}

/* Statistics of one coefficient by Student's t; std_error is that of y' with a dispersion
 * of 1. */
static void restore_coefficient(const struct numeric_response *response,
                                const struct report *report,
                                struct coefficient *coefficient)
{
    double unit = sqrt(report->dispersion); /* of y, and so without the scale */
    double reach = student_reach(response->options.confidence, report->df_residual);
    coefficient->std_error *= unit;
    coefficient->z = coefficient->estimate / coefficient->std_error;
    coefficient->p_value = student_p(coefficient->z, report->df_residual);
    coefficient->ci_low = coefficient->estimate - reach * coefficient->std_error;
    coefficient->ci_high = coefficient->estimate + reach * coefficient->std_error;
}

static void withhold(struct estimate *estimate)
{
    for (size_t i = 0; i < estimate->n_terms; i++) {
        struct coefficient *coefficient = &estimate->coefficients[i];
        coefficient->std_error = coefficient->z = coefficient->p_value = NAN;
        coefficient->ci_low = coefficient->ci_high = NAN;
    }
    memory_free(estimate->covariance);
    estimate->covariance = NULL;
}

static int restore_statistics(const struct numeric_response *response,
                              struct estimate *estimate, struct error *err)
{
    struct report *report = &estimate->report;
    if (!estimate->covariance)
        return 0;
    if (!(report->dispersion > 0) || !isfinite(report->dispersion)) {
        withhold(estimate);
        return report_warn(report, "statistics_withheld", NULL, 0, err,
                           "standard errors and p-values are withheld: %s",
                           report->df_residual > 0
                               ? "the fit is perfect, so the rows tell no dispersion"
                               : "there are no more rows than coefficients");
    }
    for (size_t i = 0; i < estimate->n_terms; i++)
        restore_coefficient(response, report, &estimate->coefficients[i]);
    for (size_t i = 0; i < estimate->n_terms * estimate->n_terms; i++)
        estimate->covariance[i] *= report->dispersion;
    return 0;
}

int numeric_response_restore(const struct numeric_response *response,
                             struct estimate *estimate, struct error *err)
{
    restore_report(response, &estimate->report);
    restore_solution(response, estimate);
    estimate->typical.response_centre = response->centre;
    estimate->typical.response_scale = response->scale;
    return restore_statistics(response, estimate, err);
}
