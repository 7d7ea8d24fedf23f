/* Fits of "y ~ 1": against what is had in closed form, or what a maximum must fulfil. */
#include "core/model/fit.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/model/model_file.h"
#include "core/model/predict.h"
#include "core/model/score_table.h"
#include "tests/support/csv_table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { N_ROWS = 60, N_YES = 20 };

static struct csv_table table;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *model;

static double offset_of(size_t i)
{
    return (double)(i % 7) / 3 - 1;
}

/* y is 1 in a third of the rows; of the classes of g there are 10, 20, 30. */
static void setup(void)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,g,n,w,o\n");
    for (size_t i = 0; i < N_ROWS; i++)
        buffer_printf(&csv, "%d,%s,%zu,%zu,%.17g\n", i % 3 == 0,
                      i < 10   ? "a"
                      : i < 30 ? "b"
                               : "c",
                      2 + i % 5, 1 + i % 2, offset_of(i));
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    request = fit_defaults;
    request.formula = "y ~ 1";
}

static void teardown(void)
{
    model_release(model);
    model = NULL;
    pool_free(pool);
    csv_table_free(&table);
}

static void fit(void)
{
    struct error err = {0};
    model_release(model);
    model = fit_run(&request, table.table, &room, pool, NULL, &err);
    ck_assert_msg(model != NULL, "%s: %s (%s)", error_word(err.code), err.message,
                  err.place);
    ck_assert(model->report.converged);
    ck_assert_uint_eq(model->n_terms, 1);
    ck_assert_uint_eq(model->encoding->n_inputs, 0);
    ck_assert_uint_eq(model->encoding->n_columns, 0);
}

static void expect_near(double value, double expected)
{
    ck_assert_msg(fabs(value - expected) <= 1e-9 * (1 + fabs(expected)),
                  "%.17g, expected %.17g", value, expected);
}

/* The log-odds of the share, and the square root of 1/(n p (1-p)). */
static void expect_base_rate(double n_yes, double n)
{
    double p = n_yes / n;
    expect_near(model->coefficients->estimate, log(p / (1 - p)));
    expect_near(model->coefficients->std_error, sqrt(1 / (n * p * (1 - p))));
}

START_TEST(two_classes_have_the_log_odds_of_the_base_rate)
{
    double p = 1.0 / 3;
    fit();
    expect_base_rate(N_YES, N_ROWS);
    expect_near(model->report.log_likelihood,
                N_YES * log(p) + (N_ROWS - N_YES) * log(1 - p));
    expect_near(model->report.null_log_likelihood, model->report.log_likelihood);
    ck_assert_uint_eq(model->report.n_coefficients, 1);
    expect_near(model->report.mcfadden, 0);
    expect_near(model->report.cox_snell, 0);
}
END_TEST

static const char *const algorithms[] = {
    "newton", "newton_cg", "lbfgs", "gradient_descent",   "sgd", "adagrad",
    "adam",   "rmsprop",   "auto",  "coordinate_descent",
};

START_TEST(each_algorithm_finds_it)
{
    request.algorithm = algorithms[_i];
    fit();
    expect_base_rate(N_YES, N_ROWS);
}
END_TEST

START_TEST(no_penalty_is_on_an_intercept)
{
    request.l2 = 10;
    fit();
    expect_near(model->coefficients->estimate, log(.5));
    request.l1 = 10;
    fit();
    expect_near(model->coefficients->estimate, log(.5));
    request.standardize = true;
    fit();
    expect_near(model->coefficients->estimate, log(.5));
}
END_TEST

START_TEST(weights_and_trials_count)
{
    double n_yes = 0, n = 0;
    request.weights = "w";
    fit();
    for (size_t i = 0; i < N_ROWS; i++) {
        n += (double)(1 + i % 2);
        n_yes += i % 3 == 0 ? (double)(1 + i % 2) : 0;
    }
    expect_base_rate(n_yes, n);
    request.weights = NULL;
    request.trials = "n";
    fit();
    n = 0;
    for (size_t i = 0; i < N_ROWS; i++)
        n += (double)(2 + i % 5);
    expect_base_rate(N_YES, n);
}
END_TEST

