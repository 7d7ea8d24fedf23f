#include "core/model/inference.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/kernel/cholesky.h"
#include "core/kernel/distribution.h"
#include "core/model/sandwich.h"

typedef void map_fn(const struct basis *basis, const double *from, double *to);

/* Each block of a vector. */
static void map_blocks(const struct estimation *estimation, map_fn *map,
                       const double *from, double *to)
{
    size_t n_terms = estimation->estimate->n_terms;
    for (size_t b = 0; b < estimation->likelihood.n_blocks; b++)
        map(&estimation->basis, from + b * estimation->basis.n_terms, to + b * n_terms);
}

/* M A M' of a whole symmetric matrix [n × n], rows first, then columns. */
static double *map_matrix(const struct estimation *estimation, map_fn *map,
                          const double *a, struct error *err)
{
    size_t n = estimation->likelihood.n, n_all = estimation_n_terms(estimation);
    double *half = memory_new_aligned(n * n_all, sizeof(double), err);
    double *whole = memory_new_aligned(n_all * n_all, sizeof(double), err);
    double *column = memory_new(n, sizeof(double), err);
    bool made = half && whole && column;
    const struct stop stop = pool_stop(estimation->pool);
    for (size_t i = 0; made && i < n && !stop_is_asked(&stop); i++)
        map_blocks(estimation, map, a + i * n, half + i * n_all);
    for (size_t j = 0; made && j < n_all && !stop_is_asked(&stop); j++) {
        for (size_t i = 0; i < n; i++)
            column[i] = half[i * n_all + j];
        map_blocks(estimation, map, column, whole + j * n_all);
    }
    memory_free(half);
    memory_free(column);
    if (made && stop_check(&stop, err) == 0)
        return whole;
    memory_free(whole);
    return NULL;
}

static void make_symmetric(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            a[i * n + j] = a[j * n + i] = (a[i * n + j] + a[j * n + i]) / 2;
}

/* [n_free × n_free], lower triangle. */
static void copy_free(const struct estimation *estimation, double *a)
{
    size_t n = estimation->likelihood.n, n_free = estimation->n_free;
    for (size_t i = 0; i < n_free; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * n_free + j] =
                estimation->point.hessian[estimation->free[i] * n + estimation->free[j]];
}

/* From the first n_free² cells to the whole [n × n]; the rest is 0. */
static void spread_free(const struct estimation *estimation, double *a)
{
    size_t n = estimation->likelihood.n, n_free = estimation->n_free;
    size_t next_row = n_free;
    for (size_t i = n; i-- > 0;) {
        bool row_is_free = next_row > 0 && estimation->free[next_row - 1] == i;
        size_t next_column = n_free;
        next_row -= row_is_free;
        for (size_t j = n; j-- > 0;) {
            bool is_free =
                row_is_free && next_column > 0 && estimation->free[next_column - 1] == j;
            next_column -= next_column > 0 && estimation->free[next_column - 1] == j;
            a[i * n + j] = is_free ? a[next_row * n_free + next_column] : 0;
        }
    }
}

/* Of the free coordinates; 0 for the others. */
static double *inverse_hessian(const struct estimation *estimation, bool *is_definite,
                               struct error *err)
{
    size_t n = estimation->likelihood.n;
    struct cholesky factor = {0};
    double *inverse = memory_new_aligned(n * n, sizeof(double), err);
    if (inverse && cholesky_new(&factor, estimation->n_free, err) == 0) {
        factor.stop = pool_stop(estimation->pool);
        copy_free(estimation, inverse);
        cholesky_factor(&factor, inverse);
        cholesky_inverse(&factor, inverse);
        *is_definite = factor.rank == factor.n;
        cholesky_free(&factor);
        spread_free(estimation, inverse);
        return inverse;
    }
    memory_free(inverse);
    return NULL;
}

/* From unit coefficients to those as given. */
static void scale_covariance(const struct estimation *estimation,
                             struct inference *inference)
{
    size_t n = estimation_n_terms(estimation), n_terms = estimation->estimate->n_terms;
    double *covariance = inference->covariance;
    for (size_t i = 0; i < n; i++)
        inference->std_errors[i] = sqrt(fmax(covariance[i * n + i], 0)) *
                                   basis_unit(&estimation->basis, i % n_terms);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            covariance[i * n + j] *= basis_unit(&estimation->basis, i % n_terms) *
                                     basis_unit(&estimation->basis, j % n_terms);
}

/* Covariance and standard errors of the coefficients as given, from those in the basis.
 */
static int map_covariance(struct inference *inference,
                          const struct estimation *estimation, struct error *err)
{
    double *mapped =
        map_matrix(estimation, basis_to_unit_terms, inference->in_basis, err);
    if (!mapped)
        return -1;
    memory_free(inference->covariance);
    inference->covariance = mapped;
    make_symmetric(mapped, estimation_n_terms(estimation));
    scale_covariance(estimation, inference);
    return 0;
}

static int find(struct inference *inference, const struct estimation *estimation,
                struct error *err)
{
    size_t n = estimation->likelihood.n;
    inference->inverse = inverse_hessian(estimation, &inference->is_definite, err);
    inference->in_basis = memory_new_aligned(n * n, sizeof(double), err);
    inference->std_errors =
        memory_new(estimation_n_terms(estimation), sizeof(double), err);
    if (!inference->inverse || !inference->in_basis || !inference->std_errors)
        return -1;
    for (size_t i = 0; i < n * n; i++)
        inference->in_basis[i] = inference->inverse[i] / estimation->survey.sum_weights;
    return map_covariance(inference, estimation, err);
}

int inference_run(struct inference *inference, const struct estimation *estimation,
                  struct error *err)
{
    struct inference made = {0};
    if (find(&made, estimation, err) < 0) {
        inference_free(&made);
        return -1;
    }
    *inference = made;
    return 0;
}

int inference_make_robust(struct inference *inference,
                          const struct estimation *estimation, size_t *n_clusters,
                          struct error *err)
{
    if (sandwich_run(estimation, inference->inverse, inference->in_basis, n_clusters,
                     err) < 0)
        return -1;
    return map_covariance(inference, estimation, err);
}

void inference_free(struct inference *inference)
{
    memory_free(inference->inverse);
    memory_free(inference->in_basis);
    memory_free(inference->covariance);
    memory_free(inference->std_errors);
    *inference = (struct inference){0};
}

double *inference_hessian(const struct estimation *estimation, struct error *err)
{
    size_t n = estimation->likelihood.n;
    double *whole = memory_new_aligned(n * n, sizeof(double), err), *mapped;
    if (!whole)
        return NULL;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            whole[i * n + j] = whole[j * n + i] = estimation->point.hessian[i * n + j];
    mapped = map_matrix(estimation, basis_to_gradient, whole, err);
    memory_free(whole);
    if (mapped)
        make_symmetric(mapped, estimation_n_terms(estimation));
    return mapped;
}

void inference_fill(struct coefficient *coefficient, double std_error, double confidence)
{
    double estimate = coefficient->estimate;
    double reach = distribution_normal_reach(confidence) * std_error;
    coefficient->std_error = std_error;
    coefficient->z = estimate / std_error;
    coefficient->p_value = distribution_normal_p(coefficient->z);
    coefficient->ci_low = estimate - reach;
    coefficient->ci_high = estimate + reach;
}
