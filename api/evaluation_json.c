#include "api/evaluation_json.h"

#include <math.h>

#include "core/kernel/loss.h"

/* Of a result, what the writers below need. */
struct telling {
    struct json_writer *json;
    const struct model *model;
    const struct evaluation *evaluation;
    bool is_logistic;
};

/* ---- curves ---- */

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

static double threshold_of(const struct telling *of, double score)
{
    return of->is_logistic ? loss_sigmoid(score) : score;
}

typedef double point_fn(const struct evaluate_ranking *ranking,
                        const struct evaluate_point *point);

static double false_rate(const struct evaluate_ranking *ranking,
                         const struct evaluate_point *point)
{
    return ratio(point->fp, ranking->negatives);
}

static double true_rate(const struct evaluate_ranking *ranking,
                        const struct evaluate_point *point)
{
    return ratio(point->tp, ranking->positives);
}

static double precision_at(const struct evaluate_ranking *ranking,
                           const struct evaluate_point *point)
{
    (void)ranking;
    return ratio(point->tp, point->tp + point->fp);
}

/* From what it is above all scores. */
static void write_coordinates(const struct telling *of,
                              const struct evaluate_ranking *ranking, const char *key,
                              double first, point_fn *value)
{
    json_write_key(of->json, key);
    json_write_begin_array(of->json);
    json_write_number(of->json, first);
    for (size_t i = 0; i < ranking->n_points; i++)
        json_write_number(of->json, value(ranking, &ranking->points[i]));
    json_write_end_array(of->json);
}

static void write_curve_thresholds(const struct telling *of,
                                   const struct evaluate_ranking *ranking)
{
    json_write_key(of->json, "thresholds");
    json_write_begin_array(of->json);
    json_write_null(of->json);
    for (size_t i = 0; i < ranking->n_points; i++)
        json_write_number(of->json, threshold_of(of, ranking->points[i].score));
    json_write_end_array(of->json);
}

static void begin_curve(const struct telling *of, const struct evaluate_ranking *ranking,
                        const char *key)
{
    json_write_key(of->json, key);
    json_write_begin_object(of->json);
    json_write_member_integer(of->json, "n_points_exact",
                              (int64_t)ranking->n_distinct + 1);
}

static void write_curves(const struct telling *of, const struct evaluate_ranking *ranking)
{
    if (isnan(ranking->auc)) {
        json_write_member_null(of->json, "roc");
    } else {
        begin_curve(of, ranking, "roc");
        write_coordinates(of, ranking, "fpr", 0, false_rate);
        write_coordinates(of, ranking, "tpr", 0, true_rate);
        write_curve_thresholds(of, ranking);
        json_write_end_object(of->json);
    }
    if (isnan(ranking->average_precision)) {
        json_write_member_null(of->json, "pr");
        return;
    }
    begin_curve(of, ranking, "pr");
    write_coordinates(of, ranking, "precision", 1, precision_at);
    write_coordinates(of, ranking, "recall", 0, true_rate);
    write_curve_thresholds(of, ranking);
    json_write_end_object(of->json);
}

/* ---- calibration ---- */

/* whose: the probability that is told. */
static void write_calibration(const struct telling *of, const struct evaluate_bin *bins,
                              const char *whose)
{
    size_t n = of->evaluation->n_bins;
    json_write_key(of->json, "calibration");
    json_write_begin_object(of->json);
    json_write_member_string(of->json, "of", whose);
    json_write_member_number(of->json, "expected_error", evaluate_bins_error(bins, n));
    json_write_key(of->json, "bins");
    json_write_begin_array(of->json);
    for (size_t i = 0; i < n; i++) {
        const struct evaluate_bin *bin = &bins[i];
        json_write_begin_object(of->json);
        json_write_member_number(of->json, "lower", (double)i / (double)n);
        json_write_member_number(of->json, "upper", (double)(i + 1) / (double)n);
        json_write_member_number(of->json, "count", evaluate_sum_value(&bin->weight));
        json_write_member_number(of->json, "mean_predicted",
                                 evaluate_bins_predicted(bin));
        json_write_member_number(of->json, "observed", evaluate_bins_observed(bin));
        json_write_end_object(of->json);
    }
    json_write_end_array(of->json);
    json_write_end_object(of->json);
}

/* ---- classes ---- */

struct rates {
    double precision, recall, f1, auc, average_precision;
};

static struct rates rates_of(const struct evaluate_class *class)
{
    return (struct rates){.precision = ratio(class->right, class->predicted),
                          .recall = ratio(class->right, class->support),
                          .f1 =
                              ratio(2 * class->right, class->predicted + class->support),
                          .auc = class->auc,
                          .average_precision = class->average_precision};
}