START_TEST(several_classes_have_their_shares)
{
    double probabilities[3], scores[3];
    request.formula = "g ~ 1";
    fit();
    ck_assert_uint_eq(model->n_blocks, 2);
    expect_near(model->coefficients[0].estimate, log(20.0 / 10));
    expect_near(model->coefficients[1].estimate, log(30.0 / 10));
    expect_near(model->coefficients[0].std_error, sqrt(1.0 / 20 + 1.0 / 10));
    predict_scores(model, NULL, 1, NULL, scores);
    predict_probabilities(model, scores, probabilities);
    for (size_t k = 0; k < 3; k++)
        expect_near(probabilities[k], (double)(k + 1) / 6);
    request.l2 = 1;
    fit();
    expect_near(model->coefficients[1].estimate, log(30.0 / 10));
}
END_TEST

START_TEST(of_a_number_it_is_the_mean)
{
    request.formula = "n ~ 1";
    request.family = "gaussian";
    fit();
    expect_near(model->coefficients->estimate, 4);
    request.formula = "n ~ 1 + offset(w)";
    fit();
    expect_near(model->coefficients->estimate, 2.5);
}
END_TEST

/* At the maximum probabilities add up to what happened; and so do their variances. */
START_TEST(beside_an_offset_the_rows_add_up)
{
    request.formula = "y ~ offset(o)";
    for (size_t round = 0; round < 2; round++) {
        double sum = 0, information = 0;
        fit();
        for (size_t i = 0; i < N_ROWS; i++) {
            double z = model->coefficients->estimate + offset_of(i);
            double p = 1 / (1 + exp(-z));
            sum += p;
            information += p * (1 - p);
        }
        expect_near(sum, N_YES);
        if (round == 0)
            expect_near(model->coefficients->std_error, 1 / sqrt(information));
        request.l2 = 1;
    }
}
END_TEST

START_TEST(rows_without_cells_have_the_base_rate)
{
    double scores[3], probabilities[2];
    fit();
    predict_scores(model, NULL, 3, NULL, scores);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(scores[i] == model->coefficients->estimate);
        predict_probabilities(model, &scores[i], probabilities);
        expect_near(probabilities[1], 1.0 / 3);
    }
}
END_TEST

START_TEST(its_file_reads_back)
{
    struct buffer bytes = BUFFER_EMPTY, again = BUFFER_EMPTY;
    struct error err = {0};
    fit();
    model_file_write(model, &bytes);
    struct model *second = model_file_read(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_msg(second != NULL, "%s", err.message);
    ck_assert_uint_eq(second->encoding->n_inputs, 0);
    ck_assert(!second->encoding->is_sparse);
    model_file_write(second, &again);
    ck_assert_uint_eq(bytes.n_bytes, again.n_bytes);
    ck_assert_mem_eq(bytes.bytes, again.bytes, bytes.n_bytes);
    model_release(second);
    buffer_free(&bytes);
    buffer_free(&again);
}
END_TEST

static void ignore_problem(void *context, const struct error *problem)
{
    (void)context;
    (void)problem;
}

START_TEST(without_an_intercept_there_is_nothing_to_fit)
{
    static const char *const formulas[] = {"y ~ 0", "y ~ -1", "y ~ 0 + offset(o)"};
    for (size_t i = 0; i < COUNT(formulas); i++) {
        request.formula = formulas[i];
        ck_assert_uint_eq(fit_check(&request, &table.summary, ignore_problem, NULL), 1);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    long n = 0;
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        model = fit_run(&request, table.table, &room, pool, NULL, &err);
        memory_fail_after(-1);
        ck_assert_uint_eq(budget_used(&budget), 0);
        if (model)
            break;
        ck_assert_msg(err.code == ERROR_NO_MEMORY, "%s", err.message);
    }
    ck_assert_int_gt(n, 20);
}
END_TEST

TCase *intercept_alone_test(void)
{
    TCase *tests = tcase_create("intercept_alone");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, two_classes_have_the_log_odds_of_the_base_rate);
    tcase_add_loop_test(tests, each_algorithm_finds_it, 0, COUNT(algorithms));
    tcase_add_test(tests, no_penalty_is_on_an_intercept);
    tcase_add_test(tests, weights_and_trials_count);
    tcase_add_test(tests, several_classes_have_their_shares);
    tcase_add_test(tests, of_a_number_it_is_the_mean);
    tcase_add_test(tests, beside_an_offset_the_rows_add_up);
    tcase_add_test(tests, rows_without_cells_have_the_base_rate);
    tcase_add_test(tests, its_file_reads_back);
    tcase_add_test(tests, without_an_intercept_there_is_nothing_to_fit);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
