#include "core/kernel/loss.h"

#include <math.h>

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

double loss_binomial(size_t n, const double *z, const double *y, const double *weights,
                     double *residual, double *curvature)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double weight = weights ? weights[i] : 1;
        double e = exp(-fabs(z[i])), large = 1 / (1 + e), small = e * large;
        double success = z[i] >= 0 ? large : small, failure = z[i] >= 0 ? small : large;
        /* Neither 1 - p nor log(1+e^z) - z is ever formed: a label of 1 keeps the
         * relative accuracy that a label of 0 has. */
        residual[i] = weight * ((1 - y[i]) * success - y[i] * failure);
        curvature[i] = weight * (large * small);
        sum += weight * (log1p(e) + (1 - y[i]) * fmax(z[i], 0) + y[i] * fmax(-z[i], 0));
    }
    return sum;
}

/*
 * One row's margins become probabilities; returns log Σ e^{z_k} - z_label. Shifted by the
 * greatest margin, whose own term of the sum is 1: the loss is log1p of the others.
 */
static double softmax_row(size_t n_classes, double *z, size_t label)
{
    size_t best = 0;
    for (size_t k = 1; k < n_classes; k++)
        best = z[k] > z[best] ? k : best;
    double greatest = z[best], behind = greatest - z[label], others = 0;
    for (size_t k = 0; k < n_classes; k++) {
        z[k] = exp(z[k] - greatest);
        others += k == best ? 0 : z[k];
    }
    for (size_t k = 0; k < n_classes; k++)
        z[k] /= 1 + others;
    return log1p(others) + behind;
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
    for (size_t i = 0; i < n; i++, z += n_classes, residual += n_classes) {
        double weight = weights ? weights[i] : 1;
        size_t label = (size_t)y[i];
        sum += weight * softmax_row(n_classes, z, label);
        residual_row(n_classes, z, label, weight, residual);
    }
    return sum;
}
