#include "core/model/warm_start.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "tests/support/csv_table.h"
#include "tests/support/made_design.h"

static struct csv_table table, other;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *cold, *warm, *from;

static void forget(void)
{
    model_release(cold);
    model_release(warm);
    model_release(from);
    cold = warm = from = NULL;
    csv_table_free(&table);
    csv_table_free(&other);
    request = fit_defaults;
    request.target = "y";
}

static void setup(void)
{
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    forget();
}

static void teardown(void)
{
    forget();
    pool_free(pool);
}

/* "y,a,b,g": a class (or a number) that follows a, b and the level g with noise. */
static void read_rows(struct csv_table *into, uint64_t seed, size_t n_classes,
                      double sign)
{
    struct random random = random_start(seed, 0);
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,a,b,g\n");
    for (int i = 0; i < 600; i++) {
        double a = random_normal(&random), b = 1e4 + 50 * random_normal(&random);
        int g = (int)random_below(&random, 3);
        double z = sign * (0.8 * a + (b - 1e4) / 60 - 0.4 * g) + random_normal(&random);
        if (n_classes == 0)
            buffer_printf(&csv, "%.17g,%.17g,%.17g,g%d\n", 1e3 + 7 * z, a, b, g);
        else
            buffer_printf(&csv, "c%d,%.17g,%.17g,g%d\n",
                          (int)fmin(fmax(floor(z + (double)n_classes / 2), 0),
                                    (double)n_classes - 1),
                          a, b, g);
    }
    csv_table_read(into, csv.bytes);
    buffer_free(&csv);
}

static struct model *fit_on(const struct csv_table *data, const struct model *start,
                            struct error *err)
{
    request.warm_start = start;
    request.warm_start_name = start ? "m/1" : NULL;
    return fit_run(&request, data->table, &room, pool, NULL, err);
}

static struct model *fit(const struct csv_table *data, const struct model *start)
{
    struct error err = {0};
    struct model *model = fit_on(data, start, &err);
    ck_assert_msg(model != NULL, "%s (%s)", err.message, err.place);
    return model;
}

static void check_same_estimates(double tolerance)
{
    ck_assert_uint_eq(warm->n_terms * warm->n_blocks, cold->n_terms * cold->n_blocks);
    for (size_t i = 0; i < warm->n_terms * warm->n_blocks; i++) {
        double x = warm->coefficients[i].estimate, y = cold->coefficients[i].estimate;
        ck_assert_msg(fabs(x - y) <= tolerance * fabs(y), "term %zu: %.17g, %.17g", i, x,
                      y);
    }
}

static double first_objective(const struct model *model)
{
    return model->report.trace[0].objective;
}

static void check_near(double x, double y, double tolerance)
{
    ck_assert_msg(fabs(x - y) <= tolerance * (1 + fabs(y)), "%.17g, %.17g", x, y);
}

static const struct {
    const char *algorithm, *family;
    size_t n_classes; /* 0: numbers */
} cases[] = {
    {"newton", "auto", 2},     {"newton", "auto", 3},    {"newton_cg", "auto", 2},
    {"newton_cg", "auto", 3},  {"lbfgs", "auto", 2},     {"lbfgs", "auto", 3},
    {"newton", "gaussian", 0}, {"lbfgs", "gaussian", 0},
};

START_TEST(a_warm_start_comes_to_the_cold_optimum)
{
    read_rows(&table, 1, cases[_i].n_classes, 1);
    read_rows(&other, 2, cases[_i].n_classes, 1);
    request.algorithm = cases[_i].algorithm;
    request.family = cases[_i].family;
    cold = fit(&table, NULL);
    from = fit(&other, NULL);
    warm = fit(&table, from);
    check_same_estimates(1e-9);
    ck_assert(warm->report.converged);
    ck_assert_str_eq(warm->report.warm_start, "m/1");
    ck_assert_ptr_null(cold->report.warm_start);
    ck_assert_double_lt(first_objective(warm), first_objective(cold));
}
END_TEST

START_TEST(the_start_is_where_the_other_fit_ended)
{
    read_rows(&table, 1, cases[_i].n_classes, 1);
    request.algorithm = cases[_i].algorithm;
    request.family = cases[_i].family;
    cold = fit(&table, NULL);
    warm = fit(&table, cold);
    check_near(first_objective(warm), cold->report.objective, 1e-12);
    ck_assert_uint_le(warm->report.iterations, 2);
    check_same_estimates(1e-10);
}
END_TEST

/* ---- names ---- */

static const char *const a_b_g[] = {"a", "b", "g"}, *const g_a[] = {"g", "a"};

START_TEST(terms_are_found_by_name)
{
    const char *const without_g[] = {"b", "a"};
    read_rows(&table, 1, 3, 1);
    request.features = without_g;
    request.n_features = 2;
    from = fit(&table, NULL);
    request.features = a_b_g;
    request.n_features = 3;
    cold = fit(&table, NULL);
    warm = fit(&table, from); /* g starts at 0: it is the fit without g */
    check_near(first_objective(warm), from->report.objective, 1e-12);
    check_same_estimates(1e-9);
    model_release(warm);
    model_release(cold);
    request.features = g_a;
    request.n_features = 2;
    cold = fit(&table, NULL);
    warm = fit(&table, from);
    check_same_estimates(1e-9);
}
END_TEST

