#include "core/data/ingest.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;

static void teardown(void)
{
    csv_table_free(&table);
}

static const struct column_summary *column(size_t j)
{
    return &table_summary(table.table)->columns[j];
}

static double number(size_t j, uint64_t row)
{
    double value;
    table_read_numbers(table.table, j, row, 1, &value);
    return value;
}

/* "" for a missing one. */
static const char *text(size_t j, uint64_t row)
{
    uint32_t code;
    table_read_codes(table.table, j, row, 1, &code);
    return code == TABLE_MISSING_CODE ? "" : column(j)->levels[code].text;
}

static void read_with(const struct ingest_options *options, const char *csv)
{
    struct error err = {0};
    ck_assert_msg(csv_table_try(&table, csv, strlen(csv), options, &err) == 0, "%s",
                  err.message);
}

/* ---- what comes in ---- */

START_TEST(numbers_and_texts_become_typed_columns)
{
    csv_table_read(&table, "admit,gre,ses\n1,380,low\n0,660.5,high\n1,,low\n0,520,NA\n");
    const struct summary *summary = table_summary(table.table);
    ck_assert_uint_eq(summary->n_rows, 4);
    ck_assert_uint_eq(summary->n_columns, 3);
    ck_assert_str_eq(column(1)->name, "gre");
    ck_assert_int_eq(column(1)->type, COLUMN_NUMERIC);
    ck_assert_uint_eq(column(1)->n_missing, 1);
    ck_assert(column(1)->min == 380 && column(1)->max == 660.5);
    ck_assert(number(1, 1) == 660.5);
    ck_assert(isnan(number(1, 2)));
    ck_assert_int_eq(column(2)->type, COLUMN_CATEGORICAL);
    ck_assert_uint_eq(column(2)->n_levels, 2);
    ck_assert_str_eq(column(2)->levels[0].text, "high");
    ck_assert_uint_eq(column(2)->levels[1].n_rows, 2);
    ck_assert_uint_eq(column(2)->n_missing, 1);
    ck_assert_str_eq(text(2, 1), "high");
    ck_assert_str_eq(text(2, 3), "");
}
END_TEST

START_TEST(a_column_of_numbers_with_one_text_at_the_end_keeps_every_text)
{
    csv_table_read(&table, "id\n7\n007\n7.0\n1e3\n-0\n+5\n.5\n0.00001\nx\n7\n");
    ck_assert_int_eq(column(0)->type, COLUMN_CATEGORICAL);
    static const char *const written[] = {"7",  "007", "7.0",     "1e3", "-0",
                                          "+5", ".5",  "0.00001", "x",   "7"};
    for (uint64_t row = 0; row < 10; row++)
        ck_assert_str_eq(text(0, row), written[row]);
    ck_assert_uint_eq(column(0)->n_levels, 9);
}
END_TEST

START_TEST(numbers_may_be_written_in_any_way)
{
    csv_table_read(&table, "x\n7\n007\n7.50\n1e3\n-0\n+5\n.5\n0.00001\n\"12\"\n 8 \n");
    ck_assert_int_eq(column(0)->type, COLUMN_NUMERIC);
    static const double values[] = {7, 7, 7.5, 1000, -0.0, 5, 0.5, 0.00001, 12, 8};
    for (uint64_t row = 0; row < 10; row++)
        ck_assert(number(0, row) == values[row]);
    ck_assert(signbit(number(0, 4)));
}
END_TEST

START_TEST(what_is_missing_is_not_quoted)
{
    csv_table_read(&table, "a,b\nNA,\"NA\"\n?,\"\"\nNaN,x\n,\"?\"\n1,na\n");
    ck_assert_uint_eq(column(0)->n_missing, 4);
    ck_assert_int_eq(column(0)->type, COLUMN_NUMERIC);
    ck_assert_uint_eq(column(1)->n_missing, 1);
    ck_assert_str_eq(text(1, 0), "NA");
    ck_assert_str_eq(text(1, 3), "?");
    ck_assert_str_eq(text(1, 4), "na");
}
END_TEST

