#include "core/model/evaluate_thresholds.h"

#include <math.h>

#include "core/kernel/twofold.h"

/* How many of the sorted cases are positive. */
static size_t cut_of(const struct evaluate_case *cases, size_t n,
                     evaluate_threshold_fn *is_positive, void *context, double threshold)
{
    size_t from = 0, to = n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (is_positive(context, cases[middle].score, threshold))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct sums {
    struct twofold tp, fp;
};

static void add_cases(const struct evaluate_case *cases, size_t from, size_t to,
                      struct sums *sums)
{
    for (size_t i = from; i < to; i++) {
        double weight = cases[i].weight;
        struct twofold *sum = weight > 0 ? &sums->tp : &sums->fp;
        *sum = twofold_add(*sum, (struct twofold){fabs(weight), 0});
    }
}

/* What is left of a total, which rounding may have made less than its part. */
static double rest_of(double total, double part)
{
    return fmax(total - part, 0);
}

static void fill(const struct sums *sums, const struct evaluate_ranking *ranking,
                 struct evaluate_threshold *row)
{
    row->tp = sums->tp.high + sums->tp.low;
    row->fp = sums->fp.high + sums->fp.low;
    row->fn = rest_of(ranking->positives, row->tp);
    row->tn = rest_of(ranking->negatives, row->fp);
}

/* From one threshold to the next one below it; from the top where it is above. */
void evaluate_thresholds_make(const struct evaluate_case *cases, size_t n,
                              const struct evaluate_ranking *ranking,
                              evaluate_threshold_fn *is_positive, void *context,
                              struct evaluate_threshold *rows, size_t n_rows)
{
    const struct sums none = {{0, 0}, {0, 0}};
    struct sums sums = none;
    size_t at = 0;
    for (size_t i = n_rows; i-- > 0;) {
        size_t cut = cut_of(cases, n, is_positive, context, rows[i].threshold);
        if (cut < at) {
            sums = none;
            at = 0;
        }
        add_cases(cases, at, cut, &sums);
        at = cut;
        fill(&sums, ranking, &rows[i]);
    }
}

/* ---- rates ---- */

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

double evaluate_thresholds_precision(const struct evaluate_threshold *row)
{
    return ratio(row->tp, row->tp + row->fp);
}

double evaluate_thresholds_recall(const struct evaluate_threshold *row)
{
    return ratio(row->tp, row->tp + row->fn);
}

double evaluate_thresholds_specificity(const struct evaluate_threshold *row)
{
    return ratio(row->tn, row->tn + row->fp);
}

double evaluate_thresholds_f1(const struct evaluate_threshold *row)
{
    return ratio(2 * row->tp, 2 * row->tp + row->fp + row->fn);
}

double evaluate_thresholds_accuracy(const struct evaluate_threshold *row)
{
    return ratio(row->tp + row->tn, row->tp + row->fp + row->tn + row->fn);
}
