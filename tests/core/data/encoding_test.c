#include "core/data/encoding.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct encoding *encoding;

static void setup(void)
{
    csv_table_read(&table, "age,rank,ses,code\n"
                           "20,3,low,7.0\n"
                           "30,1,high,x\n"
                           "40,2,mid,007\n"
                           "50,10,low,7\n"
                           "60,2.5,high,8.0\n");
}

static void teardown(void)
{
    encoding_free(encoding);
    encoding = NULL;
    csv_table_free(&table);
}

static const struct input_request requests[] = {
    {.name = "ses", .type = -1, .reference = "low"},
    {.name = "age", .type = -1, .missing = MISSING_DROP},
    {.name = "rank", .type = COLUMN_CATEGORICAL},
};

static void build(void)
{
    struct error err = {0};
    encoding = encoding_build(table.table, requests, 3, NULL, NULL, &err);
    ck_assert_msg(encoding != NULL, "%s", err.message);
}

static void check_terms(const char *expected)
{
    struct buffer terms = BUFFER_EMPTY;
    for (size_t j = 0; j < encoding->n_columns; j++) {
        encoding_write_column(encoding, j, &terms);
        buffer_append_byte(&terms, ' ');
    }
    ck_assert_str_eq(terms.bytes, expected);
    buffer_free(&terms);
}

START_TEST(inputs_become_columns_by_treatment_coding)
{
    build();
    ck_assert_uint_eq(encoding->n_inputs, 3);
    check_terms("ses[high] ses[mid] age rank[2] rank[2.5] rank[3] rank[10] ");
    ck_assert_uint_eq(encoding->terms[1].first_column, 2);
    ck_assert_int_eq(encoding->inputs[1].missing, MISSING_DROP);
}
END_TEST

START_TEST(cells_expand_to_rows_of_the_design)
{
    build();
    /* ses high, mid, low; age; rank 1, 2.5, 10 */
    const double cells[] = {0, 33, 0, 2, -1, 2, 1, 0, 4};
    const double expected[3][7] = {
        {1, 0, 33, 0, 0, 0, 0}, {0, 1, -1, 0, 1, 0, 0}, {0, 0, 0, 0, 0, 0, 1}};
    double x[3][7];
    encoding_expand(encoding, cells, 3, x[0]);
    ck_assert_mem_eq(x, expected, sizeof(x));
}
END_TEST

START_TEST(inputs_and_levels_are_found)
{
    build();
    ck_assert_uint_eq(encoding_find_input(encoding, "rank", 4), 2);
    ck_assert_uint_eq(encoding_find_input(encoding, "ran", 3), SIZE_MAX);
    ck_assert_uint_eq(input_find_level(&encoding->inputs[0], "mid", 3), 2);
    ck_assert_uint_eq(input_find_level(&encoding->inputs[0], "MID", 3), SIZE_MAX);
    ck_assert_uint_eq(input_find_level(&encoding->inputs[2], "2.5", 3), 2);
    ck_assert_uint_eq(input_find_level(&encoding->inputs[2], "2.50", 4), 2);
    ck_assert_uint_eq(input_find_level(&encoding->inputs[2], "4.0", 3), SIZE_MAX);
    ck_assert_uint_eq(input_find_level(&encoding->inputs[0], "1", 1), SIZE_MAX);
    ck_assert_uint_eq(input_find_level_number(&encoding->inputs[2], 3), 3);
    ck_assert_uint_eq(input_find_level_number(&encoding->inputs[2], 4), SIZE_MAX);
    ck_assert_uint_eq(input_find_level_number(&encoding->inputs[0], 1), SIZE_MAX);
}
END_TEST

START_TEST(a_number_finds_the_level_that_is_written_like_it_or_the_only_equal_one)
{
    const struct input_request code = {.name = "code", .type = -1};
    encoding = encoding_build(table.table, &code, 1, NULL, NULL, NULL);
    ck_assert_uint_eq(input_find_level_number(&encoding->inputs[0], 7),
                      input_find_level(&encoding->inputs[0], "7", 1));
    ck_assert_uint_eq(input_find_level_number(&encoding->inputs[0], 8),
                      input_find_level(&encoding->inputs[0], "8.0", 3));
}
END_TEST

START_TEST(rows_left_out_bring_no_levels)
{
    const unsigned char keep[] = {1, 0, 1, 1, 0};
    encoding = encoding_build(table.table, requests, 3, NULL, keep, NULL);
    check_terms("ses[mid] age rank[3] rank[10] ");
    ck_assert_uint_eq(encoding->inputs[0].levels[0].n_rows, 2);
}
END_TEST

