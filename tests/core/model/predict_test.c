#include "core/model/predict.h"

#include <check.h>
#include <float.h>
#include <math.h>

#include "core/base/random.h"
#include "tests/support/small_model.h"

/* Cells: age, and ses as the index of high, low, mid. */
static struct model *model;

static void teardown(void)
{
    model_release(model);
    model = NULL;
}

START_TEST(log_odds_add_up_numbers_and_levels)
{
    static const double solution[] = {0.5, 0.1, -2, 3};
    static const double cells[] = {10, 0, 10, 1, -10, 2};
    double scores[3];
    model = small_model_binomial(solution);
    ck_assert_uint_eq(model_n_scores(model), 1);
    predict_scores(model, cells, 3, NULL, scores);
    ck_assert(scores[0] == 1.5 && scores[1] == -0.5 && scores[2] == 2.5);
    static const double offset[] = {1, 2, 3};
    predict_scores(model, cells, 3, offset, scores);
    ck_assert(scores[0] == 2.5 && scores[1] == 1.5 && scores[2] == 5.5);
}
END_TEST

START_TEST(rows_score_the_same_alone_and_in_company)
{
    static const double solution[] = {0.1, 1.0 / 3, -2.7, 3.3, 1e-3, 1e3, 0.7, -1.0 / 7};
    double cells[200], together[300], alone[3];
    model = small_model_multinomial(solution);
    for (size_t i = 0; i < 100; i++) {
        cells[2 * i] = (double)i / 7;
        cells[2 * i + 1] = (double)(i % 3);
    }
    predict_scores(model, cells, 100, NULL, together);
    for (size_t i = 0; i < 100; i++) {
        predict_scores(model, cells + 2 * i, 1, NULL, alone);
        ck_assert_mem_eq(alone, together + 3 * i, sizeof(alone));
    }
}
END_TEST

START_TEST(a_tie_is_exactly_one_half_and_positive)
{
    static const double solution[] = {-1, 1, 0, 0};
    static const double cells[] = {1, 0};
    double score, p[2];
    bool tie;
    model = small_model_binomial(solution);
    predict_scores(model, cells, 1, NULL, &score);
    predict_probabilities(model, &score, p);
    ck_assert(score == 0 && p[0] == 0.5 && p[1] == 0.5);
    ck_assert_uint_eq(predict_label(model, &score, 0.5, &tie), 1);
    ck_assert(tie);
    ck_assert_uint_eq(predict_label(model, &score, 0.6, &tie), 0);
    ck_assert(!tie);
}
END_TEST

START_TEST(the_smallest_log_odds_decide)
{
    double score = -1e-300, p[2];
    bool tie;
    static const double solution[] = {0, 0, 0, 0};
    model = small_model_binomial(solution);
    predict_probabilities(model, &score, p);
    ck_assert(p[1] == 0.5); /* rounded */
    ck_assert_uint_eq(predict_label(model, &score, 0.5, &tie), 0);
    ck_assert(!tie);
    score = 1e-300;
    ck_assert_uint_eq(predict_label(model, &score, 0.5, &tie), 1);
    ck_assert(!tie);
}
END_TEST

START_TEST(probabilities_keep_their_precision_at_both_ends)
{
    static const double solution[] = {0, 0, 0, 0};
    double p[2], score = -700;
    model = small_model_binomial(solution);
    predict_probabilities(model, &score, p);
    ck_assert_double_eq_tol(p[1] / exp(-700), 1, 1e-15);
    ck_assert(p[0] == 1);
    score = 800;
    predict_probabilities(model, &score, p);
    ck_assert(p[1] == 1 && p[0] >= 0 && p[0] < 1e-300);
    score = DBL_MAX;
    predict_probabilities(model, &score, p);
    ck_assert(p[1] == 1 && p[0] == 0);
}
END_TEST

START_TEST(huge_inputs_give_finite_scores)
{
    static const double solution[] = {0, 1e300, 1, 0};
    static const double cells[] = {1e300, 0, -1e300, 1};
    double scores[2];
    model = small_model_binomial(solution);
    predict_scores(model, cells, 2, NULL, scores);
    ck_assert(scores[0] == DBL_MAX && scores[1] == -DBL_MAX);
}
END_TEST

/* The lecture's example has six classes; three of its logits keep their ratios. */
START_TEST(sums_of_huge_parts_are_those_of_the_mathematics)
{
    static const double solution[] = {-1.5e308, 3, 1.5e308, -1.5e308};
    static const double cells[] = {1e308, 0, 1e308, 1, 1e308, 2, -1e308, 2};
    double scores[4];
    model = small_model_binomial(solution);
    predict_scores(model, cells, 4, NULL, scores);
    ck_assert_double_eq_tol(scores[0] / 1.5e308, 1, 1e-15);
    ck_assert(scores[1] == DBL_MAX); /* 3e308 */
    ck_assert_double_le(fabs(scores[2]), 1.5e308 * 1e-15);
    ck_assert(scores[3] == -DBL_MAX);
}
END_TEST

START_TEST(softmax_is_that_of_the_lecture)
{
    static const double solution[] = {0, 0, 0, 0, 0, 0, 0, 0};
    static const double z[] = {0.6, 1.1, 3.2};
    static const double expected[] = {0.055, 0.090, 0.74};
    double p[3];
    model = small_model_multinomial(solution);
    predict_probabilities(model, z, p);
    ck_assert_double_eq_tol(p[0] + p[1] + p[2], 1, 1e-15);
    for (size_t k = 0; k < 3; k++)
        ck_assert_double_eq_tol(p[k] / p[2], expected[k] / expected[2], 1e-3);
}
END_TEST

