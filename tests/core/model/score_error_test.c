#include "core/model/score_error.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/fit.h"
#include "tests/support/csv_table.h"
#include "tests/support/small_model.h"

enum { N_ROWS = 240, N_INPUTS = 3 };

/* x, z, and g as the index of a, b, c. */
static double cells[N_ROWS * N_INPUTS];
static struct csv_table table;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *model, *second;
static struct score_error error, other;

static void write_row(struct buffer *csv, size_t i)
{
    struct random random = random_start(23, i);
    double *cell = cells + i * N_INPUTS;
    cell[0] = 100 + 7 * random_normal(&random);
    cell[1] = random_normal(&random);
    cell[2] = (double)(i % 3);
    bool y = random_uniform(&random) < 1 / (1 + exp(cell[1]));
    buffer_printf(csv, "%d,%c,%c,%.17g,%.17g,%.17g,%c\n", y, y ? 'v' : 'u',
                  "pqr"[random_below(&random, 3)], cell[1] + 3 * random_normal(&random),
                  cell[0], cell[1], "abc"[i % 3]);
}

static void setup(void)
{
    struct buffer csv = BUFFER_EMPTY;
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    request = fit_defaults;
    buffer_append_string(&csv, "y,b,c,t,x,z,g\n");
    for (size_t i = 0; i < N_ROWS; i++)
        write_row(&csv, i);
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
}

static void teardown(void)
{
    score_error_free(&error);
    score_error_free(&other);
    model_release(model);
    model_release(second);
    model = second = NULL;
    pool_free(pool);
    csv_table_free(&table);
}

static struct model *fit(const char *formula, const char *family, bool standardize)
{
    struct error err = {0};
    request.formula = formula;
    request.family = family;
    request.standardize = standardize;
    struct model *made = fit_run(&request, table.table, &room, pool, NULL, &err);
    ck_assert_msg(made != NULL, "%s (%s)", err.message, err.place);
    return made;
}

static void open(struct score_error *of, const struct model *from, double confidence)
{
    struct error err = {0};
    ck_assert_msg(score_error_check(from, &err) == 0, "%s", err.message);
    ck_assert_int_eq(score_error_new(of, from, confidence, &err), 0);
}

static void expect_near(double found, double wanted, double tolerance)
{
    if (!(fabs(found - wanted) <= tolerance * fabs(wanted)))
        ck_abort_msg("%.17g, not %.17g", found, wanted);
}

static void expect_refused(const struct model *from, const char *why)
{
    struct error err = {0};
    ck_assert_int_eq(score_error_check(from, &err), -1);
    ck_assert_int_eq(err.code, ERROR_UNSUPPORTED);
    ck_assert_msg(strstr(err.message, why) != NULL, "%s", err.message);
}

/* ---- by hand ---- */

static const double solution[] = {0.5, 0.25, -1, 2};

START_TEST(the_variance_is_a_quadratic_form)
{
    static const double row[] = {3, 2}; /* x̂ = (1, 3, 0, 1) */
    const double x[] = {1, 3, 0, 1};
    double variance = 0, score;
    model = small_model_binomial(solution);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            variance += x[i] * x[j] * model->covariance[i * 4 + j];
    open(&error, model, .95);
    score_error_read(&error, row);
    expect_near(score_error_of(&error, 0), sqrt(variance), 1e-14);
    predict_scores(model, row, 1, NULL, &score);
    struct score_interval yes = score_error_interval(&error, &score, 1);
    struct score_interval no = score_error_interval(&error, &score, 0);
    double reach = 1.959963984540054 * sqrt(variance);
    expect_near(yes.low, 1 / (1 + exp(reach - score)), 1e-14);
    expect_near(yes.high, 1 / (1 + exp(-reach - score)), 1e-14);
    expect_near(no.low, 1 - yes.high, 1e-13);
    expect_near(no.high, 1 - yes.low, 1e-13);
    ck_assert(!error.is_lost);
}
END_TEST

/* Two groups of 5 and 4: their means, the common variance (10 + 5)/7, and Student's t
 * with 7 (R: qt(.975, 7)). */
