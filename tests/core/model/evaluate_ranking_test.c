#include "core/model/evaluate_ranking.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/random.h"

#define N 3000U

static struct evaluate_case cases[N], spare[N];
static struct evaluate_ranking ranking;

/* Every pair of a positive and another case. */
static double auc_by_pairs(size_t n)
{
    double wins = 0, pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (cases[i].weight > 0 && cases[j].weight < 0) {
                double weight = -cases[i].weight * cases[j].weight;
                pairs += weight;
                wins += cases[i].score > cases[j].score    ? weight
                        : cases[i].score == cases[j].score ? weight / 2
                                                           : 0;
            }
    return wins / pairs;
}

static void draw(size_t n, double n_scores, bool is_weighted)
{
    struct random random = random_start(7, 0);
    for (size_t i = 0; i < n; i++) {
        double z = floor((random_uniform(&random) - 0.5) * n_scores);
        bool is_positive = random_uniform(&random) * n_scores < z + n_scores / 2;
        double weight = is_weighted ? floor(random_uniform(&random) * 7 + 1) : 1;
        cases[i] = (struct evaluate_case){z / 16, is_positive ? weight : -weight};
    }
}

START_TEST(cases_are_sorted_from_the_greatest_score_down)
{
    static const double scores[] = {-0.0, 1e-310, INFINITY, -1, 3, -1e300, 0.0, 3, 1e300};
    for (size_t i = 0; i < 9; i++)
        cases[i] = (struct evaluate_case){scores[i], (double)i + 1};
    evaluate_ranking_sort(cases, 9, spare);
    static const double order[] = {3, 9, 5, 8, 2, 1, 7, 4, 6};
    for (size_t i = 0; i < 9; i++)
        ck_assert(cases[i].weight == order[i]);
}
END_TEST

START_TEST(auc_is_that_of_all_pairs)
{
    static const double n_scores[] = {2, 5, 40, 1e6};
    for (size_t i = 0; i < 8; i++) {
        draw(N, n_scores[i / 2], i % 2 == 1);
        double expected = auc_by_pairs(N);
        evaluate_ranking_sort(cases, N, spare);
        evaluate_ranking_make(cases, N, &ranking);
        ck_assert_double_eq_tol(ranking.auc, expected, 1e-15);
        ck_assert(ranking.auc > 0.6 && ranking.auc < 1);
    }
}
END_TEST

START_TEST(a_long_curve_is_thinned_to_points_that_are_its_own)
{
    double way = 0;
    draw(N, 1e6, true);
    evaluate_ranking_sort(cases, N, spare);
    evaluate_ranking_make(cases, N, &ranking);
    ck_assert_uint_gt(ranking.n_distinct, N / 2);
    ck_assert_uint_le(ranking.n_points, EVALUATE_RANKING_POINTS);
    ck_assert_uint_gt(ranking.n_points, EVALUATE_RANKING_POINTS * 9 / 10);
    for (size_t p = 0; p < ranking.n_points; p++) {
        const struct evaluate_point *point = &ranking.points[p];
        double tp = 0, fp = 0;
        for (size_t i = 0; i < N && cases[i].score >= point->score; i++) {
            tp += fmax(cases[i].weight, 0);
            fp += fmax(-cases[i].weight, 0);
        }
        ck_assert(point->tp == tp && point->fp == fp);
        double next = tp / ranking.positives + fp / ranking.negatives;
        ck_assert_double_lt(next - way, 3.0 / EVALUATE_RANKING_POINTS);
        way = next;
    }
    ck_assert(way == 2);
    ck_assert(ranking.points[0].score == cases[0].score);
}
END_TEST

START_TEST(great_weights_do_not_overflow)
{
    draw(100, 40, true);
    double expected = auc_by_pairs(100);
    for (size_t i = 0; i < 100; i++)
        cases[i].weight *= 0x1p1000;
    evaluate_ranking_sort(cases, 100, spare);
    evaluate_ranking_make(cases, 100, &ranking);
    ck_assert_double_eq_tol(ranking.auc, expected, 1e-15);
    ck_assert(isfinite(ranking.positives) && ranking.positives > 0x1p1000);
}
END_TEST

START_TEST(no_cases_have_no_areas)
{
    evaluate_ranking_sort(cases, 0, spare);
    evaluate_ranking_make(cases, 0, &ranking);
    ck_assert_double_nan(ranking.auc);
    ck_assert_double_nan(ranking.average_precision);
    ck_assert_uint_eq(ranking.n_points, 0);
}
END_TEST

TCase *evaluate_ranking_test(void)
{
    TCase *tests = tcase_create("evaluate_ranking");
    tcase_add_test(tests, cases_are_sorted_from_the_greatest_score_down);
    tcase_add_test(tests, auc_is_that_of_all_pairs);
    tcase_add_test(tests, a_long_curve_is_thinned_to_points_that_are_its_own);
    tcase_add_test(tests, great_weights_do_not_overflow);
    tcase_add_test(tests, no_cases_have_no_areas);
    return tests;
}
