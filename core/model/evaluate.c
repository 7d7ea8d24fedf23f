#include "core/model/evaluate.h"

#include <stdint.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/kernel/loss.h"
#include "core/model/evaluate_odds.h"
#include "core/model/predict.h"

struct evaluate {
    const struct model *model;
    const struct family_traits *traits;
    const struct evaluate_options *options;
    size_t n_classes, n_most, n; /* n: rows with a weight */
    struct evaluate_sum weight, right, losses, brier;
    struct evaluate_numbers numbers;
    double *probabilities; /* [n_classes] of the row at hand */
    double *confusion;     /* [n_classes × n_classes] */
    struct evaluate_bin *bins;
    struct evaluate_bin *curve_bins;     /* [n_curves × n_bins] */
    struct evaluate_case *cases, *spare; /* [n_most] of two classes, or of one to rank */
    /* Of more than two classes: */
    double *odds; /* [n_classes × n_most] log-odds of each against the others */
    uint32_t *labels;
    double *weights;
};

/* ---- memory ---- */

static bool ranks_each_class(const struct model *model)
{
    return model->n_classes > 0 && !family_traits(model->family)->of_two_classes;
}

size_t evaluate_bytes(const struct model *model, const struct evaluate_options *options,
                      size_t n_most)
{
    size_t n_classes = model->n_classes, row = 2 * sizeof(struct evaluate_case);
    size_t curve =
        sizeof(struct evaluate_curve) + options->n_bins * sizeof(struct evaluate_bin);
    size_t rows, table, curves;
    if (n_classes == 0)
        return 0;
    if (ranks_each_class(model))
        row += (n_classes + 1) * sizeof(double) + sizeof(uint32_t);
    if (!memory_product(n_most, row, &rows) ||
        !memory_product(n_classes * n_classes, 2 * sizeof(double), &table) ||
        !memory_product(options->n_curves, curve, &curves) ||
        !memory_sum(rows, table, &rows) || !memory_sum(rows, curves, &rows))
        return SIZE_MAX;
    return rows;
}

static int make_cases(struct evaluate *evaluate, struct error *err)
{
    size_t n = evaluate->n_most, n_odds;
    evaluate->cases = memory_new(n, sizeof(*evaluate->cases), err);
    evaluate->spare = memory_new(n, sizeof(*evaluate->spare), err);
    if (!evaluate->cases || !evaluate->spare)
        return -1;
    if (!ranks_each_class(evaluate->model))
        return 0;
    if (!memory_product(n, evaluate->n_classes, &n_odds))
        return error_no_memory(err, SIZE_MAX);
    evaluate->odds = memory_new(n_odds, sizeof(*evaluate->odds), err);
    evaluate->labels = memory_new(n, sizeof(*evaluate->labels), err);
    evaluate->weights = memory_new(n, sizeof(*evaluate->weights), err);
    return evaluate->odds && evaluate->labels && evaluate->weights ? 0 : -1;
}

static int make_arrays(struct evaluate *evaluate, struct error *err)
{
    size_t n = evaluate->n_classes;
    const struct evaluate_options *options = evaluate->options;
    if (n == 0)
        return 0;
    evaluate->curve_bins = memory_new(options->n_curves * options->n_bins,
                                      sizeof(*evaluate->curve_bins), err);
    evaluate->probabilities = memory_new(n, sizeof(*evaluate->probabilities), err);
    evaluate->confusion = memory_new(n * n, sizeof(*evaluate->confusion), err);
    evaluate->bins = memory_new(options->n_bins, sizeof(*evaluate->bins), err);
    if (!evaluate->probabilities || !evaluate->confusion || !evaluate->bins ||
        !evaluate->curve_bins)
        return -1;
    return make_cases(evaluate, err);
}

struct evaluate *evaluate_new(const struct model *model,
                              const struct evaluate_options *options, size_t n_most,
                              struct error *err)
{
    struct evaluate *evaluate = memory_new(1, sizeof(*evaluate), err);
    if (!evaluate)
        return NULL;
    evaluate->model = model;
    evaluate->traits = family_traits(model->family);
    evaluate->options = options;
    evaluate->n_classes = model->n_classes;
    evaluate->n_most = n_most;
    if (make_arrays(evaluate, err) < 0) {
        evaluate_free(evaluate);
        return NULL;
    }
    return evaluate;
}

