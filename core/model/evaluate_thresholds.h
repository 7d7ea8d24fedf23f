/*
 * What is called positive at given thresholds, rightly and wrongly: the rows of the
 * threshold table. Pure: thread-safe.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_THRESHOLDS_H
#define LOGITD_CORE_MODEL_EVALUATE_THRESHOLDS_H

#include "core/model/evaluate_ranking.h"

/* Weights of the four outcomes. */
struct evaluate_threshold {
    double threshold;
    double tp, fp, tn, fn;
};

/* Is a case with this score positive at the threshold? Where a score is, so are those
 * above. */
typedef bool evaluate_threshold_fn(void *context, double score, double threshold);

/* Fills in what is behind the thresholds of rows[n_rows], from sorted cases and the
 * ranking made of them. O(log n) a threshold, and a pass over the cases. */
void evaluate_thresholds_make(const struct evaluate_case *cases, size_t n,
                              const struct evaluate_ranking *ranking,
                              evaluate_threshold_fn *is_positive, void *context,
                              struct evaluate_threshold *rows, size_t n_rows);

/* Of the four: NaN where it is 0 / 0. f1 is the harmonic mean of precision and recall,
 * 2 tp / (2 tp + fp + fn). */
double evaluate_thresholds_precision(const struct evaluate_threshold *row);
double evaluate_thresholds_recall(const struct evaluate_threshold *row);
double evaluate_thresholds_specificity(const struct evaluate_threshold *row);
double evaluate_thresholds_f1(const struct evaluate_threshold *row);
double evaluate_thresholds_accuracy(const struct evaluate_threshold *row);

#endif
