#include "core/data/folds.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"

#define ROWS 103
#define FOLDS 5

static double y[ROWS], weights[ROWS];
static unsigned char fold_of[ROWS], other[ROWS];
static struct design design;

static void setup(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        y[i] = (double)(i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2);
        weights[i] = 1;
    }
    design = (struct design){.n_rows = ROWS, .n_classes = 3, .y = y};
}

static void teardown(void)
{
}

static void deal(uint64_t seed, unsigned char *into)
{
    ck_assert_int_eq(folds_deal(&design, FOLDS, seed, into, NULL), 0);
}

/* Least and greatest number of rows of a class (3: of all) in a fold. */
static void count(size_t class, size_t *least, size_t *greatest)
{
    *least = ROWS;
    *greatest = 0;
    for (size_t k = 0; k < FOLDS; k++) {
        size_t n = 0;
        for (size_t i = 0; i < ROWS; i++)
            n += fold_of[i] == k && (class == 3 || y[i] == (double)class);
        *least = n < *least ? n : *least;
        *greatest = n > *greatest ? n : *greatest;
    }
}

START_TEST(every_class_is_spread_evenly_and_so_are_all)
{
    size_t least, greatest;
    deal(1, fold_of);
    for (size_t class = 0; class <= 3; class ++) {
        count(class, &least, &greatest);
        ck_assert_uint_le(greatest - least, 1);
    }
}
END_TEST

START_TEST(the_seed_decides)
{
    deal(1, fold_of);
    deal(1, other);
    ck_assert_mem_eq(fold_of, other, ROWS);
    deal(2, other);
    ck_assert_mem_ne(fold_of, other, ROWS);
}
END_TEST

START_TEST(rows_without_weight_change_nothing_for_the_others)
{
    design.n_rows = ROWS - 3;
    deal(4, other);
    design.n_rows = ROWS;
    design.weights = weights;
    for (size_t i = ROWS - 3; i < ROWS; i++)
        weights[i] = 0;
    deal(4, fold_of);
    ck_assert_mem_eq(fold_of, other, ROWS - 3);
}
END_TEST

START_TEST(numbers_are_of_one_class)
{
    size_t least, greatest;
    design.n_classes = 0;
    for (size_t i = 0; i < ROWS; i++)
        y[i] = -0.5 * (double)i;
    deal(3, fold_of);
    count(3, &least, &greatest);
    ck_assert_uint_eq(least, ROWS / FOLDS);
    ck_assert_uint_eq(greatest, ROWS / FOLDS + 1);
}
END_TEST

START_TEST(a_class_with_fewer_rows_than_folds_is_refused)
{
    struct error err = {0};
    for (size_t i = 0; i < ROWS; i++)
        y[i] = (double)(i < 4 ? 2 : i % 2);
    ck_assert_int_eq(folds_deal(&design, FOLDS, 1, fold_of, &err), -1);
    ck_assert_int_eq(err.code, ERROR_INVALID);
}
END_TEST

START_TEST(a_failed_allocation_is_told)
{
    struct error err = {0};
    memory_fail_after(0);
    ck_assert_int_eq(folds_deal(&design, FOLDS, 1, fold_of, &err), -1);
    memory_fail_after(-1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

/* Some of these shares are 1, fewer than there are folds. */
START_TEST(counts_are_of_one_class)
{
    size_t least, greatest;
    design.n_classes = 2;
    for (size_t i = 0; i < ROWS; i++)
        y[i] = i == 40 ? 1 : 0.25;
    deal(1, fold_of);
    count(3, &least, &greatest);
    ck_assert_uint_le(greatest - least, 1);
}
END_TEST

static void deal_in_turn(void)
{
    for (size_t i = 0; i < ROWS; i++)
        fold_of[i] = (unsigned char)(i / 3 % FOLDS);
}

static void refuse_folds(const char *why)
{
    struct error err = {0};
    ck_assert_int_eq(folds_check(&design, fold_of, FOLDS, &err), -1);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_ptr_nonnull(strstr(err.message, why));
}

START_TEST(folds_of_somebody_else_are_as_good)
{
    deal_in_turn();
    ck_assert_int_eq(folds_check(&design, fold_of, FOLDS, NULL), 0);
    design.n_classes = 0;
    ck_assert_int_eq(folds_check(&design, fold_of, FOLDS, NULL), 0);
}
END_TEST

START_TEST(a_class_in_one_fold_only_is_told)
{
    deal_in_turn();
    for (size_t i = 0; i < ROWS; i++)
        fold_of[i] = y[i] == 2 ? 3 : fold_of[i];
    refuse_folds("a class");
    design.weights = weights; /* a class without weight is none */
    for (size_t i = 0; i < ROWS; i++)
        weights[i] = y[i] == 2 ? 0 : 1;
    ck_assert_int_eq(folds_check(&design, fold_of, FOLDS, NULL), 0);
}
END_TEST

/* All successes in one fold, of which the other rows have none. */
START_TEST(so_are_counts_in_one_fold_only)
{
    design.n_classes = 2;
    deal_in_turn();
    for (size_t i = 0; i < ROWS; i++)
        y[i] = fold_of[i] == 1 ? 0.5 : 0;
    refuse_folds("a class");
    y[0] = 0.5;
    ck_assert_int_eq(folds_check(&design, fold_of, FOLDS, NULL), 0);
}
END_TEST

START_TEST(a_fold_without_weight_is_told)
{
    deal_in_turn();
    design.weights = weights;
    for (size_t i = 0; i < ROWS; i++)
        weights[i] = fold_of[i] == 2 ? 0 : 1;
    refuse_folds("a fold");
}
END_TEST

START_TEST(checking_without_memory_says_so)
{
    struct error err = {0};
    deal_in_turn();
    memory_fail_after(0);
    ck_assert_int_eq(folds_check(&design, fold_of, FOLDS, &err), -1);
    memory_fail_after(-1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

TCase *folds_test(void)
{
    TCase *tests = tcase_create("folds");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_class_is_spread_evenly_and_so_are_all);
    tcase_add_test(tests, the_seed_decides);
    tcase_add_test(tests, rows_without_weight_change_nothing_for_the_others);
    tcase_add_test(tests, numbers_are_of_one_class);
    tcase_add_test(tests, a_class_with_fewer_rows_than_folds_is_refused);
    tcase_add_test(tests, a_failed_allocation_is_told);
    tcase_add_test(tests, counts_are_of_one_class);
    tcase_add_test(tests, folds_of_somebody_else_are_as_good);
    tcase_add_test(tests, a_class_in_one_fold_only_is_told);
    tcase_add_test(tests, so_are_counts_in_one_fold_only);
    tcase_add_test(tests, a_fold_without_weight_is_told);
    tcase_add_test(tests, checking_without_memory_says_so);
    return tests;
}
