#include "core/model/algorithm.h"

#include <check.h>
#include <string.h>

static struct algorithm algorithm;

static const char *choose(const char *name, size_t n_blocks, size_t n_terms,
                          bool statistics, bool is_penalised)
{
    const struct algorithm_task task = {.name = name,
                                        .n_rows = 20000,
                                        .n_blocks = n_blocks,
                                        .n_terms = n_terms,
                                        .statistics = statistics,
                                        .is_penalised = is_penalised};
    ck_assert(algorithm_choose(&task, &algorithm));
    ck_assert_str_ne(algorithm.because, "");
    return algorithm.solver->name;
}

START_TEST(newton_is_chosen_for_statistics_and_for_few_coefficients)
{
    ck_assert_str_eq(choose("auto", 1, 30, false, false), "newton");
    ck_assert_str_eq(choose("auto", 6, 15, false, true), "newton");
    ck_assert_str_eq(choose("auto", 9, 785, true, true), "newton");
    ck_assert_ptr_nonnull(strstr(algorithm.because, "statistics"));
    ck_assert(algorithm.is_chosen && algorithm.is_dense && !algorithm.is_finished);
}
END_TEST

START_TEST(newton_cg_is_chosen_for_many_coefficients)
{
    ck_assert_str_eq(choose("auto", 1, 5000, false, true), "newton_cg");
    ck_assert_str_eq(choose("auto", 9, 785, false, true), "newton_cg");
    ck_assert_ptr_nonnull(strstr(algorithm.because, "newton_cg: about "));
    ck_assert_ptr_nonnull(strstr(algorithm.because, "; newton: about "));
    ck_assert(algorithm.is_chosen && !algorithm.is_dense && !algorithm.is_finished);
}
END_TEST

START_TEST(the_rule_changes_once_as_columns_grow_more)
{
    bool was_cg = false;
    for (size_t d = 1; d < 5000; d++) {
        bool is_cg = strcmp(choose("auto", 3, d, false, true), "newton_cg") == 0;
        ck_assert(is_cg || !was_cg);
        was_cg = is_cg;
    }
    ck_assert(was_cg);
}
END_TEST

START_TEST(what_is_asked_for_is_taken_and_finished_where_a_hessian_is_needed)
{
    ck_assert_str_eq(choose("lbfgs", 1, 5, false, true), "lbfgs");
    ck_assert_str_eq(algorithm.because, "asked for");
    ck_assert(!algorithm.is_chosen && algorithm.is_dense && !algorithm.is_finished);
    choose("lbfgs", 1, 5, true, true);
    ck_assert(algorithm.is_finished);
    ck_assert_str_eq(algorithm_finisher(&algorithm)->name, "newton");
    choose("newton_cg", 1, 2000, false, false); /* separation must be told */
    ck_assert(algorithm.is_dense && algorithm.is_finished);
    choose("lbfgs", 1, 2001, false, false);
    ck_assert(!algorithm.is_dense && algorithm.is_finished);
    ck_assert_str_eq(algorithm_finisher(&algorithm)->name, "newton_cg");
    choose("sgd", 1, 5000, true, false); /* ends as far as it comes */
    ck_assert(algorithm.is_dense && !algorithm.is_finished);
    choose("newton", 1, 5000, false, true);
    ck_assert(algorithm.is_dense && !algorithm.is_finished);
}
END_TEST

START_TEST(there_is_no_magic)
{
    const struct algorithm_task task = {.name = "magic", .n_blocks = 1, .n_terms = 1};
    ck_assert(!algorithm_choose(&task, &algorithm));
}
END_TEST

TCase *algorithm_test(void)
{
    TCase *tests = tcase_create("algorithm");
    tcase_add_test(tests, newton_is_chosen_for_statistics_and_for_few_coefficients);
    tcase_add_test(tests, newton_cg_is_chosen_for_many_coefficients);
    tcase_add_test(tests, the_rule_changes_once_as_columns_grow_more);
    tcase_add_test(tests,
                   what_is_asked_for_is_taken_and_finished_where_a_hessian_is_needed);
    tcase_add_test(tests, there_is_no_magic);
    return tests;
}
