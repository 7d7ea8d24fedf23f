#include "core/model/cost.h"

#include <check.h>
#include <math.h>

static struct cost_task task_of(uint64_t n_rows, size_t n_terms, size_t n_blocks)
{
    return (struct cost_task){.n_rows = n_rows, .n_terms = n_terms, .n_blocks = n_blocks};
}

START_TEST(costs_are_positive_and_grow_with_rows_terms_and_classes)
{
    for (uint64_t m = 1; m < 100000000; m *= 7)
        for (size_t d = 1; d < 3000; d = 2 * d + 1)
            for (size_t b = 1; b < 30; b = 2 * b + 1) {
                const struct cost_task task = task_of(m, d, b);
                const struct cost_task more_rows = task_of(10 * m, d, b);
                const struct cost_task more_terms = task_of(m, d + 1, b);
                const struct cost_task more_classes = task_of(m, d, b + 1);
                ck_assert(isfinite(cost_of_newton(&task)));
                ck_assert_double_gt(cost_of_newton(&task), 0);
                ck_assert_double_gt(cost_of_newton_cg(&task), 0);
                ck_assert_double_gt(cost_of_newton(&more_rows), cost_of_newton(&task));
                ck_assert_double_gt(cost_of_newton(&more_terms), cost_of_newton(&task));
                ck_assert_double_gt(cost_of_newton(&more_classes), cost_of_newton(&task));
            }
}
END_TEST

/* Measured on one core with AVX-512 (bench/RESULTS.md): orders of magnitude, which hold
 * wherever products in the cache are faster than those that wait for memory. */
START_TEST(measured_orders_are_kept)
{
    static const struct {
        uint64_t n_rows;
        size_t n_terms, n_blocks;
        bool is_newton; /* faster by far */
    } measured[] = {{1000000, 31, 1, true}, {100000, 11, 1, true}, {245057, 4, 1, true},
                    {32561, 109, 1, true},  {100, 1001, 1, false}, {10000, 76, 11, false},
                    {60000, 785, 9, false}};
    for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
        const struct cost_task task =
            task_of(measured[i].n_rows, measured[i].n_terms, measured[i].n_blocks);
        ck_assert_int_eq(cost_of_newton(&task) < cost_of_newton_cg(&task),
                         measured[i].is_newton);
    }
}
END_TEST

START_TEST(sparse_rows_cost_what_they_have)
{
    struct cost_task sparse = task_of(100000, 1000, 1);
    const struct cost_task dense = sparse;
    sparse.n_entries = 1000000;
    ck_assert_double_lt(cost_of_newton(&sparse), cost_of_newton(&dense) / 10);
    ck_assert_double_lt(cost_of_newton_cg(&sparse), cost_of_newton_cg(&dense));
}
END_TEST

START_TEST(what_else_is_done_costs)
{
    struct cost_task task = task_of(50000, 50, 1), more = task;
    more.is_dense = true;
    ck_assert_double_gt(cost_of_newton_cg(&more), cost_of_newton_cg(&task));
    more.is_finished = true;
    ck_assert_double_gt(cost_of_newton_cg(&more), 1.05 * cost_of_newton_cg(&task));
    more.is_quadratic = true;
    ck_assert_double_lt(cost_of_newton(&more), cost_of_newton(&task) / 2);
}
END_TEST

TCase *cost_test(void)
{
    TCase *tests = tcase_create("cost");
    tcase_add_test(tests, costs_are_positive_and_grow_with_rows_terms_and_classes);
    tcase_add_test(tests, measured_orders_are_kept);
    tcase_add_test(tests, sparse_rows_cost_what_they_have);
    tcase_add_test(tests, what_else_is_done_costs);
    return tests;
}
