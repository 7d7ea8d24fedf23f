#include "core/data/formula_table.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/kept_rows.h"
#include "core/data/target.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct formula formula;
static struct formula_table made;

static void setup(void)
{
    csv_table_read(&table, "x,g,n,z\n"
                           "1,a,2,1\n"
                           "2,b,4,\n"
                           "-3,,8,3\n"
                           "4,a,16,4\n");
}

static void teardown(void)
{
    formula_table_free(&made);
    formula_free(&formula);
    csv_table_free(&table);
}

static void parse(const char *text)
{
    struct error err = {0};
    formula_table_free(&made);
    formula_free(&formula);
    ck_assert_msg(formula_parse(&formula, text, strlen(text), NULL, 0, &err) == 0, "%s",
                  err.message);
}

static void make(const char *text)
{
    struct error err = {0};
    parse(text);
    ck_assert_msg(formula_table_make(&made, &formula, table.table, &err) == 0, "%s",
                  err.message);
}

static void expect(size_t column, const double *expected)
{
    double values[4];
    table_read_numbers(made.table, column, 0, 4, values);
    for (size_t i = 0; i < 4; i++)
        ck_assert_msg(values[i] == expected[i] ||
                          (isnan(values[i]) && isnan(expected[i])),
                      "row %zu: %g", i + 1, values[i]);
    for (size_t i = 0; i < 4; i++) { /* by any rows */
        table_read_numbers(made.table, column, i, 1, &values[i]);
        ck_assert(values[i] == expected[i] || isnan(expected[i]));
    }
}

START_TEST(what_is_worked_out_stands_behind_the_columns)
{
    make("x > 1 ~ z + offset(n/2) + offset(x)");
    const struct summary *summary = table_summary(made.table);
    ck_assert_uint_eq(summary->n_columns, 6);
    ck_assert_str_eq(summary->columns[4].name, "x > 1");
    ck_assert_str_eq(summary->columns[5].name, "n/2 + x");
    ck_assert_uint_eq(summary->columns[4].n_missing, 0);
    expect(4, (double[]){0, 1, 0, 1});
    expect(5, (double[]){2, 4, 1, 12});
    expect(0, (double[]){1, 2, -3, 4});
    expect(2, (double[]){2, 4, 8, 16});
}
END_TEST

START_TEST(a_missing_cell_makes_a_missing_one)
{
    make("x + z > 0 ~ n + offset(z)");
    ck_assert_uint_eq(table_summary(made.table)->columns[4].n_missing, 1);
    expect(4, (double[]){1, NAN, 0, 1});
    ck_assert_uint_eq(table_summary(made.table)->n_columns, 5); /* z is one already */
    ck_assert_str_eq(formula.offset, "z");
    make("g == \"a\" ~ x");
    ck_assert_uint_eq(table_summary(made.table)->columns[4].n_missing, 1);
    expect(4, (double[]){1, 0, NAN, 1});
}
END_TEST

START_TEST(a_text_that_no_row_has_is_equal_to_none)
{
    make("g == \"zz\" ~ x");
    expect(4, (double[]){0, 0, NAN, 0});
    make("g != \"zz\" ~ x");
    expect(4, (double[]){1, 1, NAN, 1});
}
END_TEST

START_TEST(columns_of_the_data_are_not_worked_out)
{
    make("x ~ z + offset(n)");
    ck_assert_ptr_null(made.table);
    make("C(g) ~ x");
    ck_assert_ptr_null(made.table);
}
END_TEST

/* As everything else reads them. */
START_TEST(they_are_columns_like_others)
{
    struct target target = {0};
    unsigned char keep[] = {1, 1, 1, 1};
    double y[3];
    make("2*z ~ x");
    kept_rows_drop_missing(made.table, 4, keep);
    ck_assert(keep[0] && !keep[1] && keep[2] && keep[3]);
    ck_assert_int_eq(target_find_classes(&target, made.table, 4, keep, 3, NULL), 0);
    ck_assert_uint_eq(target.n_classes, 3);
    ck_assert_str_eq(target.classes[1].text, "6");
    kept_rows_read_numbers(made.table, 4, keep, NULL, y);
    ck_assert(y[0] == 2 && y[1] == 6 && y[2] == 8);
    target_free(&target);
}
END_TEST

