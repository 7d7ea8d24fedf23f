#include "core/model/model_import.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/inference.h"

#define CONFIDENCE 0.95

static size_t n_blocks_of(const struct model_import *from)
{
    return from->family == FAMILY_MULTINOMIAL ? from->n_classes - 1 : 1;
}

static double *copy(const double *values, size_t n, struct error *err)
{
    double *copied = memory_new_aligned(n, sizeof(*copied), err);
    if (copied && n > 0)
        memcpy(copied, values, n * sizeof(*copied));
    return copied;
}

/* ---- the coefficients ---- */

/* w_j = b_j/s_j and, of the intercept, b_0 - Σ w_j m_j; of columns as given as they are.
 */
static int solve_block(const struct model_import *from, const double *estimates,
                       double *solution)
{
    bool intercept = from->intercept, is_finite = true;
    long double first = intercept && !isnan(estimates[0]) ? estimates[0] : 0;
    for (size_t j = 0; j < from->encoding->n_columns; j++) {
        double estimate = estimates[intercept + j];
        double *to = &solution[intercept + j];
        *to = isnan(estimate) ? 0 : from->scales ? estimate / from->scales[j] : estimate;
        if (from->means)
            first -= (long double)*to * from->means[j];
        is_finite = is_finite && isfinite(*to);
    }
    if (intercept)
        solution[0] = (double)first;
    return is_finite && (!intercept || isfinite(solution[0])) ? 0 : -1;
}

static int solve(const struct model_import *from, struct estimate *estimate,
                 struct error *err)
{
    size_t n = estimate->n_blocks * estimate->n_terms;
    estimate->solution = memory_new_aligned(n, sizeof(*estimate->solution), err);
    if (!estimate->solution)
        return -1;
    for (size_t b = 0; b < estimate->n_blocks; b++)
        if (solve_block(from, from->estimates + b * estimate->n_terms,
                        estimate->solution + b * estimate->n_terms) < 0)
            return error_set(err, ERROR_NON_FINITE,
                             "a coefficient on its column as given is beyond the range "
                             "of numbers");
    return 0;
}

static double std_error_of(const struct model_import *from, size_t i, size_t n)
{
    if (from->covariance)
        return sqrt(from->covariance[i * n + i]);
    return from->std_errors ? from->std_errors[i] : NAN;
}

static int tell(const struct model_import *from, struct estimate *estimate,
                struct error *err)
{
    size_t n = estimate->n_blocks * estimate->n_terms;
    bool has_odds = family_traits(from->family)->is_logistic;
    estimate->coefficients = memory_new(n, sizeof(*estimate->coefficients), err);
    if (!estimate->coefficients)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct coefficient *to = &estimate->coefficients[i];
        to->estimate = from->estimates[i];
        to->aliased = isnan(to->estimate);
        to->odds_ratio = has_odds ? exp(to->estimate) : NAN;
        inference_fill(to, std_error_of(from, i, n), CONFIDENCE);
        estimate->report.n_coefficients += !to->aliased;
    }
    return 0;
}

static uint64_t count_nonzero(const struct model_import *from,
                              const struct estimate *estimate)
{
    uint64_t n = 0;
    for (size_t b = 0; b < estimate->n_blocks; b++)
        for (size_t t = from->intercept; t < estimate->n_terms; t++)
            n += estimate->solution[b * estimate->n_terms + t] != 0;
    return n;
}

static int copy_typical(const struct model_import *from, struct typical *typical,
                        struct error *err)
{
    const struct typical of = {.means = (double *)from->means,
                               .spreads = (double *)from->scales,
                               .response_scale =
                                   family_traits(from->family)->of_numbers ? 0 : 1};
    return typical_copy(typical, &of, from->encoding->n_columns, err);
}

/* ---- the model ---- */

static int fill(const struct model_import *from, struct estimate *estimate,
                struct error *err)
{
    size_t n = estimate->n_blocks * estimate->n_terms, n_cells = 0;
    size_t n_columns = from->encoding->n_columns;
    if (from->covariance && !memory_product(n, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    report_forget(&estimate->report);
    estimate->report.stop_reason = memory_copy_string(MODEL_IMPORT_STOP, err);
    if (!estimate->report.stop_reason || solve(from, estimate, err) < 0 ||
        tell(from, estimate, err) < 0)
        return -1;
    estimate->report.n_nonzero = count_nonzero(from, estimate);
    if ((from->covariance &&
         !(estimate->covariance = copy(from->covariance, n_cells, err))) ||
        (from->means && !(estimate->means = copy(from->means, n_columns, err))) ||
        (from->scales && !(estimate->scales = copy(from->scales, n_columns, err))))
        return -1;
    return from->is_typical ? copy_typical(from, &estimate->typical, err) : 0;
}

struct model *model_import(const struct model_import *from, struct error *err)
{
    struct estimate estimate = {.n_blocks = n_blocks_of(from),
                                .n_terms = from->encoding->n_columns + from->intercept};
    const struct model_parts parts = {.family = from->family,
                                      .n_classes = from->n_classes,
                                      .classes = from->classes,
                                      .positive = from->positive,
                                      .reference = from->reference,
                                      .intercept = from->intercept,
                                      .encoding = from->encoding,
                                      .estimate = &estimate};
    struct model *model = NULL;
    if (fill(from, &estimate, err) == 0)
        model = model_assemble(&parts, err);
    estimate_free(&estimate);
    return model;
}

bool model_import_is(const struct model *model)
{
    return !model->report.algorithm;
}
