#include "core/model/basis_find.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/made_design.h"

#define ROWS 200

static struct design design;
static struct estimate_options options;
static struct pool *pool;
static struct survey survey;
static struct basis basis;

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
}

static void forget(void)
{
    survey_free(&survey);
    basis_free(&basis);
}

static void teardown(void)
{
    forget();
    design_free(&design);
    pool_free(pool);
}

static void make(size_t n_columns)
{
    made_design_new(&design, ROWS, n_columns, 2);
    made_design_draw(&design, 3, 0.3);
    options = made_design_options(&design);
}

static void find(void)
{
    static const struct estimate_hooks hooks = {0};
    forget();
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    ck_assert_int_eq(basis_find(&basis, &design, &survey, &options, pool, NULL), 0);
    ck_assert_uint_eq(basis.n_terms, basis.n_active + options.intercept);
}

/* Mean, mean square and greatest mean product with another column, of what basis_row
 * gives. */
static void check_columns(double correlation, double mean_rounding)
{
    static double u[ROWS][16];
    for (size_t i = 0; i < ROWS; i++)
        basis_row(&basis, design.x + i * design.n_columns, u[i]);
    for (size_t a = 0; a < basis.n_active; a++)
        for (size_t b = 0; b <= a; b++) {
            double mean = 0, product = 0;
            for (size_t i = 0; i < ROWS; i++) {
                mean += u[i][a] / ROWS;
                product += u[i][a] * u[i][b] / ROWS;
            }
            if (options.intercept)
                ck_assert_double_le(fabs(mean), mean_rounding);
            if (a == b)
                ck_assert(product >= 0.2 && product < 1.1);
            else
                ck_assert_double_le(fabs(product), correlation);
        }
}

/* As far as rounding of terms, of which some may all but cancel, lets it. */
static void check_way_back(const double *coefficients, const double *terms)
{
    double back[17], scratch[16], greatest = 1;
    for (size_t i = 0; i < options.intercept + design.n_columns; i++)
        greatest = fmax(greatest, fabs(terms[i] / basis_unit(&basis, i)));
    basis_from_terms(&basis, terms, scratch, back);
    for (size_t i = 0; i < basis.n_terms; i++)
        ck_assert_double_le(fabs(back[i] - coefficients[i]), 1e-14 * greatest);
}

/* z = b̃ + Σ u w̃ and b + Σ x w are the same function. In long double. */
static void check_map(double tolerance)
{
    double coefficients[17], terms[17], u[16];
    for (size_t i = 0; i < basis.n_terms; i++)
        coefficients[i] = 1.0 / (double)(i + 1);
    basis_to_terms(&basis, coefficients, terms);
    check_way_back(coefficients, terms);
    for (size_t i = 0; i < ROWS; i++) {
        const double *x = design.x + i * design.n_columns;
        long double z = options.intercept ? terms[0] : 0, size = fabsl(z);
        double expected = options.intercept ? coefficients[0] : 0;
        basis_row(&basis, x, u);
        for (size_t j = 0; j < design.n_columns; j++) {
            z += (long double)terms[options.intercept + j] * x[j];
            size += fabsl((long double)terms[options.intercept + j] * x[j]);
        }
        for (size_t j = 0; j < basis.n_active; j++)
            expected += u[j] * coefficients[options.intercept + j];
        ck_assert_double_le((double)fabsl(z - expected),
                            tolerance + 3e-16 * (double)size);
    }
}

/* The gradient's map is the transpose of the inverse of the coefficients': changes of J
 * are the same either way. */
static void check_gradient(void)
{
    double gradient[17], terms[17], by_term[17], coefficients[17] = {0};
    for (size_t i = 0; i < basis.n_terms; i++)
        gradient[i] = cos((double)i);
    basis_to_gradient(&basis, gradient, by_term);
    for (size_t i = 0; i < basis.n_terms; i++) {
        long double change = 0, size = 0;
        coefficients[i] = 1;
        basis_to_terms(&basis, coefficients, terms);
        coefficients[i] = 0;
        for (size_t j = 0; j < options.intercept + design.n_columns; j++) {
            change += (long double)terms[j] * by_term[j];
            size += fabsl((long double)terms[j] * by_term[j]);
        }
        ck_assert_double_le(fabs((double)change - gradient[i]),
                            1e-14 + 1e-15 * (double)size);
    }
}

