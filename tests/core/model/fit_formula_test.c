/* Fits of formulas: against fits of tables in which what a formula works out is written
 * out as columns. */
#include "core/model/fit_formula.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/model_file.h"
#include "tests/support/csv_table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { N_ROWS = 200 };

static struct csv_table table, other;
static struct fit_request request;
static struct fit_column columns[3];
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *model, *second;

/* y g x n z score; z is missing in some rows. Then what formulas make of them. */
static void write_row(struct buffer *csv, size_t i, bool is_written_out, double shift)
{
    struct random random = random_start(11, i);
    static const char *const levels[] = {"a", "b", "c"};
    double x = 4 * random_uniform(&random) + shift, n = (double)(1 + i % 9);
    double score = (x - 2) / 2 + 3 * random_uniform(&random);
    bool y = random_uniform(&random) < 1 / (1 + exp(2 - x));
    buffer_printf(csv, "%d,%s,%.17g,%.17g,", y, levels[i % 3], x, n);
    if (i % 10 != 7)
        buffer_printf(csv, "%zu", i % 4);
    buffer_printf(csv, ",%.17g", score);
    if (is_written_out)
        buffer_printf(csv, ",%d,%.17g,%.17g,%d,%.17g,%.17g", score > 1.5, log(x + 1),
                      log(n) + score / 2, i % 3 == 0, log(score + 9), x * x);
    buffer_append_byte(csv, '\n');
}

static void write_table(struct csv_table *into, bool is_written_out, double shift)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,g,x,n,z,score");
    buffer_append_string(&csv,
                         is_written_out ? ",high,log,offset,is_a,amount,square\n" : "\n");
    for (size_t i = 0; i < N_ROWS; i++)
        write_row(&csv, i, is_written_out, shift);
    csv_table_read(into, csv.bytes);
    buffer_free(&csv);
}

static void setup(void)
{
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    request = fit_defaults;
    write_table(&table, false, 0);
    write_table(&other, true, 0);
    for (size_t i = 0; i < COUNT(columns); i++)
        columns[i] = (struct fit_column){.type = -1, .missing = -1};
    request.columns = columns;
}

static void teardown(void)
{
    model_release(model);
    model_release(second);
    model = second = NULL;
    pool_free(pool);
    csv_table_free(&table);
    csv_table_free(&other);
}

static struct model *fit(const struct csv_table *data)
{
    struct error err = {0};
    struct model *made = fit_run(&request, data->table, &room, pool, NULL, &err);
    ck_assert_msg(made != NULL, "%s: %s (%s)", error_word(err.code), err.message,
                  err.place);
    return made;
}

static void expect_column(size_t column, const char *expected)
{
    struct buffer name = BUFFER_EMPTY;
    encoding_write_column(model->encoding, column, &name);
    ck_assert_str_eq(name.bytes, expected);
    buffer_free(&name);
}

/* ---- the same as columns written out ---- */

static void expect_same(void)
{
    size_t n = model->n_blocks * model->n_terms;
    ck_assert_uint_eq(n, second->n_blocks * second->n_terms);
    for (size_t i = 0; i < n; i++) {
        ck_assert(model->coefficients[i].estimate == second->coefficients[i].estimate);
        ck_assert(model->coefficients[i].std_error == second->coefficients[i].std_error ||
                  isnan(model->coefficients[i].std_error));
    }
    ck_assert(model->report.log_likelihood == second->report.log_likelihood);
    ck_assert_uint_eq(model->report.n_rows, second->report.n_rows);
}

static const char *const x_g[] = {"x", "g"}, *const log_g[] = {"log", "g"};
static const char *const g_square[] = {"g", "square"};

