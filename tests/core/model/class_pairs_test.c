#include "core/model/class_pairs.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/basis_find.h"
#include "tests/support/made_design.h"

enum { ROWS = 2500, COLUMNS = 8, CLASSES = 5, MOST = (CLASSES - 1) * (COLUMNS + 1) };
#define ALL (OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_HESSIAN)

static struct design dense, sparse;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;
static struct basis basis;
static struct likelihood likelihood;
static struct objective_point point;
static const struct estimate_hooks hooks = {0};

/* Some rows have no weight, column 1 is far from 0 where it is there, one is the sum of
 * two others, and the last one 0 everywhere: of both the penalty alone tells. */
static void make(size_t n_classes)
{
    made_design_new(&dense, ROWS, COLUMNS, n_classes);
    made_design_draw(&dense, 61, 0.8);
    made_design_thin(&dense, 62, 0.4);
    made_design_add_weights(&dense);
    for (size_t i = 0; i < ROWS; i++) {
        double *x = dense.x + i * COLUMNS;
        x[1] = x[1] == 0 ? 0 : 40 + x[1];
        x[COLUMNS - 2] = x[2] + x[3];
        x[COLUMNS - 1] = 0;
        dense.weights[i] = i % 7 == 0 ? 0 : 1 + sin((double)i);
    }
    made_design_weigh(&dense);
    made_design_sparse(&dense, &sparse);
    options = made_design_options(&dense);
    options.l2 = 1e-3;
}

static void prepare(size_t n_threads)
{
    struct random random = random_start(63, 0);
    pool = pool_new(n_threads, 0, NULL);
    ck_assert_int_eq(survey_run(&survey, &sparse, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_find(&basis, &sparse, &survey, &options, pool, NULL), 0);
    ck_assert_int_eq(likelihood_new(&likelihood, &sparse, &basis, &survey, &options,
                                    &hooks, pool, true, NULL),
                     0);
    const struct objective objective = likelihood_objective(&likelihood);
    ck_assert_uint_le(likelihood.n, MOST);
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_HESSIAN, &point, NULL), 0);
    for (size_t i = 0; i < likelihood.n; i++)
        point.beta[i] = random_normal(&random);
}

static void evaluate(void)
{
    const struct objective objective = likelihood_objective(&likelihood);
    point.have = 0;
    ck_assert_int_eq(objective_evaluate(&objective, &point, ALL, NULL), 0);
}

static void forget(void)
{
    const struct objective objective = likelihood_objective(&likelihood);
    objective_point_free(&objective, &point);
    likelihood_free(&likelihood);
    basis_free(&basis);
    survey_free(&survey);
    pool_free(pool);
    pool = NULL;
}

static void teardown(void)
{
    if (pool)
        forget();
    design_free(&dense);
    design_free(&sparse);
}

static void keep(double *gradient, double *hessian)
{
    size_t n = likelihood.n;
    memcpy(gradient, point.gradient, n * sizeof(double));
    for (size_t i = 0; i < n; i++)
        memcpy(hessian + i * n, point.hessian + i * n, (i + 1) * sizeof(double));
}

static void check_close(double a, double b, double size)
{
    if (!(fabs(a - b) <= 1e-12 * size))
        ck_abort_msg("%.17g is not %.17g", a, b);
}

START_TEST(pairs_give_the_hessian_of_one_block_after_the_other)
{
    double gradient[MOST], hessian[MOST * MOST], value;
    make(4 + (size_t)_i / 2);
    options.intercept = _i & 1;
    prepare(2);
    ck_assert(likelihood.is_paired);
    ck_assert_uint_gt(basis.n_mixed, 0);
    evaluate();
    keep(gradient, hessian);
    value = point.value;
    likelihood.is_paired = false;
    evaluate();
    check_close(value, point.value, 1);
    for (size_t i = 0; i < likelihood.n; i++) {
        double size = sqrt(point.hessian[i * (likelihood.n + 1)]);
        check_close(gradient[i], point.gradient[i], 1 + size);
        for (size_t j = 0; j <= i; j++) {
            size_t at = i * likelihood.n + j;
            check_close(hessian[at], point.hessian[at],
                        size * sqrt(point.hessian[j * (likelihood.n + 1)]));
        }
    }
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    double gradient[MOST], hessian[MOST * MOST], others[MOST], other[MOST * MOST];
    memset(hessian, 0, sizeof(hessian));
    memset(other, 0, sizeof(other));
    make(CLASSES);
    prepare(1);
    evaluate();
    keep(gradient, hessian);
    forget();
    prepare(3);
    evaluate();
    keep(others, other);
    ck_assert_mem_eq(gradient, others, likelihood.n * sizeof(double));
    ck_assert_mem_eq(hessian, other, sizeof(hessian));
}
END_TEST

