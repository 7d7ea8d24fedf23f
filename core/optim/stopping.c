#include "core/optim/stopping.h"

#include <math.h>

#define SMALL_STEP 0.25

double stopping_reach(const struct solver_options *options, const double *direction,
                      size_t n)
{
    double sum = 0;
    for (size_t i = 0; options->reach && i < n; i++)
        sum += options->reach[i] * fabs(direction[i]);
    return sum;
}

double stopping_scale(double value, double greatest_decrement)
{
    return fmax(sqrt(fmax(1, fabs(value))), greatest_decrement);
}

bool stopping_is_noise(double decrement, double value, double greatest_decrement)
{
    return decrement <= STOPPING_NOISE * stopping_scale(value, greatest_decrement);
}

bool stopping_is_small(const struct solver_options *options, double value,
                       double decrement, double reach)
{
    return options->tolerance > SOLVER_LAST_DIGITS &&
           decrement * decrement / 2 <= options->tolerance * fabs(value) &&
           reach <= SMALL_STEP;
}

bool stopping_is_near(const struct solver_options *options, double value,
                      double decrement, const double *direction, size_t n)
{
    return stopping_is_small(options, value, decrement,
                             stopping_reach(options, direction, n));
}