static void write_rates(struct json_writer *json, const struct rates *rates)
{
    json_write_member_number(json, "precision", rates->precision);
    json_write_member_number(json, "recall", rates->recall);
    json_write_member_number(json, "f1", rates->f1);
    json_write_member_number(json, "auc", rates->auc);
    json_write_member_number(json, "average_precision", rates->average_precision);
}

/* Where they were asked for. */
static void write_curves_of_class(const struct telling *of, size_t class)
{
    const struct evaluation *evaluation = of->evaluation;
    for (size_t i = 0; i < evaluation->n_curves; i++) {
        const struct evaluate_curve *curve = &evaluation->curves[i];
        if (curve->class != class)
            continue;
        write_curves(of, &curve->ranking);
        write_calibration(of, curve->bins, "class");
    }
}

static void write_classes(const struct telling *of)
{
    json_write_key(of->json, "classes");
    json_write_begin_array(of->json);
    for (size_t k = 0; k < of->evaluation->n_classes; k++) {
        const struct evaluate_class *class = &of->evaluation->classes[k];
        const struct rates rates = rates_of(class);
        json_write_begin_object(of->json);
        json_write_member_string(of->json, "class", of->model->classes[k]);
        json_write_member_number(of->json, "support", class->support);
        json_write_member_number(of->json, "predicted", class->predicted);
        write_rates(of->json, &rates);
        write_curves_of_class(of, k);
        json_write_end_object(of->json);
    }
    json_write_end_array(of->json);
}

/* Σ weight·value / Σ weight. What is not defined counts as 0 where the class is there at
 * all (as scikit-learn has it), areas only where they are. */
struct average {
    double sum, weight;
};

static void add_rate(struct average *average, double value, double weight)
{
    average->sum += weight * (isnan(value) ? 0 : value);
    average->weight += weight;
}

static void add_area(struct average *average, double value, double weight)
{
    if (!isnan(value))
        add_rate(average, value, weight);
}

static double value_of(const struct average *average)
{
    return ratio(average->sum, average->weight);
}

static struct rates average_rates(const struct evaluation *evaluation, bool by_support)
{
    struct average precision = {0}, recall = {0}, f1 = {0}, auc = {0}, area = {0};
    for (size_t k = 0; k < evaluation->n_classes; k++) {
        const struct evaluate_class *class = &evaluation->classes[k];
        const struct rates rates = rates_of(class);
        double weight = by_support ? class->support / evaluation->sum_weights : 1;
        if (class->support + class->predicted == 0)
            continue;
        add_rate(&precision, rates.precision, weight);
        add_rate(&recall, rates.recall, weight);
        add_rate(&f1, rates.f1, weight);
        add_area(&auc, rates.auc, weight);
        add_area(&area, rates.average_precision, weight);
    }
    return (struct rates){value_of(&precision), value_of(&recall), value_of(&f1),
                          value_of(&auc), value_of(&area)};
}

static void write_average(const struct telling *of, const char *key, bool by_support)
{
    const struct rates rates = average_rates(of->evaluation, by_support);
    json_write_key(of->json, key);
    json_write_begin_object(of->json);
    write_rates(of->json, &rates);
    json_write_end_object(of->json);
}

static void write_confusion(const struct telling *of)
{
    size_t n = of->evaluation->n_classes;
    json_write_key(of->json, "confusion");
    json_write_begin_object(of->json);
    json_write_key(of->json, "labels");
    json_write_begin_array(of->json);
    for (size_t k = 0; k < n; k++)
        json_write_string(of->json, of->model->classes[k]);
    json_write_end_array(of->json);
    json_write_key(of->json, "matrix");
    json_write_begin_array(of->json);
    for (size_t k = 0; k < n; k++) {
        json_write_begin_array(of->json);
        for (size_t l = 0; l < n; l++)
            json_write_number(of->json, of->evaluation->confusion[k * n + l]);
        json_write_end_array(of->json);
    }
    json_write_end_array(of->json);
    json_write_end_object(of->json);
}

/* ---- thresholds ---- */

static void write_threshold(struct json_writer *json,
                            const struct evaluate_threshold *row)
{
    json_write_begin_object(json);
    json_write_member_number(json, "threshold", row->threshold);
    json_write_member_number(json, "tp", row->tp);
    json_write_member_number(json, "fp", row->fp);
    json_write_member_number(json, "tn", row->tn);
    json_write_member_number(json, "fn", row->fn);
    json_write_member_number(json, "precision", evaluate_thresholds_precision(row));
    json_write_member_number(json, "recall", evaluate_thresholds_recall(row));
    json_write_member_number(json, "specificity", evaluate_thresholds_specificity(row));
    json_write_member_number(json, "f1", evaluate_thresholds_f1(row));
    json_write_member_number(json, "accuracy", evaluate_thresholds_accuracy(row));
    json_write_end_object(json);
}

