#include "core/model/separation_suspect.h"

#include "core/base/memory.h"
#include "core/kernel/cholesky.h"

/* Σ of the variances of a mean row's worth of data. Rare events reach 10⁷ or so. */
#define OUT_OF_PROPORTION 1e10

static bool is_flat(struct cholesky *factor, double *hessian)
{
    double sum = 0;
    cholesky_factor(factor, hessian);
    if (factor->rank < factor->n)
        return true;
    cholesky_inverse(factor, hessian);
    for (size_t i = 0; i < factor->n; i++)
        sum += hessian[i * (factor->n + 1)];
    return !(sum < OUT_OF_PROPORTION);
}

int separation_suspect(const struct estimation *estimation, bool *is_suspect,
                       struct error *err)
{
    const size_t *free = estimation->free;
    size_t n = estimation->likelihood.n, n_free = estimation->n_free;
    struct cholesky factor = {0};
    double *hessian = memory_new(n_free * n_free, sizeof(double), err);
    if (!hessian || cholesky_new(&factor, n_free, err) < 0) {
        memory_free(hessian);
        return -1;
    }
    for (size_t i = 0; i < n_free; i++)
        for (size_t j = 0; j <= i; j++)
            hessian[i * n_free + j] = estimation->point.hessian[free[i] * n + free[j]];
    *is_suspect = is_flat(&factor, hessian);
    cholesky_free(&factor);
    memory_free(hessian);
    return 0;
}
