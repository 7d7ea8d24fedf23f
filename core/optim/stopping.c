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

bool stopping_is_near(const struct solver_options *options, double value,
                      double decrement, const double *direction, size_t n)
{
    return options->tolerance > SOLVER_LAST_DIGITS &&
           decrement * decrement / 2 <= options->tolerance * fabs(value) &&
           stopping_reach(options, direction, n) <= SMALL_STEP;
}
