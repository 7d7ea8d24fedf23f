#include <check.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

#define ROWS 60

static struct design design;
static struct estimate_options options;
static struct estimate estimate;
static struct estimate_hooks hooks;
static struct pool *pool;
static size_t n_steps, stop_at;

static void setup(void)
{
    pool = pool_new(1, 0, NULL);
    hooks = (struct estimate_hooks){0};
    n_steps = 0;
    stop_at = SIZE_MAX;
}

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
    pool_free(pool);
}

static void make(size_t n_columns, size_t n_classes)
{
    made_design_new(&design, ROWS, n_columns, n_classes);
    made_design_draw(&design, 29, 0.5);
    options = made_design_options(&design);
}

static const char *name(void *context, size_t column)
{
    (void)context;
    return column == 0 ? "age" : "income";
}

static void refuse(enum error_code code, const char *place)
{
    static const struct estimate nothing;
    struct error err = {0};
    ck_assert_int_lt(estimate_run(&design, &options, &hooks, pool, &estimate, &err), 0);
    ck_assert_msg(err.code == code, "%s: %s", error_word(err.code), err.message);
    ck_assert_str_eq(err.place, place);
    ck_assert_mem_eq(&estimate, &nothing, sizeof(estimate));
}

START_TEST(an_unknown_algorithm_is_refused)
{
    make(2, 2);
    options.algorithm = "magic";
    refuse(ERROR_INVALID, "");
}
END_TEST

START_TEST(values_that_are_not_finite_are_refused_by_place)
{
    make(2, 2);
    hooks.name = name;
    design.x[2 * 7 + 1] = NAN;
    refuse(ERROR_NON_FINITE, "row 8, column income");
    design.x[2 * 7] = INFINITY;
    refuse(ERROR_NON_FINITE, "row 8, column age");
}
END_TEST

START_TEST(a_single_class_is_refused)
{
    make(2, 2);
    memset(design.y, 0, ROWS * sizeof(double));
    refuse(ERROR_SINGLE_CLASS, "");
}
END_TEST

START_TEST(a_coefficient_that_no_number_holds_is_told)
{
    make(1, 2);
    hooks.name = name;
    for (size_t i = 0; i < ROWS; i++)
        design.x[i] = 5e-324 * round(4 * design.x[i]);
    refuse(ERROR_NON_FINITE, "column age");
}
END_TEST

static int on_step(void *context, const struct solver_step *step)
{
    ck_assert_ptr_eq(context, &hooks);
    ck_assert_uint_eq(step->iteration, n_steps);
    return ++n_steps >= stop_at;
}

START_TEST(the_watch_sees_every_iteration_and_may_stop)
{
    make(2, 2);
    hooks.watch = (struct solver_watch){.on_step = on_step, .context = &hooks};
    ck_assert_int_eq(estimate_run(&design, &options, &hooks, pool, &estimate, NULL), 0);
    ck_assert_uint_eq(n_steps, estimate.report.iterations + 1);
    estimate_free(&estimate);
    for (size_t n = 1; n <= 3; n++) {
        n_steps = 0;
        stop_at = n;
        refuse(ERROR_CANCELLED, "");
        ck_assert_uint_eq(n_steps, n);
    }
}
END_TEST

static atomic_size_t n_asked;
static size_t over_at;

static bool is_over(void *context)
{
    ck_assert_ptr_eq(context, &hooks);
    return atomic_fetch_add(&n_asked, 1) + 1 >= over_at;
}

/* Whenever it says so, from the first chunk of rows to the last. */
START_TEST(the_watch_may_stop_within_an_evaluation)
{
    make(2, 2);
    hooks.watch = (struct solver_watch){.context = &hooks, .is_over = is_over};
    over_at = SIZE_MAX;
    ck_assert_int_eq(estimate_run(&design, &options, &hooks, pool, &estimate, NULL), 0);
    estimate_free(&estimate);
    size_t n = atomic_load(&n_asked);
    ck_assert_uint_gt(n, 10);
    for (over_at = 1; over_at <= n; over_at++) {
        atomic_store(&n_asked, 0);
        refuse(ERROR_CANCELLED, "");
    }
}
END_TEST

/* Also while the limit of separated data is sought. */
START_TEST(the_watch_may_stop_a_separated_fit)
{
    make(2, 2);
    for (size_t i = 0; i < ROWS; i++) {
        design.x[2 * i] = i % 5 == 0;
        design.y[i] = i % 5 == 0 ? 1 : design.y[i];
    }
    hooks.watch = (struct solver_watch){.on_step = on_step, .context = &hooks};
    ck_assert_int_eq(estimate_run(&design, &options, &hooks, pool, &estimate, NULL), 0);
    ck_assert_uint_eq(n_steps, estimate.report.iterations + 1);
    stop_at = n_steps;
    n_steps = 0;
    estimate_free(&estimate);
    refuse(ERROR_CANCELLED, "");
}
END_TEST

/* What is written when everything can be: aliased, separated, penalised in turn. */
static void prepare_case(int i)
{
    make(4, i == 1 ? 3 : 2);
    for (size_t k = 0; k < ROWS; k++) {
        double *x = design.x + 4 * k;
        x[1] = i == 0 ? x[0] : x[1];
        x[2] = i == 2 ? k % 5 == 0 : x[2];
        x[3] = i == 4 ? x[0] + 1e-7 * x[3] : x[3];
        if (i == 2 && k % 5 == 0)
            design.y[k] = 1;
        if (i == 3)
            design.y[k] = x[0] > 0;
    }
    if (i == 4)
        made_design_add_offset(&design);
    options.l2 = i == 5 ? 0.1 : 0;
}

START_TEST(each_failed_allocation_is_told_and_leaks_nothing)
{
    long n = 0;
    prepare_case(_i);
    for (;; n++) {
        struct error err = {0};
        /* the pool keeps its memory: a new one asks for it again */
        pool_free(pool);
        pool = pool_new(1, 0, NULL);
        memory_fail_after(n);
        int status = estimate_run(&design, &options, &hooks, pool, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 60);
    ck_assert(estimate.report.converged || _i == 3);
    ck_assert_int_eq(made_design_is_warned(&estimate.report, "aliased_columns", "1"),
                     _i == 0);
    ck_assert_int_eq(
        made_design_is_warned(&estimate.report, "quasi_complete_separation", "2"),
        _i == 2);
    ck_assert_int_eq(made_design_is_warned(&estimate.report, "complete_separation", NULL),
                     _i == 3);
}
END_TEST

TCase *estimate_error_test(void)
{
    TCase *tests = tcase_create("estimate_error");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_unknown_algorithm_is_refused);
    tcase_add_test(tests, values_that_are_not_finite_are_refused_by_place);
    tcase_add_test(tests, a_single_class_is_refused);
    tcase_add_test(tests, a_coefficient_that_no_number_holds_is_told);
    tcase_add_test(tests, the_watch_sees_every_iteration_and_may_stop);
    tcase_add_test(tests, the_watch_may_stop_within_an_evaluation);
    tcase_add_test(tests, the_watch_may_stop_a_separated_fit);
    tcase_add_loop_test(tests, each_failed_allocation_is_told_and_leaks_nothing, 0, 6);
    return tests;
}