void evaluate_free(struct evaluate *evaluate)
{
    if (!evaluate)
        return;
    memory_free(evaluate->probabilities);
    memory_free(evaluate->confusion);
    memory_free(evaluate->bins);
    memory_free(evaluate->curve_bins);
    memory_free(evaluate->cases);
    memory_free(evaluate->spare);
    memory_free(evaluate->odds);
    memory_free(evaluate->labels);
    memory_free(evaluate->weights);
    memory_free(evaluate);
}

void evaluate_free_result(struct evaluation *evaluation)
{
    memory_free(evaluation->confusion);
    memory_free(evaluation->classes);
    memory_free(evaluation->thresholds);
    memory_free(evaluation->bins);
    memory_free(evaluation->curves);
    memory_free(evaluation->curve_bins);
    *evaluation = (struct evaluation){0};
}

/* ---- rows ---- */

/* Of two classes; the margin on the side of the class. */
static double margin_of(const struct evaluate *evaluate, double score, size_t class)
{
    return class == evaluate->model->positive ? score : -score;
}

/* -log p of the class, with z_best - z_y exact and the rest as log1p of what the others
 * have beside the best. */
static double log_loss(const struct evaluate *evaluate, const double *scores,
                       size_t class)
{
    const double *p = evaluate->probabilities;
    size_t best = 0;
    double others = 0;
    if (evaluate->traits->of_two_classes)
        return loss_log1pexp(-margin_of(evaluate, scores[0], class));
    for (size_t k = 1; k < evaluate->n_classes; k++)
        best = scores[k] > scores[best] ? k : best;
    for (size_t k = 0; k < evaluate->n_classes; k++)
        others += k == best ? 0 : p[k] / p[best];
    return fmin(scores[best] - scores[class] + log1p(others), DBL_MAX);
}

/* What the others have is what the class lacks, without cancellation. */
static double brier(const struct evaluate *evaluate, size_t class)
{
    const double *p = evaluate->probabilities;
    double others = 0, squares = 0;
    for (size_t k = 0; k < evaluate->n_classes; k++) {
        others += k == class ? 0 : p[k];
        squares += k == class ? 0 : p[k] * p[k];
    }
    return evaluate->traits->of_two_classes ? squares : squares + others * others;
}

static void add_calibration(struct evaluate *evaluate, size_t class, size_t label,
                            double weight)
{
    size_t told = evaluate->traits->of_two_classes ? evaluate->model->positive : label;
    const struct evaluate_options *options = evaluate->options;
    evaluate_bins_add(evaluate->bins, options->n_bins, evaluate->probabilities[told],
                      class == told, weight);
    for (size_t i = 0; i < options->n_curves; i++)
        evaluate_bins_add(evaluate->curve_bins + i * options->n_bins, options->n_bins,
                          evaluate->probabilities[options->curves[i]],
                          class == options->curves[i], weight);
}

static void add_loss(struct evaluate *evaluate, const double *scores, size_t class,
                     size_t label, double weight)
{
    if (!evaluate->traits->is_logistic) {
        double hinge = fmax(0, 1 - margin_of(evaluate, scores[0], class));
        evaluate_sum_add(&evaluate->losses, weight, fmin(hinge, DBL_MAX));
        return;
    }
    predict_probabilities(evaluate->model, scores, evaluate->probabilities);
    evaluate_sum_add(&evaluate->losses, weight, log_loss(evaluate, scores, class));
    evaluate_sum_add(&evaluate->brier, weight, brier(evaluate, class));
    add_calibration(evaluate, class, label, weight);
}

/* What is ranked in the end. */
static void keep_case(struct evaluate *evaluate, const double *scores, size_t class,
                      double weight)
{
    size_t at = evaluate->n;
    if (!ranks_each_class(evaluate->model)) {
        bool is_positive = class == evaluate->model->positive;
        evaluate->cases[at] =
            (struct evaluate_case){scores[0], is_positive ? weight : -weight};
        return;
    }
    evaluate->labels[at] = (uint32_t) class;
    evaluate->weights[at] = weight;
    evaluate_odds(scores, evaluate->n_classes, evaluate->odds + at, evaluate->n_most);
}

