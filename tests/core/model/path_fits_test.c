#include "core/model/path_fits.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

#define ROWS 300
#define COLUMNS 5

static struct design design;
static struct pool *pool;
static struct path_fits fits;
static struct estimate_options options;
static const struct estimate_hooks nobody;

static void setup(void)
{
    pool = pool_new(1, 0, NULL);
    fits = (struct path_fits){0};
}

static void teardown(void)
{
    path_fits_free(&fits);
    design_free(&design);
    pool_free(pool);
}

static void draw(enum family family)
{
    made_design_new(&design, ROWS, COLUMNS, family == FAMILY_MULTINOMIAL ? 3 : 2);
    made_design_draw(&design, 5, 0.7);
    options = made_design_options(&design);
    options.family = family;
    options.algorithm = "auto";
    options.statistics = false;
    for (size_t i = 0; family == FAMILY_GAUSSIAN && i < ROWS; i++)
        design.y[i] = 1000 + 70 * design.y[i] + design.x[i * COLUMNS];
    design.n_classes = family == FAMILY_GAUSSIAN ? 0 : design.n_classes;
}

static void open_with(double l1, double l2)
{
    struct error err = {0};
    options.l1 = l1;
    options.l2 = l2;
    ck_assert_msg(path_fits_open(&fits, &design, &options, &nobody, pool, &err) == 0,
                  "%s", err.message);
}

static struct path_fit run_with(double l1, double l2)
{
    struct path_fit fit;
    struct error err = {0};
    options.l1 = l1;
    options.l2 = l2;
    ck_assert_msg(path_fits_run(&fits, &options, &fit, &err) == 0, "%s", err.message);
    return fit;
}

static void check_near(double value, double expected, double relative)
{
    ck_assert_msg(fabs(value - expected) <= relative * fabs(expected), "%.17g, not %.17g",
                  value, expected);
}

/* What is told of a fit in a row of them, and its estimate, is that of the fit alone. */
static void check_against_fit_alone(const struct path_fit *fit)
{
    struct estimate alone = {0}, taken = {0};
    struct error err = {0};
    ck_assert_int_eq(estimate_run(&design, &options, &nobody, pool, &alone, &err), 0);
    ck_assert_int_eq(path_fits_take(&fits, &taken, &err), 0);
    const struct report *report = &alone.report;
    ck_assert(fit->converged && report->converged && taken.report.converged);
    ck_assert_uint_eq(fit->n_nonzero, report->n_nonzero);
    check_near(fit->objective, report->objective, 1e-12);
    check_near(fit->deviance_ratio, 1 - report->deviance / report->null_deviance, 1e-8);
    ck_assert_str_eq(taken.report.algorithm, report->algorithm);
    check_near(taken.report.objective, report->objective, 1e-12);
    check_near(taken.report.deviance, report->deviance, 1e-9);
    for (size_t i = 0; i < alone.n_blocks * alone.n_terms; i++)
        check_near(taken.solution[i], alone.solution[i], 1e-8);
    estimate_free(&alone);
    estimate_free(&taken);
}

START_TEST(each_fit_in_a_row_is_the_fit_alone)
{
    static const enum family families[] = {FAMILY_BINOMIAL, FAMILY_MULTINOMIAL,
                                           FAMILY_GAUSSIAN};
    static const double l1[] = {0.05, 0.02, 0.005, 0.03}, l2[] = {0.02, 0.01, 0, 0.005};
    double unit = families[_i % 3] == FAMILY_GAUSSIAN ? 30 : 1;
    draw(families[_i % 3]);
    double share = _i < 3 ? 0 : 1; /* of l2 */
    open_with(l1[0] * unit, share * l2[1]);
    for (size_t i = 0; i < 4; i++) {
        double quadratic = share * (l2[i] > 0 ? l2[i] : 0.001);
        const struct path_fit fit = run_with(l1[i] * unit, quadratic);
        ck_assert(fits.is_kept);
        check_against_fit_alone(&fit);
    }
}
END_TEST

START_TEST(fits_without_l1_are_estimates_by_themselves)
{
    draw(FAMILY_BINOMIAL);
    open_with(0, 0.1);
    ck_assert(!fits.is_kept);
    run_with(0, 0.1);
    const struct path_fit fit = run_with(0, 0.01);
    check_against_fit_alone(&fit);
}
END_TEST

/* A quadratic penalty beyond 1e16 sets the scale of its column. */
START_TEST(a_penalty_that_outweighs_the_data_is_fitted_anew)
{
    draw(FAMILY_BINOMIAL);
    open_with(0.01, 0.01);
    run_with(0.01, 0.01);
    const struct path_fit fit = run_with(0.01, 1e40);
    ck_assert(!fits.is_kept);
    check_against_fit_alone(&fit);
    run_with(0.01, 0.01);
}
END_TEST

START_TEST(the_greatest_l1_is_that_of_a_fit)
{
    static const enum family families[] = {FAMILY_BINOMIAL, FAMILY_GAUSSIAN};
    struct estimate alone = {0};
    double l1_max;
    draw(families[_i]);
    open_with(0.01, 0.02);
    ck_assert_int_eq(path_fits_l1_max(&fits, &l1_max, NULL), 0);
    ck_assert_int_eq(estimate_run(&design, &options, &nobody, pool, &alone, NULL), 0);
    check_near(l1_max, alone.report.l1_max, 1e-12);
    estimate_free(&alone);
}
END_TEST

TCase *path_fits_test(void)
{
    TCase *tests = tcase_create("path_fits");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, each_fit_in_a_row_is_the_fit_alone, 0, 6);
    tcase_add_test(tests, fits_without_l1_are_estimates_by_themselves);
    tcase_add_test(tests, a_penalty_that_outweighs_the_data_is_fitted_anew);
    tcase_add_loop_test(tests, the_greatest_l1_is_that_of_a_fit, 0, 2);
    return tests;
}
