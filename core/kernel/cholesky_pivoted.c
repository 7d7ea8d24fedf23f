#include "core/kernel/cholesky_pivoted.h"

#include <string.h>

#include <cblas.h>
#include <math.h>

#define BLOCK 64U

struct factoring {
    size_t n;
    double *a;
    int *order;
    double *taken; /* [n] what the block's columns take off each diagonal */
    double *left;  /* [n] and what is left of it */
    size_t first;  /* of the block */
};

static double *at(const struct factoring *f, size_t i, size_t j)
{
    return f->a + i * f->n + j;
}

static void swap_numbers(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* The greatest of what is left of the diagonal, the first one of equals. */
static size_t find_pivot(const struct factoring *f, size_t j)
{
    size_t best = j;
    for (size_t i = j; i < f->n; i++) {
        if (j > f->first)
            f->taken[i] += *at(f, i, j - 1) * *at(f, i, j - 1);
        f->left[i] = *at(f, i, i) - f->taken[i];
        if (f->left[i] > f->left[best])
            best = i;
    }
    return best;
}

/* Rows and columns j and p > j of the symmetric matrix, and of L to their left. */
static void swap(const struct factoring *f, size_t j, size_t p)
{
    int kept = f->order[j];
    *at(f, p, p) = *at(f, j, j);
    cblas_dswap((blasint)j, at(f, j, 0), 1, at(f, p, 0), 1);
    if (p + 1 < f->n)
        cblas_dswap((blasint)(f->n - p - 1), at(f, p + 1, j), (blasint)f->n,
                    at(f, p + 1, p), (blasint)f->n);
    if (p > j + 1)
        cblas_dswap((blasint)(p - j - 1), at(f, j + 1, j), (blasint)f->n, at(f, p, j + 1),
                    1);
    swap_numbers(&f->taken[j], &f->taken[p]);
    f->order[j] = f->order[p];
    f->order[p] = kept;
}

/* Column j of L, below its pivot. */
static void make_column(const struct factoring *f, size_t j)
{
    size_t n_below = f->n - j - 1, n_before = j - f->first;
    blasint stride = (blasint)f->n;
    if (n_below == 0)
        return;
    if (n_before > 0)
        cblas_dgemv(CblasRowMajor, CblasNoTrans, (blasint)n_below, (blasint)n_before, -1,
                    at(f, j + 1, f->first), stride, at(f, j, f->first), 1, 1,
                    at(f, j + 1, j), stride);
    cblas_dscal((blasint)n_below, 1 / *at(f, j, j), at(f, j + 1, j), stride);
}

/* False: there is no pivot any more. */
static bool take_pivot(const struct factoring *f, size_t j, double least)
{
    size_t p = find_pivot(f, j);
    double pivot = f->left[p];
    if (!(pivot > least))
        return false;
    if (p > j)
        swap(f, j, p);
    *at(f, j, j) = sqrt(pivot);
    make_column(f, j);
    return true;
}

static void update_rest(const struct factoring *f, size_t end)
{
    blasint stride = (blasint)f->n;
    if (end < f->n)
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (blasint)(f->n - end),
                    (blasint)(end - f->first), -1, at(f, end, f->first), stride, 1,
                    at(f, end, end), stride);
}

size_t cholesky_pivoted_factor(size_t n, double *a, double least, int *order,
                               double *scratch, const struct stop *stop)
{
    struct factoring f = {
        .n = n, .a = a, .order = order, .taken = scratch, .left = scratch + n};
    for (size_t i = 0; i < n; i++)
        order[i] = (int)i;
    for (size_t end; f.first < n; f.first = end) {
        end = n - f.first > BLOCK ? f.first + BLOCK : n;
        memset(f.taken, 0, n * sizeof(*f.taken));
        for (size_t j = f.first; j < end; j++)
            if (stop_is_asked(stop) || !take_pivot(&f, j, least))
                return j;
        update_rest(&f, end);
    }
    return n;
}
