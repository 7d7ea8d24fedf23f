#include "core/model/evaluate.h"

#include <check.h>
#include <float.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/model/evaluate_odds.h"
#include "tests/core/model/evaluate_values.h"
#include "tests/support/small_model.h"

#define N 97U
#define K 4U

static const double solution[] = {0, 1, 0, 0};
static const double two_blocks[] = {0, 1, 0, 0, 0, 1, 0, 0};
static const double thresholds[] = {0.25, 0.5, 0.75};
static const struct evaluate_options options = {0.5, 5, thresholds, 3, NULL, 0, {0}};

static struct model *model;
static struct evaluation evaluation;

static void teardown(void)
{
    evaluate_free_result(&evaluation);
    model_release(model);
    model = NULL;
}

/* A small model says what there is to judge; the scores are the test's own. */
static void judge(const struct evaluate_options *how, const double *scores,
                  const double *y, const double *weights, size_t n)
{
    struct error err = {0};
    struct evaluate *evaluate = evaluate_new(model, how, n, &err);
    ck_assert_ptr_nonnull(evaluate);
    size_t half = n / 2, n_scores = model_n_scores(model);
    evaluate_add(evaluate, scores, y, weights, half);
    evaluate_add(evaluate, scores + half * n_scores, y + half,
                 weights ? weights + half : NULL, n - half);
    ck_assert_int_eq(evaluate_finish(evaluate, &evaluation, &err), 0);
    evaluate_free(evaluate);
}

static void near(double found, double expected)
{
    ck_assert_double_eq_tol(found, expected, 4e-15 * fmax(1, fabs(expected)));
}

/* By class: precisions, recalls, then f1. */
static void check_classes(const double *confusion, const double *by_class)
{
    size_t n = evaluation.n_classes;
    for (size_t k = 0; k < n; k++) {
        const struct evaluate_class *class = &evaluation.classes[k];
        near(class->right / class->predicted, by_class[k]);
        near(class->right / class->support, by_class[n + k]);
        near(2 * class->right / (class->support + class->predicted), by_class[2 * n + k]);
        for (size_t l = 0; l < n; l++)
            near(evaluation.confusion[k * n + l], confusion[k * n + l]);
    }
}

static void check_two(const double *expected, const double *confusion,
                      const double *by_class)
{
    near(evaluation.accuracy, expected[0]);
    near(evaluation.log_loss, expected[1]);
    near(evaluation.brier, expected[2]);
    near(evaluation.ranking.auc, expected[3]);
    near(evaluation.ranking.average_precision, expected[4]);
    near(evaluation.classes[0].average_precision, expected[5]);
    near(evaluation.classes[0].auc, expected[3]);
    near(evaluation.classes[1].auc, expected[3]);
    check_classes(confusion, by_class);
}

START_TEST(two_classes_are_judged_as_by_scikit_learn)
{
    model = small_model_binomial(solution);
    judge(&options, two_z, two_y, NULL, N);
    check_two(two_plain, two_plain_confusion, two_plain_by_class);
    ck_assert(evaluation.sum_weights == N);
    evaluate_free_result(&evaluation);
    judge(&options, two_z, two_y, two_w, N);
    check_two(two_weighted, two_weighted_confusion, two_weighted_by_class);
}
END_TEST

static void check_curve(const double *fpr, const double *tpr, const double *scores,
                        size_t n)
{
    const struct evaluate_ranking *ranking = &evaluation.ranking;
    ck_assert_uint_eq(ranking->n_points, n);
    ck_assert_uint_eq(ranking->n_distinct, n);
    for (size_t i = 0; i < n; i++) {
        near(ranking->points[i].fp / ranking->negatives, fpr[i]);
        near(ranking->points[i].tp / ranking->positives, tpr[i]);
        ck_assert(ranking->points[i].score == scores[i]);
    }
}

START_TEST(the_curve_has_a_point_for_each_score)
{
    model = small_model_binomial(solution);
    judge(&options, two_z, two_y, NULL, N);
    check_curve(two_plain_fpr, two_plain_tpr, two_plain_scores,
                sizeof(two_plain_scores) / sizeof(double));
    evaluate_free_result(&evaluation);
    judge(&options, two_z, two_y, two_w, N);
    check_curve(two_weighted_fpr, two_weighted_tpr, two_weighted_scores,
                sizeof(two_weighted_scores) / sizeof(double));
}
END_TEST

