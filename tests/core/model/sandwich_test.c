#include "core/model/sandwich.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/made_design.h"
#include "tests/support/scored_rows.h"

#define MOST_ROWS 2600

static struct design design;
static struct estimate_options options;
static struct estimate estimate;
static uint32_t clusters[MOST_ROWS];

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static void fit(size_t n_threads)
{
    estimate_free(&estimate);
    estimate = made_design_fit_with(&design, &options, n_threads);
}

static const struct {
    size_t n_rows, n_classes;
    enum covariance_kind covariance;
    bool intercept, weights, frequency, offset;
    double l2;
} cases[] = {
    {300, 2, COVARIANCE_HC0, true, false, false, false, 0},
    {300, 2, COVARIANCE_HC1, false, false, false, true, 0},
    {2500, 2, COVARIANCE_HC0, true, true, false, true, 0},
    {2500, 2, COVARIANCE_HC1, true, true, true, false, 0},
    {400, 4, COVARIANCE_HC0, true, false, false, false, 0},
    {1500, 3, COVARIANCE_HC1, true, true, false, false, 0},
    {1500, 3, COVARIANCE_HC1, false, true, true, false, 0},
    {300, 2, COVARIANCE_CLUSTER, true, false, false, false, 0},
    {2500, 2, COVARIANCE_CLUSTER, true, true, false, true, 0},
    {2500, 2, COVARIANCE_CLUSTER, true, true, true, false, 0},
    {1500, 3, COVARIANCE_CLUSTER, true, true, false, false, 0},
    {500, 2, COVARIANCE_HC0, true, false, false, false, 0.1},
    {500, 2, COVARIANCE_CLUSTER, true, true, false, false, 0.1},
};
#define N_CASES (int)(sizeof(cases) / sizeof(*cases))

/* Clusters of very different sizes; one row in five has no weight. */
static void make(int i)
{
    struct random random = random_start(77, (uint64_t)i);
    made_design_new(&design, cases[i].n_rows, 3, cases[i].n_classes);
    made_design_draw(&design, 5 + (uint64_t)i, 0.7);
    options = made_design_options(&design);
    options.intercept = cases[i].intercept;
    options.l2 = cases[i].l2;
    options.frequency_weights = cases[i].frequency;
    options.details.covariance = cases[i].covariance;
    if (cases[i].weights)
        made_design_add_weights(&design);
    if (cases[i].offset)
        made_design_add_offset(&design);
    for (size_t k = 0; k < design.n_rows; k++) {
        double u = random_uniform(&random);
        clusters[k] = (uint32_t)(40 * u * u);
        if (cases[i].weights)
            design.weights[k] = cases[i].frequency
                                    ? (double)random_below(&random, 5)
                                    : fmax(0, 2 * random_uniform(&random) - 0.4);
        if (cases[i].offset)
            design.offset[k] = random_normal(&random);
    }
    if (cases[i].weights)
        made_design_weigh(&design);
    if (cases[i].covariance == COVARIANCE_CLUSTER) {
        options.details.clusters = clusters;
        options.details.n_clusters = 45; /* the last ones have no rows */
    }
}

/* ---- by the formulas ---- */

static void add_outer(size_t n, const double *score, double factor, scored_rows_matrix b)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            b[i][j] += factor * score[i] * score[j];
}

static void sum_rows(size_t n, scored_rows_matrix b)
{
    for (size_t i = 0; i < design.n_rows; i++) {
        double score[SCORED_ROWS_MOST], weight = scored_rows_weight(&design, i);
        scored_rows_score(&design, &options, estimate.solution, i, score);
        add_outer(n, score, options.frequency_weights ? weight : weight * weight, b);
    }
}

/* Returns how many clusters there are. */
static size_t sum_clusters(size_t n, scored_rows_matrix b)
{
    size_t n_clusters = 0;
    for (uint32_t g = 0; g < options.details.n_clusters; g++) {
        double sum[SCORED_ROWS_MOST] = {0}, all = 0;
        for (size_t i = 0; i < design.n_rows; i++) {
            double score[SCORED_ROWS_MOST], weight = scored_rows_weight(&design, i);
            if (clusters[i] != g)
                continue;
            scored_rows_score(&design, &options, estimate.solution, i, score);
            for (size_t j = 0; j < n; j++)
                sum[j] += weight * score[j];
            all += weight;
        }
        n_clusters += all > 0;
        add_outer(n, sum, 1, b);
    }
    return n_clusters;
}

static double factor_of(double n, double k, double g)
{
    switch (options.details.covariance) {
    case COVARIANCE_HC1:
        return n / (n - k);
    case COVARIANCE_CLUSTER:
        return g / (g - 1) * (n - 1) / (n - k);
    case COVARIANCE_MODEL:
    case COVARIANCE_HC0:
        break;
    }
    return 1;
}

