#include "core/kernel/cholesky.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "core/base/memory.h"

/* Pivots of a scaled matrix below n times this are rounding noise. */
#define NEGLIGIBLE 4e-16

int cholesky_new(struct cholesky *cholesky, size_t n, struct error *err)
{
    struct cholesky made = {.n = n};
    size_t n_cells;
    if (n > INT_MAX / 2 || !memory_product(n, n, &n_cells))
        return error_set(err, ERROR_TOO_LARGE,
                         "%zu coefficients are more than a dense "
                         "factorisation can take",
                         n);
    made.factor = memory_new_aligned(n_cells, sizeof(double), err);
    made.scale = memory_new_aligned(n, sizeof(double), err);
    made.order = memory_new(n, sizeof(int), err);
    made.scratch = memory_new_aligned(2 * n, sizeof(double), err);
    if (!made.factor || !made.scale || !made.order || !made.scratch) {
        cholesky_free(&made);
        return -1;
    }
    *cholesky = made;
    return 0;
}

void cholesky_free(struct cholesky *cholesky)
{
    memory_free(cholesky->factor);
    memory_free(cholesky->scale);
    memory_free(cholesky->order);
    memory_free(cholesky->scratch);
    *cholesky = (struct cholesky){0};
}

static void find_scale(struct cholesky *cholesky, const double *a)
{
    size_t n = cholesky->n;
    for (size_t i = 0; i < n; i++) {
        double diagonal = a[i * n + i];
        cholesky->scale[i] = diagonal > 0 ? 1 / sqrt(diagonal) : 0;
    }
}

/* The lower triangle of SAS. */
static void copy_scaled(struct cholesky *cholesky, const double *a)
{
    size_t n = cholesky->n;
    for (size_t i = 0; i < n; i++) {
        double scale = cholesky->scale[i];
        for (size_t j = 0; j < i; j++)
            cholesky->factor[i * n + j] = a[i * n + j] * cholesky->scale[j] * scale;
        cholesky->factor[i * n + i] = scale > 0 ? 1 : 0;
    }
}

static bool has_small_pivot(const struct cholesky *cholesky)
{
    size_t n = cholesky->n;
    double least = 1;
    for (size_t i = 0; i < n; i++)
        least = fmin(least, cholesky->factor[i * (n + 1)]);
    return least * least <= NEGLIGIBLE * (double)n;
}

/* What is lower and row-major is upper to LAPACK. */
static bool factor_plainly(struct cholesky *cholesky, const double *a)
{
    lapack_int n = (lapack_int)cholesky->n;
    copy_scaled(cholesky, a);
    cholesky->rank = cholesky->n;
    for (size_t i = 0; i < cholesky->n; i++)
        cholesky->order[i] = (int)i;
    return n == 0 ||
           (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', n, cholesky->factor, n) == 0 &&
            !has_small_pivot(cholesky));
}

static void factor_pivoted(struct cholesky *cholesky, const double *a)
{
    lapack_int n = (lapack_int)cholesky->n, rank = 0;
    copy_scaled(cholesky, a);
    LAPACKE_dpstrf_work(LAPACK_COL_MAJOR, 'U', n, cholesky->factor, n, cholesky->order,
                        &rank, NEGLIGIBLE * (double)n, cholesky->scratch);
    cholesky->rank = (size_t)rank;
    for (size_t i = 0; i < cholesky->n; i++)
        cholesky->order[i]--;
}

void cholesky_factor(struct cholesky *cholesky, const double *a)
{
    find_scale(cholesky, a);
    if (!factor_plainly(cholesky, a))
        factor_pivoted(cholesky, a);
}

static void solve_triangle(const struct cholesky *cholesky,
                           enum CBLAS_TRANSPOSE transpose, double *x)
{
    cblas_dtrsv(CblasRowMajor, CblasLower, transpose, CblasNonUnit,
                (blasint)cholesky->rank, cholesky->factor, (blasint)cholesky->n, x, 1);
}

void cholesky_solve(const struct cholesky *cholesky, double *x)
{
    double *pivoted = cholesky->scratch;
    size_t rank = cholesky->rank;
    for (size_t i = 0; i < rank; i++) {
        int from = cholesky->order[i];
        pivoted[i] = x[from] * cholesky->scale[from];
    }
    for (size_t i = 0; i < cholesky->n; i++)
        x[i] = 0;
    if (rank == 0)
        return;
    solve_triangle(cholesky, CblasNoTrans, pivoted);
    solve_triangle(cholesky, CblasTrans, pivoted);
    for (size_t i = 0; i < rank; i++) {
        int to = cholesky->order[i];
        x[to] = pivoted[i] * cholesky->scale[to];
    }
}

void cholesky_inverse(const struct cholesky *cholesky, double *inverse)
{
    size_t n = cholesky->n;
    for (size_t j = 0; j < n; j++) {
        double *row = inverse + j * n;
        memset(row, 0, n * sizeof(*row));
        row[j] = 1;
        cholesky_solve(cholesky, row);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double mean = (inverse[i * n + j] + inverse[j * n + i]) / 2;
            inverse[i * n + j] = inverse[j * n + i] = mean;
        }
}
