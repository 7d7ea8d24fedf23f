#include "core/optim/solver.h"

#include <check.h>
#include <string.h>

START_TEST(solvers_are_found_by_name)
{
    size_t n = 0;
    for (; solver_at(n); n++) {
        ck_assert_ptr_eq(solver_find(solver_at(n)->name), solver_at(n));
        ck_assert(solver_at(n)->solve != NULL);
    }
    ck_assert_uint_gt(n, 0);
    ck_assert_ptr_null(solver_at(n + 1));
    ck_assert_ptr_nonnull(solver_find("newton"));
    ck_assert(solver_find("newton")->needs_hessian);
    ck_assert(!solver_find("newton")->is_first_order);
    ck_assert(solver_find("gradient_descent")->is_first_order);
    ck_assert(!solver_find("gradient_descent")->in_batches);
    ck_assert(solver_find("adam")->in_batches);
    ck_assert_ptr_null(solver_find("Newton"));
    ck_assert_ptr_null(solver_find(""));
}
END_TEST

START_TEST(reasons_to_stop_have_words)
{
    ck_assert_str_eq(solver_stop_word(SOLVER_TOLERANCE), "tolerance");
    ck_assert_str_eq(solver_stop_word(SOLVER_MAX_ITERATIONS), "max_iterations");
    ck_assert_str_eq(solver_stop_word(SOLVER_MAX_EPOCHS), "max_epochs");
    ck_assert_str_eq(solver_stop_word(SOLVER_NO_PROGRESS), "no_progress");
    ck_assert_str_eq(solver_stop_word(SOLVER_UNBOUNDED), "unbounded");
    ck_assert_str_eq(solver_stop_word(SOLVER_STOPPED), "stopped");
}
END_TEST

TCase *solver_test(void)
{
    TCase *tests = tcase_create("solver");
    tcase_add_test(tests, solvers_are_found_by_name);
    tcase_add_test(tests, reasons_to_stop_have_words);
    return tests;
}
