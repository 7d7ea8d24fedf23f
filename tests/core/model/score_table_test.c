#include "core/model/score_table.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/predict.h"
#include "tests/support/csv_table.h"
#include "tests/support/small_model.h"

#define N 2500U

static const double solution[] = {0.1, 1.0 / 3, -2.7, 3.3};
static const double two_blocks[] = {0.1, 1.0 / 3, -2.7, 3.3, 1e-3, 1e3, 0.7, -1.0 / 7};

static struct budget budget;
static struct model *model;
static struct csv_table table;
static struct score_table *scorer;
static size_t n_told;
static char told[8][64];

static void setup(void)
{
    budget_start(&budget, (size_t)1 << 24);
    n_told = 0;
}

static void teardown(void)
{
    score_table_free(scorer);
    scorer = NULL;
    ck_assert_uint_eq(budget_used(&budget), 0);
    csv_table_free(&table);
    model_release(model);
    model = NULL;
}

static void tell(void *context, uint64_t row, const char *column, enum error_code code)
{
    (void)context;
    if (n_told < 8)
        snprintf(told[n_told], sizeof(told[0]), "%d %s %s", (int)row,
                 column ? column : "-", error_word(code));
    n_told++;
}

static void open_scorer(void)
{
    struct error err = {0};
    scorer = score_table_new(model, table.table, &budget, &err);
    ck_assert_msg(scorer != NULL, "%s", err.message);
}

static void read_all(double *scores, bool *is_bad)
{
    size_t n = (size_t)table.summary.n_rows, piece = score_table_piece_rows(scorer);
    for (size_t first = 0; first < n; first += piece)
        score_table_read(scorer, first, n - first < piece ? n - first : piece,
                         scores + first * model_n_scores(model), is_bad + first, tell,
                         NULL);
}

static double age_of(size_t i)
{
    return (double)((i * 7919) % 1000) / 7;
}

/* The columns in another order than the inputs, with one that the model does not have. */
static void make_table(void)
{
    static const char *const levels[] = {"high", "low", "mid"};
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "ses,other,age\n");
    for (size_t i = 0; i < N; i++)
        buffer_printf(&text, "%s,%zu,%.17g\n", levels[i % 3], i, age_of(i));
    csv_table_read(&table, text.bytes);
    buffer_free(&text);
}

static void check_scores(void)
{
    static double scores[3 * N], expected[3 * N], cells[2 * N];
    static bool is_bad[N];
    make_table();
    open_scorer();
    read_all(scores, is_bad);
    for (size_t i = 0; i < N; i++) {
        cells[2 * i] = age_of(i);
        cells[2 * i + 1] = (double)(i % 3);
        ck_assert(!is_bad[i]);
    }
    predict_scores(model, cells, N, NULL, expected);
    ck_assert_mem_eq(scores, expected, N * model_n_scores(model) * sizeof(double));
    ck_assert_uint_eq(n_told, 0);
}

START_TEST(rows_score_with_the_bits_of_predict)
{
    model = small_model_binomial(solution);
    check_scores();
}
END_TEST

/* log(0 - 1) has no value, although the row's other column is the reference level. */
START_TEST(rows_in_which_an_expression_has_no_value_are_told)
{
    static const char *const names[] = {"y", "age", "ses"};
    static const struct input_request requests[] = {{.name = "age", .type = -1},
                                                    {.name = "ses", .type = -1}};
    static const char text[] = "y ~ log(age - 1):ses + ses";
    static const double solution_of_terms[] = {0.1, 1, 2, 3, 4, 5};
    struct formula formula = {0};
    struct csv_table trained = {0};
    double scores[3];
    bool is_bad[3] = {false};
    model = small_model_binomial(solution);
    csv_table_read(&trained, "y,age,ses\n0,20,low\n1,30,mid\n0,40,high\n");
    ck_assert_int_eq(formula_parse(&formula, text, strlen(text), names, 3, NULL), 0);
    encoding_free(model->encoding);
    model->encoding = encoding_build(trained.table, requests, 2, &formula, NULL, NULL);
    ck_assert_ptr_nonnull(model->encoding);
    ck_assert_uint_eq(model->encoding->n_columns, 5);
    memory_free(model->weights);
    model->weights = memory_copy(solution_of_terms, sizeof(solution_of_terms), NULL);
    csv_table_read(&table, "ses,age\nlow,3\nhigh,0\nmid,1\n");
    open_scorer();
    read_all(scores, is_bad);
    ck_assert(!is_bad[0] && is_bad[1] && is_bad[2]);
    ck_assert_uint_eq(n_told, 2);
    ck_assert_str_eq(told[0], "1 - non_finite");
    ck_assert_str_eq(told[1], "2 - non_finite");
    csv_table_free(&trained);
    formula_free(&formula);
}
END_TEST