START_TEST(what_is_missing_can_be_said)
{
    static const char *const na[] = {"-9", "none"};
    struct ingest_options options = ingest_defaults;
    options.na = na;
    options.n_na = 2;
    read_with(&options, "a,b\n-9,none\n1,\n2,NA\n");
    ck_assert_uint_eq(column(0)->n_missing, 1);
    ck_assert_uint_eq(column(1)->n_missing, 1);
    ck_assert_uint_eq(column(1)->n_levels, 2); /* the empty text, NA */
    ck_assert_str_eq(column(1)->levels[1].text, "NA");
}
END_TEST

START_TEST(a_column_without_any_cell_is_numeric)
{
    csv_table_read(&table, "a,b\n1,NA\n2,\n");
    ck_assert_int_eq(column(1)->type, COLUMN_NUMERIC);
    ck_assert_uint_eq(column(1)->n_missing, 2);
    ck_assert(isnan(column(1)->min) && isnan(column(1)->mean) && isnan(column(1)->std));
}
END_TEST

START_TEST(words_that_are_not_finite_are_text_beside_text)
{
    csv_table_read(&table, "a,b\ninf,Infinity\nx,nan\n1,-INF\n");
    ck_assert_int_eq(column(0)->type, COLUMN_CATEGORICAL);
    ck_assert_str_eq(text(0, 0), "inf");
    ck_assert_str_eq(text(0, 2), "1");
    ck_assert_int_eq(column(1)->type, COLUMN_CATEGORICAL); /* no number beside them */
    ck_assert_uint_eq(column(1)->n_levels, 3);
}
END_TEST

START_TEST(the_format_decides_the_delimiter_unless_it_is_said)
{
    struct error err = {0};
    struct buffer bytes = BUFFER_EMPTY;
    struct summary summary = {0};
    int fd = csv_table_scratch();
    struct ingest *ingest = ingest_new(ingest_format_of("text/tab-separated-values"),
                                       &ingest_defaults, buffer_sink(&bytes), fd, &err);
    ck_assert_int_eq(ingest_push(ingest, "a\tb\n1\t2\n", 8, &err), 0);
    ck_assert_int_eq(ingest_finish(ingest, &summary, &err), 0);
    ck_assert_uint_eq(summary.n_columns, 2);
    ingest_free(ingest);
    summary_free(&summary);
    buffer_free(&bytes);
    close(fd);
    struct ingest_options options = ingest_defaults;
    options.delimiter = ';';
    options.quote = '\'';
    read_with(&options, "'a;b';c\n1;'x'\n");
    ck_assert_str_eq(column(0)->name, "a;b");
}
END_TEST

START_TEST(without_a_header_columns_are_numbered)
{
    struct ingest_options options = ingest_defaults;
    options.header = false;
    read_with(&options, "1,2\n3,4\n");
    ck_assert_str_eq(column(0)->name, "c1");
    ck_assert_str_eq(column(1)->name, "c2");
    ck_assert_uint_eq(table_summary(table.table)->n_rows, 2);
}
END_TEST

START_TEST(formats_are_found_by_their_type)
{
    ck_assert_str_eq(ingest_format_of("text/csv")->name, "csv");
    ck_assert_ptr_null(ingest_format_of("text/html"));
    size_t n = 0;
    while (ingest_format_at(n)) {
        ck_assert_ptr_eq(ingest_format_of(ingest_format_at(n)->content_type),
                         ingest_format_at(n));
        n++;
    }
    ck_assert_uint_eq(n, 6);
}
END_TEST

/* ---- what is refused ---- */