static const struct {
    const char *formula;
    /* the fields that say the same of the table with all columns */
    const char *target, *offset, *family;
    const char *const *features;
    size_t n_features;
    bool no_intercept;
} pairs[] = {
    {"y ~ x + g", "y", NULL, "auto", x_g, 2, false},
    {"y ~ x + C(g) + . - n - z - score", "y", NULL, "auto", x_g, 2, false},
    {"C(y) ~ x + factor(g)", "y", NULL, "auto", x_g, 2, false},
    {"y ~ x - 1", "y", NULL, "auto", x_g, 1, true},
    {"score > 1.5 ~ x + g", "high", NULL, "auto", x_g, 2, false},
    {"!(score <= 1.5) ~ x + g", "high", NULL, "auto", x_g, 2, false},
    {"y ~ log(x + 1) + g", "y", NULL, "auto", log_g, 2, false},
    {"y ~ x + g + offset(score)", "y", "score", "auto", x_g, 2, false},
    {"y ~ x + g + offset(log(n)) + offset(score/2)", "y", "offset", "auto", x_g, 2,
     false},
    {"g == 'a' ~ x", "is_a", NULL, "auto", x_g, 1, false},
    {"log(score + 9) ~ x + g", "amount", NULL, "gaussian", x_g, 2, false},
    {"log(score + 9) ~ log(x + 1) + g + offset(log(n) + score/2)", "amount", "offset",
     "gaussian", log_g, 2, false},
    {"g ~ log(x + 1)", "g", NULL, "multinomial", log_g, 1, false},
    {"y ~ g + I(x^2)", "y", NULL, "auto", g_square, 2, false},
    {"y ~ g + I(x*x)", "y", NULL, "auto", g_square, 2, false},
};

START_TEST(a_formula_is_what_its_columns_are_when_written_out)
{
    request.formula = pairs[_i].formula;
    request.family = pairs[_i].family;
    model = fit(&table);
    request.formula = NULL;
    request.target = pairs[_i].target;
    request.offset = pairs[_i].offset;
    request.features = pairs[_i].features;
    request.n_features = pairs[_i].n_features;
    request.intercept = !pairs[_i].no_intercept;
    second = fit(&other);
    expect_same();
}
END_TEST

/* Nine levels: such a design is stored by its entries. */
START_TEST(what_is_worked_out_goes_with_many_levels)
{
    static const char *const n[] = {"n"};
    request.formula = "score > 1.5 ~ C(n)";
    model = fit(&table);
    request.formula = NULL;
    request.target = "high";
    request.features = n;
    request.n_features = 1;
    request.n_columns = 1;
    columns[0].name = "n";
    columns[0].type = COLUMN_CATEGORICAL;
    second = fit(&other);
    expect_same();
}
END_TEST

/* As patsy has y ~ x*g: x and the levels, then their products. */
START_TEST(interactions_have_their_terms)
{
    static const char *const names[] = {"x", "g[b]", "g[c]", "x:g[b]", "x:g[c]"};
    request.formula = "y ~ x*g";
    model = fit(&table);
    ck_assert_uint_eq(model->encoding->n_columns, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        expect_column(i, names[i]);
}
END_TEST

START_TEST(a_model_knows_its_formula)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct error err = {0};
    request.formula = "score>1.5 ~ log(x+1) + offset(n/9) + offset(z)";
    request.missing = MISSING_DROP;
    model = fit(&table);
    model_file_write(model, &bytes);
    second = model_file_read(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_ptr_nonnull(second);
    ck_assert_str_eq(second->roles.formula, request.formula);
    ck_assert_str_eq(second->roles.target, "score > 1.5");
    ck_assert_str_eq(second->roles.offset, "n/9 + z");
    buffer_free(&bytes);
}
END_TEST

/* ---- rows ---- */

START_TEST(rows_without_a_cell_of_what_is_predicted_are_dropped)
{
    columns[0].name = "z";
    columns[0].missing = MISSING_DROP;
    request.n_columns = 1;
    request.formula = "z > 1 ~ x";
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_rows_dropped, N_ROWS / 10);
    model_release(model);
    request.formula = "y ~ x + offset(z + n)";
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_rows_dropped, N_ROWS / 10);
}
END_TEST