START_TEST(logits_do_too)
{
    model = small_model_multinomial(two_blocks);
    check_scores();
}
END_TEST

START_TEST(cells_that_cannot_be_used_are_told)
{
    double scores[4];
    bool is_bad[4] = {false};
    model = small_model_binomial(solution);
    csv_table_read(&table, "age,ses\n1,low\n,none\n2,\n3,mid\n");
    open_scorer();
    read_all(scores, is_bad);
    ck_assert(!is_bad[0] && is_bad[1] && is_bad[2] && !is_bad[3]);
    ck_assert_uint_eq(n_told, 3);
    ck_assert_str_eq(told[0], "1 age missing_value");
    ck_assert_str_eq(told[1], "1 ses unknown_level");
    ck_assert_str_eq(told[2], "2 ses missing_value");
    ck_assert(scores[3] == 0.1 + 3 * (1.0 / 3) + 3.3);
}
END_TEST

START_TEST(a_table_that_lacks_a_column_is_refused)
{
    struct error err = {0};
    model = small_model_binomial(solution);
    csv_table_read(&table, "age\n1\n");
    ck_assert_ptr_null(score_table_new(model, table.table, &budget, &err));
    ck_assert_int_eq(err.code, ERROR_UNKNOWN_COLUMN);
    ck_assert_str_eq(err.place, "ses");
}
END_TEST

/* Inputs 1…5; the lines have others, too, and leave some out. */
START_TEST(sparse_rows_score_from_their_entries)
{
    static const double weights[] = {0.5, 1, 10, 100, 1000, 10000};
    double scores[4];
    bool is_bad[4] = {false};
    model = small_model_sparse(FAMILY_BINOMIAL, 5, weights);
    csv_table_read_libsvm(&table, "1 1:1 3:2 9:7\n0\n1 5:0.5 8:1\n0 2:-1 4:3\n");
    open_scorer();
    read_all(scores, is_bad);
    ck_assert(scores[0] == 201.5 && scores[1] == 0.5);
    ck_assert(scores[2] == 5000.5 && scores[3] == 2990.5);
    ck_assert(!is_bad[0] && !is_bad[1] && !is_bad[2] && !is_bad[3]);
}
END_TEST

START_TEST(a_sparse_model_scores_dense_columns_of_its_inputs)
{
    static const double weights[] = {0.5, 1, 10};
    double scores[2];
    bool is_bad[2] = {false};
    model = small_model_sparse(FAMILY_BINOMIAL, 2, weights);
    csv_table_read(&table, "2,y\n3,1\n0,0\n");
    open_scorer();
    read_all(scores, is_bad);
    ck_assert(scores[0] == 30.5 && scores[1] == 0.5);
}
END_TEST

START_TEST(what_does_not_fit_the_budget_is_refused)
{
    struct error err = {0};
    budget_start(&budget, 100);
    model = small_model_binomial(solution);
    csv_table_read(&table, "age,ses\n1,low\n");
    ck_assert_ptr_null(score_table_new(model, table.table, &budget, &err));
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

static void fail_each_allocation(void)
{
    for (long n = 0; !scorer; n++) {
        struct error err = {0};
        memory_fail_after(n);
        scorer = score_table_new(model, table.table, &budget, &err);
        memory_fail_after(-1);
        ck_assert(scorer || err.code == ERROR_NO_MEMORY);
        ck_assert(scorer || budget_used(&budget) == 0);
    }
}

START_TEST(every_allocation_may_fail)
{
    static const double weights[] = {0.5, 1, 10};
    model = small_model_binomial(solution);
    csv_table_read(&table, "age,ses\n1,low\n");
    fail_each_allocation();
    teardown();
    model = small_model_sparse(FAMILY_BINOMIAL, 2, weights);
    csv_table_read_libsvm(&table, "1 1:1\n0 2:1\n");
    fail_each_allocation();
}
END_TEST

TCase *score_table_test(void)
{
    TCase *tests = tcase_create("score_table");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_score_with_the_bits_of_predict);
    tcase_add_test(tests, logits_do_too);
    tcase_add_test(tests, rows_in_which_an_expression_has_no_value_are_told);
    tcase_add_test(tests, cells_that_cannot_be_used_are_told);
    tcase_add_test(tests, a_table_that_lacks_a_column_is_refused);
    tcase_add_test(tests, sparse_rows_score_from_their_entries);
    tcase_add_test(tests, a_sparse_model_scores_dense_columns_of_its_inputs);
    tcase_add_test(tests, what_does_not_fit_the_budget_is_refused);
    tcase_add_test(tests, every_allocation_may_fail);
    return tests;
}
