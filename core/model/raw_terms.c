#include "core/model/raw_terms.h"

#include <math.h>
#include <string.h>

#define MOST_SHIFT 1024.0 /* in units of the spread: three digits */
#define MOST_PRODUCT_SHIFT 32.0
#define GREATEST_FACTOR 0x1p200 /* squares of raw numbers stay within range */

bool raw_terms_are_in_range(const struct basis *basis)
{
    bool are = true;
    for (size_t i = 0; are && i < basis->n_active; i++) {
        double factor = basis->factor[basis->columns[i]];
        are = factor < GREATEST_FACTOR && factor > 1 / GREATEST_FACTOR;
    }
    return are;
}

static bool are_shifts_within(const struct basis *basis, double most)
{
    bool are = true;
    for (size_t i = 0; are && i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        are = fabs(basis->centre[j]) <= most * basis->spread[j];
    }
    return are;
}

bool raw_terms_serve(const struct basis *basis)
{
    return basis->n_active > 0 && basis->n_mixed == 0 && raw_terms_are_in_range(basis) &&
           are_shifts_within(basis, MOST_SHIFT);
}

bool raw_terms_serve_products(const struct basis *basis)
{
    bool are_zero = true;
    for (size_t i = 0; i < basis->n_mixed; i++)
        are_zero = are_zero && basis->mix_factor[i] == 0;
    return basis->n_active > 0 && are_zero && raw_terms_are_in_range(basis) &&
           are_shifts_within(basis, MOST_PRODUCT_SHIFT);
}

size_t raw_terms_count(const struct basis *basis)
{
    return basis->intercept + basis->n_columns;
}

/* Is it a mixed column, of which nothing is left? They are asked for in order. */
static bool is_zero(const struct basis *basis, size_t column, size_t *next)
{
    bool is = *next < basis->n_mixed && basis->mixed[*next] == column;
    *next += is;
    return is;
}

void raw_terms_of(const struct basis *basis, const double *vector, double *raw)
{
    const double *w = vector + basis->intercept;
    double *weights = raw + basis->intercept, sum = 0;
    size_t next = 0;
    memset(weights, 0, basis->n_columns * sizeof(*weights));
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        if (is_zero(basis, j, &next))
            continue;
        weights[j] = w[i] * basis->factor[j];
        sum += w[i] * basis->centre[j];
    }
    if (basis->intercept)
        raw[0] = vector[0] - sum;
}

void raw_terms_take_gradient(const struct basis *basis, double *sums)
{
    const double *of_column = sums + basis->intercept;
    double all = basis->intercept ? sums[0] : 0;
    size_t next = 0;
    for (size_t i = 0; i < basis->n_active; i++) {
        size_t j = basis->columns[i];
        sums[i + basis->intercept] =
            is_zero(basis, j, &next)
                ? 0
                : basis->factor[j] * of_column[j] - basis->centre[j] * all;
    }
}

/* One row of the lower triangle; of_raw: where it is. */
static void take_row(const struct basis *basis, size_t i, const double *of_raw,
                     const double *column, double *to)
{
    size_t j = basis->columns[i], intercept = basis->intercept;
    double factor = basis->factor[j], centre = basis->centre[j];
    double all = intercept ? column[0] : 0;
    double sum = intercept ? factor * column[intercept + j] : 0;
    for (size_t k = 0; k <= i; k++) {
        size_t other = basis->columns[k];
        double product = factor * basis->factor[other] * of_raw[intercept + other];
        if (intercept)
            product -= centre * (basis->factor[other] * column[intercept + other]) +
                       basis->centre[other] * (sum - centre * all);
        to[intercept + k] = product;
    }
    if (intercept)
        to[0] = sum - centre * all;
}

/* Mixed columns, of which nothing is left. */
static void clear_zeros(const struct basis *basis, double *hessian)
{
    size_t next = 0, n = basis->n_terms;
    for (size_t i = 0; i < basis->n_active && next < basis->n_mixed; i++) {
        size_t term = basis->intercept + i;
        if (!is_zero(basis, basis->columns[i], &next))
            continue;
        memset(hessian + term * n, 0, (term + 1) * sizeof(*hessian));
        for (size_t k = term; k < n; k++)
            hessian[k * n + term] = 0;
    }
}

/* Rows move to the front, so none is overwritten that is still to be read but the column
 * of the intercept, of which there is a copy. */
void raw_terms_take_hessian(const struct basis *basis, double *sums, double *column)
{
    size_t n_raw = raw_terms_count(basis), intercept = basis->intercept;
    for (size_t i = 0; i < n_raw; i++)
        column[i] = sums[i * n_raw];
    for (size_t i = 0; i < basis->n_active; i++)
        take_row(basis, i, sums + (intercept + basis->columns[i]) * n_raw, column,
                 sums + (intercept + i) * basis->n_terms);
    clear_zeros(basis, sums);
}