START_TEST(calibration_is_by_bins_of_equal_width)
{
    double error = 0, total = 0;
    model = small_model_binomial(solution);
    judge(&options, two_z, two_y, NULL, N);
    ck_assert_uint_eq(evaluation.n_bins, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct evaluate_bin *bin = &evaluation.bins[i];
        near(evaluate_bins_observed(bin), two_plain_observed[i]);
        near(evaluate_bins_predicted(bin), two_plain_predicted[i]);
        double weight = evaluate_sum_value(&bin->weight);
        total += weight;
        error += weight / N * fabs(two_plain_observed[i] - two_plain_predicted[i]);
    }
    ck_assert(total == N);
    near(evaluate_bins_error(evaluation.bins, 5), error);
}
END_TEST

/* Counted one by one. */
START_TEST(thresholds_call_positive_what_predicting_does)
{
    model = small_model_binomial(solution);
    judge(&options, two_z, two_y, two_w, N);
    ck_assert_uint_eq(evaluation.n_thresholds, 3);
    for (size_t t = 0; t < 3; t++) {
        double at = log(thresholds[t] / (1 - thresholds[t])), tp = 0, fp = 0, all = 0;
        for (size_t i = 0; i < N; i++) {
            all += two_w[i];
            tp += two_z[i] >= at && two_y[i] > 0 ? two_w[i] : 0;
            fp += two_z[i] >= at && two_y[i] < 1 ? two_w[i] : 0;
        }
        const struct evaluate_threshold *row = &evaluation.thresholds[t];
        ck_assert(row->threshold == thresholds[t]);
        near(row->tp, tp);
        near(row->fp, fp);
        near(row->tp + row->fp + row->tn + row->fn, all);
        near(row->tp + row->fn, evaluation.classes[1].support);
        near(evaluate_thresholds_precision(row), tp / (tp + fp));
        near(evaluate_thresholds_recall(row), tp / evaluation.classes[1].support);
        near(evaluate_thresholds_specificity(row),
             1 - fp / evaluation.classes[0].support);
        near(evaluate_thresholds_f1(row),
             2 * tp / (tp + fp + evaluation.classes[1].support));
    }
    near(evaluate_thresholds_accuracy(&evaluation.thresholds[1]), evaluation.accuracy);
}
END_TEST

START_TEST(a_weight_is_as_many_rows)
{
    double z[4 * N], y[4 * N], doubled[N];
    size_t n = 0;
    for (size_t i = 0; i < N; i++) {
        doubled[i] = 2 * two_w[i]; /* whole, and some 0 */
        for (int r = 0; r < doubled[i]; r++) {
            z[n] = two_z[i];
            y[n++] = two_y[i];
        }
    }
    model = small_model_binomial(solution);
    judge(&options, two_z, two_y, doubled, N);
    struct evaluation weighted = evaluation;
    evaluation = (struct evaluation){0};
    judge(&options, z, y, NULL, n);
    ck_assert(evaluation.ranking.auc == weighted.ranking.auc);
    ck_assert(evaluation.sum_weights == weighted.sum_weights);
    ck_assert_mem_eq(evaluation.confusion, weighted.confusion, 4 * sizeof(double));
    near(evaluation.log_loss, weighted.log_loss);
    near(evaluation.brier, weighted.brier);
    near(evaluation.ranking.average_precision, weighted.ranking.average_precision);
    evaluate_free_result(&weighted);
}
END_TEST

START_TEST(one_class_alone_has_no_auc)
{
    static const double z[] = {1, -2}, y[] = {1, 1}, none[] = {0, 0};
    model = small_model_binomial(solution);
    judge(&options, z, y, NULL, 2);
    ck_assert_double_nan(evaluation.ranking.auc);
    ck_assert(evaluation.ranking.average_precision == 1);
    ck_assert_double_nan(evaluation.classes[0].average_precision);
    ck_assert(evaluation.accuracy == 0.5);
    evaluate_free_result(&evaluation);
    judge(&options, z, none, NULL, 2);
    ck_assert_double_nan(evaluation.ranking.auc);
    ck_assert_double_nan(evaluation.ranking.average_precision);
    evaluate_free_result(&evaluation);
    judge(&options, z, y, none, 2); /* no weight at all */
    ck_assert(evaluation.sum_weights == 0);
}
END_TEST

