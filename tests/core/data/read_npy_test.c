#include "core/data/read_npy.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define NPY "application/x-npy"

static struct csv_table table;
static struct buffer file;

static void teardown(void)
{
    csv_table_free(&table);
    buffer_free(&file);
}

/* As numpy.lib.format.write_array_header_1_0 does: the data begin at a multiple of 64. */
static void begin_file(const char *type, const char *order, const char *shape)
{
    char dict[200];
    int n = snprintf(dict, sizeof(dict),
                     "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", type, order,
                     shape);
    size_t n_dict = (size_t)(10 + n + 1 + 63) / 64 * 64 - 10;
    buffer_clear(&file);
    buffer_append(&file, "\x93NUMPY\x01\0", 8);
    buffer_append_byte(&file, (char)n_dict);
    buffer_append_byte(&file, (char)(n_dict >> 8));
    buffer_append(&file, dict, (size_t)n);
    while (file.n_bytes < 10 + n_dict - 1)
        buffer_append_byte(&file, ' ');
    buffer_append_byte(&file, '\n');
}

static void add_number(double value)
{
    buffer_append(&file, &value, sizeof(value));
}

static int try_file(size_t piece, struct error *err)
{
    csv_table_free(&table);
    return csv_table_try_type(&table, NPY, file.bytes, file.n_bytes, piece, err);
}