static const struct {
    const char *csv;
    enum error_code code;
    const char *place;
} refused[] = {
    {"", ERROR_NO_ROWS, ""},
    {"\n\n", ERROR_NO_ROWS, ""},
    {"a,b\n", ERROR_NO_ROWS, ""},
    {"a,b\n1,2\n3\n", ERROR_RAGGED_ROW, "row 3"},
    {"a,b\n1,2,3\n", ERROR_RAGGED_ROW, "row 2"},
    {"a,a\n1,2\n", ERROR_DUPLICATE_COLUMN, "column 2"},
    {"a,,c\n1,2,3\n", ERROR_BAD_COLUMN_NAME, "column 2"},
    {"\"a\tb\"\n1\n", ERROR_BAD_COLUMN_NAME, "column 1"},
    {"a,b\n1,2\n3,inf\n4,5\n", ERROR_NON_FINITE, "row 3, column b"},
    {"a,b\n1,-Infinity\n3,1\n", ERROR_NON_FINITE, "row 2, column b"},
    {"a,b\n1,1\n3,1e309\n", ERROR_NON_FINITE, "row 3, column b"},
    {"a\n1\nnan\n", ERROR_NON_FINITE, "row 3, column a"},
};

START_TEST(bad_files_are_refused_with_their_place)
{
    struct error err = {0};
    const char *csv = refused[_i].csv;
    ck_assert_int_eq(csv_table_try(&table, csv, strlen(csv), NULL, &err), -1);
    ck_assert_msg(err.code == refused[_i].code, "%s: %s", csv, err.message);
    ck_assert_str_eq(err.place, refused[_i].place);
}
END_TEST

START_TEST(a_ragged_row_tells_both_counts)
{
    struct error err = {0};
    const char *csv = "a,b\n1,2,3,4\n";
    ck_assert_int_eq(csv_table_try(&table, csv, strlen(csv), NULL, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.message, "4 cells"));
    ck_assert_ptr_nonnull(strstr(err.message, "header has 2"));
}
END_TEST

static void count_problem(void *context, const struct error *problem)
{
    struct buffer *places = context;
    buffer_printf(places, "%s;", problem->place);
}

/* The places of all problems of the text, and how the reading ends. */
static void check_problems(const char *csv, enum error_code code, const char *expected)
{
    struct buffer bytes = BUFFER_EMPTY, places = BUFFER_EMPTY;
    struct summary summary = {0};
    struct error err = {0};
    FILE *scratch = tmpfile();
    struct ingest *ingest = ingest_new(ingest_format_at(0), &ingest_defaults,
                                       buffer_sink(&bytes), fileno(scratch), NULL);
    ingest_tell_problems(ingest, count_problem, &places);
    ck_assert(ingest_push(ingest, csv, strlen(csv), &err) < 0 ||
              ingest_finish(ingest, &summary, &err) < 0);
    ck_assert_int_eq(err.code, code);
    ck_assert_str_eq(places.bytes ? places.bytes : "", expected);
    ingest_free(ingest);
    fclose(scratch);
    buffer_free(&bytes);
    buffer_free(&places);
}

START_TEST(all_problems_are_told)
{
    check_problems("a,b\n1\n1,2\n1,2,3\n\n4", ERROR_RAGGED_ROW, "row 2;row 4;row 5;");
    check_problems("a,b,c\n1,inf,1\nnan,inf,2\n1,1,3\n", ERROR_NON_FINITE,
                   "row 3, column a;row 2, column b;");
    check_problems("a,b\n1\n1,inf\n2,1\n", ERROR_RAGGED_ROW, "row 2;");
    check_problems("a,b\n1\n\"x", ERROR_BAD_CSV, "row 2;"); /* and what ended it */
    check_problems("a,b\n", ERROR_NO_ROWS, "");
}
END_TEST

START_TEST(a_file_full_of_problems_is_not_read_to_its_end)
{
    struct buffer csv = BUFFER_EMPTY, expected = BUFFER_EMPTY;
    buffer_append_string(&csv, "a,b\n");
    for (unsigned i = 0; i < 2 * INGEST_MOST_PROBLEMS; i++)
        buffer_append_string(&csv, "1\n");
    for (unsigned i = 0; i < INGEST_MOST_PROBLEMS; i++)
        buffer_printf(&expected, "row %u;", i + 2);
    check_problems(csv.bytes, ERROR_RAGGED_ROW, expected.bytes);
    buffer_free(&csv);
    buffer_free(&expected);
}
END_TEST

