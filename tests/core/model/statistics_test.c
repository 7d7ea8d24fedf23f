#include "core/model/statistics.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/made_design.h"

#define D 6

static struct design dense, sparse;
static struct estimate_options options;
static struct estimate estimate;
static uint32_t clusters[1500];
/* Two numbers, an input of four levels, a number. */
static const struct statistics_column columns[D] = {{0, false}, {1, false}, {2, true},
                                                    {2, true},  {2, true},  {3, false}};

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&dense);
    design_free(&sparse);
}

/* Mostly zeros; every tenth row has no weight. */
static void make(size_t n_classes)
{
    struct random random = random_start(71, 0);
    made_design_new(&dense, 1500, D, n_classes);
    made_design_draw(&dense, 33, 0.7);
    made_design_add_weights(&dense);
    for (size_t i = 0; i < 1500; i++) {
        uint64_t level = random_below(&random, 4);
        for (size_t j = 0; j < D; j++)
            if (columns[j].is_level)
                dense.x[D * i + j] = level == j - 1;
            else if (random_below(&random, 5) > 0)
                dense.x[D * i + j] = 0;
        dense.weights[i] = i % 10 == 0 ? 0 : 1 + (double)(i % 3);
        clusters[i] = (uint32_t)random_below(&random, 60);
    }
    made_design_weigh(&dense);
    made_design_sparse(&dense, &sparse);
    options = made_design_options(&dense);
    options.details = (struct statistics_options){
        .columns = columns, .marginal_effects = true, .vif = true, .residuals = true};
}

static void check_near(double found, double expected, double size)
{
    ck_assert(isnan(found) == isnan(expected));
    if (!isnan(expected))
        ck_assert_double_eq_tol(found / size, expected / size, 1e-9);
}

static void check_coefficients(const struct estimate *other)
{
    for (size_t i = 0; i < estimate.n_blocks * estimate.n_terms; i++) {
        const struct coefficient *a = &estimate.coefficients[i];
        const struct coefficient *b = &other->coefficients[i];
        check_near(a->estimate, b->estimate, b->std_error);
        check_near(a->std_error, b->std_error, b->std_error);
        check_near(a->ci_low, b->ci_low, b->std_error);
        check_near(a->ci_high, b->ci_high, b->std_error);
    }
}

static void check_addenda(const struct addenda *a, const struct addenda *b)
{
    check_near(a->wald_statistic, b->wald_statistic, b->wald_statistic);
    check_near(a->score_statistic, b->score_statistic, b->score_statistic);
    ck_assert_uint_eq(a->n_effects, b->n_effects);
    ck_assert_uint_eq(a->n_inflations, b->n_inflations);
    ck_assert_uint_eq(a->n_residuals, b->n_residuals);
    for (size_t i = 0; i < a->n_effects; i++) {
        double size = b->effects[i].std_error;
        check_near(a->effects[i].effect, b->effects[i].effect, size);
        check_near(a->effects[i].std_error, size, size);
    }
    for (size_t i = 0; i < a->n_inflations; i++)
        check_near(a->inflations[i].gvif, b->inflations[i].gvif, 1);
    for (size_t i = 0; i < a->n_residuals; i++) {
        check_near(a->deviance_residuals[i], b->deviance_residuals[i], 1);
        check_near(a->pearson_residuals[i], b->pearson_residuals[i], 1);
        check_near(a->leverages[i], b->leverages[i], 0.01);
    }
}

static const struct {
    size_t n_classes;
    enum covariance_kind covariance;
    bool profile;
} cases[] = {{2, COVARIANCE_HC1, false},     {3, COVARIANCE_HC0, false},
             {2, COVARIANCE_CLUSTER, false}, {3, COVARIANCE_CLUSTER, false},
             {2, COVARIANCE_MODEL, true},    {3, COVARIANCE_MODEL, true}};
#define N_CASES (int)(sizeof(cases) / sizeof(*cases))

START_TEST(sparse_designs_have_the_statistics_of_dense_ones)
{
    make(cases[_i].n_classes);
    options.details.covariance = cases[_i].covariance;
    options.details.profile = cases[_i].profile;
    if (cases[_i].covariance == COVARIANCE_CLUSTER) {
        options.details.clusters = clusters;
        options.details.n_clusters = 60;
    }
    struct estimate other = made_design_fit(&dense, &options);
    estimate = made_design_fit_with(&sparse, &options, 2);
    check_coefficients(&other);
    check_addenda(&estimate.report.addenda, &other.report.addenda);
    estimate_free(&other);
}
END_TEST

/* ---- when there are none ---- */

START_TEST(without_a_certificate_nothing_is_told)
{
    make(2);
    options.solver.max_iterations = 1;
    options.details.profile = true;
    options.details.residuals = false;
    estimate = made_design_fit(&dense, &options);
    const struct addenda *told = &estimate.report.addenda;
    ck_assert(!told->has_statistics && isnan(told->wald_statistic));
    ck_assert(told->n_effects == 0 && told->n_inflations == 0 && told->n_term_tests == 0);
    ck_assert(isnan(estimate.coefficients[0].ci_low));
    ck_assert(made_design_is_warned(&estimate.report, "statistics_withheld", NULL));
}
END_TEST

static bool is_over(void *context)
{
    size_t *n_left = context;
    if (*n_left == 0)
        return true;
    (*n_left)--;
    return false;
}

/* Whenever it is asked for: the fit is given up, or is whole. */
START_TEST(it_can_be_stopped_at_any_moment)
{
    size_t n_refused = 0;
    struct pool *pool = pool_new(1, 0, NULL);
    make(3);
    options.details.covariance = COVARIANCE_CLUSTER;
    options.details.clusters = clusters;
    options.details.n_clusters = 60;
    for (size_t n = 20;; n += 1 + n / 12) {
        struct error err = {0};
        size_t n_left = n;
        const struct estimate_hooks hooks = {
            .watch = {.is_over = is_over, .context = &n_left}};
        pool_watch(pool, is_over, &n_left);
        int status = estimate_run(&dense, &options, &hooks, pool, &estimate, &err);
        if (status == 0 && n_left > 0)
            break;
        ck_assert_int_lt(status, 0);
        ck_assert_int_eq(err.code, ERROR_CANCELLED);
        n_refused++;
    }
    ck_assert_uint_gt(n_refused, 20);
    pool_free(pool);
}
END_TEST

TCase *statistics_test(void)
{
    TCase *tests = tcase_create("statistics");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, sparse_designs_have_the_statistics_of_dense_ones, 0,
                        N_CASES);
    tcase_add_test(tests, without_a_certificate_nothing_is_told);
    tcase_add_test(tests, it_can_be_stopped_at_any_moment);
    return tests;
}
