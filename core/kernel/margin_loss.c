#include "core/kernel/margin_loss.h"

#include <math.h>

static double weight_of(const double *weights, size_t i)
{
    return weights ? weights[i] : 1;
}

double margin_loss_squared(size_t n, const double *z, const double *y,
                           const double *weights, double *residual, double *curvature)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double weight = weight_of(weights, i), error = z[i] - y[i];
        residual[i] = weight * error;
        curvature[i] = weight;
        sum += weight * (error * error / 2);
    }
    return sum;
}

double margin_loss_absolute(size_t n, const double *z, const double *y,
                            const double *weights, double *residual, double *curvature)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double weight = weight_of(weights, i), error = z[i] - y[i];
        residual[i] = error == 0 ? 0 : copysign(weight, error);
        curvature[i] = 0;
        sum += weight * fabs(error);
    }
    return sum;
}

double margin_loss_hinge(size_t n, const double *z, const double *y,
                         const double *weights, double *residual, double *curvature)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double weight = weight_of(weights, i);
        double positive = z[i] < 1 ? weight * y[i] : 0;
        double negative = z[i] > -1 ? weight * (1 - y[i]) : 0;
        residual[i] = negative - positive;
        curvature[i] = 0;
        sum += positive * (1 - z[i]) + negative * (1 + z[i]);
    }
    return sum;
}
