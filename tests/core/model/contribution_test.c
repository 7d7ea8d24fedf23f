#include "core/model/contribution.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/fit.h"
#include "core/model/model_file.h"
#include "tests/support/csv_table.h"
#include "tests/support/small_model.h"

enum { N_ROWS = 300, N_INPUTS = 4, N_LEVELS = 3, MOST_COLUMNS = 64, MOST_PARTS = 32 };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Rows with weights; half of them count twice, and some have no `age`. */
static double cells[N_ROWS * N_INPUTS], row_weights[N_ROWS];
static struct csv_table table;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *model;
static struct contribution contribution;
static double parts[3 * MOST_PARTS], x[MOST_COLUMNS];

static void write_row(struct buffer *csv, size_t i)
{
    static const char *const levels[N_LEVELS] = {"a", "b", "c"};
    struct random random = random_start(17, i);
    double *cell = cells + i * N_INPUTS;
    cell[0] = 1990 + 30 * random_uniform(&random);
    cell[1] = random_normal(&random);
    cell[2] = (double)random_below(&random, N_LEVELS);
    cell[3] = i % 7 == 3 ? (double)NAN : 1 + 50 * random_uniform(&random);
    row_weights[i] = (double)(1 + i % 2);
    bool y = random_uniform(&random) < 1 / (1 + exp(-cell[1]));
    buffer_printf(csv, "%d,%c,%.17g,%.17g,%.17g,%s,", y, "pqr"[random_below(&random, 3)],
                  row_weights[i], cell[0], cell[1], levels[(size_t)cell[2]]);
    if (!isnan(cell[3]))
        buffer_printf(csv, "%.17g", cell[3]);
    buffer_append_byte(csv, '\n');
}

static void setup(void)
{
    struct buffer csv = BUFFER_EMPTY;
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    request = fit_defaults;
    request.weights = "w";
    request.missing = MISSING_INDICATOR;
    buffer_append_string(&csv, "y,c,w,year,z,g,age\n");
    for (size_t i = 0; i < N_ROWS; i++)
        write_row(&csv, i);
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
}

static void teardown(void)
{
    contribution_free(&contribution);
    model_release(model);
    model = NULL;
    pool_free(pool);
    csv_table_free(&table);
}

static void fit(const char *formula)
{
    struct error err = {0};
    request.formula = formula;
    model = fit_run(&request, table.table, &room, pool, NULL, &err);
    ck_assert_msg(model != NULL, "%s (%s)", err.message, err.place);
    ck_assert_msg(contribution_new(&contribution, model, &err) == 0, "%s", err.message);
    ck_assert_uint_le(contribution.n, MOST_PARTS);
    ck_assert_uint_le(model->encoding->n_columns, MOST_COLUMNS);
}

static void know_means(const double *means, size_t n)
{
    typical_free(&model->typical);
    model->typical.means = memory_copy(means, n * sizeof(*means), NULL);
    model->typical.spreads = memory_new(n, sizeof(*means), NULL);
}

/* The cells of a row in the order of the model's inputs. */
static const double *row_of(size_t i)
{
    static const char *const names[N_INPUTS] = {"year", "z", "g", "age"};
    static double row[N_INPUTS];
    for (size_t k = 0; k < N_INPUTS; k++) {
        size_t input = encoding_find_input(model->encoding, names[k], strlen(names[k]));
        if (input != SIZE_MAX)
            row[input] = cells[i * N_INPUTS + k];
    }
    return row;
}

static const struct {
    const char *formula;
    size_t n_parts;
    bool standardize;
    const char *family;
} fits[] = {
    {"y ~ year + z + g + age", 4, false, "auto"},
    {"y ~ year + z + g + age", 4, true, "auto"},
    {"y ~ year + z + g - 1", 3, false, "auto"},
    {"y ~ log(year) + I(year^2/1e6) + z*g + year:g", 5, false, "auto"},
    {"y ~ z + I(z*year/1e3) + g", 4, false, "auto"},
    {"c ~ year + z + g", 3, false, "auto"},
    {"c ~ z*g + age", 4, true, "auto"},
    {"z ~ year + g", 2, false, "gaussian"},
};

static void fit_round(int i)
{
    request.family = fits[i].family;
    request.standardize = fits[i].standardize;
    fit(fits[i].formula);
}

/* ---- against sums over the columns of the design ---- */

/* (n_columns + n + 4) 2^-52 (|b| + Σ |w| (|x| + |m|)), as the header has it. */
static double bound_of(size_t k)
{
    const struct encoding *encoding = model->encoding;
    double sum = fabs(model->intercepts[k]);
    for (size_t j = 0; j < encoding->n_columns; j++)
        sum += fabs(model->weights[k * encoding->n_columns + j]) *
               (fabs(x[j]) + fabs(model->typical.means[j]));
    return (double)(encoding->n_columns + contribution.n + 4) * DBL_EPSILON * sum;
}

