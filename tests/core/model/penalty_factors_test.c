#include "core/model/penalty_factors.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct formula formula;
static struct encoding *encoding;

static void setup(void)
{
    static const char *const names[] = {"y", "x", "g"};
    static const char text[] = "y ~ x*g + log(x)";
    static const struct input_request requests[] = {{.name = "x", .type = -1},
                                                    {.name = "g", .type = -1}};
    csv_table_read(&table, "y,x,g\n0,1,p\n1,2,q\n0,3,r\n");
    ck_assert_int_eq(formula_parse(&formula, text, strlen(text), names, 3, NULL), 0);
    encoding = encoding_build(table.table, requests, 2, &formula, NULL, NULL);
    ck_assert_ptr_nonnull(encoding);
}

static void teardown(void)
{
    encoding_free(encoding);
    formula_free(&formula);
    csv_table_free(&table);
}

static int spread(const struct fit_factor *factors, size_t n, double **made,
                  struct error *err)
{
    struct fit_request request = fit_defaults;
    request.factors = factors;
    request.n_factors = n;
    return penalty_factors_spread(&request, encoding, made, err);
}

/* x, g[q], g[r], log(x), x:g[q], x:g[r] */
static void check(const struct fit_factor *factors, size_t n, const double *expected)
{
    double *made;
    struct error err = {0};
    ck_assert_msg(spread(factors, n, &made, &err) == 0, "%s", err.message);
    ck_assert_mem_eq(made, expected, 6 * sizeof(*made));
    memory_free(made);
}

START_TEST(a_name_is_that_of_a_term_or_of_its_only_input)
{
    check((struct fit_factor[]){{"x", 3}}, 1, (double[]){3, 1, 1, 1, 1, 1});
    check((struct fit_factor[]){{"g", 0}, {"x:g", 2}}, 2, (double[]){1, 0, 0, 1, 2, 2});
    check((struct fit_factor[]){{"log(x)", 5}}, 1, (double[]){1, 1, 1, 5, 1, 1});
}
END_TEST

START_TEST(a_name_that_no_term_goes_by_is_refused)
{
    static const char *const names[] = {"y", "g:x", "g[q]", "x:g:x"};
    const struct fit_factor factors[] = {{"x", 1}, {names[_i], 2}};
    double *made;
    struct error err = {0};
    ck_assert_int_eq(spread(factors, 2, &made, &err), -1);
    ck_assert_ptr_null(made);
    ck_assert_int_eq(err.code, ERROR_UNKNOWN_COLUMN);
    ck_assert_ptr_nonnull(strstr(err.place, "/penalty/factors/"));
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0;; n++) {
        struct error err = {0};
        double *made;
        memory_fail_after(n);
        int status = spread((struct fit_factor[]){{"x", 3}}, 1, &made, &err);
        memory_fail_after(-1);
        memory_free(made);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *penalty_factors_test(void)
{
    TCase *tests = tcase_create("penalty_factors");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_name_is_that_of_a_term_or_of_its_only_input);
    tcase_add_loop_test(tests, a_name_that_no_term_goes_by_is_refused, 0, 4);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