START_TEST(of_a_mean_it_is_students)
{
    double row[] = {0}, score;
    csv_table_free(&table);
    csv_table_read(&table, "t,x\n1,0\n2,0\n3,0\n4,0\n5,0\n1.5,1\n2.5,1\n4.5,1\n3.5,1\n");
    model = fit("t ~ x", "gaussian", false);
    open(&error, model, .95);
    score_error_read(&error, row);
    predict_scores(model, row, 1, NULL, &score);
    expect_near(score, 3, 1e-12);
    expect_near(score_error_of(&error, 0), sqrt(15. / 7 / 5), 1e-12);
    struct score_interval of = score_error_interval(&error, &score, 0);
    expect_near(of.high - of.low, 2 * 2.3646242515927849 * sqrt(15. / 7 / 5), 1e-10);
    expect_near((of.high + of.low) / 2, 3, 1e-12);
}
END_TEST

/* ---- what must not change it ---- */

/* The same rows, told by other coefficients. */
static void compare(size_t block, size_t class, double tolerance)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        double scores[3], again[3];
        const double *row = cells + i * N_INPUTS;
        score_error_read(&error, row);
        score_error_read(&other, row);
        predict_scores(model, row, 1, NULL, scores);
        predict_scores(second, row, 1, NULL, again);
        expect_near(score_error_of(&error, block), score_error_of(&other, block),
                    tolerance);
        struct score_interval one = score_error_interval(&error, scores, class);
        struct score_interval two = score_error_interval(&other, again, class);
        expect_near(one.low, two.low, tolerance);
        expect_near(one.high, two.high, tolerance);
    }
}

START_TEST(standardised_columns_have_the_same_errors)
{
    static const char *const formulas[][2] = {{"y ~ x + z + g", "auto"},
                                              {"c ~ x + z*g", "auto"},
                                              {"t ~ x + z + g", "gaussian"},
                                              {"y ~ x + z + g - 1", "auto"}};
    model = fit(formulas[_i][0], formulas[_i][1], false);
    second = fit(formulas[_i][0], formulas[_i][1], true);
    open(&error, model, .9);
    open(&other, second, .9);
    for (size_t k = 0; k < model_n_scores(model); k++)
        compare(k % model->n_blocks, k, 1e-8);
}
END_TEST

/* The classes' intervals do not depend on which of them the others are compared with. */
START_TEST(another_reference_gives_the_same_intervals)
{
    model = fit("c ~ x + z + g", "multinomial", false);
    request.reference = "r";
    second = fit("c ~ x + z + g", "multinomial", false);
    ck_assert_uint_ne(model->reference, second->reference);
    open(&error, model, .95);
    open(&other, second, .95);
    for (size_t i = 0; i < N_ROWS; i++) {
        double scores[3], again[3];
        const double *row = cells + i * N_INPUTS;
        score_error_read(&error, row);
        score_error_read(&other, row);
        predict_scores(model, row, 1, NULL, scores);
        predict_scores(second, row, 1, NULL, again);
        for (size_t k = 0; k < 3; k++) {
            struct score_interval one = score_error_interval(&error, scores, k);
            struct score_interval two = score_error_interval(&other, again, k);
            expect_near(one.low, two.low, 1e-8);
            expect_near(one.high, two.high, 1e-8);
        }
        /* log p against r and r against p are each other's negative */
        ck_assert_uint_eq(model->block_class[1], 2);
        ck_assert_uint_eq(second->block_class[0], 0);
        expect_near(score_error_of(&error, 1), score_error_of(&other, 0), 1e-8);
    }
}
END_TEST

START_TEST(two_classes_as_a_multinomial_have_the_binomial_intervals)
{
    model = fit("b ~ x + z + g", "binomial", false);
    second = fit("b ~ x + z + g", "multinomial", false);
    open(&error, model, .95);
    open(&other, second, .95);
    compare(0, 0, 1e-8);
    compare(0, 1, 1e-8);
}
END_TEST

