#include "core/model/inflation.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"
#include "tests/support/scored_rows.h"

static struct design design;
static struct estimate_options options;
static struct estimate estimate;
static const struct statistics_column columns[] = {{0, false}, {1, true}, {1, true}};

static void teardown(void)
{
    estimate_free(&estimate);
    design_free(&design);
}

static void make(size_t n_classes, bool robust)
{
    made_design_new(&design, 300, 3, n_classes);
    made_design_draw(&design, 61, 0.6);
    for (size_t i = 0; i < 300; i++) {
        design.x[3 * i] += 2 * (double)(i % 3);
        design.x[3 * i + 1] = i % 3 == 1;
        design.x[3 * i + 2] = i % 3 == 2;
    }
    options = made_design_options(&design);
    options.details.vif = true;
    options.details.columns = columns;
    options.details.covariance = robust ? COVARIANCE_HC0 : COVARIANCE_MODEL;
    estimate = made_design_fit(&design, &options);
}

/* Correlations of the coefficients of terms first…end-1, from the information. */
static double determinant(size_t first, size_t end)
{
    scored_rows_matrix inverse, r;
    size_t at[SCORED_ROWS_MOST], n = 0;
    scored_rows_information(&design, &options, estimate.solution, inverse);
    scored_rows_invert(estimate.n_blocks * estimate.n_terms, inverse);
    for (size_t b = 0; b < estimate.n_blocks; b++)
        for (size_t t = first; t < end; t++)
            at[n++] = b * estimate.n_terms + t;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            r[i][j] = inverse[at[i]][at[j]] /
                      sqrt(inverse[at[i]][at[i]] * inverse[at[j]][at[j]]);
    return scored_rows_determinant(n, r);
}

/* A robust covariance does not change them. */
START_TEST(factors_are_those_of_the_models_correlations)
{
    make(_i < 2 ? 2 : 4, _i % 2);
    const struct addenda *told = &estimate.report.addenda;
    double expected = determinant(1, 2) * determinant(2, 4) / determinant(1, 4);
    ck_assert_uint_eq(told->n_inflations, 2);
    for (size_t i = 0; i < 2; i++) { /* of two inputs they are the same */
        ck_assert_uint_eq(told->inflations[i].term, i);
        ck_assert_double_eq_tol(told->inflations[i].gvif / expected, 1, 1e-9);
        ck_assert_double_eq(told->inflations[i].df,
                            (double)(estimate.n_blocks * (i + 1)));
    }
    ck_assert(expected > 1.5);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct pool *pool = pool_new(1, 0, NULL);
    make(2, false);
    estimate_free(&estimate);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = estimate_run(&design, &options, NULL, pool, &estimate, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    pool_free(pool);
}
END_TEST

TCase *inflation_test(void)
{
    TCase *tests = tcase_create("inflation");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, factors_are_those_of_the_models_correlations, 0, 4);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