static const struct {
    struct input_request request;
    enum error_code code;
} refused[] = {
    {{.name = "sex", .type = -1}, ERROR_UNKNOWN_COLUMN},
    {{.name = "ses", .type = -1, .reference = "none"}, ERROR_UNKNOWN_LEVEL},
    {{.name = "rank", .type = COLUMN_CATEGORICAL, .reference = "4"}, ERROR_UNKNOWN_LEVEL},
    {{.name = "ses", .type = COLUMN_NUMERIC}, ERROR_INVALID},
    {{.name = "rank", .type = -1, .reference = "3"}, ERROR_INVALID},
};

START_TEST(what_cannot_be_encoded_is_refused)
{
    struct error err = {0};
    ck_assert_ptr_null(
        encoding_build(table.table, &refused[_i].request, 1, NULL, NULL, &err));
    ck_assert_int_eq(err.code, refused[_i].code);
    ck_assert_str_eq(err.place, refused[_i].request.name);
}
END_TEST

START_TEST(no_features_are_refused)
{
    struct error err = {0};
    ck_assert_ptr_null(encoding_build(table.table, NULL, 0, NULL, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_NO_FEATURES);
}
END_TEST

START_TEST(a_column_without_cells_has_no_levels)
{
    const unsigned char keep[] = {0, 0, 0, 0, 0};
    struct error err = {0};
    ck_assert_ptr_null(encoding_build(table.table, requests, 3, NULL, keep, &err));
    ck_assert_int_eq(err.code, ERROR_MISSING_VALUE);
}
END_TEST

/* ---- as bytes ---- */

static struct encoding *unpack(const struct buffer *bytes, size_t n, struct error *err)
{
    struct pack_reader in = {(const unsigned char *)bytes->bytes, n, 0, false};
    return encoding_unpack(&in, err);
}

START_TEST(an_encoding_comes_back_from_its_bytes)
{
    struct buffer bytes = BUFFER_EMPTY, again = BUFFER_EMPTY;
    build();
    encoding_pack(encoding, &bytes);
    encoding_free(encoding);
    encoding = unpack(&bytes, bytes.n_bytes, NULL);
    ck_assert_ptr_nonnull(encoding);
    check_terms("ses[high] ses[mid] age rank[2] rank[2.5] rank[3] rank[10] ");
    ck_assert_uint_eq(input_find_level_number(&encoding->inputs[2], 10), 4);
    encoding_pack(encoding, &again);
    ck_assert_uint_eq(again.n_bytes, bytes.n_bytes);
    ck_assert_mem_eq(again.bytes, bytes.bytes, bytes.n_bytes);
    buffer_free(&bytes);
    buffer_free(&again);
}
END_TEST

START_TEST(damaged_bytes_are_corrupt_or_read)
{
    struct buffer bytes = BUFFER_EMPTY;
    build();
    encoding_pack(encoding, &bytes);
    for (size_t at = 0; at < bytes.n_bytes; at++) {
        struct error err = {0};
        ck_assert_ptr_null(unpack(&bytes, at, &err));
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        for (int change = 1; change < 256; change += 23) {
            struct error why = {0};
            bytes.bytes[at] = (char)(bytes.bytes[at] ^ change);
            struct encoding *read = unpack(&bytes, bytes.n_bytes, &why);
            ck_assert(read || why.code == ERROR_CORRUPT);
            encoding_free(read);
            bytes.bytes[at] = (char)(bytes.bytes[at] ^ change);
        }
    }
    buffer_free(&bytes);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct encoding *built =
            encoding_build(table.table, requests, 3, NULL, NULL, &err);
        memory_fail_after(-1);
        encoding_free(built);
        if (built)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *encoding_test(void)
{
    TCase *tests = tcase_create("encoding");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, inputs_become_columns_by_treatment_coding);
    tcase_add_test(tests, cells_expand_to_rows_of_the_design);
    tcase_add_test(tests, inputs_and_levels_are_found);
    tcase_add_test(
        tests, a_number_finds_the_level_that_is_written_like_it_or_the_only_equal_one);
    tcase_add_test(tests, rows_left_out_bring_no_levels);
    tcase_add_loop_test(tests, what_cannot_be_encoded_is_refused, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(tests, no_features_are_refused);
    tcase_add_test(tests, a_column_without_cells_has_no_levels);
    tcase_add_test(tests, an_encoding_comes_back_from_its_bytes);
    tcase_add_test(tests, damaged_bytes_are_corrupt_or_read);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