static void add_row(struct evaluate *evaluate, const double *scores, size_t class,
                    double weight)
{
    bool tie;
    size_t label =
        predict_label(evaluate->model, scores, evaluate->options->threshold, &tie);
    evaluate_sum_add(&evaluate->weight, weight, 1);
    if (label == class)
        evaluate_sum_add(&evaluate->right, weight, 1);
    evaluate->confusion[class * evaluate->n_classes + label] += weight;
    add_loss(evaluate, scores, class, label, weight);
    keep_case(evaluate, scores, class, weight);
    evaluate->n++;
}

void evaluate_add(struct evaluate *evaluate, const double *scores, const double *y,
                  const double *weights, size_t n)
{
    size_t n_scores = model_n_scores(evaluate->model);
    for (size_t i = 0; i < n; i++, scores += n_scores) {
        double weight = weights ? weights[i] : 1;
        if (!(weight > 0))
            continue;
        if (evaluate->n_classes > 0)
            add_row(evaluate, scores, (size_t)y[i], weight);
        else
            evaluate_numbers_add(&evaluate->numbers, scores[0], y[i], weight);
    }
}

/* ---- the result ---- */

static bool is_positive(void *context, double score, double threshold)
{
    const struct model *model = context;
    bool tie;
    if (!family_traits(model->family)->is_logistic)
        return score >= threshold;
    return predict_label(model, &score, threshold, &tie) == model->positive;
}

static void rank_two(struct evaluate *evaluate, struct evaluation *evaluation)
{
    struct evaluate_case *cases = evaluate->cases;
    evaluate_ranking_sort(cases, evaluate->n, evaluate->spare);
    evaluate_ranking_make(cases, evaluate->n, &evaluation->ranking);
    /* The model is only read. */
    void *model = (void *)(uintptr_t)evaluate->model;
    evaluate_thresholds_make(cases, evaluate->n, &evaluation->ranking, is_positive, model,
                             evaluation->thresholds, evaluation->n_thresholds);
}

static void keep_curve(struct evaluation *evaluation, size_t class,
                       const struct evaluate_ranking *ranking)
{
    for (size_t i = 0; i < evaluation->n_curves; i++)
        if (evaluation->curves[i].class == class)
            evaluation->curves[i].ranking = *ranking;
}

static void rank_class(struct evaluate *evaluate, size_t class,
                       struct evaluation *evaluation)
{
    struct evaluate_class *of = &evaluation->classes[class];
    const double *odds = evaluate->odds + class * evaluate->n_most;
    struct evaluate_ranking ranking;
    for (size_t i = 0; i < evaluate->n; i++) {
        double weight = evaluate->weights[i];
        evaluate->cases[i] = (struct evaluate_case){
            odds[i], evaluate->labels[i] == class ? weight : -weight};
    }
    evaluate_ranking_sort(evaluate->cases, evaluate->n, evaluate->spare);
    evaluate_ranking_make(evaluate->cases, evaluate->n, &ranking);
    of->auc = ranking.auc;
    of->average_precision = ranking.average_precision;
    keep_curve(evaluation, class, &ranking);
}

/* The other of two classes has the same AUC, by symmetry; its precision is another. */
static void rank_other(struct evaluate *evaluate, struct evaluation *evaluation)
{
    size_t positive = evaluate->model->positive;
    struct evaluate_ranking ranking;
    for (size_t i = 0; i < evaluate->n; i++) {
        struct evaluate_case *of = &evaluate->spare[evaluate->n - 1 - i];
        *of =
            (struct evaluate_case){-evaluate->cases[i].score, -evaluate->cases[i].weight};
    }
    evaluate_ranking_make(evaluate->spare, evaluate->n, &ranking);
    struct evaluate_class *classes = evaluation->classes;
    classes[positive].auc = classes[1 - positive].auc = evaluation->ranking.auc;
    classes[positive].average_precision = evaluation->ranking.average_precision;
    classes[1 - positive].average_precision = ranking.average_precision;
}

