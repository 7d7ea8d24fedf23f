/* Rows and columns of a Hessian on their own are those of the whole one. */
#include "core/model/likelihood_block.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/basis_find.h"
#include "core/model/basis_scale.h"
#include "tests/support/made_design.h"
#include "tests/support/made_likelihood.h"

enum { COLUMNS = 6, MOST = 40 };

static struct design dense, sparse;
static struct estimate_options options;
static struct made_likelihood tested;
static struct objective_point point;
static double block[MOST * MOST];

static void teardown(void)
{
    objective_point_free(&tested.objective, &point);
    made_likelihood_free(&tested);
    design_free(&dense);
    design_free(&sparse);
}

/* Rows of several blocks, half of their cells 0, some of weight 0. */
static void make(size_t n_classes)
{
    struct random random = random_start(5, 1);
    made_design_new(&dense, 2500, COLUMNS, n_classes);
    made_design_draw(&dense, 6, 0.6);
    made_design_add_weights(&dense);
    for (size_t i = 0; i < 2500; i++) {
        dense.weights[i] = i % 7 == 0 ? 0 : 2 * random_uniform(&random);
        for (size_t j = 0; j < COLUMNS; j++)
            if (j > 0 && random_uniform(&random) < 0.6)
                dense.x[i * COLUMNS + j] = 0;
        dense.x[i * COLUMNS + 2] =
            dense.x[i * COLUMNS + 1] + 1e-7 * dense.x[i * COLUMNS + 3];
    }
    made_design_weigh(&dense);
    options = made_design_options(&dense);
}

static void prepare(const struct design *design, bool is_scaled)
{
    struct random random = random_start(6, 0);
    made_likelihood_new(&tested, design, &options, is_scaled ? basis_scale : basis_find,
                        true);
    ck_assert_uint_le(tested.likelihood.n, MOST);
    ck_assert_int_eq(objective_point_new(&tested.objective,
                                         OBJECTIVE_HESSIAN | OBJECTIVE_CURVATURE, &point,
                                         NULL),
                     0);
    for (size_t i = 0; i < tested.likelihood.n; i++)
        point.beta[i] = 0.3 * random_normal(&random);
    ck_assert_int_eq(objective_evaluate(&tested.objective, &point,
                                        OBJECTIVE_VALUE | OBJECTIVE_GRADIENT |
                                            OBJECTIVE_HESSIAN | OBJECTIVE_CURVATURE,
                                        NULL),
                     0);
}

static void check_set(const size_t *set, size_t n)
{
    memset(block, 0, sizeof(block));
    ck_assert_int_eq(tested.objective.ops->hessian_block(tested.objective.context, &point,
                                                         set, n, block, NULL),
                     0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            ck_assert_double_eq_tol(block[i * n + j],
                                    point.hessian[set[i] * tested.objective.n + set[j]],
                                    1e-13);
}

/* Those whose bit is set, over all coordinates in turn. */
static void check_all_sets(void)
{
    static const unsigned patterns[] = {0xffffffff, 1,          2,         0x5a5a5a5a,
                                        0x12481248, 0xfefefefe, 0x80000000};
    for (size_t p = 0; p < sizeof(patterns) / sizeof(*patterns); p++) {
        size_t set[MOST], n = 0;
        for (size_t i = 0; i < tested.objective.n; i++)
            if (patterns[p] >> (i % 32) & 1)
                set[n++] = i;
        check_set(set, n);
    }
}

START_TEST(a_block_is_that_of_the_whole_hessian)
{
    make((size_t)_i);
    options.l2 = 0.3;
    options.l1 = 0.1;
    prepare(&dense, true);
    ck_assert_uint_eq(tested.likelihood.first_class, _i == 2 ? 1 : 0);
    check_all_sets();
}
END_TEST

START_TEST(a_block_without_l1_is_that_of_the_whole_hessian)
{
    make((size_t)_i);
    options.l2 = 0.3;
    prepare(&dense, true);
    ck_assert_uint_eq(tested.likelihood.first_class, 1);
    check_all_sets();
}
END_TEST

START_TEST(a_block_of_sparse_rows_is_that_of_the_whole_hessian)
{
    make((size_t)_i);
    options.l1 = 0.1;
    made_design_sparse(&dense, &sparse);
    prepare(&sparse, true);
    ck_assert(tested.basis.is_sparse);
    check_all_sets();
}
END_TEST

START_TEST(a_block_of_mixed_columns_is_that_of_the_whole_hessian)
{
    make((size_t)_i);
    prepare(&dense, false);
    ck_assert_uint_gt(tested.basis.n_mixed, 0);
    check_all_sets();
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    static const size_t set[] = {0, 1, 3};
    make(3);
    options.l1 = 0.1;
    prepare(&dense, true);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = tested.objective.ops->hessian_block(tested.objective.context, &point,
                                                         set, 3, block, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    check_set(set, 3);
}
END_TEST

TCase *likelihood_block_test(void)
{
    TCase *tests = tcase_create("likelihood_block");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, a_block_is_that_of_the_whole_hessian, 2, 5);
    tcase_add_loop_test(tests, a_block_without_l1_is_that_of_the_whole_hessian, 2, 5);
    tcase_add_loop_test(tests, a_block_of_sparse_rows_is_that_of_the_whole_hessian, 2, 5);
    tcase_add_loop_test(tests, a_block_of_mixed_columns_is_that_of_the_whole_hessian, 2,
                        5);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
