#include "core/kernel/cholesky.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "core/base/memory.h"
#include "core/kernel/cholesky_pivoted.h"

/* Pivots of a scaled matrix below n times this are rounding noise. */
#define NEGLIGIBLE 4e-16
#define WHOLE 512U /* rows that are factored in one call */
#define BLOCK 128U /* else so many at a time */

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
    made.scratch = memory_new_aligned(CHOLESKY_PANEL * n, sizeof(double), err);
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
static bool factor_block(double *block, size_t n, size_t stride)
{
    return LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, block,
                               (lapack_int)stride) == 0;
}

/* The rows below a block that is factored, and what they take off the rest. */
static void go_below(double *block, size_t n, size_t n_below, size_t stride)
{
    double *below = block + n * stride, *rest = below + n;
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit,
                (blasint)n_below, (blasint)n, 1, block, (blasint)stride, below,
                (blasint)stride);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (blasint)n_below, (blasint)n, -1,
                below, (blasint)stride, 1, rest, (blasint)stride);
}

/* LAPACK alone where it takes no time; else block by block. */
static bool factor_in_place(const struct cholesky *cholesky)
{
    size_t n = cholesky->n, n_block = n <= WHOLE ? n : BLOCK;
    for (size_t first = 0; first < n; first += n_block) {
        double *block = cholesky->factor + first * (n + 1);
        size_t n_here = n - first < n_block ? n - first : n_block;
        if (stop_is_asked(&cholesky->stop) || !factor_block(block, n_here, n))
            return false;
        if (first + n_here < n)
            go_below(block, n_here, n - first - n_here, n);
    }
    return true;
}

static bool factor_plainly(struct cholesky *cholesky, const double *a)
{
    copy_scaled(cholesky, a);
    cholesky->rank = cholesky->n;
    for (size_t i = 0; i < cholesky->n; i++)
        cholesky->order[i] = (int)i;
    return factor_in_place(cholesky) && !has_small_pivot(cholesky);
}

static void factor_pivoted(struct cholesky *cholesky, const double *a)
{
    lapack_int n = (lapack_int)cholesky->n, rank = 0;
    copy_scaled(cholesky, a);
    if (cholesky->n > WHOLE) {
        cholesky->rank =
            cholesky_pivoted_factor(cholesky->n, cholesky->factor, NEGLIGIBLE * (double)n,
                                    cholesky->order, cholesky->scratch, &cholesky->stop);
        return;
    }
    LAPACKE_dpstrf_work(LAPACK_COL_MAJOR, 'U', n, cholesky->factor, n, cholesky->order,
                        &rank, NEGLIGIBLE * (double)n, cholesky->scratch);
    cholesky->rank = (size_t)rank;
    for (size_t i = 0; i < cholesky->n; i++)
        cholesky->order[i]--;
}

void cholesky_factor(struct cholesky *cholesky, const double *a)
{
    find_scale(cholesky, a);
    if (!factor_plainly(cholesky, a) && !stop_is_asked(&cholesky->stop))
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

double cholesky_log_determinant(const struct cholesky *cholesky)
{
    size_t n = cholesky->n;
    double sum = 0;
    if (cholesky->rank < n)
        return -INFINITY;
    for (size_t i = 0; i < n; i++)
        sum += log(cholesky->factor[i * (n + 1)]) - log(cholesky->scale[i]);
    return 2 * sum;
}

/* ---- the inverse, some rows at a time ---- */

/* Rows first… of (LL')⁻¹ into the scratch: e'L⁻ᵀ, which is 0 before the row, then L⁻¹,
 * of which what is before the panel is in the rows before it. */
static void solve_panel(const struct cholesky *cholesky, size_t first, size_t n_rows)
{
    size_t n = cholesky->n, rank = cholesky->rank;
    double *panel = cholesky->scratch;
    memset(panel, 0, n_rows * rank * sizeof(*panel));
    for (size_t i = 0; i < n_rows; i++)
        panel[i * rank + first + i] = 1;
    for (int is_second = 0; is_second < 2; is_second++)
        cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower,
                    is_second ? CblasNoTrans : CblasTrans, CblasNonUnit, (blasint)n_rows,
                    (blasint)(rank - first), 1, cholesky->factor + first * (n + 1),
                    (blasint)n, panel + first, (blasint)rank);
}

/* Back to the order and the units of A, from the diagonal on; and the same below it. */
static void put_panel(const struct cholesky *cholesky, size_t first, size_t n_rows,
                      double *inverse)
{
    size_t n = cholesky->n, rank = cholesky->rank;
    const double *panel = cholesky->scratch, *scale = cholesky->scale;
    for (size_t i = 0; i < n_rows; i++) {
        int row = cholesky->order[first + i];
        for (size_t j = first + i; j < rank; j++) {
            int column = cholesky->order[j];
            double cell = panel[i * rank + j] * scale[row] * scale[column];
            inverse[(size_t)row * n + (size_t)column] = cell;
            inverse[(size_t)column * n + (size_t)row] = cell;
        }
    }
}

void cholesky_inverse(const struct cholesky *cholesky, double *inverse)
{
    size_t n = cholesky->n, rank = cholesky->rank;
    if (n == 0)
        return;
    memset(inverse, 0, n * n * sizeof(*inverse));
    for (size_t first = 0; first < rank; first += CHOLESKY_PANEL) {
        size_t n_rows = rank - first < CHOLESKY_PANEL ? rank - first : CHOLESKY_PANEL;
        if (stop_is_asked(&cholesky->stop))
            return;
        solve_panel(cholesky, first, n_rows);
        put_panel(cholesky, first, n_rows, inverse);
    }
}