/* Of the penalty, for two classes. */
static void add_penalty(size_t n, scored_rows_matrix a)
{
    for (size_t i = options.intercept; i < n; i++)
        a[i][i] += options.l2 * design.sum_weights;
}

START_TEST(the_covariance_is_that_of_the_formula)
{
    scored_rows_matrix a, b, half, whole;
    make(_i);
    fit(1);
    size_t n = estimate.n_blocks * estimate.n_terms, n_clusters = 0;
    double n_rows = 0;
    for (size_t i = 0; i < design.n_rows; i++) {
        double weight = scored_rows_weight(&design, i);
        n_rows += options.frequency_weights ? weight : weight > 0;
    }
    memset(b, 0, sizeof(b));
    if (options.details.clusters)
        n_clusters = sum_clusters(n, b);
    else
        sum_rows(n, b);
    scored_rows_information(&design, &options, estimate.solution, a);
    add_penalty(n, a);
    scored_rows_invert(n, a);
    scored_rows_multiply(n, a, b, half);
    scored_rows_multiply(n, half, a, whole);
    double factor = factor_of(n_rows, (double)n, (double)n_clusters);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double size = factor * sqrt(whole[i][i] * whole[j][j]);
            ck_assert_double_eq_tol(estimate.covariance[i * n + j] / size,
                                    factor * whole[i][j] / size, 1e-10);
        }
        const struct coefficient *c = &estimate.coefficients[i];
        ck_assert_double_eq_tol(c->std_error / sqrt(factor * whole[i][i]), 1, 1e-10);
        ck_assert_double_eq_tol(c->z, c->estimate / c->std_error, 1e-13);
    }
    ck_assert_uint_eq(estimate.report.addenda.n_clusters, n_clusters);
    ck_assert_int_eq(estimate.report.addenda.covariance, cases[_i].covariance);
    ck_assert(estimate.report.addenda.has_statistics);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    make(_i);
    fit(1);
    size_t n = estimate.n_blocks * estimate.n_terms;
    double *one = memory_copy(estimate.covariance, n * n * sizeof(double), NULL);
    for (size_t n_threads = 2; n_threads < 6; n_threads++) {
        fit(n_threads);
        ck_assert_mem_eq(estimate.covariance, one, n * n * sizeof(double));
    }
    memory_free(one);
}
END_TEST

/* A row for each repetition, with a cluster as its first. */
static void repeat_rows(struct design *repeated, uint32_t *of)
{
    size_t n = 0;
    made_design_new(repeated, (size_t)design.sum_weights, 3, design.n_classes);
    for (size_t i = 0; i < design.n_rows; i++)
        for (double r = 0; r < design.weights[i]; r++, n++) {
            memcpy(repeated->x + 3 * n, design.x + 3 * i, 3 * sizeof(double));
            repeated->y[n] = design.y[i];
            of[n] = clusters[i];
        }
}

START_TEST(a_frequency_is_as_good_as_its_rows)
{
    static uint32_t of[6 * MOST_ROWS];
    make(_i);
    if (!cases[_i].frequency)
        return;
    fit(1);
    struct design repeated;
    repeat_rows(&repeated, of);
    struct estimate_options same = options;
    same.frequency_weights = false;
    same.details.clusters = options.details.clusters ? of : NULL;
    struct estimate other = made_design_fit(&repeated, &same);
    for (size_t i = 0; i < estimate.n_blocks * estimate.n_terms; i++)
        ck_assert_double_eq_tol(estimate.coefficients[i].std_error /
                                    other.coefficients[i].std_error,
                                1, 1e-12);
    estimate_free(&other);
    design_free(&repeated);
}
END_TEST

/* ---- what cannot be had ---- */

static void refuse(const char *place)
{
    struct error err = {0};
    struct pool *pool = pool_new(1, 0, NULL);
    ck_assert_int_lt(estimate_run(&design, &options, NULL, pool, &estimate, &err), 0);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_str_eq(err.place, place);
    pool_free(pool);
}

START_TEST(a_single_cluster_is_refused)
{
    make(7);
    memset(clusters, 0, sizeof(clusters));
    refuse("/cluster");
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct pool *pool = pool_new(1, 0, NULL);
    make(_i);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    pool_free(pool);
}
END_TEST

TCase *sandwich_test(void)
{
    TCase *tests = tcase_create("sandwich");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, the_covariance_is_that_of_the_formula, 0, N_CASES);
    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 0, N_CASES);
    tcase_add_loop_test(tests, a_frequency_is_as_good_as_its_rows, 0, N_CASES);
    tcase_add_test(tests, a_single_cluster_is_refused);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 6, 8);
    return tests;
}