static void sum_up_classes(struct evaluation *evaluation)
{
    size_t n = evaluation->n_classes;
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < n; l++) {
            double weight = evaluation->confusion[k * n + l];
            evaluation->classes[k].support += weight;
            evaluation->classes[l].predicted += weight;
            evaluation->classes[k].right += k == l ? weight : 0;
        }
}

static int rank_classes(struct evaluate *evaluate, struct evaluation *evaluation,
                        struct error *err)
{
    if (evaluate->traits->of_two_classes) {
        rank_two(evaluate, evaluation);
        rank_other(evaluate, evaluation);
        return 0;
    }
    for (size_t k = 0; k < evaluate->n_classes; k++) {
        if (stop_check(&evaluate->options->stop, err) < 0)
            return -1;
        rank_class(evaluate, k, evaluation);
    }
    return 0;
}

static int finish_classes(struct evaluate *evaluate, struct evaluation *evaluation,
                          struct error *err)
{
    double total = evaluation->sum_weights;
    double loss = evaluate_sum_mean(&evaluate->losses, total);
    evaluation->accuracy = evaluate_sum_mean(&evaluate->right, total);
    if (evaluate->traits->is_logistic)
        evaluation->log_loss = loss;
    else
        evaluation->hinge_loss = loss;
    evaluation->brier = evaluate_sum_mean(&evaluate->brier, total);
    sum_up_classes(evaluation);
    return rank_classes(evaluate, evaluation, err);
}

static int make_curves(struct evaluate *evaluate, struct evaluation *evaluation,
                       struct error *err)
{
    const struct evaluate_options *options = evaluate->options;
    size_t n = options->n_curves;
    evaluation->curves = memory_new(n, sizeof(*evaluation->curves), err);
    if (!evaluation->curves)
        return -1;
    evaluation->curve_bins = evaluate->curve_bins;
    evaluate->curve_bins = NULL;
    for (size_t i = 0; i < n; i++) {
        evaluation->curves[i].class = options->curves[i];
        evaluation->curves[i].bins = evaluation->curve_bins + i * options->n_bins;
    }
    evaluation->n_curves = n;
    return 0;
}

/* What the result takes over, and what else it needs. */
static int make_result(struct evaluate *evaluate, struct evaluation *evaluation,
                       struct error *err)
{
    const struct evaluate_options *options = evaluate->options;
    size_t n = evaluate->traits->of_two_classes ? options->n_thresholds : 0;
    evaluation->classes =
        memory_new(evaluate->n_classes, sizeof(*evaluation->classes), err);
    evaluation->thresholds = memory_new(n, sizeof(*evaluation->thresholds), err);
    if (!evaluation->classes || !evaluation->thresholds ||
        make_curves(evaluate, evaluation, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        evaluation->thresholds[i].threshold = options->thresholds[i];
    evaluation->n_thresholds = n;
    evaluation->n_classes = evaluate->n_classes;
    evaluation->confusion = evaluate->confusion;
    evaluate->confusion = NULL;
    evaluation->bins = evaluate->bins;
    evaluation->n_bins = evaluate->traits->is_logistic ? options->n_bins : 0;
    evaluate->bins = NULL;
    return 0;
}

int evaluate_finish(struct evaluate *evaluate, struct evaluation *evaluation,
                    struct error *err)
{
    double total = evaluate->n_classes > 0 ? evaluate_sum_value(&evaluate->weight)
                                           : evaluate->numbers.weight;
    if (!isfinite(total))
        return error_set(err, ERROR_BAD_WEIGHT,
                         "the weights add up to more than a number can hold; divide them "
                         "by the greatest");
    evaluation->sum_weights = total;
    evaluation->numbers = evaluate->numbers;
    if (evaluate->n_classes == 0 || total == 0)
        return 0;
    if (make_result(evaluate, evaluation, err) == 0 &&
        finish_classes(evaluate, evaluation, err) == 0)
        return 0;
    evaluate_free_result(evaluation);
    return -1;
}
