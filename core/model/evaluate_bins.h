/*
 * Calibration: cases in bins of equal width by the probability predicted, and how often
 * in each what was predicted came true. The expected calibration error is Σ over bins of
 * their share of the weight times |mean predicted - observed| (Naeini, Cooper and
 * Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI
 * 2015). The caller locks.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_BINS_H
#define LOGITD_CORE_MODEL_EVALUATE_BINS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/model/evaluate_sum.h"

/* Bin i of n has the probabilities in [i/n, (i+1)/n), the last one 1 as well. */
struct evaluate_bin { /* all zero: empty */
    struct evaluate_sum weight, predicted, observed;
};

void evaluate_bins_add(struct evaluate_bin *bins, size_t n_bins, double probability,
                       bool is_true, double weight);

/* Of a bin: NaN where it is empty. */
double evaluate_bins_predicted(const struct evaluate_bin *bin);
double evaluate_bins_observed(const struct evaluate_bin *bin);
double evaluate_bins_error(const struct evaluate_bin *bins, size_t n_bins);

#endif
