/*
 * How well scores tell two classes apart, whatever the threshold: from all cases, sorted.
 *
 * AUC: the probability that a case of the positive class has the higher score than one of
 * the other, ties counted ½ (Mann and Whitney, 1947; Hanley and McNeil, "The meaning and
 * use of the area under a receiver operating characteristic curve", Radiology 143, 1982),
 * cases weighted. Curves as in Fawcett, "An introduction to ROC analysis", Pattern
 * Recognition Letters 27 (2006): a point for each distinct score, cases with the same
 * score together. Average precision: Σ (R_i - R_{i-1}) P_i over these points, recall R
 * and precision P, without interpolation.
 *
 * Pure: thread-safe.
 */
#ifndef LOGITD_CORE_MODEL_EVALUATE_RANKING_H
#define LOGITD_CORE_MODEL_EVALUATE_RANKING_H

#include <stdbool.h>
#include <stddef.h>

struct evaluate_case {
    double score;  /* finite */
    double weight; /* above 0: a case of the positive class; below: of the other, |weight|
                    */
};

/* By descending score; -0 is 0. `spare` has room for n, too. Linear. */
void evaluate_ranking_sort(struct evaluate_case *cases, size_t n,
                           struct evaluate_case *spare);

/* What is positive, rightly and wrongly, from this score upwards. */
struct evaluate_point {
    double score;
    double tp, fp;
};

#define EVALUATE_RANKING_POINTS 199U

struct evaluate_ranking {
    double positives, negatives; /* weights */
    double auc;                  /* NaN without one of the classes */
    double average_precision;    /* NaN without the positive class */
    size_t n_distinct;           /* scores */
    /* One for each distinct score, descending; where these are more than there is room
     * for, those that come first past equal parts of the way tp/positives +
     * fp/negatives. The last one is always there. */
    struct evaluate_point points[EVALUATE_RANKING_POINTS];
    size_t n_points;
};

/* Of sorted cases. */
void evaluate_ranking_make(const struct evaluate_case *cases, size_t n,
                           struct evaluate_ranking *ranking);

#endif
