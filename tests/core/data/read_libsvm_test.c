#include "core/data/read_libsvm.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/csv_table.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static struct csv_table table;

static void teardown(void)
{
    csv_table_free(&table);
}

static double number(size_t j, uint64_t row)
{
    double value;
    table_read_numbers(table.table, j, row, 1, &value);
    return value;
}

START_TEST(labels_and_entries_become_columns)
{
    csv_table_read_libsvm(&table, "+1 2:0.5 10:1 # first\n\n-1 1:3\n");
    const struct summary *summary = table_summary(table.table);
    ck_assert_uint_eq(summary->n_rows, 2);
    ck_assert_uint_eq(summary->n_columns, 4);
    ck_assert_str_eq(summary->columns[0].name, "label");
    ck_assert_str_eq(summary->columns[1].name, "1");
    ck_assert_str_eq(summary->columns[3].name, "10");
    ck_assert(number(0, 0) == 1 && number(0, 1) == -1);
    ck_assert(number(1, 0) == 0 && number(1, 1) == 3 && number(3, 0) == 1);
}
END_TEST

/* Files of this form that other programs write, all of the same three rows. */
static const char *const writings[] = {
    "1 1:0.5 3:2\n0\n1 3:-1\n",
    "1.0 3:2.0 1:5e-1\r\n0.0 \r\n1.0 3:-1.00 \r\n",
    "\xef\xbb\xbf+1\t1:.5\t3:2 # a comment\n\n+0\n+1 3:-1 1:0",
    "1 |f 1:0.5 3:2\n0 |f\n1 |f 3:-1\n",
};

START_TEST(what_is_the_same_is_read_alike)
{
    csv_table_read_libsvm(&table, writings[0]);
    for (size_t i = 1; i < LENGTH(writings); i++) {
        struct csv_table other = {0};
        csv_table_read_libsvm(&other, writings[i]);
        ck_assert_uint_eq(other.bytes.n_bytes, table.bytes.n_bytes);
        ck_assert_int_eq(
            memcmp(other.bytes.bytes, table.bytes.bytes, table.bytes.n_bytes), 0);
        csv_table_free(&other);
    }
}
END_TEST

static const struct {
    const char *text;
    enum error_code code;
    const char *place;
} malformed[] = {
    {"", ERROR_NO_ROWS, ""},
    {"\n# only a comment\n", ERROR_NO_ROWS, ""},
    {"spam 1:1\n", ERROR_NOT_A_NUMBER, "row 1, column label"},
    {"1 1:1\nnan 1:1\n", ERROR_NOT_A_NUMBER, "row 2, column label"},
    {"1e309 1:1\n", ERROR_NOT_A_NUMBER, "row 1, column label"},
    {"1 1:1\n1,2 1:1\n", ERROR_UNSUPPORTED, "row 2, column label"},
    {"1 qid:1 1:1\n", ERROR_UNSUPPORTED, "row 1"},
    {"1:1 2:2\n", ERROR_BAD_LIBSVM, "row 1, column label"},
    {"1 1:1 1:2\n", ERROR_DUPLICATE_COLUMN, "row 1, column 1"},
    {"1 4:x\n", ERROR_NOT_A_NUMBER, "row 1, column 4"},
    {"1 4:inf\n", ERROR_NON_FINITE, "row 1, column 4"},
    {"1 four:4\n", ERROR_BAD_LIBSVM, "row 1"},
    {"age,income\n1,2\n", ERROR_UNSUPPORTED, "row 1, column label"},
};

START_TEST(a_malformed_file_says_where)
{
    struct error err = {0};
    const char *text = malformed[_i].text;
    ck_assert_int_eq(csv_table_try_libsvm(&table, text, strlen(text), &err), -1);
    ck_assert_msg(err.code == malformed[_i].code, "%s: %s", text, error_word(err.code));
    ck_assert_str_eq(err.place, malformed[_i].place);
}
END_TEST

static void note(void *context, const struct error *problem)
{
    struct buffer *told = context;
    buffer_printf(told, "%s %s\n", error_word(problem->code), problem->place);
}

START_TEST(all_bad_rows_are_told)
{
    static const char text[] = "x 1:1\n1 2:y\n1 1:1\n1 5\n";
    struct buffer told = BUFFER_EMPTY, out = BUFFER_EMPTY;
    struct summary summary = {0};
    struct error err = {0};
    int fd = csv_table_scratch();
    struct ingest *ingest = ingest_new(ingest_format_of("text/x-libsvm"),
                                       &ingest_defaults, buffer_sink(&out), fd, &err);
    ingest_tell_problems(ingest, note, &told);
    ck_assert_int_eq(ingest_push(ingest, text, sizeof(text) - 1, &err), 0);
    ck_assert_int_eq(ingest_finish(ingest, &summary, &err), -1);
    ck_assert_str_eq(err.place, "row 1, column label");
    ck_assert_str_eq(told.bytes, "not_a_number row 1, column label\n"
                                 "not_a_number row 2, column 2\n"
                                 "bad_libsvm row 4\n");
    ingest_free(ingest);
    buffer_free(&told);
    buffer_free(&out);
    close(fd);
}
END_TEST

START_TEST(a_file_that_has_bad_rows_alone_is_told_as_that)
{
    static const char text[] = "1 5\n";
    struct buffer told = BUFFER_EMPTY, out = BUFFER_EMPTY;
    struct summary summary = {0};
    struct error err = {0};
    int fd = csv_table_scratch();
    struct ingest *ingest = ingest_new(ingest_format_of("text/x-libsvm"),
                                       &ingest_defaults, buffer_sink(&out), fd, &err);
    ingest_tell_problems(ingest, note, &told);
    ck_assert_int_eq(ingest_push(ingest, text, sizeof(text) - 1, &err), 0);
    ck_assert_int_eq(ingest_finish(ingest, &summary, &err), -1);
    ck_assert_int_eq(err.code, ERROR_BAD_LIBSVM);
    ingest_free(ingest);
    buffer_free(&told);
    buffer_free(&out);
    close(fd);
}
END_TEST

TCase *read_libsvm_test(void)
{
    TCase *tcase = tcase_create("read_libsvm");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, labels_and_entries_become_columns);
    tcase_add_test(tcase, what_is_the_same_is_read_alike);
    tcase_add_loop_test(tcase, a_malformed_file_says_where, 0, LENGTH(malformed));
    tcase_add_test(tcase, all_bad_rows_are_told);
    tcase_add_test(tcase, a_file_that_has_bad_rows_alone_is_told_as_that);
    return tcase;
}
