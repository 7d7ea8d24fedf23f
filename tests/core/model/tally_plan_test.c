#include "core/model/tally_plan.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/coded_design.h"

#define ROWS 6000

static struct coded_factors factors;
static struct design design;
static struct pool *pool;
static struct tally_plan *plan;

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
    factors = (struct coded_factors){
        .n_numbers = 3, .n_factors = 9, .n_levels = {4, 7, 2, 30, 5, 3, 2, 9, 6}};
}

static void teardown(void)
{
    tally_plan_free(plan);
    plan = NULL;
    design_free(&design);
    pool_free(pool);
}

static void find(void)
{
    coded_design_new(&design, &factors, ROWS);
    ck_assert_int_eq(tally_plan_find(&plan, &design, pool, NULL), 0);
}

START_TEST(coded_columns_are_factors_again)
{
    factors.lacks_first = _i;
    find();
    ck_assert_ptr_nonnull(plan);
    ck_assert_uint_eq(plan->n_factors, factors.n_factors);
    for (size_t f = 0; f < factors.n_factors; f++) {
        bool lacks = f > 0 && factors.lacks_first;
        ck_assert_uint_eq(plan->factors[f].first,
                          coded_design_column(&factors, f, lacks));
        ck_assert_uint_eq(plan->factors[f].n_columns, factors.n_levels[f] - lacks);
        ck_assert_uint_eq(plan->factors[f].n_levels, factors.n_levels[f]);
        ck_assert(plan->factors[f].may_lack == lacks);
    }
    ck_assert_uint_eq(plan->n_numbers, 3);
    for (size_t k = 0; k < 3; k++)
        ck_assert_uint_eq(plan->numbers[k], k);
}
END_TEST

START_TEST(each_two_factors_are_a_pair_of_one_table)
{
    size_t n_met[TALLY_MOST_FACTORS][TALLY_MOST_FACTORS] = {0};
    find();
    for (size_t t = 0; t < plan->n_tables; t++)
        for (size_t k = 0; k < plan->tables[t].n_pairs; k++) {
            const struct tally_table *table = &plan->tables[t];
            struct tally_pair pair = table->pairs[k];
            n_met[table->factors[pair.high]][table->factors[pair.low]]++;
        }
    for (size_t g = 0; g < plan->n_factors; g++)
        for (size_t f = 0; f < g; f++)
            ck_assert_uint_eq(n_met[g][f], 1);
}
END_TEST

START_TEST(each_factor_is_once_in_the_parts)
{
    size_t n_met[TALLY_MOST_FACTORS] = {0}, n_places = 0;
    find();
    for (size_t t = 0; t < plan->n_parts; t++) {
        ck_assert_uint_eq(plan->tables[t].first, n_places);
        n_places += plan->tables[t].n_places;
        for (size_t i = 0; i < plan->tables[t].n_factors; i++)
            n_met[plan->tables[t].factors[i]]++;
    }
    ck_assert_uint_eq(plan->n_part_places, n_places);
    for (size_t f = 0; f < plan->n_factors; f++)
        ck_assert_uint_eq(n_met[f], 1);
}
END_TEST

/* The last row has both. */
START_TEST(columns_that_one_row_has_are_of_two_factors)
{
    coded_design_new(&design, &factors, ROWS);
    uint32_t *column = &design.columns[design.starts[ROWS] - 1];
    column[-1] = (uint32_t)design.n_columns - 4;
    column[0] = (uint32_t)design.n_columns - 2;
    ck_assert_int_eq(tally_plan_find(&plan, &design, pool, NULL), 0);
    ck_assert_uint_eq(plan->n_factors, 10);
    ck_assert_uint_eq(plan->factors[8].n_columns, 4);
    ck_assert_uint_eq(plan->factors[9].first, design.n_columns - 2);
    ck_assert(plan->factors[8].may_lack && plan->factors[9].may_lack);
}
END_TEST

START_TEST(a_column_with_another_value_is_a_number)
{
    coded_design_new(&design, &factors, ROWS);
    uint64_t at = design.starts[ROWS] - 1;
    size_t column = design.columns[at];
    design.values[at] = 1 + 1e-15;
    ck_assert_int_eq(tally_plan_find(&plan, &design, pool, NULL), 0);
    ck_assert_uint_eq(plan->n_numbers, 4);
    ck_assert_uint_eq(plan->numbers[3], column);
}
END_TEST

START_TEST(there_is_no_plan_where_it_is_of_no_use)
{
    size_t n_rows = ROWS;
    if (_i == 0)
        n_rows = 1000;
    if (_i == 1)
        factors.n_numbers = 9;
    if (_i == 2)
        factors.n_factors = 1;
    if (_i == 3)
        for (size_t f = 0; f < factors.n_factors; f++)
            factors.n_levels[f] = 90;
    coded_design_new(&design, &factors, n_rows);
    ck_assert_int_eq(tally_plan_find(&plan, &design, pool, NULL), 0);
    ck_assert_ptr_null(plan);
}
END_TEST

START_TEST(a_plan_is_the_same_for_any_pool)
{
    struct tally_plan *other = NULL;
    struct pool *others = pool_new(5, 0, NULL);
    find();
    ck_assert_int_eq(tally_plan_find(&other, &design, others, NULL), 0);
    ck_assert_mem_eq(plan->tables, other->tables, sizeof(plan->tables));
    ck_assert_mem_eq(plan->of_tables.steps, other->of_tables.steps,
                     plan->n_columns * plan->of_tables.stride * sizeof(uint16_t));
    tally_plan_free(other);
    pool_free(others);
}
END_TEST

START_TEST(every_allocation_of_a_plan_may_fail)
{
    coded_design_new(&design, &factors, ROWS);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = tally_plan_find(&plan, &design, pool, &err);
        memory_fail_after(-1);
        if (status == 0) {
            ck_assert_int_ge((int)n, 6);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(plan);
    }
}
END_TEST

TCase *tally_plan_test(void)
{
    TCase *tests = tcase_create("tally_plan");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, coded_columns_are_factors_again, 0, 2);
    tcase_add_test(tests, each_two_factors_are_a_pair_of_one_table);
    tcase_add_test(tests, each_factor_is_once_in_the_parts);
    tcase_add_test(tests, columns_that_one_row_has_are_of_two_factors);
    tcase_add_test(tests, a_column_with_another_value_is_a_number);
    tcase_add_loop_test(tests, there_is_no_plan_where_it_is_of_no_use, 0, 4);
    tcase_add_test(tests, a_plan_is_the_same_for_any_pool);
    tcase_add_test(tests, every_allocation_of_a_plan_may_fail);
    return tests;
}
