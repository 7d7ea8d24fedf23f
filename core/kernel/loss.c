#include "core/kernel/loss.h"

#include <math.h>

#include "core/kernel/loss_rows.h"

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

/* One row's margins, shifted by the greatest of them; returns how far that is above the
 * label's. */
static double shift_row(size_t n_classes, double *z, size_t label)
{
    double greatest = z[0], behind;
    for (size_t k = 1; k < n_classes; k++)
        greatest = z[k] > greatest ? z[k] : greatest;
    behind = greatest - z[label];
    for (size_t k = 0; k < n_classes; k++)
        z[k] -= greatest;
    return behind;
}

/* Powers of one row's shifted margins become probabilities; returns log Σ e^{z_k}, in
 * which the greatest margin's own term is 1: log1p of the others. */
static double normalise_row(size_t n_classes, double *powers)
{
    double others = 0;
    size_t best = 0;
    for (size_t k = 1; k < n_classes; k++)
        best = powers[k] > powers[best] ? k : best;
    for (size_t k = 0; k < n_classes; k++)
        others += k == best ? 0 : powers[k];
    for (size_t k = 0; k < n_classes; k++)
        powers[k] /= 1 + others;
    return log1p(others);
}

/* ω (p_k - [k = label]), where p_label - 1 is minus the sum of the others. */
static void residual_row(size_t n_classes, const double *p, size_t label, double weight,
                         double *residual)
{
    double others = 0;
    for (size_t k = 0; k < n_classes; k++) {
        others += k == label ? 0 : p[k];
        residual[k] = weight * p[k];
    }
    residual[label] = -weight * others;
}

double loss_multinomial(size_t n, size_t n_classes, double *z, const double *y,
                        const double *weights, double *residual)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (weights ? weights[i] : 1) *
               shift_row(n_classes, z + i * n_classes, (size_t)y[i]);
    loss_rows_best()->exponentials(n * n_classes, z);
    for (size_t i = 0; i < n; i++, z += n_classes, residual += n_classes) {
        double weight = weights ? weights[i] : 1;
        sum += weight * normalise_row(n_classes, z);
        residual_row(n_classes, z, (size_t)y[i], weight, residual);
    }
    return sum;
}