START_TEST(counts_may_be_worked_out)
{
    request.trials = "n";
    request.formula = "(x > 2)*1 ~ score";
    model = fit(&table);
    ck_assert_int_eq(model->family, FAMILY_BINOMIAL);
    ck_assert(isfinite(model->report.log_likelihood));
}
END_TEST

START_TEST(validation_works_out_the_same_of_its_table)
{
    struct csv_table held_out = {0}, written = {0};
    write_table(&held_out, false, .5);
    write_table(&written, true, .5);
    request.is_validated = true;
    request.validation_table = held_out.table;
    request.algorithm = "gradient_descent";
    request.solver.max_iterations = 5;
    request.formula = "score > 1.5 ~ log(x + 1) + offset(log(n) + score/2)";
    model = fit(&table);
    request.formula = NULL;
    request.target = "high";
    request.offset = "offset";
    request.features = log_g;
    request.n_features = 1;
    request.validation_table = written.table;
    second = fit(&other);
    expect_same();
    ck_assert(model->report.validation_loss == second->report.validation_loss);
    csv_table_free(&held_out);
    csv_table_free(&written);
}
END_TEST

START_TEST(a_share_of_the_rows_may_be_held_out)
{
    request.is_validated = true;
    request.validation_fraction = .25;
    request.formula = "score > 1.5 ~ x";
    model = fit(&table);
    request.formula = NULL;
    request.target = "high";
    request.features = x_g;
    request.n_features = 1;
    second = fit(&other);
    expect_same();
}
END_TEST

START_TEST(sparse_tables_have_formulas_too)
{
    struct csv_table sparse = {0};
    struct buffer text = BUFFER_EMPTY;
    for (int i = 0; i < 60; i++)
        buffer_printf(&text, "%d %d:1 %d:%d\n", i * 7 % 5, 2 + i % 3, 9 + i % 2,
                      i * i % 11);
    csv_table_read_libsvm(&sparse, text.bytes);
    request.l2 = .1;
    request.formula = "label > 2 ~ .";
    model = fit(&sparse);
    ck_assert_uint_eq(model->encoding->n_columns, 5);
    ck_assert(model->encoding->is_sparse);
    model_release(model);
    request.formula = "label > 2 ~ `2`*`9` + I(`10`^2)";
    model = fit(&sparse);
    expect_column(3, "2:9");
    csv_table_free(&sparse);
    buffer_free(&text);
}
END_TEST

static const struct {
    const char *formula;
    enum error_code code;
    const char *place, *message;
} late_refusals[] = {
    {"log(x - 1) ~ g", ERROR_NON_FINITE, "row ", "log(x - 1) has no finite value"},
    {"y ~ x + offset(1/(n - 1))", ERROR_NON_FINITE, "row 1, term 1/(n - 1)",
     "no finite value"},
    {"y ~ log(x - 1)", ERROR_NON_FINITE, "row ", "log(x - 1) has no finite value"},
    {"x > 99 ~ g", ERROR_SINGLE_CLASS, "/formula", "the same in every row"},
    {"y ~ C(n, ref=99)", ERROR_UNKNOWN_LEVEL, "/formula", "n"},
    {"y ~ I(n == \"99\")", ERROR_UNKNOWN_LEVEL, "/formula", "n"},
};

START_TEST(what_only_rows_tell_is_told_of_the_formula)
{
    struct error err = {0};
    request.formula = late_refusals[_i].formula;
    model = fit_run(&request, table.table, &room, pool, NULL, &err);
    ck_assert_ptr_null(model);
    ck_assert_msg(err.code == late_refusals[_i].code, "%s", error_word(err.code));
    ck_assert_msg(
        strncmp(err.place, late_refusals[_i].place, strlen(late_refusals[_i].place)) == 0,
        "%s", err.place);
    ck_assert_msg(strstr(err.message, late_refusals[_i].message) != NULL, "%s",
                  err.message);
}
END_TEST