START_TEST(scores_at_the_end_of_the_doubles_have_finite_losses)
{
    static const double z[] = {DBL_MAX, -DBL_MAX, 800, -800}, y[] = {0, 1, 1, 0};
    static const double many[] = {1, 1e300, 1e300, 1};
    model = small_model_binomial(solution);
    judge(&options, z, y, NULL, 4);
    ck_assert(isfinite(evaluation.log_loss) && evaluation.log_loss > DBL_MAX / 4);
    near(evaluation.brier, 0.5);
    near(evaluation.ranking.auc, 0.25);
    evaluate_free_result(&evaluation);
    judge(&options, z, y, many, 4);
    ck_assert(isfinite(evaluation.log_loss));
    near(evaluation.accuracy, 0.5);
    evaluate_free_result(&evaluation);
    judge(&options, z + 2, y + 2, NULL, 2); /* right, where 1 - p is no double */
    ck_assert(evaluation.log_loss == 0 || evaluation.log_loss < 1e-300);
}
END_TEST

START_TEST(weights_that_add_up_to_infinity_are_refused)
{
    static const double z[] = {1, -1, 1}, y[] = {1, 0, 1};
    static const double weights[] = {DBL_MAX, DBL_MAX, DBL_MAX};
    struct error err = {0};
    model = small_model_binomial(solution);
    struct evaluate *evaluate = evaluate_new(model, &options, 3, NULL);
    evaluate_add(evaluate, z, y, weights, 3);
    ck_assert_int_eq(evaluate_finish(evaluate, &evaluation, &err), -1);
    ck_assert_int_eq(err.code, ERROR_BAD_WEIGHT);
    evaluate_free(evaluate);
}
END_TEST

/* ---- more classes ---- */

static void check_more(const double *expected, const double *confusion,
                       const double *by_class, const double *auc, const double *precision)
{
    near(evaluation.accuracy, expected[0]);
    near(evaluation.log_loss, expected[1]);
    near(evaluation.brier, expected[2]);
    check_classes(confusion, by_class);
    for (size_t k = 0; k < K; k++) {
        near(evaluation.classes[k].auc, auc[k]);
        near(evaluation.classes[k].average_precision, precision[k]);
    }
}

/* The classes of the small model are three: a fourth, of which only the number counts. */
static void make_four_classes(void)
{
    model = small_model_multinomial(two_blocks);
    char **classes = memory_resize(model->classes, K, sizeof(*classes), NULL);
    classes[3] = memory_copy_string("d", NULL);
    model->classes = classes;
    model->n_classes = K;
}

START_TEST(more_classes_are_judged_as_by_scikit_learn)
{
    make_four_classes();
    judge(&options, more_z, more_y, NULL, N);
    check_more(more_plain, more_plain_confusion, more_plain_by_class, more_plain_auc,
               more_plain_precision);
    ck_assert_uint_eq(evaluation.n_thresholds, 0);
    evaluate_free_result(&evaluation);
    judge(&options, more_z, more_y, two_w, N);
    check_more(more_weighted, more_weighted_confusion, more_weighted_by_class,
               more_weighted_auc, more_weighted_precision);
}
END_TEST

START_TEST(calibration_of_more_classes_is_of_the_label)
{
    static const double logits[] = {2, 0, 0, /**/ 0, 3, 0};
    static const double y[] = {0, 2};
    model = small_model_multinomial(two_blocks);
    judge(&options, logits, y, NULL, 2);
    double p = exp(2) / (exp(2) + 2), q = exp(3) / (exp(3) + 2);
    const struct evaluate_bin *high = &evaluation.bins[4], *low = &evaluation.bins[3];
    near(evaluate_bins_predicted(low), p);
    near(evaluate_bins_observed(low), 1);
    near(evaluate_bins_predicted(high), q);
    near(evaluate_bins_observed(high), 0);
    near(evaluate_bins_error(evaluation.bins, 5), (1 - p + q) / 2);
    ck_assert_double_nan(evaluate_bins_predicted(&evaluation.bins[0]));
}
END_TEST

/* Of the rows, how many have this class at least as probable as the point, and are it or
 * not; N is small. */