START_TEST(softmax_does_not_overflow)
{
    static const double solution[] = {0, 0, 0, 0, 0, 0, 0, 0};
    static const double z[] = {DBL_MAX, -DBL_MAX, 1000};
    double p[3];
    model = small_model_multinomial(solution);
    predict_probabilities(model, z, p);
    ck_assert(p[0] == 1 && p[1] == 0 && p[2] == 0);
}
END_TEST

START_TEST(the_largest_logit_is_the_label_and_the_first_of_equals)
{
    static const double solution[] = {0, 0, 0, 0, 0, 0, 0, 0};
    static const double z[][3] = {{1, 2, 3}, {3, 2, 3}, {1, 3, 2}, {2, 2, 3}};
    static const size_t labels[] = {2, 0, 1, 2};
    static const bool ties[] = {false, true, false, false};
    bool tie;
    model = small_model_multinomial(solution);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(predict_label(model, z[i], 0.5, &tie), labels[i]);
        ck_assert_int_eq(tie, ties[i]);
    }
}
END_TEST

/* ---- sparse rows ---- */

enum { N_SPARSE = 50, N_SPARSE_ROWS = 200 };

START_TEST(sparse_rows_score_as_the_same_rows_of_all_cells)
{
    static double solution[2 * (N_SPARSE + 1)], cells[N_SPARSE_ROWS * N_SPARSE];
    static struct predict_entry entries[N_SPARSE_ROWS * N_SPARSE];
    static double dense[2 * N_SPARSE_ROWS * 3];
    size_t ends[N_SPARSE_ROWS], n = 0;
    struct random random = random_start(5, 1);
    for (size_t i = 0; i < 2 * (N_SPARSE + 1); i++)
        solution[i] = random_normal(&random);
    for (size_t i = 0; i < N_SPARSE_ROWS; i++) {
        for (size_t j = 0; j < N_SPARSE; j++)
            if (random_below(&random, 4) == 0) {
                double value = random_normal(&random) * (i % 9 == 0 ? 1e300 : 1);
                cells[i * N_SPARSE + j] = value;
                entries[n++] = (struct predict_entry){(uint32_t)j, value};
            }
        ends[i] = n;
    }
    for (int multinomial = 0; multinomial < 2; multinomial++) {
        double scores[N_SPARSE_ROWS * 3];
        model = small_model_sparse(multinomial ? FAMILY_MULTINOMIAL : FAMILY_BINOMIAL,
                                   N_SPARSE, solution);
        size_t n_scores = model_n_scores(model);
        predict_scores(model, cells, N_SPARSE_ROWS, NULL, dense);
        predict_scores_sparse(model, entries, ends, N_SPARSE_ROWS, NULL, scores);
        ck_assert_mem_eq(scores, dense, N_SPARSE_ROWS * n_scores * sizeof(*scores));
        teardown();
    }
}
END_TEST

START_TEST(a_row_without_entries_has_the_intercept)
{
    static const double solution[] = {-0.25, 1, 2};
    static const size_t ends[] = {0, 0};
    static const double offset[] = {0.5, DBL_MAX};
    double scores[2];
    model = small_model_sparse(FAMILY_BINOMIAL, 2, solution);
    predict_scores_sparse(model, NULL, ends, 2, NULL, scores);
    ck_assert(scores[0] == -0.25 && scores[1] == -0.25);
    predict_scores_sparse(model, NULL, ends, 2, offset, scores);
    ck_assert(scores[0] == 0.25 && scores[1] == DBL_MAX);
}
END_TEST

START_TEST(huge_sparse_inputs_give_finite_scores)
{
    static const double solution[] = {1, 1e10, -1e10};
    static const struct predict_entry entries[] = {{0, 1e300}, {1, 1e300}, {0, 1e308}};
    static const size_t ends[] = {2, 3};
    double scores[2];
    model = small_model_sparse(FAMILY_BINOMIAL, 2, solution);
    predict_scores_sparse(model, entries, ends, 2, NULL, scores);
    ck_assert(isfinite(scores[0]) && scores[1] == DBL_MAX);
}
END_TEST

TCase *predict_test(void)
{
    TCase *tests = tcase_create("predict");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, log_odds_add_up_numbers_and_levels);
    tcase_add_test(tests, rows_score_the_same_alone_and_in_company);
    tcase_add_test(tests, a_tie_is_exactly_one_half_and_positive);
    tcase_add_test(tests, the_smallest_log_odds_decide);
    tcase_add_test(tests, probabilities_keep_their_precision_at_both_ends);
    tcase_add_test(tests, huge_inputs_give_finite_scores);
    tcase_add_test(tests, sums_of_huge_parts_are_those_of_the_mathematics);
    tcase_add_test(tests, softmax_is_that_of_the_lecture);
    tcase_add_test(tests, softmax_does_not_overflow);
    tcase_add_test(tests, sparse_rows_score_as_the_same_rows_of_all_cells);
    tcase_add_test(tests, a_row_without_entries_has_the_intercept);
    tcase_add_test(tests, huge_sparse_inputs_give_finite_scores);
    tcase_add_test(tests, the_largest_logit_is_the_label_and_the_first_of_equals);
    return tests;
}