START_TEST(columns_are_centred_and_scaled)
{
    make(4);
    for (size_t i = 0; i < ROWS; i++) {
        design.x[4 * i] = design.x[4 * i] * 1e5 + 1e9;
        design.x[4 * i + 1] = design.x[4 * i + 1] * 1e-200;
        design.x[4 * i + 2] = design.x[4 * i + 2] * 1e300 - 3e299;
    }
    find();
    ck_assert_uint_eq(basis.n_active, 4);
    ck_assert_uint_eq(basis.n_mixed, 0);
    check_columns(0.3, 1e-11);
    check_map(1e-13);
    check_gradient();
}
END_TEST

START_TEST(without_an_intercept_nothing_is_shifted)
{
    make(3);
    options.intercept = false;
    for (size_t i = 0; i < ROWS; i++)
        design.x[3 * i] += 5;
    find();
    for (size_t j = 0; j < 3; j++)
        ck_assert_double_eq(basis.centre[j], 0);
    check_columns(0.5, 0);
    check_map(1e-14);
    check_gradient();
    ck_assert_double_eq_tol(basis.spread[0] / basis.factor[0], 1, 0.2);
}
END_TEST

START_TEST(means_that_overflow_are_replaced_by_the_middle)
{
    make(1);
    for (size_t i = 0; i < ROWS; i++)
        design.x[i] = i % 2 ? 1.7e308 : 1.6e308;
    find();
    ck_assert_uint_eq(basis.n_active, 1);
    check_columns(0, 1e-13);
}
END_TEST

START_TEST(near_dependence_is_taken_apart)
{
    static const double shares[] = {1e-3, 1e-6, 1e-8, 1e-10};
    for (size_t s = 0; s < 4; s++) {
        make(3);
        for (size_t i = 0; i < ROWS; i++) {
            double *x = design.x + 3 * i;
            x[2] = 2 * x[0] - x[1] + shares[s] * x[2] + 7;
        }
        find();
        ck_assert_uint_eq(basis.n_active, 3);
        ck_assert_uint_eq(basis.n_mixed, 1);
        check_columns(0.3, 1e-14 / shares[s]); /* means are 0 before it */
        check_map(1e-14);
        check_gradient();
        design_free(&design);
    }
}
END_TEST

START_TEST(powers_are_taken_apart_in_rounds)
{
    make(7);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < 7; j++)
            design.x[7 * i + j] = pow(1 + (double)i / ROWS, (double)(j + 1));
    find();
    ck_assert_uint_eq(basis.n_active, 7);
    ck_assert_uint_ge(basis.n_mixed, 2);
    check_map(1e-13);
    check_gradient();
}
END_TEST

/* Columns: constant, random, zero, 3·(column 1) + 2, random, (column 1) + (column 4). */
static void make_dependent(void)
{
    make(6);
    for (size_t i = 0; i < ROWS; i++) {
        double *x = design.x + 6 * i;
        x[0] = 0.1;
        x[2] = 0;
        x[3] = 3 * x[1] + 2;
        x[5] = x[1] + x[4];
    }
}

START_TEST(later_columns_that_add_nothing_are_aliased)
{
    static const bool expected[] = {true, false, true, true, false, true};
    make_dependent();
    find();
    ck_assert_mem_eq(basis.aliased, expected, sizeof(expected));
    ck_assert_uint_eq(basis.n_active, 2);
    ck_assert(basis.columns[0] == 1 && basis.columns[1] == 4);
    ck_assert_uint_eq(basis.n_mixed, 0);
    check_map(1e-14);
    check_gradient();
}
END_TEST

START_TEST(without_an_intercept_the_first_constant_counts)
{
    static const bool expected[] = {false, false, true, true, false, true};
    make_dependent();
    options.intercept = false;
    find();
    ck_assert_mem_eq(basis.aliased, expected, sizeof(expected));
    check_map(1e-13);
}
END_TEST

