#include "core/model/preconditioner.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/basis_find.h"
#include "tests/support/made_design.h"

#define MOST 40
#define ROWS 6000
#define COLUMNS 7

static const struct objective_preconditioner *const ops = &preconditioner_of_likelihood;

static struct design design;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;
static struct basis basis;
static struct likelihood likelihood;
static struct objective objective;
static struct objective_point point;
static void *made;
static const struct estimate_hooks hooks = {0};

static void release(void)
{
    ops->free(made);
    made = NULL;
    objective_point_free(&objective, &point);
    likelihood_free(&likelihood);
    basis_free(&basis);
    survey_free(&survey);
    pool_free(pool);
    pool = NULL;
}

static void teardown(void)
{
    release();
    design_free(&design);
}

/* Columns that go with each other; every seventh row is left out, others count double. */
static void make(size_t n_classes)
{
    made_design_new(&design, ROWS, COLUMNS, n_classes);
    made_design_draw(&design, 15, 1.5);
    made_design_add_weights(&design);
    for (size_t i = 0; i < ROWS; i++) {
        double *x = design.x + i * COLUMNS;
        for (size_t j = 1; j < COLUMNS; j++)
            x[j] = 0.9 * x[j - 1] + 0.3 * x[j];
        design.weights[i] = i % 7 == 0 ? 0 : 1 + (double)(i % 2);
    }
    made_design_weigh(&design);
    options = made_design_options(&design);
    options.l2 = 1e-3;
}

static void prepare(size_t n_threads)
{
    pool = pool_new(n_threads, 0, NULL);
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_find(&basis, &design, &survey, &options, pool, NULL), 0);
    ck_assert_int_eq(likelihood_new(&likelihood, &design, &basis, &survey, &options,
                                    &hooks, pool, false, NULL),
                     0);
    objective = likelihood_objective(&likelihood);
    ck_assert_uint_le(likelihood.n, MOST);
    ck_assert_int_eq(objective_point_new(&objective, OBJECTIVE_CURVATURE, &point, NULL),
                     0);
}

static void find_at(double size)
{
    struct random random = random_start(16, 0);
    for (size_t i = 0; i < likelihood.n; i++)
        point.beta[i] = size * random_normal(&random);
    point.have = 0;
    ck_assert_int_eq(objective_evaluate(&objective, &point,
                                        OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE, NULL),
                     0);
    if (!made)
        ck_assert_int_eq(ops->make(&likelihood, &made, NULL), 0);
    ck_assert_ptr_nonnull(made);
    ck_assert_int_eq(ops->find(made, &point, NULL), 0);
}

/* Where only intercepts are not 0, and one sample serves all classes. */
static void find_at_intercepts(void)
{
    find_at(0);
    for (size_t k = 0; k < likelihood.n_blocks; k++)
        point.beta[k * basis.n_terms] = (double)k - 1.5;
    point.have = 0;
    ck_assert_int_eq(objective_evaluate(&objective, &point,
                                        OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE, NULL),
                     0);
    ck_assert_int_eq(ops->find(made, &point, NULL), 0);
}

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < likelihood.n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* v'HM⁻¹Hv / v'Hv lies between the extreme eigenvalues of M⁻¹H. Two classes: of a sample
 * of 32 rows a term these are near (1 ± √(1/32))². Coupling of more of them adds to
 * that: no eigenvalue of diag(p) - pp' against diag(p(1-p)) is above 2. */
