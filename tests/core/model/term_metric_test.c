#include "core/model/term_metric.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/basis_scale.h"
#include "tests/support/made_design.h"

#define ROWS 1500
#define COLUMNS 9
#define MOST 40

static const struct objective_preconditioner *const ops = &term_metric_of_likelihood;

static struct design dense, sparse;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;
static struct basis basis;
static struct likelihood likelihood;
static struct objective objective;
static struct objective_point point;
static void *made;

static void teardown(void)
{
    ops->free(made);
    made = NULL;
    objective_point_free(&objective, &point);
    likelihood_free(&likelihood);
    basis_free(&basis);
    survey_free(&survey);
    pool_free(pool);
    design_free(&dense);
    design_free(&sparse);
}

/* At coefficients of 0, where every row has the same curvature. */
static void make(size_t n_classes)
{
    static const struct estimate_hooks hooks = {0};
    made_design_new(&dense, ROWS, COLUMNS, n_classes);
    made_design_draw(&dense, 51, 0.5);
    made_design_thin(&dense, 52, 0.3);
    made_design_sparse(&dense, &sparse);
    options = made_design_options(&dense);
    options.l2 = 0.01;
    pool = pool_new(2, 0, NULL);
    ck_assert_int_eq(survey_run(&survey, &sparse, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_scale(&basis, &sparse, &survey, &options, pool, NULL), 0);
    ck_assert_int_eq(likelihood_new(&likelihood, &sparse, &basis, &survey, &options,
                                    &hooks, pool, false, NULL),
                     0);
    objective = likelihood_objective(&likelihood);
    ck_assert_uint_le(likelihood.n, MOST);
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_CURVATURE, &point, NULL),
                     0);
    ck_assert_int_eq(objective_evaluate(&objective, &point,
                                        OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE, NULL),
                     0);
    ck_assert_int_eq(ops->make(&likelihood, &made, NULL), 0);
    ck_assert_int_eq(ops->find(made, &point, NULL), 0);
}

static void draw(double *v, uint64_t stream)
{
    struct random random = random_start(53, stream);
    for (size_t i = 0; i < likelihood.n; i++)
        v[i] = random_normal(&random);
}

/* All terms are in enough rows, and no row is left out: of one block M is the Hessian. */
START_TEST(where_all_terms_are_frequent_it_is_the_hessian)
{
    double v[MOST], product[MOST], solved[MOST];
    make(_i == 0 ? 2 : 4);
    draw(v, 0);
    ck_assert_int_eq(
        objective.ops->hessian_product(objective.context, &point, v, product, NULL), 0);
    ops->solve(made, product, solved);
    double sum = 0, square = 0;
    for (size_t i = 0; i < likelihood.n; i++) {
        sum += solved[i] * v[i];
        square += v[i] * v[i];
        if (likelihood.n_blocks == 1)
            ck_assert_double_eq_tol(solved[i], v[i], 1e-10);
    }
    /* Coupled classes: eigenvalues of M⁻¹H are at most 2. */
    ck_assert(sum > 0 && sum <= 2.5 * square);
}
END_TEST

START_TEST(it_is_symmetric_and_positive)
{
    double a[MOST], b[MOST], of_a[MOST], of_b[MOST], ab = 0, ba = 0, aa = 0;
    make(_i == 0 ? 2 : 4);
    draw(a, 1);
    draw(b, 2);
    ops->solve(made, a, of_a);
    ops->solve(made, b, of_b);
    for (size_t i = 0; i < likelihood.n; i++) {
        ab += a[i] * of_b[i];
        ba += b[i] * of_a[i];
        aa += a[i] * of_a[i];
    }
    ck_assert_double_eq_tol(ab, ba, 1e-9 * fabs(aa));
    ck_assert(aa > 0);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    make(4);
    for (long n = 0;; n++) {
        struct error err = {0};
        void *other = NULL;
        memory_fail_after(n);
        int status = ops->make(&likelihood, &other, &err);
        memory_fail_after(-1);
        ops->free(other);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *term_metric_test(void)
{
    TCase *tests = tcase_create("term_metric");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, where_all_terms_are_frequent_it_is_the_hessian, 0, 2);
    tcase_add_loop_test(tests, it_is_symmetric_and_positive, 0, 2);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
