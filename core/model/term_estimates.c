#include "core/model/term_estimates.h"

#include <string.h>

#include "core/base/memory.h"

static double scale_of(const struct basis *basis, size_t j)
{
    return basis->unit[j] / basis->factor[j];
}

/* From the columns as given: (x - m)/s times ws, and the m w that this lacks. */
static void standardise(const struct estimation *estimation, const double *given,
                        double *terms)
{
    const struct basis *basis = &estimation->basis;
    bool intercept = basis->intercept;
    long double sum = intercept ? given[0] : 0;
    for (size_t j = 0; j < basis->n_columns; j++) {
        sum += (long double)given[intercept + j] * estimation->means[j];
        terms[intercept + j] = given[intercept + j] * scale_of(basis, j);
    }
    if (intercept)
        terms[0] = (double)sum;
}

void term_estimates_find(const struct estimation *estimation, double *terms)
{
    const struct estimate *estimate = estimation->estimate;
    const struct basis *basis = &estimation->basis;
    size_t n_terms = estimate->n_terms;
    if (!estimation->means) {
        memcpy(terms, estimate->solution, estimate->n_blocks * n_terms * sizeof(*terms));
        return;
    }
    for (size_t b = 0; b < estimate->n_blocks; b++)
        if (estimate->classes) /* blocks of the solution are none of the basis */
            standardise(estimation, estimate->solution + b * n_terms,
                        terms + b * n_terms);
        else
            basis_to_terms(basis, estimation->point.beta + b * basis->n_terms,
                           terms + b * n_terms);
}

int term_estimates_report(struct estimation *estimation, struct error *err)
{
    struct estimate *estimate = estimation->estimate;
    const struct basis *basis = &estimation->basis;
    if (!estimation->means)
        return 0;
    estimate->scales = memory_new(basis->n_columns, sizeof(*estimate->scales), err);
    if (!estimate->scales)
        return -1;
    estimate->means = estimation->means;
    estimation->means = NULL;
    for (size_t j = 0; j < basis->n_columns; j++) {
        estimate->scales[j] = scale_of(basis, j);
        estimate->means[j] = basis->intercept ? estimate->means[j] : 0;
    }
    return 0;
}