static void count_above(size_t class, double score, double counts[2])
{
    counts[0] = counts[1] = 0;
    for (size_t i = 0; i < N; i++) {
        double odds[K];
        evaluate_odds(more_z + i * K, K, odds, 1);
        if (odds[class] >= score)
            counts[more_y[i] == (double)class] += 1;
    }
}

static void check_class_curve(const struct evaluate_curve *curve)
{
    const struct evaluate_ranking *ranking = &curve->ranking;
    ck_assert(ranking->auc == evaluation.classes[curve->class].auc);
    ck_assert(ranking->n_points == ranking->n_distinct && ranking->n_points > 1);
    for (size_t i = 0; i < ranking->n_points; i++) {
        double counts[2];
        count_above(curve->class, ranking->points[i].score, counts);
        near(ranking->points[i].tp, counts[1]);
        near(ranking->points[i].fp, counts[0]);
    }
}

START_TEST(curves_are_of_the_classes_that_are_asked_for)
{
    static const size_t wanted[] = {2, 0};
    struct evaluate_options how = options;
    how.curves = wanted;
    how.n_curves = 2;
    make_four_classes();
    judge(&how, more_z, more_y, NULL, N);
    ck_assert_uint_eq(evaluation.n_curves, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(evaluation.curves[i].class, wanted[i]);
        check_class_curve(&evaluation.curves[i]);
    }
    ck_assert_uint_gt(evaluate_bytes(model, &how, N), evaluate_bytes(model, &options, N));
}
END_TEST

START_TEST(calibration_of_a_class_is_by_its_own_probability)
{
    static const double logits[] = {2, 0, 0, /**/ 0, 3, 0};
    static const double y[] = {0, 2};
    static const size_t wanted[] = {2, 1};
    struct evaluate_options how = options;
    how.curves = wanted;
    how.n_curves = 2;
    model = small_model_multinomial(two_blocks);
    judge(&how, logits, y, NULL, 2);
    double p = 1 / (exp(2) + 2), q = 1 / (exp(3) + 2), r = exp(3) / (exp(3) + 2);
    const struct evaluate_bin *bins = evaluation.curves[0].bins; /* of class 2 */
    near(evaluate_bins_predicted(&bins[0]), (p + q) / 2);
    near(evaluate_bins_observed(&bins[0]), 0.5);
    bins = evaluation.curves[1].bins;
    near(evaluate_bins_predicted(&bins[0]), p);
    near(evaluate_bins_predicted(&bins[4]), r);
    near(evaluate_bins_observed(&bins[4]), 0);
}
END_TEST

START_TEST(logits_at_the_end_of_the_doubles_have_finite_losses)
{
    static const double logits[] = {DBL_MAX, -DBL_MAX, 0, /**/ -DBL_MAX, DBL_MAX, 0};
    static const double y[] = {1, 2};
    model = small_model_multinomial(two_blocks);
    judge(&options, logits, y, NULL, 2);
    ck_assert(isfinite(evaluation.log_loss));
    near(evaluation.brier, 2);
    ck_assert(evaluation.classes[1].auc == 0);
    ck_assert_double_nan(evaluation.classes[0].auc);
}
END_TEST

/* ---- other families ---- */

START_TEST(hinge_has_its_loss_and_no_probabilities)
{
    static const double z[] = {2, 0.5, -0.5, -3}, y[] = {1, 0, 1, 0}, zero[] = {0};
    static const struct evaluate_options how = {0.5, 5, zero, 1, NULL, 0, {0}};
    model = small_model_binomial(solution);
    model->family = FAMILY_HINGE;
    judge(&how, z, y, NULL, 4);
    near(evaluation.hinge_loss, 3.0 / 4);
    near(evaluation.accuracy, 0.5);
    near(evaluation.ranking.auc, 0.75);
    ck_assert_uint_eq(evaluation.n_bins, 0);
    ck_assert(evaluation.thresholds[0].tp == 1 && evaluation.thresholds[0].fp == 1);
}
END_TEST

static void check_numbers(const double *expected)
{
    near(evaluate_numbers_mse(&evaluation.numbers), expected[0]);
    near(evaluate_numbers_rmse(&evaluation.numbers), expected[1]);
    near(evaluate_numbers_mae(&evaluation.numbers), expected[2]);
    near(evaluate_numbers_r_squared(&evaluation.numbers), expected[3]);
}