/* ---- what is refused before ---- */

struct found {
    size_t n;
    struct error problems[16];
};

static void on_problem(void *context, const struct error *problem)
{
    struct found *found = context;
    ck_assert_uint_lt(found->n, COUNT(found->problems));
    found->problems[found->n++] = *problem;
}

static struct found check(const char *formula)
{
    struct found found = {0};
    request.formula = formula;
    ck_assert_uint_eq(fit_check(&request, &table.summary, on_problem, &found), found.n);
    return found;
}

static void expect_problem(const char *formula, enum error_code code, const char *place,
                           const char *message)
{
    struct found found = check(formula);
    ck_assert_msg(found.n == 1, "%s: %zu problems", formula, found.n);
    ck_assert_msg(found.problems[0].code == code, "%s: %s", formula,
                  found.problems[0].message);
    ck_assert_str_eq(found.problems[0].place, place);
    ck_assert_msg(strstr(found.problems[0].message, message) != NULL, "%s",
                  found.problems[0].message);
}

static const struct {
    const char *formula;
    enum error_code code;
    const char *place, *message;
} refusals[] = {
    {"y ~ x +", ERROR_BAD_FORMULA, "/formula", "position 8: expected"},
    {"y ~ x + zz", ERROR_UNKNOWN_COLUMN, "/formula", "position 9: column zz"},
    {"zz ~ x", ERROR_UNKNOWN_COLUMN, "/formula", "position 1: column zz"},
    {"y ~ log(zz)", ERROR_UNKNOWN_COLUMN, "/formula", "position 9: column zz"},
    {"y ~ x + offset(zz)", ERROR_UNKNOWN_COLUMN, "/formula", "position 16: column zz"},
    {"y ~ . - zz", ERROR_UNKNOWN_COLUMN, "/formula", "position 9: column zz"},
    {"y ~ log(g)", ERROR_INVALID, "/formula", "position 9: column g is categorical"},
    {"log(g) ~ x", ERROR_NOT_A_NUMBER, "/formula", "position 5: column g has text"},
    {"y ~ x + offset(g + 1)", ERROR_NOT_A_NUMBER, "/formula", "position 16: column g"},
    {"y ~ x + offset(g)", ERROR_NOT_A_NUMBER, "/formula", "column g has text"},
    {"n == \"1\" ~ x", ERROR_INVALID_TYPE, "/formula", "without quotes"},
    {"y ~ n + I(n == \"1\")", ERROR_INVALID, "/formula", "without quotes"},
    {"y ~ log(n) + C(n)", ERROR_INVALID, "/formula", "a number in one place"},
    {"g == \"zz\" ~ x", ERROR_UNKNOWN_LEVEL, "/formula", "a text that no row has"},
    {"y ~ I(g == \"zz\")", ERROR_UNKNOWN_LEVEL, "/formula", "a text that no row has"},
    {"y ~ C(g, ref=\"zz\")", ERROR_UNKNOWN_LEVEL, "/formula", "column g"},
    {"y ~ x + y", ERROR_INVALID, "/formula", "is the target"},
    {"log(x) ~ x", ERROR_INVALID, "/formula", "on both sides"},
    {"y ~ 0", ERROR_NO_FEATURES, "/formula", "no column is left"},
    {"z > 1 ~ x", ERROR_MISSING_VALUE, "/columns/z/missing", "20 of 200"},
    {"y ~ x + offset(z/2)", ERROR_MISSING_VALUE, "/columns/z/missing", "20 of 200"},
    {"y ~ x + offset(z)", ERROR_MISSING_VALUE, "/columns/z/missing", "20 of 200"},
    {"y ~ z", ERROR_MISSING_VALUE, "/columns/z/missing", "20 of 200"},
    {"y ~ log(z + 1)", ERROR_MISSING_VALUE, "/columns/z/missing", "20 of 200"},
};

