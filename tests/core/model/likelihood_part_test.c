/* A part of a likelihood is the likelihood where all other coefficients are 0. */
#include "core/model/likelihood_part.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/basis_find.h"
#include "core/model/basis_scale.h"
#include "tests/support/made_design.h"
#include "tests/support/made_likelihood.h"

enum { ROWS = 1500, COLUMNS = 40 };

static struct design dense, sparse;
static struct estimate_options options;
static struct made_likelihood tested;

static void teardown(void)
{
    made_likelihood_free(&tested);
    design_free(&dense);
    design_free(&sparse);
}

/* Rows of two blocks. */
static void make(size_t n_classes)
{
    made_design_patchy(&dense, ROWS, COLUMNS, n_classes);
    options = made_design_options(&dense);
    options.l1 = 0.1;
    options.l2 = 0.3;
}

static void prepare(const struct design *design)
{
    made_likelihood_new(&tested, design, &options,
                        options.l1 > 0 ? basis_scale : basis_find, false);
}

static bool is_made(const size_t *set, size_t n_set)
{
    struct objective part;
    bool made;
    ck_assert_int_eq(tested.objective.ops->new_part(tested.objective.context, set, n_set,
                                                    &part, &made, NULL),
                     0);
    if (made)
        tested.objective.ops->free_part(tested.objective.context, &part);
    return made;
}

/* Every fifth column, with the intercept. */
static size_t choose(size_t *set)
{
    size_t n = 0;
    for (size_t i = 0; i < tested.objective.n; i++)
        if (i == 0 || i % 5 == 4)
            set[n++] = i;
    return n;
}

static void check_part(void)
{
    const unsigned want = OBJECTIVE_VALUE | OBJECTIVE_GRADIENT | OBJECTIVE_CURVATURE;
    size_t set[COLUMNS + 1], n = choose(set);
    double of_part[COLUMNS * COLUMNS], of_whole[COLUMNS * COLUMNS];
    struct random random = random_start(6, 0);
    struct objective part;
    struct objective_point inner, outer;
    bool made;
    ck_assert_int_eq(tested.objective.ops->new_part(tested.objective.context, set, n,
                                                    &part, &made, NULL),
                     0);
    ck_assert(made);
    ck_assert_uint_eq(part.n, n);
    ck_assert_ptr_null(part.l1);
    ck_assert_int_eq(objective_point_new(&part, OBJECTIVE_CURVATURE, &inner, NULL), 0);
    ck_assert_int_eq(
        objective_point_new(&tested.objective, OBJECTIVE_CURVATURE, &outer, NULL), 0);
    for (size_t i = 0; i < n; i++)
        inner.beta[i] = outer.beta[set[i]] = 0.5 * random_normal(&random);
    ck_assert_int_eq(objective_evaluate(&part, &inner, want, NULL), 0);
    ck_assert_int_eq(objective_evaluate(&tested.objective, &outer, want, NULL), 0);
    ck_assert_double_eq_tol(inner.value, outer.value, 1e-14);
    for (size_t i = 0; i < n; i++)
        ck_assert_double_eq_tol(inner.gradient[i], outer.gradient[set[i]], 1e-14);
    size_t all[COLUMNS + 1];
    for (size_t i = 0; i < n; i++)
        all[i] = i;
    ck_assert_int_eq(part.ops->hessian_block(part.context, &inner, all, n, of_part, NULL),
                     0);
    ck_assert_int_eq(tested.objective.ops->hessian_block(tested.objective.context, &outer,
                                                         set, n, of_whole, NULL),
                     0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            ck_assert_double_eq_tol(of_part[i * n + j], of_whole[i * n + j], 1e-13);
    objective_point_free(&part, &inner);
    objective_point_free(&tested.objective, &outer);
    tested.objective.ops->free_part(tested.objective.context, &part);
}

START_TEST(a_part_is_the_whole_where_other_coefficients_are_0)
{
    make(2);
    options.intercept = _i < 2;
    if (_i % 2 == 0)
        prepare(&dense);
    else {
        made_design_sparse(&dense, &sparse);
        prepare(&sparse);
        ck_assert(tested.basis.is_sparse);
        ck_assert_uint_eq(tested.basis.n_shifted > 0, options.intercept);
    }
    check_part();
}
END_TEST

START_TEST(parts_that_save_little_are_not_made)
{
    size_t set[COLUMNS + 1];
    make(2);
    prepare(&dense);
    for (size_t i = 0; i <= COLUMNS; i++)
        set[i] = i;
    ck_assert(is_made(set, 10));
    ck_assert(!is_made(set, 11));
    ck_assert(!is_made(set, 1));
    ck_assert(!is_made(set + 1, 5)); /* the intercept is missing */
}
END_TEST

START_TEST(classes_have_no_parts)
{
    static const size_t set[] = {0, 3, 5, 6};
    make(2);
    prepare(&dense);
    ck_assert(is_made(set, 4));
    teardown();
    make(3);
    prepare(&dense);
    ck_assert(!is_made(set, 4));
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    size_t set[COLUMNS + 1], n;
    make(2);
    made_design_sparse(&dense, &sparse);
    prepare(_i == 0 ? &dense : &sparse);
    n = choose(set);
    for (long k = 0;; k++) {
        struct error err = {0};
        struct objective part;
        bool made;
        memory_fail_after(k);
        int status = tested.objective.ops->new_part(tested.objective.context, set, n,
                                                    &part, &made, &err);
        memory_fail_after(-1);
        if (status == 0) {
            ck_assert_int_gt(k, 20);
            tested.objective.ops->free_part(tested.objective.context, &part);
            break;
        }
        ck_assert(!made);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *likelihood_part_test(void)
{
    TCase *tests = tcase_create("likelihood_part");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, a_part_is_the_whole_where_other_coefficients_are_0, 0, 4);
    tcase_add_test(tests, parts_that_save_little_are_not_made);
    tcase_add_test(tests, classes_have_no_parts);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, 2);
    return tests;
}