static void make_gaussian(void)
{
    model = small_model_binomial(solution);
    model->family = FAMILY_GAUSSIAN;
    for (size_t k = 0; k < 2; k++)
        memory_free(model->classes[k]);
    model->n_classes = 0;
}

START_TEST(numbers_are_judged_as_by_scikit_learn)
{
    make_gaussian();
    judge(&options, numbers_z, numbers_y, NULL, N);
    check_numbers(numbers_plain);
    judge(&options, numbers_z, numbers_y, two_w, N);
    check_numbers(numbers_weighted);
}
END_TEST

START_TEST(numbers_without_variance_or_beyond_the_doubles_say_so)
{
    static const double z[] = {0.1, 0.3, 0.5}, y[] = {0.1, 0.1, 0.1};
    static const double huge[] = {1e300, -1e300, 0};
    make_gaussian();
    judge(&options, z, y, NULL, 3);
    ck_assert_double_nan(evaluate_numbers_r_squared(&evaluation.numbers));
    near(evaluate_numbers_mae(&evaluation.numbers), 0.2);
    judge(&options, z, huge, NULL, 3);
    ck_assert(isinf(evaluate_numbers_mse(&evaluation.numbers)));
    ck_assert(isfinite(evaluate_numbers_mae(&evaluation.numbers)));
    ck_assert_double_nan(evaluate_numbers_r_squared(&evaluation.numbers));
}
END_TEST

/* Is asked for when asked so many times before. */
static bool stop_after(void *context)
{
    size_t *left = context;
    return (*left)-- == 0;
}

START_TEST(a_stop_between_classes_leaves_no_result)
{
    static const double scores[3] = {1, 0, -1}, y[1] = {1};
    model = small_model_multinomial(two_blocks);
    for (size_t n = 0; n <= 3; n++) {
        struct error err = {0};
        size_t left = n;
        struct evaluate_options how = options;
        how.stop = (struct stop){stop_after, &left};
        struct evaluate *evaluate = evaluate_new(model, &how, 1, NULL);
        evaluate_add(evaluate, scores, y, NULL, 1);
        int result = evaluate_finish(evaluate, &evaluation, &err);
        ck_assert_int_eq(result, n < 3 ? -1 : 0);
        ck_assert_int_eq(err.code, n < 3 ? ERROR_CANCELLED : ERROR_NONE);
        ck_assert((evaluation.classes != NULL) == (n == 3));
        evaluate_free(evaluate);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static const size_t wanted[] = {1};
    struct evaluate_options how = options;
    how.curves = wanted;
    how.n_curves = 1;
    model = small_model_multinomial(two_blocks);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct evaluate *evaluate = evaluate_new(model, &how, 2, &err);
        int result = evaluate ? evaluate_finish(evaluate, &evaluation, &err) : -1;
        memory_fail_after(-1);
        evaluate_free(evaluate);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *evaluate_test(void)
{
    TCase *tests = tcase_create("evaluate");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, two_classes_are_judged_as_by_scikit_learn);
    tcase_add_test(tests, the_curve_has_a_point_for_each_score);
    tcase_add_test(tests, calibration_is_by_bins_of_equal_width);
    tcase_add_test(tests, thresholds_call_positive_what_predicting_does);
    tcase_add_test(tests, a_weight_is_as_many_rows);
    tcase_add_test(tests, one_class_alone_has_no_auc);
    tcase_add_test(tests, scores_at_the_end_of_the_doubles_have_finite_losses);
    tcase_add_test(tests, weights_that_add_up_to_infinity_are_refused);
    tcase_add_test(tests, more_classes_are_judged_as_by_scikit_learn);
    tcase_add_test(tests, calibration_of_more_classes_is_of_the_label);
    tcase_add_test(tests, curves_are_of_the_classes_that_are_asked_for);
    tcase_add_test(tests, calibration_of_a_class_is_by_its_own_probability);
    tcase_add_test(tests, logits_at_the_end_of_the_doubles_have_finite_losses);
    tcase_add_test(tests, hinge_has_its_loss_and_no_probabilities);
    tcase_add_test(tests, numbers_are_judged_as_by_scikit_learn);
    tcase_add_test(tests, numbers_without_variance_or_beyond_the_doubles_say_so);
    tcase_add_test(tests, a_stop_between_classes_leaves_no_result);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
