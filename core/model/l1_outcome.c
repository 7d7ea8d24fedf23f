#include "core/model/l1_outcome.h"

#include "core/base/memory.h"

int l1_outcome_make(struct estimation *estimation, struct error *err)
{
    struct estimate *estimate = estimation->estimate;
    size_t n;
    if (!memory_product(estimation->likelihood.n_classes, estimate->n_terms, &n))
        return error_no_memory(err, SIZE_MAX);
    estimate->classes = memory_new(n, sizeof(*estimate->classes), err);
    return estimate->classes ? 0 : -1;
}

/* Subtracts the mean over classes. */
static void centre(double *terms, size_t n_classes, size_t stride)
{
    double sum = 0;
    for (size_t k = 0; k < n_classes; k++)
        sum += terms[k * stride];
    for (size_t k = 0; k < n_classes; k++)
        terms[k * stride] -= sum / (double)n_classes;
}

static void centre_free(const struct estimation *estimation)
{
    const struct basis *basis = &estimation->basis;
    const struct estimate *estimate = estimation->estimate;
    for (size_t i = 0; i < estimate->n_terms; i++) {
        size_t column = i - basis->intercept;
        if (i < basis->intercept ||
            (basis->l1[column] == 0 && basis->penalty[column] == 0))
            centre(estimate->classes + i, estimation->likelihood.n_classes,
                   estimate->n_terms);
    }
}

void l1_outcome_put(struct estimation *estimation)
{
    const struct basis *basis = &estimation->basis;
    const struct estimate *estimate = estimation->estimate;
    size_t n = estimate->n_terms;
    for (size_t k = 0; k < estimation->likelihood.n_classes; k++)
        basis_to_given(basis, estimation->point.beta + k * basis->n_terms,
                       estimate->classes + k * n);
    for (size_t k = 0; k < estimate->n_blocks; k++)
        for (size_t i = 0; i < n; i++)
            estimate->solution[k * n + i] =
                estimate->classes[(k + 1) * n + i] - estimate->classes[i];
    centre_free(estimation);
}

size_t l1_outcome_n_nonzero(const struct estimation *estimation)
{
    const struct estimate *estimate = estimation->estimate;
    const double *terms = estimate->classes ? estimate->classes : estimate->solution;
    size_t n_blocks = estimate->n_blocks + (estimate->classes != NULL), n = 0;
    for (size_t i = 0; i < n_blocks * estimate->n_terms; i++)
        n += i % estimate->n_terms >= estimation->basis.intercept && terms[i] != 0;
    return n;
}

/* Of one term, over all blocks. */
static size_t df_of_term(const struct estimation *estimation, size_t term)
{
    const struct likelihood *likelihood = &estimation->likelihood;
    size_t n = 0;
    for (size_t k = 0; k < likelihood->n_blocks; k++) {
        size_t i = k * estimation->basis.n_terms + term;
        n += estimation->point.beta[i] != 0 || likelihood->l1[i] == 0;
    }
    return n < likelihood->n_classes ? n : n - 1;
}

static size_t df_of_block(const struct likelihood *likelihood, const double *beta)
{
    size_t n = 0;
    for (size_t i = 0; i < likelihood->n; i++)
        n += beta[i] != 0 || likelihood->l1[i] == 0;
    return n;
}

size_t l1_outcome_df(const struct estimation *estimation)
{
    const struct likelihood *likelihood = &estimation->likelihood;
    size_t n = 0;
    if (!likelihood->l1)
        return likelihood->n;
    if (likelihood->n_blocks == 1)
        return df_of_block(likelihood, estimation->point.beta);
    for (size_t term = 0; term < estimation->basis.n_terms; term++)
        n += df_of_term(estimation, term);
    return n;
}