START_TEST(problems_are_told_with_the_position)
{
    expect_problem(refusals[_i].formula, refusals[_i].code, refusals[_i].place,
                   refusals[_i].message);
}
END_TEST

START_TEST(fields_must_not_say_it_again)
{
    request.target = "y";
    expect_problem("y ~ x", ERROR_INVALID, "/target", "leave this out");
    request.target = NULL;
    request.features = x_g;
    expect_problem("y ~ x", ERROR_INVALID, "/features", "leave this out");
    request.features = NULL;
    request.offset = "score";
    expect_problem("y ~ x", ERROR_INVALID, "/offset", "offset(…)");
    request.offset = NULL;
    request.says_intercept = true;
    expect_problem("y ~ x - 1", ERROR_INVALID, "/intercept", "no intercept");
    ck_assert_uint_eq(check("y ~ x").n, 0);
    request.intercept = false;
    expect_problem("y ~ x", ERROR_INVALID, "/intercept", "an intercept");
    ck_assert_uint_eq(check("y ~ 0 + x").n, 0);
}
END_TEST

START_TEST(what_the_job_says_of_columns_goes_with_it)
{
    request.n_columns = 1;
    columns[0].name = "g";
    columns[0].reference = "b";
    ck_assert_uint_eq(check("y ~ g").n, 0);
    ck_assert_uint_eq(check("y ~ C(g, ref='b')").n, 0);
    expect_problem("y ~ C(g, ref='a')", ERROR_INVALID, "/columns/g/reference",
                   "another reference");
    columns[0].reference = "zz";
    expect_problem("y ~ g", ERROR_UNKNOWN_LEVEL, "/columns/g/reference", "this level");
    columns[0] = (struct fit_column){.name = "n", .type = -1, .missing = -1};
    columns[0].type = COLUMN_CATEGORICAL;
    ck_assert_uint_eq(check("y ~ n").n, 0);
    expect_problem("y ~ log(n)", ERROR_INVALID, "/formula", "is categorical");
    columns[0].type = COLUMN_NUMERIC;
    expect_problem("y ~ C(n)", ERROR_INVALID, "/formula", "numeric in \"columns\"");
    columns[0].ignore = true;
    columns[0].type = -1;
    expect_problem("y ~ n", ERROR_INVALID, "/formula", "position 5: column n is used");
    columns[0].ignore = false;
    columns[0].name = "zz";
    expect_problem("y ~ n", ERROR_UNKNOWN_COLUMN, "/columns/zz", "no column zz");
}
END_TEST

START_TEST(a_point_leaves_out_columns_with_another_role)
{
    request.n_columns = 2;
    columns[0].name = "z";
    columns[0].ignore = true;
    columns[1].name = "n";
    request.weights = "n";
    ck_assert_uint_eq(check("y ~ .").n, 0);
    model = fit(&table);
    ck_assert_uint_eq(model->encoding->n_inputs, 3); /* g, x, score */
    expect_problem("y ~ . + n", ERROR_INVALID, "/formula", "is the weights");
}
END_TEST

START_TEST(other_fields_are_checked_although_the_formula_is_bad)
{
    request.l2 = -1;
    request.weights = "g";
    struct found found = check("y ~ (");
    ck_assert_uint_eq(found.n, 3);
    ck_assert_str_eq(found.problems[0].place, "/formula");
    ck_assert_str_eq(found.problems[1].place, "/weights");
    ck_assert_str_eq(found.problems[2].place, "/penalty/l2");
}
END_TEST

START_TEST(penalty_factors_may_name_terms)
{
    static const struct fit_factor factors[] = {
        {"x:g", 0}, {"log(n + 1)", 2}, {"x", 1}, {"zz", 1}};
    request.l2 = .1;
    request.factors = factors;
    request.n_factors = 3;
    ck_assert_uint_eq(check("y ~ x*g + log(n + 1)").n, 0);
    model = fit(&table);
    request.n_factors = 4;
    expect_problem("y ~ x*g + log(n + 1)", ERROR_UNKNOWN_COLUMN, "/penalty/factors/zz",
                   "not a feature");
}
END_TEST