static void read_file(size_t piece)
{
    struct error err = {0};
    if (try_file(piece, &err) < 0)
        ck_abort_msg("%s (%s)", err.message, err.place);
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

/* ---- what comes in ---- */

START_TEST(rows_become_numbered_columns_in_pieces_of_any_size)
{
    static const double values[] = {1, 2.5, NAN, -0.0, 1e300, 6};
    begin_file("<f8", "False", "3, 2");
    for (size_t i = 0; i < LENGTH(values); i++)
        add_number(values[i]);
    for (size_t piece = 1; piece <= file.n_bytes; piece++) {
        read_file(piece);
        ck_assert_uint_eq(table_summary(table.table)->n_rows, 3);
        ck_assert_uint_eq(table_summary(table.table)->n_columns, 2);
        ck_assert_str_eq(column(0)->name, "c1");
        ck_assert_str_eq(column(1)->name, "c2");
        ck_assert_uint_eq(column(0)->n_missing, 1);
        ck_assert(number(0, 0) == 1 && isnan(number(0, 1)) && number(0, 2) == 1e300);
        ck_assert(number(1, 0) == 2.5 && number(1, 2) == 6);
        ck_assert(signbit(number(1, 1)));
    }
}
END_TEST

START_TEST(fortran_order_gives_the_same_table)
{
    struct csv_table c_order;
    begin_file("<f8", "False", "3, 2, 4");
    for (int i = 0; i < 24; i++)
        add_number(i);
    read_file(SIZE_MAX);
    c_order = table;
    table = (struct csv_table){0};
    begin_file("<f8", "True", "3, 2, 4");
    for (int k = 0; k < 4; k++)
        for (int j = 0; j < 2; j++)
            for (int i = 0; i < 3; i++)
                add_number(8 * i + 4 * j + k);
    for (size_t piece = 1; piece <= file.n_bytes; piece += 7) {
        read_file(piece);
        ck_assert_uint_eq(table.bytes.n_bytes, c_order.bytes.n_bytes);
        ck_assert_int_eq(
            memcmp(table.bytes.bytes, c_order.bytes.bytes, table.bytes.n_bytes), 0);
    }
    csv_table_free(&c_order);
}
END_TEST

START_TEST(many_rows_in_fortran_order_come_back)
{
    enum { N = 30000, D = 50 };
    char shape[32];
    snprintf(shape, sizeof(shape), "%d, %d", N, D);
    begin_file("<f8", "True", shape);
    for (int j = 0; j < D; j++)
        for (int i = 0; i < N; i++)
            add_number(i * 100 + j);
    read_file(65536);
    for (int j = 0; j < D; j += 7)
        for (int i = 0; i < N; i += 97)
            ck_assert(number((size_t)j, (uint64_t)i) == i * 100 + j);
}
END_TEST

START_TEST(one_dimension_is_one_column)
{
    static const char *const orders[] = {"False", "True"};
    for (size_t k = 0; k < 2; k++) {
        begin_file("|u1", orders[k], "4,");
        buffer_append(&file, "\x00\x01\xff\x07", 4);
        read_file(1);
        ck_assert_uint_eq(table_summary(table.table)->n_columns, 1);
        ck_assert_uint_eq(table_summary(table.table)->n_rows, 4);
        ck_assert(number(0, 2) == 255 && number(0, 3) == 7);
    }
}
END_TEST

START_TEST(dimensions_behind_the_first_are_one_row)
{
    begin_file(">i2", "False", "2, 2, 3");
    for (char i = 0; i < 12; i++)
        buffer_append(&file, (char[]){1, i}, 2);
    read_file(5);
    ck_assert_uint_eq(table_summary(table.table)->n_rows, 2);
    ck_assert_uint_eq(table_summary(table.table)->n_columns, 6);
    ck_assert(number(0, 0) == 256 && number(5, 0) == 261 && number(4, 1) == 266);
}
END_TEST

/* ---- what is refused ---- */

static const struct {
    const char *type, *order, *shape;
    size_t n_data_bytes;
    enum error_code code;
    const char *place;
} refused[] = {
    {"<f8", "False", "3,", 23, ERROR_BAD_NPY, "byte 151"},
    {"<f8", "False", "3,", 25, ERROR_BAD_NPY, "byte 152"},
    {"<f8", "True", "3, 2", 47, ERROR_BAD_NPY, "byte 175"},
    {"<f8", "True", "3, 2", 49, ERROR_BAD_NPY, "byte 176"},
    {"<f8", "False", "3,", 0, ERROR_BAD_NPY, "byte 128"},
    {"<f8", "False", "0, 2", 0, ERROR_NO_ROWS, "byte 128"},
    {"<f8", "False", "2, 0", 0, ERROR_INVALID, "byte 128"},
    {"<f8", "False", "", 8, ERROR_INVALID, "byte 128"},
    {"<f8", "False", "2, 65537", 16, ERROR_TOO_LARGE, "byte 128"},
    {"<f8", "False", "2, 4096, 4096, 999999999999999999", 16, ERROR_TOO_LARGE,
     "byte 128"},
    {"<f8", "False", "999999999999999999, 60000", 16, ERROR_TOO_LARGE, "byte 128"},
    {"|O", "False", "3,", 16, ERROR_UNSUPPORTED, "byte 20"},
    {"<c16", "False", "3,", 48, ERROR_UNSUPPORTED, "byte 20"},
};

START_TEST(a_file_that_does_not_fit_its_header_is_refused)
{
    struct error err = {0};
    begin_file(refused[_i].type, refused[_i].order, refused[_i].shape);
    ck_assert_uint_eq(file.n_bytes, 128);
    for (size_t i = 0; i < refused[_i].n_data_bytes; i++)
        buffer_append_byte(&file, '\0');
    ck_assert_int_eq(try_file(9, &err), -1);
    ck_assert_msg(err.code == refused[_i].code, "%d: %s", _i, err.message);
    ck_assert_msg(strcmp(err.place, refused[_i].place) == 0, "%d: %s", _i, err.place);
}
END_TEST

START_TEST(a_header_that_is_cut_off_is_refused)
{
    begin_file("<f8", "False", "3,");
    for (size_t n = 0; n < 128; n++) {
        struct error err = {0};
        ck_assert_int_eq(csv_table_try_type(&table, NPY, file.bytes, n, SIZE_MAX, &err),
                         -1);
        ck_assert_int_eq(err.code, n == 0 ? ERROR_NO_ROWS : ERROR_BAD_NPY);
    }
}
END_TEST

static void note(void *context, const struct error *problem)
{
    buffer_printf(context, "%s %s\n", error_word(problem->code), problem->place);
}

static const char *const orders[] = {"False", "True"};

START_TEST(what_is_infinite_is_told_for_each_column)
{
    struct buffer told = BUFFER_EMPTY, out = BUFFER_EMPTY;
    struct summary summary = {0};
    struct error err = {0};
    int fd = csv_table_scratch();
    begin_file("<f8", orders[_i], "2, 2");
    add_number(1);
    add_number(_i == 0 ? -INFINITY : INFINITY);
    add_number(_i == 0 ? INFINITY : -INFINITY);
    add_number(1);
    struct ingest *ingest =
        ingest_new(ingest_format_of(NPY), &ingest_defaults, buffer_sink(&out), fd, &err);
    ingest_tell_problems(ingest, note, &told);
    ck_assert_int_eq(ingest_push(ingest, file.bytes, file.n_bytes, &err), 0);
    ck_assert_int_eq(ingest_finish(ingest, &summary, &err), -1);
    ck_assert_str_eq(told.bytes, "non_finite row 2, column c1\n"
                                 "non_finite row 1, column c2\n");
    ingest_free(ingest);
    buffer_free(&told);
    buffer_free(&out);
    close(fd);
}
END_TEST

START_TEST(each_failed_allocation_is_told_and_leaves_nothing)
{
    begin_file("<f8", orders[_i], "2, 2");
    for (int i = 0; i < 4; i++)
        add_number(i);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = try_file(5, &err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_int_lt(n, 1000);
    }
}
END_TEST

START_TEST(a_scratch_file_that_fails_ends_it)
{
    struct buffer out = BUFFER_EMPTY;
    struct error err = {0};
    begin_file("<f8", "True", "2, 2");
    add_number(1);
    struct ingest *ingest =
        ingest_new(ingest_format_of(NPY), &ingest_defaults, buffer_sink(&out), -1, &err);
    ck_assert_int_eq(ingest_push(ingest, file.bytes, file.n_bytes, &err), -1);
    ck_assert_int_eq(err.code, ERROR_IO);
    ingest_free(ingest);
    buffer_free(&out);
}
END_TEST

TCase *read_npy_test(void)
{
    TCase *tests = tcase_create("read_npy");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, rows_become_numbered_columns_in_pieces_of_any_size);
    tcase_add_test(tests, fortran_order_gives_the_same_table);
    tcase_add_test(tests, many_rows_in_fortran_order_come_back);
    tcase_add_test(tests, one_dimension_is_one_column);
    tcase_add_test(tests, dimensions_behind_the_first_are_one_row);
    tcase_add_loop_test(tests, a_file_that_does_not_fit_its_header_is_refused, 0,
                        LENGTH(refused));
    tcase_add_test(tests, a_header_that_is_cut_off_is_refused);
    tcase_add_loop_test(tests, what_is_infinite_is_told_for_each_column, 0, 2);
    tcase_add_loop_test(tests, each_failed_allocation_is_told_and_leaves_nothing, 0, 2);
    tcase_add_test(tests, a_scratch_file_that_fails_ends_it);
    return tests;
}
