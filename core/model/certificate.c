#include "core/model/certificate.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/eigen.h"
#include "core/model/condition.h"
#include "core/model/duality_gap.h"
#include "core/model/inference.h"
#include "core/optim/l1.h"
#include "core/optim/vectors.h"

#define LEAST_SQUARED 1e-140
#define GREATEST_SQUARED 1e140

/* The weight of |coefficient|, of the columns that terms refer to. */
static double l1_of_term(const struct estimation *estimation, size_t term)
{
    const struct basis *basis = &estimation->basis;
    if (!estimation->objective.l1 || term < basis->intercept)
        return 0;
    size_t column = term - basis->intercept;
    return basis->l1[column] / basis->unit[column];
}

/* Slopes of F by the coefficients of one block as given; without l1 its gradient. Only
 * which coefficients are 0 and the signs of others matter. */
static void find_slopes(const struct estimation *estimation, size_t block, double *terms,
                        double *slope)
{
    const struct basis *basis = &estimation->basis;
    basis_to_terms(basis, estimation->point.beta + block * basis->n_terms, terms);
    basis_to_gradient(basis, estimation->point.gradient + block * basis->n_terms, slope);
    for (size_t i = 0; i < estimation->estimate->n_terms; i++)
        slope[i] = l1_slope(terms[i], slope[i], l1_of_term(estimation, i));
}

/* Euclidean; `greatest` is the greatest of their sizes, whose square may leave the range
 * of numbers. */
static double norm_of(const double *slope, size_t n, double greatest)
{
    double sum = 0;
    if (greatest > LEAST_SQUARED && greatest < GREATEST_SQUARED)
        return vectors_norm(slope, n);
    for (size_t i = 0; i < n; i++)
        sum = hypot(sum, slope[i]);
    return sum;
}

static int report_gradient(const struct estimation *estimation, struct error *err)
{
    struct report *report = &estimation->estimate->report;
    size_t n_terms = estimation->estimate->n_terms;
    double *slope = memory_new(2 * n_terms, sizeof(double), err), sum = 0, greatest = 0;
    if (!slope)
        return -1;
    for (size_t b = 0; b < estimation->likelihood.n_blocks; b++) {
        double largest = 0;
        find_slopes(estimation, b, slope + n_terms, slope);
        for (size_t i = 0; i < n_terms; i++)
            largest = fabs(slope[i]) > largest ? fabs(slope[i]) : largest;
        sum = hypot(sum, norm_of(slope, n_terms, largest));
        greatest = fmax(greatest, largest);
    }
    memory_free(slope);
    report->gradient_norm = sum;
    report->kkt_residual = greatest;
    report->newton_decrement = estimation->result.newton_decrement;
    report->duality_gap = duality_gap(estimation);
    return 0;
}

/* Moves the rows and columns of what is not aliased to the front; returns how many. */
static size_t pack_active(const struct estimation *estimation, double *a)
{
    const struct estimate *estimate = estimation->estimate;
    size_t n_all = estimation_n_terms(estimation), n = 0, row = 0;
    for (size_t i = 0; i < n_all; i++)
        n += !estimate->coefficients[i].aliased;
    for (size_t i = 0; i < n_all; i++) {
        size_t column = 0;
        if (estimate->coefficients[i].aliased)
            continue;
        for (size_t j = 0; j < n_all; j++)
            if (!estimate->coefficients[j].aliased)
                a[row * n + column++] = a[i * n_all + j];
        row++;
    }
    return n;
}

/* Of a matrix that is destroyed. NaN where it has overflown. */
static int greatest_eigenvalue(const struct estimation *estimation, double *a,
                               double *greatest, struct error *err)
{
    size_t n = pack_active(estimation, a);
    *greatest = NAN;
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(a[i]))
            return 0;
    const struct stop stop = pool_stop(estimation->pool);
    return n == 0 ? 0 : eigen_greatest(n, a, &stop, greatest, err);
}

static int report_curvature(const struct estimation *estimation, const double *covariance,
                            struct error *err)
{
    struct report *report = &estimation->estimate->report;
    size_t n = estimation_n_terms(estimation);
    double variance = NAN, *hessian = inference_hessian(estimation, err);
    double *diagonal = memory_new(n, sizeof(double), err);
    for (size_t i = 0; hessian && diagonal && i < n; i++)
        diagonal[i] = hessian[i * n + i];
    int status = hessian && diagonal ? greatest_eigenvalue(estimation, hessian,
                                                           &report->max_eigenvalue, err)
                                     : -1;
    memory_free(hessian);
    if (status < 0) {
        memory_free(diagonal);
        return -1;
    }
    double *copy = memory_copy(covariance, n * n * sizeof(*covariance), err);
    status = copy ? greatest_eigenvalue(estimation, copy, &variance, err) : -1;
    memory_free(copy);
    /* Along what the data do not identify J is flat. */
    report->min_eigenvalue = estimation->n_free < estimation->likelihood.n
                                 ? 0
                                 : 1 / (variance * estimation->survey.sum_weights);
    report->condition = report->min_eigenvalue > 0
                            ? report->max_eigenvalue / report->min_eigenvalue
                            : NAN;
    if (status == 0)
        status = condition_warn(estimation, diagonal, covariance, err);
    memory_free(diagonal);
    return status;
}

int certificate_report(const struct estimation *estimation, const double *covariance,
                       struct error *err)
{
    if (report_gradient(estimation, err) < 0)
        return -1;
    if (covariance)
        return report_curvature(estimation, covariance, err);
    struct report *report = &estimation->estimate->report;
    report->min_eigenvalue = report->max_eigenvalue = report->condition = NAN;
    return 0;
}