START_TEST(they_serve_where_rows_are_sparse_and_classes_several)
{
    make(CLASSES);
    prepare(1);
    ck_assert(class_pairs_serve(&likelihood));
    likelihood.n_blocks = 2;
    ck_assert(!class_pairs_serve(&likelihood));
    likelihood.n_blocks = CLASSES - 1;
    likelihood.has_hessian = false;
    ck_assert(!class_pairs_serve(&likelihood));
    likelihood.has_hessian = true;
    likelihood.design = &dense;
    ck_assert(!class_pairs_serve(&likelihood));
    likelihood.design = &sparse;
    likelihood.is_raw = false;
    ck_assert(!class_pairs_serve(&likelihood));
}
END_TEST

/* Sums of pairs are to fit where those of a Hessian do. */
START_TEST(sums_are_no_more_than_those_of_a_hessian)
{
    size_t most;
    make(CLASSES);
    prepare(1);
    for (size_t b = 3; b < 40; b++)
        for (size_t d = 4; d < 200; d += 1 + d / 4) {
            size_t n_raw = basis.intercept + d;
            likelihood.n_blocks = b;
            basis.n_columns = d;
            most = LIKELIHOOD_N_SUMS + b * n_raw + b * n_raw * b * n_raw;
            ck_assert_uint_le(class_pairs_n_sums(&likelihood) + n_raw * n_raw, most);
        }
    likelihood.n_blocks = CLASSES - 1;
    basis.n_columns = COLUMNS;
}
END_TEST

START_TEST(a_fit_to_sparse_rows_is_that_to_dense_ones)
{
    make(CLASSES);
    struct estimate of_sparse = made_design_fit(&sparse, &options);
    struct estimate of_dense = made_design_fit(&dense, &options);
    for (size_t i = 0; i < of_dense.n_blocks * of_dense.n_terms; i++) {
        check_close(of_sparse.solution[i], of_dense.solution[i],
                    100 * (1 + fabs(of_dense.solution[i])));
        check_close(of_sparse.coefficients[i].std_error,
                    of_dense.coefficients[i].std_error,
                    100 * of_dense.coefficients[i].std_error);
    }
    estimate_free(&of_sparse);
    estimate_free(&of_dense);
}
END_TEST

START_TEST(failing_to_allocate_leaves_nothing_behind)
{
    make(CLASSES);
    pool = pool_new(1, 0, NULL);
    struct pool *threads = pool;
    struct estimate estimate = {0};
    int status = -1;
    for (long n = 0; status < 0; n++) {
        struct error err = {0};
        memory_fail_after(n);
        status = estimate_run(&sparse, &options, NULL, threads, &estimate, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    }
    estimate_free(&estimate);
    pool_free(threads);
    pool = NULL;
}
END_TEST

TCase *class_pairs_test(void)
{
    TCase *tests = tcase_create("class_pairs");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, pairs_give_the_hessian_of_one_block_after_the_other, 0, 4);
    tcase_add_test(tests, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(tests, they_serve_where_rows_are_sparse_and_classes_several);
    tcase_add_test(tests, sums_are_no_more_than_those_of_a_hessian);
    tcase_add_test(tests, a_fit_to_sparse_rows_is_that_to_dense_ones);
    tcase_add_test(tests, failing_to_allocate_leaves_nothing_behind);
    return tests;
}