START_TEST(a_column_must_not_hide_what_is_worked_out)
{
    csv_table_free(&table);
    csv_table_read(&table, "x,x > 1,z\n1,0,1\n2,1,0\n");
    expect_problem("x > 1 ~ z", ERROR_BAD_FORMULA, "/formula", "in backquotes");
    ck_assert_uint_eq(check("`x > 1` ~ z").n, 0);
}
END_TEST

START_TEST(the_other_table_needs_the_columns)
{
    struct csv_table lacking = {0};
    csv_table_read(&lacking, "g,x\na,1\n");
    request.is_validated = true;
    request.validation_table = lacking.table;
    expect_problem("score > 1.5 ~ x", ERROR_UNKNOWN_COLUMN, "/validation/dataset",
                   "score");
    csv_table_free(&lacking);
}
END_TEST

/* ---- memory ---- */

START_TEST(each_allocation_of_checking_may_fail)
{
    long n = 0;
    request.formula = "score > 1.5 ~ x*C(g, ref='b') + log(n) + offset(n/2)";
    for (struct found found = {.n = 1}; found.n > 0; n++) {
        found.n = 0;
        memory_fail_after(n);
        size_t n_problems = fit_check(&request, &table.summary, on_problem, &found);
        memory_fail_after(-1);
        ck_assert_uint_eq(n_problems, found.n);
        ck_assert(found.n == 0 || found.problems[0].code == ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 40);
}
END_TEST

START_TEST(each_allocation_of_a_fit_may_fail)
{
    struct pool *alone = pool_new(1, 0, NULL);
    long n = 0;
    request.formula = "score > 1.5 ~ x:g + log(n) + offset(n/2)";
    request.statistics = 0;
    for (; !model; n++) {
        struct error err = {0};
        memory_fail_after(n);
        model = fit_run(&request, table.table, &room, alone, NULL, &err);
        memory_fail_after(-1);
        ck_assert(model || err.code == ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 100);
    pool_free(alone);
}
END_TEST

TCase *fit_formula_test(void)
{
    TCase *tests = tcase_create("fit_formula");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_formula_is_what_its_columns_are_when_written_out, 0,
                        COUNT(pairs));
    tcase_add_test(tests, what_is_worked_out_goes_with_many_levels);
    tcase_add_test(tests, interactions_have_their_terms);
    tcase_add_test(tests, a_model_knows_its_formula);
    tcase_add_test(tests, rows_without_a_cell_of_what_is_predicted_are_dropped);
    tcase_add_test(tests, counts_may_be_worked_out);
    tcase_add_test(tests, validation_works_out_the_same_of_its_table);
    tcase_add_test(tests, a_share_of_the_rows_may_be_held_out);
    tcase_add_test(tests, sparse_tables_have_formulas_too);
    tcase_add_loop_test(tests, what_only_rows_tell_is_told_of_the_formula, 0,
                        COUNT(late_refusals));
    tcase_add_loop_test(tests, problems_are_told_with_the_position, 0, COUNT(refusals));
    tcase_add_test(tests, fields_must_not_say_it_again);
    tcase_add_test(tests, what_the_job_says_of_columns_goes_with_it);
    tcase_add_test(tests, a_point_leaves_out_columns_with_another_role);
    tcase_add_test(tests, other_fields_are_checked_although_the_formula_is_bad);
    tcase_add_test(tests, penalty_factors_may_name_terms);
    tcase_add_test(tests, a_column_must_not_hide_what_is_worked_out);
    tcase_add_test(tests, the_other_table_needs_the_columns);
    tcase_add_test(tests, each_allocation_of_checking_may_fail);
    tcase_add_test(tests, each_allocation_of_a_fit_may_fail);
    return tests;
}
