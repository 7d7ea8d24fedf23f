#include "core/model/evaluate_numbers.h"

#include <float.h>
#include <math.h>

static double size_of(double difference)
{
    return fmin(fabs(difference), DBL_MAX);
}

static void add_square(struct evaluate_sum *sum, double weight, double size)
{
    /* Of weight and size the product is finite far more often than the square is. */
    evaluate_sum_add(sum, fmin(weight * size, DBL_MAX), size);
}

void evaluate_numbers_add(struct evaluate_numbers *numbers, double predicted, double y,
                          double weight)
{
    double size = size_of(y - predicted);
    if (!(weight > 0))
        return;
    add_square(&numbers->squares, weight, size);
    evaluate_sum_add(&numbers->sizes, weight, size);
    double before = numbers->weight, from_mean = y - numbers->mean;
    numbers->weight += weight;
    numbers->mean += from_mean * (weight / numbers->weight);
    add_square(&numbers->spread, weight * (before / numbers->weight), size_of(from_mean));
}

/* Not cut at DBL_MAX, where a mean of squares would be a lie. */
static double mean_of(const struct evaluate_numbers *numbers,
                      const struct evaluate_sum *sum)
{
    double mean = evaluate_sum_mean(sum, numbers->weight);
    return mean < DBL_MAX ? mean : (double)INFINITY;
}

double evaluate_numbers_mse(const struct evaluate_numbers *numbers)
{
    return mean_of(numbers, &numbers->squares);
}

double evaluate_numbers_rmse(const struct evaluate_numbers *numbers)
{
    return sqrt(evaluate_numbers_mse(numbers));
}

double evaluate_numbers_mae(const struct evaluate_numbers *numbers)
{
    return mean_of(numbers, &numbers->sizes);
}

double evaluate_numbers_r_squared(const struct evaluate_numbers *numbers)
{
    double spread = mean_of(numbers, &numbers->spread);
    double squares = mean_of(numbers, &numbers->squares);
    return spread > 0 && isfinite(spread) ? 1 - squares / spread : (double)NAN;
}