START_TEST(sparse_rows_have_the_same_errors)
{
    static const double four[] = {.5, 1, -2, 3, .25};
    static const double row[] = {0, 7, 0, -1.5};
    static const struct predict_entry entries[] = {{1, 7}, {3, -1.5}};
    static const double means[] = {1, -2, 3, .5}, scales[] = {2, 4, .5, 8};
    model = small_model_sparse(FAMILY_BINOMIAL, 4, four);
    model->covariance = memory_new(25, sizeof(double), NULL);
    for (size_t i = 0; i < 25; i++)
        model->covariance[i] = i % 6 == 0 ? (double)(2 + i) : .25;
    if (_i == 1) {
        model->means = memory_copy(means, sizeof(means), NULL);
        model->scales = memory_copy(scales, sizeof(scales), NULL);
    }
    open(&error, model, .95);
    score_error_read(&error, row);
    double dense = score_error_of(&error, 0);
    score_error_read_sparse(&error, entries, 2);
    ck_assert(dense > 0 && score_error_of(&error, 0) == dense);
}
END_TEST

/* ---- what tells none ---- */

START_TEST(models_without_a_covariance_say_what_to_do)
{
    request.l2 = .1;
    model = fit("y ~ x + z + g", "auto", false);
    expect_refused(model, "\"statistics\":true");
    request.statistics = 1;
    second = fit("y ~ x + z + g", "auto", false);
    open(&error, second, .95);
}
END_TEST

START_TEST(aliased_columns_are_told)
{
    model = fit("y ~ x + z + I(2*x)", "auto", false);
    expect_refused(model, "depend on each other");
}
END_TEST

START_TEST(separated_data_are_told)
{
    csv_table_free(&table);
    csv_table_read(&table, "y,x\n0,1\n0,2\n0,3\n1,4\n1,5\n1,6\n");
    model = fit("y ~ x", "auto", false);
    expect_refused(model, "\"firth\":true");
    request.firth = true;
    second = fit("y ~ x", "auto", false);
    open(&error, second, .95);
}
END_TEST

START_TEST(a_perfect_fit_withholds_its_errors)
{
    csv_table_free(&table);
    csv_table_read(&table, "t,x\n1,1\n2,2\n3,3\n4,4\n");
    model = fit("t ~ x", "gaussian", false);
    expect_refused(model, "withheld");
}
END_TEST

START_TEST(what_rounding_ate_is_lost_and_not_told)
{
    static const double row[] = {1e9, 0};
    double score = 0;
    model = small_model_binomial(solution);
    /* of a column at 1e9 ± 1: 1e18 - 2e18 + 1e18 + 1 */
    memset(model->covariance, 0, 16 * sizeof(double));
    model->covariance[0] = 1e18;
    model->covariance[1] = model->covariance[4] = -1e9;
    model->covariance[5] = 1;
    open(&error, model, .95);
    score_error_read(&error, row);
    ck_assert(isnan(score_error_of(&error, 0)));
    ck_assert(error.is_lost);
    ck_assert(isnan(score_error_interval(&error, &score, 0).low));
}
END_TEST

START_TEST(huge_cells_have_no_infinite_errors)
{
    static const double row[] = {1e300, 0};
    model = small_model_binomial(solution);
    open(&error, model, .95);
    score_error_read(&error, row);
    ck_assert(!isinf(score_error_of(&error, 0)));
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    model = small_model_binomial(solution);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = score_error_new(&error, model, .95, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(error.terms);
    }
}
END_TEST

TCase *score_error_test(void)
{
    TCase *tests = tcase_create("score_error");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_variance_is_a_quadratic_form);
    tcase_add_test(tests, of_a_mean_it_is_students);
    tcase_add_loop_test(tests, standardised_columns_have_the_same_errors, 0, 4);
    tcase_add_test(tests, another_reference_gives_the_same_intervals);
    tcase_add_test(tests, two_classes_as_a_multinomial_have_the_binomial_intervals);
    tcase_add_loop_test(tests, sparse_rows_have_the_same_errors, 0, 2);
    tcase_add_test(tests, models_without_a_covariance_say_what_to_do);
    tcase_add_test(tests, aliased_columns_are_told);
    tcase_add_test(tests, separated_data_are_told);
    tcase_add_test(tests, a_perfect_fit_withholds_its_errors);
    tcase_add_test(tests, what_rounding_ate_is_lost_and_not_told);
    tcase_add_test(tests, huge_cells_have_no_infinite_errors);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