START_TEST(without_a_header_rows_are_counted_from_the_first)
{
    struct ingest_options options = ingest_defaults;
    struct error err = {0};
    options.header = false;
    const char *csv = "1\n2\ninf\n";
    ck_assert_int_eq(csv_table_try(&table, csv, strlen(csv), &options, &err), -1);
    ck_assert_str_eq(err.place, "row 3, column c1");
}
END_TEST

START_TEST(a_name_that_is_too_long_is_refused)
{
    struct buffer csv = BUFFER_EMPTY;
    struct error err = {0};
    for (int i = 0; i < 1025; i++)
        buffer_append_byte(&csv, 'n');
    buffer_append_string(&csv, "\n1\n");
    ck_assert_int_eq(csv_table_try(&table, csv.bytes, csv.n_bytes, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERROR_BAD_COLUMN_NAME);
    buffer_free(&csv);
}
END_TEST

/* ---- size, memory ---- */

START_TEST(many_rows_of_few_columns_come_back)
{
    struct buffer csv = BUFFER_EMPTY;
    enum { N = 200000 };
    buffer_append_string(&csv, "i,level,half\n");
    for (int i = 0; i < N; i++)
        buffer_printf(&csv, "%d,l%d,%d.50\n", i, i % 300, i);
    struct error err = {0};
    ck_assert_int_eq(csv_table_try(&table, csv.bytes, csv.n_bytes, NULL, &err), 0);
    ck_assert_uint_eq(column(1)->n_levels, 300);
    ck_assert(column(0)->max == N - 1);
    ck_assert(column(0)->mean == (N - 1) / 2.0);
    static double values[N];
    static uint32_t codes[N];
    table_read_numbers(table.table, 2, 0, N, values);
    table_read_codes(table.table, 1, 0, N, codes);
    for (int i = 0; i < N; i++) {
        char level[16];
        snprintf(level, sizeof(level), "l%d", i % 300);
        ck_assert(values[i] == i + 0.5);
        ck_assert_str_eq(column(1)->levels[codes[i]].text, level);
    }
    table_read_numbers(table.table, 0, 65530, 100, values);
    for (int i = 0; i < 100; i++)
        ck_assert(values[i] == 65530 + i);
    buffer_free(&csv);
}
END_TEST

START_TEST(a_column_turns_to_text_after_many_spooled_chunks)
{
    struct buffer csv = BUFFER_EMPTY;
    enum { N = 300000 };
    buffer_append_string(&csv, "id,x\n");
    for (int i = 0; i < N; i++)
        buffer_printf(&csv, "%0*d,%d\n", i % 3 + 1, i % 50, i);
    buffer_append_string(&csv, "text,1\n");
    struct error err = {0};
    ck_assert_int_eq(csv_table_try(&table, csv.bytes, csv.n_bytes, NULL, &err), 0);
    ck_assert_int_eq(column(0)->type, COLUMN_CATEGORICAL);
    for (int i = 0; i < N; i += 997) {
        char level[16];
        snprintf(level, sizeof(level), "%0*d", i % 3 + 1, i % 50);
        ck_assert_str_eq(text(0, (uint64_t)i), level);
    }
    ck_assert_str_eq(text(0, N), "text");
    buffer_free(&csv);
}
END_TEST

START_TEST(more_columns_than_a_chunk_holds_rows_come_back)
{
    struct buffer csv = BUFFER_EMPTY;
    enum { D = 20000, N = 40 };
    for (int j = 0; j < D; j++)
        buffer_printf(&csv, "%sx%d", j ? "," : "", j);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < D; j++)
            buffer_printf(&csv, "%s%d", j ? "," : "\n", i * j);
    struct error err = {0};
    ck_assert_int_eq(csv_table_try(&table, csv.bytes, csv.n_bytes, NULL, &err), 0);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < D; j += 777)
            ck_assert(number((size_t)j, (uint64_t)i) == i * j);
    buffer_free(&csv);
}
END_TEST

