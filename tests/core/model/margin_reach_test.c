#include "core/model/margin_reach.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/model/basis_find.h"
#include "core/model/estimate.h"
#include "tests/support/made_design.h"

static struct design design;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;
static struct basis basis;

static void setup(void)
{
    const struct estimate_hooks hooks = {0};
    pool = pool_new(1, 0, NULL);
    made_design_new(&design, 500, 4, 3);
    made_design_draw(&design, 5, 0.5);
    for (size_t i = 0; i < 500; i++) {
        double *x = design.x + 4 * i;
        x[1] = 1e3 * x[1] + 2e3;
        x[2] = x[0] + 1e-9 * x[2]; /* to be mixed */
        x[3] = x[0] - 3;           /* aliased */
    }
    options = made_design_options(&design);
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_find(&basis, &design, &survey, &options, pool, NULL), 0);
    ck_assert_uint_eq(basis.n_mixed, 1);
    ck_assert_uint_eq(basis.n_active, 3);
}

static void teardown(void)
{
    basis_free(&basis);
    survey_free(&survey);
    design_free(&design);
    pool_free(pool);
}

static double greatest(size_t i)
{
    double found = 0, u[4];
    for (size_t row = 0; row < 500; row++) {
        basis_row(&basis, design.x + 4 * row, u);
        found = fmax(found, fabs(u[i]));
    }
    return found;
}

START_TEST(no_row_has_more_and_one_has_as_much)
{
    double *reach = margin_reach_new(&basis, &survey, 2, NULL);
    for (size_t b = 0; b < 2; b++) {
        const double *of_block = reach + b * basis.n_terms;
        ck_assert_double_eq(of_block[0], 1);
        ck_assert_double_eq(of_block[1], greatest(0));
        ck_assert_double_eq(of_block[2], greatest(1));
        ck_assert_double_ge(of_block[3], greatest(2)); /* of a mixed one a bound */
    }
    memory_free(reach);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
    struct error err = {0};
    memory_fail_after(0);
    ck_assert_ptr_null(margin_reach_new(&basis, &survey, 2, &err));
    memory_fail_after(-1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

TCase *margin_reach_test(void)
{
    TCase *tests = tcase_create("margin_reach");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, no_row_has_more_and_one_has_as_much);
    tcase_add_test(tests, without_memory_there_is_none);
    return tests;
}