static void write_thresholds(const struct telling *of)
{
    json_write_key(of->json, "thresholds");
    json_write_begin_array(of->json);
    for (size_t i = 0; i < of->evaluation->n_thresholds; i++)
        write_threshold(of->json, &of->evaluation->thresholds[i]);
    json_write_end_array(of->json);
}

/* ---- warnings ---- */

static void warn(const struct telling *of, const char *code, const char *detail)
{
    json_write_begin_object(of->json);
    json_write_member_string(of->json, "code", code);
    json_write_member_string(of->json, "detail", detail);
    json_write_end_object(of->json);
}

static bool lacks_area(const struct evaluation *evaluation)
{
    for (size_t k = 0; k < evaluation->n_classes; k++)
        if (isnan(evaluation->classes[k].auc))
            return true;
    return false;
}

static void write_warnings(const struct telling *of)
{
    const struct evaluation *evaluation = of->evaluation;
    json_write_key(of->json, "warnings");
    json_write_begin_array(of->json);
    if (evaluation->n_classes > 0 && lacks_area(evaluation))
        warn(of, "single_class",
             evaluation->n_classes == 2
                 ? "all rows are of one class; areas under curves need both"
                 : "of some class there is no row, or no other; areas under its curves "
                   "are null, and left out of the averages");
    if (evaluation->n_classes == 0 &&
        !(evaluate_numbers_mse(&evaluation->numbers) < INFINITY))
        warn(of, "out_of_range", "squares of errors are beyond what a number can hold");
    else if (evaluation->n_classes == 0 &&
             isnan(evaluate_numbers_r_squared(&evaluation->numbers)))
        warn(of, "constant_target", "the target is the same in all rows: r2 is 0 by 0");
    json_write_end_array(of->json);
}

/* ---- the whole ---- */

static void write_counts(struct json_writer *json, const struct evaluation_result *result)
{
    json_write_member_integer(json, "n_rows", (int64_t)result->n_rows);
    json_write_member_integer(json, "n_rows_skipped", (int64_t)result->n_skipped);
    if (result->n_skipped > 0) {
        json_write_key(json, "skipped_cells");
        json_write_begin_object(json);
        for (size_t code = 0; code < ERROR_N_CODES; code++)
            if (result->n_cells[code] > 0)
                json_write_member_integer(json, error_word((enum error_code)code),
                                          (int64_t)result->n_cells[code]);
        json_write_end_object(json);
    }
    json_write_member_number(json, "sum_weights", result->evaluation.sum_weights);
}

static void write_numbers(const struct telling *of)
{
    const struct evaluate_numbers *numbers = &of->evaluation->numbers;
    json_write_member_number(of->json, "mse", evaluate_numbers_mse(numbers));
    json_write_member_number(of->json, "rmse", evaluate_numbers_rmse(numbers));
    json_write_member_number(of->json, "mae", evaluate_numbers_mae(numbers));
    json_write_member_number(of->json, "r2", evaluate_numbers_r_squared(numbers));
}

static void write_losses(const struct telling *of, double threshold)
{
    const struct evaluation *evaluation = of->evaluation;
    const struct rates macro = average_rates(evaluation, false);
    bool is_two = family_traits(of->model->family)->of_two_classes;
    if (is_two && of->is_logistic)
        json_write_member_number(of->json, "threshold", threshold);
    json_write_member_number(of->json, "accuracy", evaluation->accuracy);
    if (of->is_logistic) {
        json_write_member_number(of->json, "log_loss", evaluation->log_loss);
        json_write_member_number(of->json, "brier", evaluation->brier);
    } else {
        json_write_member_number(of->json, "hinge_loss", evaluation->hinge_loss);
    }
    json_write_member_number(of->json, "auc",
                             is_two ? evaluation->ranking.auc : macro.auc);
    json_write_member_number(of->json, "average_precision",
                             is_two ? evaluation->ranking.average_precision
                                    : macro.average_precision);
}

static void write_judgement(const struct telling *of, double threshold)
{
    bool is_two = family_traits(of->model->family)->of_two_classes;
    write_losses(of, threshold);
    write_classes(of);
    write_average(of, "macro", false);
    write_average(of, "weighted", true);
    write_confusion(of);
    if (is_two)
        write_curves(of, &of->evaluation->ranking);
    if (of->is_logistic)
        write_calibration(of, of->evaluation->bins, is_two ? "positive" : "label");
    if (is_two)
        write_thresholds(of);
}

void evaluation_json_write(struct json_writer *json, const struct model *model,
                           const struct evaluation_result *result, double threshold)
{
    const struct telling of = {json, model, &result->evaluation,
                               family_traits(model->family)->is_logistic};
    write_counts(json, result);
    if (model->n_classes > 0)
        write_judgement(&of, threshold);
    else
        write_numbers(&of);
    write_warnings(&of);
}
