#include "core/model/evaluate_bins.h"

static size_t bin_of(size_t n_bins, double probability)
{
    size_t i = (size_t)(probability * (double)n_bins);
    return i < n_bins ? i : n_bins - 1;
}

void evaluate_bins_add(struct evaluate_bin *bins, size_t n_bins, double probability,
                       bool is_true, double weight)
{
    struct evaluate_bin *bin = &bins[bin_of(n_bins, probability)];
    evaluate_sum_add(&bin->weight, weight, 1);
    evaluate_sum_add(&bin->predicted, weight, probability);
    if (is_true)
        evaluate_sum_add(&bin->observed, weight, 1);
}

static double mean_in(const struct evaluate_bin *bin, const struct evaluate_sum *sum)
{
    double weight = evaluate_sum_value(&bin->weight);
    return weight > 0 ? evaluate_sum_mean(sum, weight) : (double)NAN;
}

double evaluate_bins_predicted(const struct evaluate_bin *bin)
{
    return mean_in(bin, &bin->predicted);
}

double evaluate_bins_observed(const struct evaluate_bin *bin)
{
    return mean_in(bin, &bin->observed);
}

double evaluate_bins_error(const struct evaluate_bin *bins, size_t n_bins)
{
    double total = 0, error = 0;
    for (size_t i = 0; i < n_bins; i++)
        total += evaluate_sum_value(&bins[i].weight);
    for (size_t i = 0; i < n_bins; i++) {
        double weight = evaluate_sum_value(&bins[i].weight);
        if (weight > 0)
            error += weight / total *
                     fabs(evaluate_bins_predicted(&bins[i]) -
                          evaluate_bins_observed(&bins[i]));
    }
    return error;
}
