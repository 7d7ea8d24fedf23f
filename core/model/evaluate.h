/*
 * How well a model does on rows whose outcomes are known: losses, confusion, calibration,
 * and, of scores ranked, AUC and curves. Rows come in pieces; what is kept of them is the
 * score and the weight of each (of K > 2 classes K scores), so that areas under curves
 * are exact.
 *
 * p: probabilities, y: the class of the row, ω: its weight. Means are over Σ ω.
 *   log loss   -log p_y, from the scores and without clipping: finite for any scores
 *   Brier      (1 - p_y)² of two classes, Σ_k (p_k - [k = y])² of more (Brier,
 *              "Verification of forecasts expressed in terms of probability", 1950)
 *   hinge      max(0, 1 - z) of the margin z on the side of y
 * Of more than two classes each is ranked against the others, by its log-odds.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_H
#define LOGITD_CORE_MODEL_EVALUATE_H

#include "core/base/stop.h"
#include "core/model/evaluate_bins.h"
#include "core/model/evaluate_numbers.h"
#include "core/model/evaluate_ranking.h"
#include "core/model/evaluate_thresholds.h"
#include "core/model/model.h"

struct evaluate_options {
    double threshold; /* of labels; as in predict_label */
    size_t n_bins;
    /* Of two classes; probabilities, of hinge scores. Borrowed. */
    const double *thresholds;
    size_t n_thresholds;
    /* Of more than two: the numbers of classes whose curves are wanted. Borrowed. */
    const size_t *curves;
    size_t n_curves;
    struct stop stop; /* asked between pieces of rows, and between classes */
};

struct evaluate_class {
    double support;   /* weight of the rows of this class */
    double predicted; /* of those that it was predicted for */
    double right;     /* of those of both kinds */
    double auc;       /* against all others; NaN as in the ranking */
    double average_precision;
};

/* Of one class against all others: by log-odds, and by its probability. */
struct evaluate_curve {
    size_t class;
    struct evaluate_ranking ranking;
    const struct evaluate_bin *bins; /* [n_bins] */
};

/* The result. What the family does not have stays 0 or NULL. */
struct evaluation {
    double sum_weights;              /* 0: no row had any; then nothing else is of use */
    struct evaluate_numbers numbers; /* of a family of numbers */
    double accuracy, log_loss, brier, hinge_loss;
    size_t n_classes;
    double *confusion;               /* [n_classes × n_classes] weight by class, label */
    struct evaluate_class *classes;  /* [n_classes] */
    struct evaluate_ranking ranking; /* of two classes: the positive one's */
    struct evaluate_threshold *thresholds;
    size_t n_thresholds;
    struct evaluate_bin *bins; /* of the positive class; of more: of the label */
    size_t n_bins;
    struct evaluate_curve *curves; /* those that were wanted */
    size_t n_curves;
    struct evaluate_bin *curve_bins; /* [n_curves × n_bins] */
};
void evaluate_free_result(struct evaluation *evaluation); /* and back to all zero */

struct evaluate; /* one thread at a time */

/* What evaluating up to n_most rows takes, beside a few KiB; SIZE_MAX if there is no
 * counting it. */
size_t evaluate_bytes(const struct model *model, const struct evaluate_options *options,
                      size_t n_most);

/* Borrows model and options. */
struct evaluate *evaluate_new(const struct model *model,
                              const struct evaluate_options *options, size_t n_most,
                              struct error *err) MUST_CHECK;
void evaluate_free(struct evaluate *evaluate);

/* Rows with scores[n × n_scores], outcomes y[n] (the number of a class, or a number) and
 * weights[n] (finite, ≥ 0; NULL: all 1). At most n_most in all. */
void evaluate_add(struct evaluate *evaluate, const double *scores, const double *y,
                  const double *weights, size_t n);

/* Once, after the last; into an all-zero result. ERROR_BAD_WEIGHT: their sum is beyond
 * the doubles. ERROR_CANCELLED: it was stopped. */
int evaluate_finish(struct evaluate *evaluate, struct evaluation *evaluation,
                    struct error *err) MUST_CHECK;

#endif
