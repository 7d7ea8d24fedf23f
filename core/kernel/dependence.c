#include "core/kernel/dependence.h"

#include <math.h>
#include <string.h>

#include <cblas.h>

#include "core/base/memory.h"

int dependence_new(struct dependence *dependence, size_t n, struct error *err)
{
    struct dependence made = {.n = n};
    size_t n_cells;
    if (!memory_product(n, n, &n_cells))
        return error_no_memory(err, SIZE_MAX);
    made.kept = memory_new(n, sizeof(size_t), err);
    made.factor = memory_new_aligned(n_cells, sizeof(double), err);
    made.row = memory_new_aligned(n, sizeof(double), err);
    if (!made.kept || !made.factor || !made.row) {
        dependence_free(&made);
        return -1;
    }
    *dependence = made;
    return 0;
}

void dependence_free(struct dependence *dependence)
{
    memory_free(dependence->kept);
    memory_free(dependence->factor);
    memory_free(dependence->row);
    *dependence = (struct dependence){0};
}

static double entry(const double *gram, size_t n, size_t i, size_t j)
{
    return i > j ? gram[i * n + j] : gram[j * n + i];
}

/* Columns are taken at length 1. */
double dependence_pivot(struct dependence *dependence, const double *gram, size_t column)
{
    size_t n = dependence->n, n_kept = dependence->n_kept;
    double square = gram[column * (n + 1)];
    dependence->pivot = 0;
    if (!(square > 0))
        return 0;
    for (size_t i = 0; i < n_kept; i++) {
        size_t other = dependence->kept[i];
        dependence->row[i] =
            entry(gram, n, column, other) / sqrt(square) / sqrt(gram[other * (n + 1)]);
    }
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, (blasint)n_kept,
                dependence->factor, (blasint)n, dependence->row, 1);
    double rest = 1;
    for (size_t i = 0; i < n_kept; i++)
        rest -= dependence->row[i] * dependence->row[i];
    dependence->pivot = fmax(rest, 0);
    return dependence->pivot;
}

void dependence_coefficients(const struct dependence *dependence, const double *gram,
                             size_t column, double *a)
{
    size_t n = dependence->n, n_kept = dependence->n_kept;
    double length = sqrt(fmax(gram[column * (n + 1)], 0));
    if (length == 0) {
        memset(a, 0, n_kept * sizeof(*a));
        return;
    }
    memcpy(a, dependence->row, n_kept * sizeof(*a));
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, (blasint)n_kept,
                dependence->factor, (blasint)n, a, 1);
    for (size_t i = 0; i < n_kept; i++)
        a[i] *= length / sqrt(gram[dependence->kept[i] * (n + 1)]);
}

void dependence_keep(struct dependence *dependence, size_t column)
{
    size_t row = dependence->n_kept++;
    dependence->kept[row] = column;
    memcpy(dependence->factor + row * dependence->n, dependence->row,
           row * sizeof(*dependence->row));
    dependence->factor[row * (dependence->n + 1)] = sqrt(dependence->pivot);
}