static void check_sums(const double *row)
{
    double scores[3];
    encoding_expand(model->encoding, row, 1, x);
    predict_scores(model, row, 1, NULL, scores);
    contribution_row(&contribution, row, parts);
    for (size_t k = 0; k < model_n_scores(model); k++) {
        double sum = contribution.bias[k];
        for (size_t i = 0; i < contribution.n; i++)
            sum += parts[k * contribution.n + i];
        if (!(fabs(sum - scores[k]) <= bound_of(k)))
            ck_abort_msg("%a, and the score is %a; within %g", sum, scores[k],
                         bound_of(k));
    }
}

START_TEST(bias_and_contributions_add_up_to_the_score)
{
    fit_round(_i);
    ck_assert_uint_eq(contribution.n, fits[_i].n_parts);
    for (size_t i = 0; i < N_ROWS; i++)
        check_sums(row_of(i));
}
END_TEST

START_TEST(means_are_those_of_the_rows_by_weight)
{
    double sums[MOST_COLUMNS] = {0}, weight = 0;
    fit_round(_i);
    size_t n = model->encoding->n_columns;
    for (size_t i = 0; i < N_ROWS; i++) {
        encoding_expand(model->encoding, row_of(i), 1, x);
        weight += row_weights[i];
        for (size_t j = 0; j < n; j++)
            sums[j] += row_weights[i] * x[j];
    }
    for (size_t j = 0; j < n; j++)
        ck_assert_double_eq_tol(model->typical.means[j] / (sums[j] / weight), 1, 1e-13);
}
END_TEST

/* So a contribution is 0 on average, and the bias is the mean score. */
START_TEST(contributions_are_zero_on_average)
{
    double sums[3 * MOST_PARTS] = {0}, scores[3], mean[3] = {0}, weight = 0;
    fit_round(_i);
    size_t n_scores = model_n_scores(model), n = n_scores * contribution.n;
    for (size_t i = 0; i < N_ROWS; i++) {
        contribution_row(&contribution, row_of(i), parts);
        predict_scores(model, row_of(i), 1, NULL, scores);
        weight += row_weights[i];
        for (size_t p = 0; p < n; p++)
            sums[p] += row_weights[i] * parts[p];
        for (size_t k = 0; k < n_scores; k++)
            mean[k] += row_weights[i] * scores[k];
    }
    for (size_t p = 0; p < n; p++)
        ck_assert_double_eq_tol(sums[p] / weight, 0, 1e-9);
    for (size_t k = 0; k < n_scores; k++)
        ck_assert_double_eq_tol(mean[k] / weight, contribution.bias[k], 1e-9);
}
END_TEST

/* ---- parts ---- */

static void expect_part(size_t part, const char *name)
{
    ck_assert_str_eq(contribution_name(&contribution, part), name);
}

START_TEST(products_and_expressions_of_several_inputs_are_parts_of_their_own)
{
    fit("y ~ year + log(year) + z*g + I(z*year/1e3)");
    ck_assert_uint_eq(contribution.n, 5);
    expect_part(0, "year");
    expect_part(1, "z");
    expect_part(2, "g");
    expect_part(3, "I(z * year/1000)");
    expect_part(4, "z:g");
}
END_TEST

START_TEST(an_input_that_is_called_like_a_product_takes_it_in)
{
    csv_table_free(&table);
    csv_table_read(&table, "y,a,b,a:b\n0,1,4,7\n1,2,6,1\n0,3,5,2\n1,5,1,3\n0,6,6,6\n"
                           "1,3,2,9\n0,8,1,3\n1,4,4,4\n0,2,2,1\n");
    request.weights = NULL;
    fit("y ~ a:b + a + `a:b`");
    ck_assert_uint_eq(contribution.n, 3);
    static const double row[] = {3, 4, 5};
    check_sums(row);
}
END_TEST

/* By hand. b is the reference class; weights are centred over the classes. */
START_TEST(levels_count_together_and_each_class_for_itself)
{
    static const double solution[] = {3, 6, 9, 12, 0, -3, 0, 6};
    static const double means[] = {30, 0.25, 0.5}, row[] = {40, 2}; /* mid */
    struct error err = {0};
    model = small_model_multinomial(solution);
    know_means(means, COUNT(means));
    ck_assert_int_eq(contribution_new(&contribution, model, &err), 0);
    contribution_row(&contribution, row, parts);
    /* age: a 5, b -1, c -4. ses[low]: 6, -3, -3; ses[mid]: 6, -6, 0. */
    static const double expected[] = {50,  6 - (6 * .25 + 6 * .5), /* a: age, ses */
                                      -10, -6 + (3 * .25 + 6 * .5), -40, 0 + 3 * .25};
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq_tol(parts[i], expected[i], 1e-12);
    ck_assert_double_eq_tol(contribution.bias[0], 2 + 5 * 30 + 6 * .25 + 6 * .5, 1e-12);
}
END_TEST

