#include "tests/support/scored_rows.h"

#include <math.h>
#include <string.h>

static size_t n_classes_of(const struct design *design,
                           const struct estimate_options *options)
{
    return options->family == FAMILY_BINOMIAL ? 2 : design->n_classes;
}

static size_t n_terms_of(const struct design *design,
                         const struct estimate_options *options)
{
    return design->n_columns + options->intercept;
}

static double cell(const struct design *design, const struct estimate_options *options,
                   size_t i, size_t term)
{
    return term < options->intercept
               ? 1
               : design->x[i * design->n_columns + term - options->intercept];
}

double scored_rows_weight(const struct design *design, size_t i)
{
    return design->weights ? design->weights[i] : 1;
}

void scored_rows_probabilities(const struct design *design,
                               const struct estimate_options *options,
                               const double *terms, size_t i, double *p)
{
    size_t n_classes = n_classes_of(design, options);
    size_t n_terms = n_terms_of(design, options);
    double sum = 0, greatest = 0;
    p[0] = 0;
    for (size_t k = 1; k < n_classes; k++) {
        p[k] =
            options->family == FAMILY_BINOMIAL && design->offset ? design->offset[i] : 0;
        for (size_t t = 0; t < n_terms; t++)
            p[k] += terms[(k - 1) * n_terms + t] * cell(design, options, i, t);
        greatest = fmax(greatest, p[k]);
    }
    for (size_t k = 0; k < n_classes; k++)
        sum += p[k] = exp(p[k] - greatest);
    for (size_t k = 0; k < n_classes; k++)
        p[k] /= sum;
}

void scored_rows_score(const struct design *design,
                       const struct estimate_options *options, const double *terms,
                       size_t i, double *score)
{
    size_t n_terms = n_terms_of(design, options);
    double p[SCORED_ROWS_MOST], y = design->y[i];
    scored_rows_probabilities(design, options, terms, i, p);
    for (size_t k = 1; k < n_classes_of(design, options); k++) {
        double share = options->family == FAMILY_BINOMIAL ? y : y == (double)k;
        for (size_t t = 0; t < n_terms; t++)
            *score++ = (p[k] - share) * cell(design, options, i, t);
    }
}

void scored_rows_information(const struct design *design,
                             const struct estimate_options *options, const double *terms,
                             scored_rows_matrix information)
{
    size_t n_terms = n_terms_of(design, options);
    size_t n = (n_classes_of(design, options) - 1) * n_terms;
    double p[SCORED_ROWS_MOST];
    memset(information, 0, sizeof(scored_rows_matrix));
    for (size_t i = 0; i < design->n_rows; i++) {
        scored_rows_probabilities(design, options, terms, i, p);
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++) {
                size_t k = 1 + a / n_terms, l = 1 + b / n_terms;
                information[a][b] += scored_rows_weight(design, i) * p[k] *
                                     ((k == l) - p[l]) *
                                     cell(design, options, i, a % n_terms) *
                                     cell(design, options, i, b % n_terms);
            }
    }
}

static void swap_rows(size_t n, double *a, double *b)
{
    for (size_t j = 0; j < n; j++) {
        double kept = a[j];
        a[j] = b[j];
        b[j] = kept;
    }
}

/* Reduces a to the identity and does the same to b; returns the determinant of a. */
static double reduce(size_t n, scored_rows_matrix a, scored_rows_matrix b)
{
    double determinant = 1;
    for (size_t j = 0; j < n; j++) {
        size_t pivot = j;
        for (size_t i = j; i < n; i++)
            pivot = fabs(a[i][j]) > fabs(a[pivot][j]) ? i : pivot;
        determinant *= pivot == j ? 1 : -1;
        swap_rows(n, a[j], a[pivot]);
        swap_rows(n, b[j], b[pivot]);
        double divisor = a[j][j];
        determinant *= divisor;
        for (size_t k = 0; k < n; k++) {
            a[j][k] /= divisor;
            b[j][k] /= divisor;
        }
        for (size_t i = 0; i < n; i++) {
            double factor = i == j ? 0 : a[i][j];
            for (size_t k = 0; k < n; k++) {
                a[i][k] -= factor * a[j][k];
                b[i][k] -= factor * b[j][k];
            }
        }
    }
    return determinant;
}

void scored_rows_invert(size_t n, scored_rows_matrix a)
{
    scored_rows_matrix b;
    memset(b, 0, sizeof(b));
    for (size_t i = 0; i < n; i++)
        b[i][i] = 1;
    reduce(n, a, b);
    memcpy(a, b, sizeof(b));
}

double scored_rows_determinant(size_t n, scored_rows_matrix a)
{
    scored_rows_matrix copy, unused;
    memcpy(copy, a, sizeof(copy));
    memset(unused, 0, sizeof(unused));
    return reduce(n, copy, unused);
}

void scored_rows_multiply(size_t n, scored_rows_matrix a, scored_rows_matrix b,
                          scored_rows_matrix c)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            c[i][j] = 0;
            for (size_t k = 0; k < n; k++)
                c[i][j] += a[i][k] * b[k][j];
        }
}
