#include "core/model/condition.h"

#include <math.h>

#include "core/model/report.h"
#include "core/model/term_names.h"

#define PROMISED 1e8

/* Of one term; the greatest over the blocks, 0 where it has no estimate. */
static double inflation_of(const struct estimation *estimation, const double *diagonal,
                           const double *covariance, size_t term)
{
    const struct estimate *estimate = estimation->estimate;
    size_t n = estimate->n_blocks * estimate->n_terms;
    double greatest = 0;
    for (size_t i = term; i < n; i += estimate->n_terms)
        if (!estimate->coefficients[i].aliased)
            greatest = fmax(greatest, diagonal[i] * covariance[i * n + i] *
                                          estimation->survey.sum_weights);
    return greatest;
}

/* The terms beyond the limit, by name; *greatest of their inflations. */
static void find_inflated(const struct estimation *estimation, const double *diagonal,
                          const double *covariance, struct term_names *names,
                          double *greatest)
{
    bool intercept = estimation->basis.intercept;
    *greatest = 0;
    for (size_t term = 0; term < estimation->estimate->n_terms; term++) {
        double inflation = inflation_of(estimation, diagonal, covariance, term);
        if (!(inflation > PROMISED))
            continue;
        *greatest = fmax(*greatest, inflation);
        term_names_add(names, term < intercept ? TERM_NAMES_INTERCEPT : term - intercept);
    }
}

int condition_warn(const struct estimation *estimation, const double *diagonal,
                   const double *covariance, struct error *err)
{
    struct report *report = &estimation->estimate->report;
    struct term_names names;
    double greatest;
    int status = 0;
    if (estimation->n_free < estimation->likelihood.n)
        return 0; /* along what is not identified there is no variance */
    if (term_names_new(&names, estimation->hooks, estimation->estimate->n_terms, err) < 0)
        return -1;
    find_inflated(estimation, diagonal, covariance, &names, &greatest);
    if (names.n > 0)
        status =
            report_warn(report, "ill_conditioned", names.names, names.n, err,
                        "these terms nearly depend on each other: the others inflate "
                        "a variance %.2g times (condition number of the Hessian "
                        "%.2g), so that rounding may tell in the last digits; leave "
                        "one out, centre columns far from 0, or penalise",
                        greatest, report->condition);
    term_names_free(&names);
    return status;
}