START_TEST(an_intercept_is_taken_where_both_have_one)
{
    read_rows(&table, 1, 2, 1);
    cold = fit(&table, NULL);
    request.intercept = false;
    from = fit(&table, NULL);
    warm = fit(&table, cold);
    ck_assert(warm->report.converged);
    model_release(warm);
    request.intercept = true;
    warm = fit(&table, from);
    check_near(first_objective(warm), from->report.objective, 1e-10);
    check_same_estimates(1e-9);
}
END_TEST

START_TEST(the_positive_class_may_be_the_other_one)
{
    read_rows(&table, 1, 2, 1);
    request.positive = "c0";
    from = fit(&table, NULL);
    request.positive = NULL;
    cold = fit(&table, NULL);
    warm = fit(&table, from);
    check_near(first_objective(warm), from->report.objective, 1e-12);
    check_same_estimates(1e-9);
}
END_TEST

START_TEST(the_reference_may_be_another_one)
{
    read_rows(&table, 1, 4, 1);
    request.reference = "c2";
    from = fit(&table, NULL);
    request.reference = "c1";
    cold = fit(&table, NULL);
    warm = fit(&table, from);
    check_near(first_objective(warm), from->report.objective, 1e-12);
    check_same_estimates(1e-9);
}
END_TEST

START_TEST(a_penalty_may_be_another_one)
{
    read_rows(&table, 1, 3, 1);
    from = fit(&table, NULL);
    request.l2 = 0.1;
    cold = fit(&table, NULL);
    warm = fit(&table, from);
    check_same_estimates(1e-9);
}
END_TEST

/* ---- refusals ---- */

static void refuse(const char *word)
{
    struct error err = {0};
    ck_assert_ptr_null(fit_on(&table, from, &err));
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_str_eq(err.place, "/warm_start");
    ck_assert_msg(strstr(err.message, word) != NULL, "%s", err.message);
}

START_TEST(another_family_or_other_classes_are_refused)
{
    read_rows(&table, 1, 3, 1);
    read_rows(&other, 1, 2, 1);
    from = fit(&other, NULL);
    refuse("family");
    request.family = "multinomial";
    model_release(from);
    from = fit(&other, NULL);
    refuse("classes");
    csv_table_free(&table);
    csv_table_free(&other);
    read_rows(&table, 1, 2, 1);
    read_rows(&other, 1, 3, 1);
    model_release(from);
    from = fit(&other, NULL);
    refuse("classes");
}
END_TEST

static void note(void *context, const struct error *problem)
{
    error_copy(context, problem);
}

START_TEST(another_family_is_found_without_reading_rows)
{
    struct error err = {0};
    read_rows(&table, 1, 3, 1);
    read_rows(&other, 1, 2, 1);
    from = fit(&other, NULL);
    request.warm_start = from;
    ck_assert_uint_eq(fit_check(&request, table_summary(table.table), note, &err), 1);
    ck_assert_str_eq(err.place, "/warm_start");
}
END_TEST

START_TEST(a_start_that_is_worse_than_none_is_told_and_not_taken)
{
    read_rows(&table, 1, 2, 1);
    read_rows(&other, 2, 2, -1);
    cold = fit(&table, NULL);
    from = fit(&other, NULL);
    warm = fit(&table, from);
    ck_assert(made_design_is_warned(&warm->report, "warm_start_unused", NULL));
    ck_assert_double_eq(first_objective(warm), first_objective(cold));
    check_same_estimates(1e-12);
}
END_TEST

START_TEST(without_memory_it_says_so)
{
    read_rows(&table, 1, 3, 1);
    from = fit(&table, NULL);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        warm = fit_on(&table, from, &err);
        memory_fail_after(-1);
        ck_assert_uint_eq(budget_used(&budget), 0);
        if (warm)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *warm_start_test(void)
{
    int n_cases = (int)(sizeof(cases) / sizeof(*cases));
    TCase *tests = tcase_create("warm_start");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_warm_start_comes_to_the_cold_optimum, 0, n_cases);
    tcase_add_loop_test(tests, the_start_is_where_the_other_fit_ended, 0, n_cases);
    tcase_add_test(tests, terms_are_found_by_name);
    tcase_add_test(tests, an_intercept_is_taken_where_both_have_one);
    tcase_add_test(tests, the_positive_class_may_be_the_other_one);
    tcase_add_test(tests, the_reference_may_be_another_one);
    tcase_add_test(tests, a_penalty_may_be_another_one);
    tcase_add_test(tests, another_family_or_other_classes_are_refused);
    tcase_add_test(tests, another_family_is_found_without_reading_rows);
    tcase_add_test(tests, a_start_that_is_worse_than_none_is_told_and_not_taken);
    tcase_add_test(tests, without_memory_it_says_so);
    return tests;
}
