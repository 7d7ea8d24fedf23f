/* A likelihood by margins is the likelihood, and a fit that goes by it ends where others
 * do. */
#include "core/model/likelihood_margins.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/basis_scale.h"
#include "tests/support/made_design.h"
#include "tests/support/made_likelihood.h"

enum { ROWS = 150, COLUMNS = 60 };

static struct design dense, sparse;
static struct estimate_options options;
static struct made_likelihood tested;

static void teardown(void)
{
    made_likelihood_free(&tested);
    design_free(&dense);
    design_free(&sparse);
}

static const struct design *make(size_t n_classes, bool is_sparse)
{
    made_design_patchy(&dense, ROWS, COLUMNS, n_classes);
    options = made_design_options(&dense);
    options.l1 = 0.01;
    options.statistics = false;
    options.algorithm = "coordinate_descent";
    if (is_sparse)
        made_design_sparse(&dense, &sparse);
    return is_sparse ? &sparse : &dense;
}

static void prepare(const struct design *design)
{
    made_likelihood_new(&tested, design, &options, basis_scale, false);
}

static const struct objective_margins *find(void)
{
    const struct objective_margins *margins;
    ck_assert_int_eq(
        tested.objective.ops->find_margins(tested.objective.context, &margins, NULL), 0);
    return margins;
}

/* By rows, where these tell it sooner. */
static void check_product(const struct objective_margins *margins, const double *residual)
{
    const struct column_screen *screen = margins->screen;
    double product[COLUMNS + 1];
    ck_assert_int_eq(screen->multiply != NULL, tested.basis.is_sparse);
    if (!screen->multiply)
        return;
    screen->multiply(screen->context, residual, product);
    for (size_t j = 0; j < tested.objective.n; j++)
        ck_assert_double_eq_tol(product[j], columns_dot(&margins->columns, j, residual),
                                1e-14);
}

static void check_margins(const struct objective_margins *margins)
{
    double z[ROWS], residual[ROWS], curvature[ROWS], penalty = 0;
    struct random random = random_start(6, 0);
    struct objective_point point;
    ck_assert_int_eq(objective_point_new(&tested.objective, 0, &point, NULL), 0);
    for (size_t i = 0; i < ROWS; i++)
        z[i] = margins->offset[i];
    for (size_t j = 0; j < tested.objective.n; j++) {
        point.beta[j] = 0.5 * random_normal(&random);
        columns_add(&margins->columns, j, point.beta[j], z);
        if (margins->quadratic)
            penalty += margins->quadratic[j] * point.beta[j] * point.beta[j] / 2;
    }
    ck_assert_int_eq(objective_evaluate(&tested.objective, &point,
                                        OBJECTIVE_VALUE | OBJECTIVE_GRADIENT, NULL),
                     0);
    double loss = margins->loss(margins->context, z, residual, curvature);
    ck_assert_double_eq_tol(loss + penalty, point.value, 1e-13);
    check_product(margins, residual);
    for (size_t j = 0; j < tested.objective.n; j++) {
        double slope = columns_dot(&margins->columns, j, residual);
        slope += margins->quadratic ? margins->quadratic[j] * point.beta[j] : 0;
        ck_assert_double_eq_tol(slope, point.gradient[j], 1e-13);
    }
    objective_point_free(&tested.objective, &point);
}

START_TEST(by_margins_it_is_the_same_function)
{
    const struct design *design = make(2, _i % 2 == 1);
    options.intercept = _i < 2;
    options.l2 = _i == 2 ? 0 : 0.3;
    prepare(design);
    ck_assert_uint_eq(tested.basis.is_sparse, _i % 2 == 1);
    check_margins(find());
    ck_assert_ptr_eq(find(), find());
    options.l1 = 0.02;
    options.l2 *= 2;
    ck_assert(basis_scale_penalise(&tested.basis, &options));
    ck_assert_int_eq(likelihood_new_penalties(&tested.likelihood, &options, NULL), 0);
    tested.objective = likelihood_objective(&tested.likelihood);
    check_margins(find());
}
END_TEST

START_TEST(classes_and_many_rows_have_none)
{
    prepare(make(3, false));
    ck_assert_ptr_null(find());
    tested.likelihood.n_blocks = 1;
    ck_assert_ptr_null(find());
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    const struct objective_margins *margins;
    prepare(make(2, _i == 1));
    for (long k = 0;; k++) {
        struct error err = {0};
        memory_fail_after(k);
        int status =
            tested.objective.ops->find_margins(tested.objective.context, &margins, &err);
        memory_fail_after(-1);
        if (status == 0) {
            ck_assert_int_gt(k, 8);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_ptr_nonnull(margins);
}
END_TEST

static double greatest_difference(const struct estimate *one,
                                  const struct estimate *other)
{
    double greatest = 0;
    for (size_t i = 0; i < one->n_terms; i++)
        greatest = fmax(greatest, fabs(one->solution[i] - other->solution[i]));
    return greatest;
}

/* The exact one ends by parts or by the whole. */
START_TEST(the_looser_the_tolerance_the_farther_off_and_no_further)
{
    static const double tolerances[] = {1e-3, 1e-5, 1e-7};
    const struct design *design = make(2, _i == 1);
    struct estimate exact;
    options.l2 = _i == 0 ? 0 : 0.001;
    options.solver.tolerance = 1e-12;
    exact = made_design_fit(design, &options);
    for (size_t k = 0; k < 3; k++) {
        options.solver.tolerance = tolerances[k];
        struct estimate loose = made_design_fit(design, &options);
        ck_assert(loose.report.converged);
        ck_assert_double_le(loose.report.duality_gap, tolerances[k]);
        ck_assert_double_le(loose.report.objective - exact.report.objective,
                            tolerances[k]);
        ck_assert_double_ge(loose.report.objective, exact.report.objective - 1e-14);
        ck_assert_double_le(greatest_difference(&loose, &exact), sqrt(tolerances[k]));
        estimate_free(&loose);
    }
    estimate_free(&exact);
}
END_TEST

TCase *likelihood_margins_test(void)
{
    TCase *tests = tcase_create("likelihood_margins");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, by_margins_it_is_the_same_function, 0, 4);
    tcase_add_test(tests, classes_and_many_rows_have_none);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, 2);
    tcase_add_loop_test(tests, the_looser_the_tolerance_the_farther_off_and_no_further, 0,
                        2);
    return tests;
}