START_TEST(each_failed_allocation_is_told_and_leaves_nothing)
{
    const char *csv = "a,b,c\n1,x,007\n2,y,x\nNA,x,3\n";
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = csv_table_try(&table, csv, strlen(csv), NULL, &err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_int_lt(n, 1000);
    }
}
END_TEST

static int fail_to_write(void *context, const void *bytes, size_t n, struct error *err)
{
    size_t *left = context;
    (void)bytes;
    if (n > *left)
        return error_set(err, ERROR_NO_SPACE, "no space");
    *left -= n;
    return 0;
}

START_TEST(a_sink_that_fails_ends_it)
{
    struct summary summary = {0};
    for (size_t room = 0;; room += 16) {
        struct error err = {0};
        size_t left = room;
        int fd = csv_table_scratch();
        struct ingest *ingest =
            ingest_new(ingest_format_of("text/csv"), &ingest_defaults,
                       (struct byte_sink){fail_to_write, &left}, fd, &err);
        ck_assert_int_eq(ingest_push(ingest, "a,b\n1,x\n", 8, &err), 0);
        int result = ingest_finish(ingest, &summary, &err);
        ingest_free(ingest);
        close(fd);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_SPACE);
        ck_assert_uint_eq(summary.n_columns, 0);
    }
    summary_free(&summary);
}
END_TEST

START_TEST(a_scratch_file_that_fails_ends_it)
{
    struct error err = {0};
    size_t left = SIZE_MAX;
    struct ingest *ingest =
        ingest_new(ingest_format_of("text/csv"), &ingest_defaults,
                   (struct byte_sink){fail_to_write, &left}, -1, &err);
    int result = ingest_push(ingest, "a\n", 2, &err);
    for (int i = 0; result == 0 && i < 200000; i++)
        result = ingest_push(ingest, "1\n", 2, &err);
    struct summary summary = {0};
    if (result == 0)
        result = ingest_finish(ingest, &summary, &err);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_IO);
    ingest_free(ingest);
}
END_TEST

TCase *ingest_test(void)
{
    TCase *tests = tcase_create("ingest");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, numbers_and_texts_become_typed_columns);
    tcase_add_test(tests, a_column_of_numbers_with_one_text_at_the_end_keeps_every_text);
    tcase_add_test(tests, numbers_may_be_written_in_any_way);
    tcase_add_test(tests, what_is_missing_is_not_quoted);
    tcase_add_test(tests, what_is_missing_can_be_said);
    tcase_add_test(tests, a_column_without_any_cell_is_numeric);
    tcase_add_test(tests, words_that_are_not_finite_are_text_beside_text);
    tcase_add_test(tests, the_format_decides_the_delimiter_unless_it_is_said);
    tcase_add_test(tests, without_a_header_columns_are_numbered);
    tcase_add_test(tests, formats_are_found_by_their_type);
    tcase_add_loop_test(tests, bad_files_are_refused_with_their_place, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(tests, a_ragged_row_tells_both_counts);
    tcase_add_test(tests, all_problems_are_told);
    tcase_add_test(tests, a_file_full_of_problems_is_not_read_to_its_end);
    tcase_add_test(tests, without_a_header_rows_are_counted_from_the_first);
    tcase_add_test(tests, a_name_that_is_too_long_is_refused);
    tcase_add_test(tests, many_rows_of_few_columns_come_back);
    tcase_add_test(tests, a_column_turns_to_text_after_many_spooled_chunks);
    tcase_add_test(tests, more_columns_than_a_chunk_holds_rows_come_back);
    tcase_add_test(tests, each_failed_allocation_is_told_and_leaves_nothing);
    tcase_add_test(tests, a_sink_that_fails_ends_it);
    tcase_add_test(tests, a_scratch_file_that_fails_ends_it);
    return tests;
}