START_TEST(a_missing_cell_counts_as_what_stands_for_it)
{
    double row[N_INPUTS];
    fit("y ~ year + z + g + age");
    memcpy(row, row_of(0), sizeof(row));
    size_t age = encoding_find_input(model->encoding, "age", 3);
    row[age] = (double)NAN;
    check_sums(row);
    encoding_expand(model->encoding, row, 1, x);
    /* age and age[missing] are one input's */
    double expected = 0;
    for (size_t j = 0; j < model->encoding->n_columns; j++)
        if (encoding_find_term(model->encoding, j) >= 3)
            expected += model->weights[j] * (x[j] - model->typical.means[j]);
    ck_assert_double_eq_tol(parts[age], expected, 1e-12 * fabs(expected));
}
END_TEST

/* ---- sparse rows ---- */

START_TEST(sparse_rows_have_the_same_contributions)
{
    static const double solution[] = {.5, 1, -2, 3, .25, .1, -1, 2, 4, .125};
    static const double means[] = {.5, .125, 0, 3};
    static const double row[] = {0, 7, 0, -1.5};
    static const struct predict_entry entries[] = {{1, 7}, {3, -1.5}};
    double score[3];
    struct error err = {0};
    model = small_model_sparse(_i ? FAMILY_MULTINOMIAL : FAMILY_BINOMIAL, 4, solution);
    know_means(means, COUNT(means));
    ck_assert_int_eq(contribution_new(&contribution, model, &err), 0);
    ck_assert_uint_eq(contribution.n, 4);
    contribution_row_sparse(&contribution, entries, 2, parts);
    predict_scores(model, row, 1, NULL, score);
    for (size_t k = 0; k < model_n_scores(model); k++) {
        double sum = contribution.bias[k];
        for (size_t i = 0; i < 4; i++) {
            double part = parts[k * 4 + i];
            ck_assert(part == model->weights[k * 4 + i] * (row[i] - means[i]));
            sum += part;
        }
        ck_assert_double_eq_tol(sum, score[k], 1e-13);
    }
    expect_part(3, "4");
}
END_TEST

/* ---- what cannot be had ---- */

START_TEST(huge_cells_have_finite_contributions)
{
    static const double solution[] = {0, 1e300, 1, 0}, means[] = {-1e300, .5, .5};
    static const double row[] = {1e300, 0};
    struct error err = {0};
    model = small_model_binomial(solution);
    know_means(means, COUNT(means));
    ck_assert_int_eq(contribution_new(&contribution, model, &err), 0);
    contribution_row(&contribution, row, parts);
    ck_assert(parts[0] == DBL_MAX && parts[1] == -.5);
    ck_assert(contribution.bias[0] == -DBL_MAX);
}
END_TEST

START_TEST(a_model_without_means_says_what_to_do)
{
    static const double solution[] = {1, 2, 3, 4};
    struct error err = {0};
    model = small_model_binomial(solution);
    typical_free(&model->typical);
    ck_assert_int_eq(contribution_new(&contribution, model, &err), -1);
    ck_assert_int_eq(err.code, ERROR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.message, "fit the model again"));
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct contribution made = {0};
    fit("y ~ z*g + I(z*year/1e3)");
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = contribution_new(&made, model, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(made.bias);
    }
    contribution_free(&made);
}
END_TEST

TCase *contribution_test(void)
{
    TCase *tests = tcase_create("contribution");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, bias_and_contributions_add_up_to_the_score, 0,
                        COUNT(fits));
    tcase_add_loop_test(tests, means_are_those_of_the_rows_by_weight, 0, COUNT(fits));
    tcase_add_loop_test(tests, contributions_are_zero_on_average, 0, COUNT(fits));
    tcase_add_test(tests,
                   products_and_expressions_of_several_inputs_are_parts_of_their_own);
    tcase_add_test(tests, an_input_that_is_called_like_a_product_takes_it_in);
    tcase_add_test(tests, levels_count_together_and_each_class_for_itself);
    tcase_add_test(tests, a_missing_cell_counts_as_what_stands_for_it);
    tcase_add_loop_test(tests, sparse_rows_have_the_same_contributions, 0, 2);
    tcase_add_test(tests, huge_cells_have_finite_contributions);
    tcase_add_test(tests, a_model_without_means_says_what_to_do);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
