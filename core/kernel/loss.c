#include "core/kernel/loss.h"

#include <math.h>

#include "core/kernel/loss_rows.h"
#include "core/kernel/softmax_rows.h"

#define FEW_ROWS 64U

double loss_log1pexp(double z)
{
    return fmax(z, 0) + log1p(exp(-fabs(z)));
}

double loss_sigmoid(double z)
{
    double e = exp(-fabs(z));
    return (z >= 0 ? 1 : e) / (1 + e);
}

double loss_softmax(const double *z, size_t n, double *p)
{
    double greatest = z[0], sum = 0;
    for (size_t k = 1; k < n; k++)
        greatest = z[k] > greatest ? z[k] : greatest;
    for (size_t k = 0; k < n; k++)
        sum += p[k] = exp(z[k] - greatest);
    for (size_t k = 0; k < n; k++)
        p[k] /= sum;
    return greatest + log(sum);
}

/* With weights of 1 where there are none, a few rows at a time. */
static double unweighted_binomial(size_t n, const double *z, const double *y,
                                  double *residual, double *curvature)
{
    double ones[FEW_ROWS], sum = 0;
    for (size_t i = 0; i < FEW_ROWS; i++)
        ones[i] = 1;
    for (size_t i = 0; i < n; i += FEW_ROWS)
        sum += loss_rows_best()->binomial(n - i < FEW_ROWS ? n - i : FEW_ROWS, z + i,
                                          y + i, ones, residual + i, curvature + i);
    return sum;
}

double loss_binomial(size_t n, const double *z, const double *y, const double *weights,
                     double *residual, double *curvature)
{
    return weights ? loss_rows_best()->binomial(n, z, y, weights, residual, curvature)
                   : unweighted_binomial(n, z, y, residual, curvature);
}

double loss_binomial_misplaced(size_t n, const double *z, const double *offset,
                               const double *y, const double *weights)
{
    return loss_rows_best()->misplaced(n, z, offset, y, weights);
}

void loss_binomial_labels(size_t n, const double *y, size_t *n_zeros, size_t *n_ones)
{
    loss_rows_best()->labels(n, y, n_zeros, n_ones);
}

/* With weights of 1 where there are none, a few rows at a time. */
static double unweighted_multinomial(size_t n, size_t n_classes, double *z,
                                     const double *y, double *residual)
{
    const struct softmax_rows *rows = softmax_rows_of(instructions_best());
    double ones[FEW_ROWS], sum = 0;
    for (size_t i = 0; i < FEW_ROWS; i++)
        ones[i] = 1;
    for (size_t i = 0; i < n; i += FEW_ROWS)
        sum += rows->losses(n - i < FEW_ROWS ? n - i : FEW_ROWS, n_classes,
                            z + i * n_classes, y + i, ones, residual + i * n_classes);
    return sum;
}

double loss_multinomial(size_t n, size_t n_classes, double *z, const double *y,
                        const double *weights, double *residual)
{
    return weights ? softmax_rows_of(instructions_best())
                         ->losses(n, n_classes, z, y, weights, residual)
                   : unweighted_multinomial(n, n_classes, z, y, residual);
}

_Static_assert(LOSS_TURN_CELLS(1) == 2 * SOFTMAX_ROWS_GROUP, "two groups of rows");

void loss_multinomial_turn(size_t n, size_t n_classes, const double *p,
                           const double *weights, double *scratch, double *d)
{
    softmax_rows_of(instructions_best())->turn(n, n_classes, p, weights, scratch, d);
}