START_TEST(what_has_no_number_is_found)
{
    struct error err = {0};
    unsigned char keep[] = {1, 1, 0, 1};
    make("log(x) ~ z + offset(sqrt(x))");
    ck_assert_int_eq(formula_table_check(&made, keep, &err), 0);
    ck_assert_int_eq(formula_table_check(&made, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "row 3, term sqrt(x)");
    make("z > 0 ~ x + offset(-log(x)) + offset(1/(n - 8))"); /* inf - inf */
    expect(5, (double[]){-1. / 6, -log(2) - .25, INFINITY, -log(4) + .125});
}
END_TEST

START_TEST(sparse_columns_are_worked_with)
{
    struct csv_table sparse = {0};
    struct error err = {0};
    double values[3];
    csv_table_read_libsvm(&sparse, "1 2:0.5 7:2\n-1 7:1\n1 3:4\n");
    parse("`7` + label > 1 ~ `2`");
    ck_assert_int_eq(formula_table_make(&made, &formula, sparse.table, &err), 0);
    size_t n = table_summary(made.table)->n_columns;
    ck_assert_uint_eq(table_first_sparse(made.table), 1);
    table_read_numbers(made.table, n - 1, 0, 3, values);
    ck_assert(values[0] == 1 && values[1] == 0 && values[2] == 0);
    table_read_numbers(made.table, n - 2, 0, 3, values);
    ck_assert(values[0] == 2 && values[1] == 1 && values[2] == 0);
    formula_table_free(&made);
    csv_table_free(&sparse);
}
END_TEST

static const struct {
    const char *text;
    enum error_code code;
    const char *place;
} refusals[] = {
    {"zz > 1 ~ x", ERROR_UNKNOWN_COLUMN, "zz"},
    {"log(g) ~ x", ERROR_NOT_A_NUMBER, "g"},
    {"x == \"1\" ~ n", ERROR_INVALID_TYPE, "x"},
    {"x ~ n + offset(x*zz)", ERROR_UNKNOWN_COLUMN, "zz"},
};

START_TEST(columns_must_be_there_and_of_the_right_kind)
{
    struct error err = {0};
    parse(refusals[_i].text);
    ck_assert_int_eq(formula_table_make(&made, &formula, table.table, &err), -1);
    ck_assert_int_eq(err.code, refusals[_i].code);
    ck_assert_str_eq(err.place, refusals[_i].place);
    ck_assert_ptr_null(made.table);
}
END_TEST

/* More variables than there is room for at a time, in more rows than a piece. */
START_TEST(many_columns_and_rows_are_read_in_pieces)
{
    enum { N_ROWS = 5000, N_COLUMNS = 40 };
    struct buffer text = BUFFER_EMPTY, csv = BUFFER_EMPTY;
    static double values[N_ROWS];
    for (size_t j = 0; j < N_COLUMNS; j++) {
        buffer_printf(&text, "%sv%zu", j > 0 ? " + " : "", j);
        buffer_printf(&csv, "%sv%zu", j > 0 ? "," : "", j);
    }
    buffer_append_string(&text, " ~ x");
    for (size_t i = 0; i < N_ROWS; i++)
        for (size_t j = 0; j < N_COLUMNS; j++)
            buffer_printf(&csv, "%s%zu", j > 0 ? "," : "\n", i * j % 1000);
    csv_table_free(&table);
    csv_table_read(&table, csv.bytes);
    make(text.bytes);
    table_read_numbers(made.table, N_COLUMNS, 0, N_ROWS, values);
    for (size_t i = 0; i < N_ROWS; i++) {
        double expected = 0;
        for (size_t j = 0; j < N_COLUMNS; j++)
            expected += (double)(i * j % 1000);
        ck_assert_double_eq(values[i], expected);
    }
    buffer_free(&text);
    buffer_free(&csv);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
    parse("log(x + 5) > 1 & g == \"a\" ~ z + offset(n*x) + offset(n)");
    long n = 0;
    for (bool has_failed = true; has_failed; n++) {
        struct error err = {0};
        memory_fail_after(n);
        has_failed = formula_table_make(&made, &formula, table.table, &err) < 0;
        memory_fail_after(-1);
        ck_assert(has_failed == (made.table == NULL));
        ck_assert(!has_failed || err.code == ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 20);
}
END_TEST

TCase *formula_table_test(void)
{
    TCase *tests = tcase_create("formula_table");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_worked_out_stands_behind_the_columns);
    tcase_add_test(tests, a_missing_cell_makes_a_missing_one);
    tcase_add_test(tests, a_text_that_no_row_has_is_equal_to_none);
    tcase_add_test(tests, columns_of_the_data_are_not_worked_out);
    tcase_add_test(tests, they_are_columns_like_others);
    tcase_add_test(tests, what_has_no_number_is_found);
    tcase_add_test(tests, sparse_columns_are_worked_with);
    tcase_add_loop_test(tests, columns_must_be_there_and_of_the_right_kind, 0,
                        sizeof(refusals) / sizeof(*refusals));
    tcase_add_test(tests, many_columns_and_rows_are_read_in_pieces);
    tcase_add_test(tests, each_allocation_may_fail);
    return tests;
}