START_TEST(it_is_near_the_hessian)
{
    static const double sizes[] = {0, 0.5, 2, NAN};
    struct random random = random_start(17, 0);
    size_t n_classes = _i == 0 ? 2 : 5;
    double v[MOST], product[MOST], solved[MOST];
    make(n_classes);
    prepare(2);
    for (size_t s = 0; s < 4; s++) {
        if (isnan(sizes[s]))
            find_at_intercepts();
        else
            find_at(sizes[s]);
        for (int repeat = 0; repeat < 30; repeat++) {
            for (size_t i = 0; i < likelihood.n; i++)
                v[i] = random_normal(&random);
            ck_assert_int_eq(
                objective.ops->hessian_product(&likelihood, &point, v, product, NULL), 0);
            ops->solve(made, product, solved);
            double ratio = dot(product, solved) / dot(product, v);
            ck_assert_double_ge(ratio, n_classes == 2 ? 0.5 : 0.2);
            ck_assert_double_le(ratio, n_classes == 2 ? 2 : 4);
        }
    }
}
END_TEST

START_TEST(it_is_symmetric_and_positive_definite)
{
    struct random random = random_start(18, 0);
    double a[MOST], b[MOST], solved_a[MOST], solved_b[MOST];
    make(_i == 0 ? 2 : 4);
    prepare(1);
    find_at(1);
    for (int repeat = 0; repeat < 30; repeat++) {
        for (size_t i = 0; i < likelihood.n; i++) {
            a[i] = random_normal(&random);
            b[i] = random_normal(&random);
        }
        ops->solve(made, a, solved_a);
        ops->solve(made, b, solved_b);
        double size = sqrt(dot(a, solved_a) * dot(b, solved_b));
        ck_assert_double_gt(dot(a, solved_a), 0);
        ck_assert_double_eq_tol(dot(a, solved_b), dot(b, solved_a), 1e-12 * size);
    }
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    double first[MOST], again[MOST];
    make(5);
    for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
        prepare(n_threads);
        find_at(0.5);
        ops->solve(made, point.gradient, n_threads == 1 ? first : again);
        if (n_threads > 1)
            ck_assert_mem_eq(first, again, likelihood.n * sizeof(double));
        release();
    }
}
END_TEST

/* A class that no row can be of any more, and columns that tell nothing. */
START_TEST(what_no_row_tells_is_held)
{
    double solved[MOST];
    make(3);
    options.l2 = 0;
    prepare(1);
    find_at(0);
    for (size_t i = 0; i < likelihood.n; i++)
        point.beta[i] = i < basis.n_terms ? 0 : i == basis.n_terms ? -800 : 0;
    point.have = 0;
    ck_assert_int_eq(objective_evaluate(&objective, &point,
                                        OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE, NULL),
                     0);
    ck_assert_int_eq(ops->find(made, &point, NULL), 0);
    ops->solve(made, point.gradient, solved);
    for (size_t i = 0; i < likelihood.n; i++)
        ck_assert(isfinite(solved[i]));
    ck_assert_double_gt(dot(solved, point.gradient), 0);
}
END_TEST

START_TEST(it_is_made_where_there_are_enough_rows_alone)
{
    ck_assert_uint_eq(preconditioner_cells(1000, 10, 1, false), 200);
    ck_assert_uint_eq(preconditioner_cells(1000, 10, 3, false), 800);
    ck_assert_uint_eq(preconditioner_cells(79, 10, 1, false), 0);
    ck_assert_uint_eq(preconditioner_cells(1000, 10, 1, true), 0);
    ck_assert_uint_eq(preconditioner_cells(1000, 0, 1, false), 0);
    ck_assert_uint_eq(preconditioner_cells(UINT64_MAX, 3000, 1, false), 0);
    ck_assert_uint_eq(preconditioner_cells(UINT64_MAX, 2000, 20, false), 0);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    make(3);
    prepare(1);
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = ops->make(&likelihood, &made, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(made);
    }
    ck_assert_int_ge(n, 4);
}
END_TEST

TCase *preconditioner_test(void)
{
    TCase *tests = tcase_create("preconditioner");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, it_is_near_the_hessian, 0, 2);
    tcase_add_loop_test(tests, it_is_symmetric_and_positive_definite, 0, 2);
    tcase_add_test(tests, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(tests, what_no_row_tells_is_held);
    tcase_add_test(tests, it_is_made_where_there_are_enough_rows_alone);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