START_TEST(what_is_penalised_is_not_aliased)
{
    static const double factors[] = {1, 0, 1, 1, 0, 0};
    static const bool expected[] = {false, false, false, false, false, true};
    make_dependent();
    options.l2 = 1e-9;
    find();
    ck_assert_uint_eq(basis.n_active, 6);
    check_map(1e-13);
    check_gradient();
    options.factors = factors;
    find();
    ck_assert_mem_eq(basis.aliased, expected, sizeof(expected));
    check_map(1e-13);
}
END_TEST

START_TEST(penalties_are_in_the_units_of_the_columns)
{
    make(2);
    for (size_t i = 0; i < ROWS; i++)
        design.x[2 * i] = 1000 * design.x[2 * i] + 50;
    options.l2 = 0.5;
    find();
    for (size_t j = 0; j < 2; j++) /* l2 w² with w = v · factor */
        ck_assert_double_eq_tol(basis.penalty[j] / basis.factor[j] / basis.factor[j], 0.5,
                                1e-15);
    options.standardize = true;
    find();
    for (size_t j = 0; j < 2; j++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < ROWS; i++)
            mean += design.x[2 * i + j] / ROWS;
        for (size_t i = 0; i < ROWS; i++)
            square += pow(design.x[2 * i + j] - mean, 2) / ROWS;
        ck_assert_double_eq_tol(
            basis.penalty[j] / basis.factor[j] / basis.factor[j] / square, 0.5, 1e-12);
    }
}
END_TEST

START_TEST(a_penalty_that_outweighs_all_sets_the_scale)
{
    make(1);
    for (size_t i = 0; i < ROWS; i++)
        design.x[i] *= 1e-300;
    options.l2 = 0.5;
    find();
    ck_assert(basis.penalty[0] > 0.1 && basis.penalty[0] < 10);
}
END_TEST

START_TEST(weights_and_threads_decide_nothing_but_the_sums)
{
    struct basis one;
    make(4);
    made_design_add_weights(&design);
    for (size_t i = 0; i < ROWS; i++)
        design.weights[i] = (double)(i % 3);
    find();
    one = basis;
    basis = (struct basis){0};
    pool_free(pool);
    pool = pool_new(5, 0, NULL);
    find();
    ck_assert_mem_eq(one.factor, basis.factor, 4 * sizeof(double));
    ck_assert_mem_eq(one.centre, basis.centre, 4 * sizeof(double));
    ck_assert_mem_eq(one.spread, basis.spread, 4 * sizeof(double));
    basis_free(&one);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    static const struct estimate_hooks hooks = {0};
    long n = 0;
    make(3);
    for (size_t i = 0; i < ROWS; i++)
        design.x[3 * i + 2] = design.x[3 * i] + 1e-7 * design.x[3 * i + 1];
    ck_assert_int_eq(survey_run(&survey, &design, &options, &hooks, pool, NULL), 0);
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = basis_find(&basis, &design, &survey, &options, pool, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 20);
}
END_TEST

TCase *basis_find_test(void)
{
    TCase *tests = tcase_create("basis_find");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, columns_are_centred_and_scaled);
    tcase_add_test(tests, without_an_intercept_nothing_is_shifted);
    tcase_add_test(tests, means_that_overflow_are_replaced_by_the_middle);
    tcase_add_test(tests, near_dependence_is_taken_apart);
    tcase_add_test(tests, powers_are_taken_apart_in_rounds);
    tcase_add_test(tests, later_columns_that_add_nothing_are_aliased);
    tcase_add_test(tests, without_an_intercept_the_first_constant_counts);
    tcase_add_test(tests, what_is_penalised_is_not_aliased);
    tcase_add_test(tests, penalties_are_in_the_units_of_the_columns);
    tcase_add_test(tests, a_penalty_that_outweighs_all_sets_the_scale);
    tcase_add_test(tests, weights_and_threads_decide_nothing_but_the_sums);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
