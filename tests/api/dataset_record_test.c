#include "api/dataset_record.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "core/base/memory.h"
#include "core/base/pack.h"
#include "tests/support/csv_table.h"
#include "tests/support/suite.h"

static struct csv_table table;
static struct dataset_record record;
static struct buffer packed;

static const char small_csv[] = "x,level\n1,a\n2,b\n4,a\n,\"\xc3\xa4 \"\"q\"\"\"\n";

static void describe(const char *csv)
{
    csv_table_read(&table, csv);
    record = (struct dataset_record){.name = memory_copy_string("a name", NULL),
                                     .format = memory_copy_string("csv", NULL),
                                     .n_bytes = strlen(csv),
                                     .summary = table.summary};
    table.summary = (struct summary){0};
    checksum_sha256_hex(csv, strlen(csv), record.sha256);
    dataset_record_pack(&record, &packed);
    ck_assert_int_eq(buffer_check(&packed, NULL), 0);
}

static void setup(void)
{
    packed = BUFFER_EMPTY;
}

static void teardown(void)
{
    memory_fail_after(-1);
    buffer_free(&packed);
    dataset_record_free(&record);
    csv_table_free(&table);
}

static struct store_record stored_with(const void *meta, size_t n)
{
    return (struct store_record){.kind = STORE_DATASET,
                                 .key = "ds_1",
                                 .created_at = 1234567890123456,
                                 .meta = meta,
                                 .meta_bytes = n};
}

static int unpack(struct dataset_record *found, size_t n, struct error *err)
{
    const struct store_record stored = stored_with(packed.bytes, n);
    return dataset_record_unpack(found, &stored, err);
}

START_TEST(a_record_comes_back)
{
    struct dataset_record found = {0};
    describe(small_csv);
    ck_assert_int_eq(unpack(&found, packed.n_bytes, NULL), 0);
    ck_assert_str_eq(found.name, "a name");
    ck_assert_str_eq(found.format, "csv");
    ck_assert_str_eq(found.sha256, record.sha256);
    ck_assert_uint_eq(found.n_bytes, record.n_bytes);
    ck_assert_uint_eq(found.summary.n_rows, 4);
    ck_assert_uint_eq(found.summary.n_columns, 2);
    ck_assert_str_eq(found.summary.columns[0].name, "x");
    ck_assert_uint_eq(found.summary.columns[0].n_missing, 1);
    ck_assert_double_eq(found.summary.columns[0].max, 4);
    ck_assert_uint_eq(found.summary.columns[1].n_levels, 3);
    dataset_record_free(&found);
    ck_assert_ptr_null(found.name);
}
END_TEST

START_TEST(a_name_may_be_missing)
{
    struct dataset_record found = {0};
    describe(small_csv);
    memory_free(record.name);
    record.name = NULL;
    buffer_clear(&packed);
    dataset_record_pack(&record, &packed);
    ck_assert_int_eq(unpack(&found, packed.n_bytes, NULL), 0);
    ck_assert_ptr_null(found.name);
    dataset_record_free(&found);
}
END_TEST

START_TEST(a_record_that_is_cut_or_too_long_is_damaged)
{
    describe(small_csv);
    for (size_t n = 0; n < packed.n_bytes; n++) {
        struct dataset_record found = {0};
        struct error err = {0};
        ck_assert_msg(unpack(&found, n, &err) == -1, "of %zu bytes", n);
        ck_assert(err.code == ERROR_CORRUPT || (n < 4 && err.code != ERROR_NONE));
        ck_assert_ptr_null(found.format);
    }
    struct dataset_record found = {0};
    struct error err = {0};
    buffer_append_byte(&packed, 'x');
    ck_assert_int_eq(unpack(&found, packed.n_bytes, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
}
END_TEST

START_TEST(a_record_of_another_format_is_not_guessed_at)
{
    struct dataset_record found = {0};
    struct error err = {0};
    describe(small_csv);
    packed.bytes[0]++;
    ck_assert_int_eq(unpack(&found, packed.n_bytes, &err), -1);
    ck_assert_int_eq(err.code, ERROR_FORMAT_VERSION);
}
END_TEST

static json_t *as_json(const struct store_record *stored)
{
    struct buffer out = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&out);
    dataset_record_write_json(&record, stored, &json);
    json_t *parsed = json_loadb(out.bytes, out.n_bytes, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(parsed != NULL, "%s", out.bytes);
    buffer_free(&out);
    return parsed;
}

static void expect_string(const json_t *object, const char *key, const char *expected)
{
    ck_assert_str_eq(json_string_value(json_object_get(object, key)), expected);
}

START_TEST(the_json_says_what_the_contract_says)
{
    describe(small_csv);
    struct store_record stored = stored_with(packed.bytes, packed.n_bytes);
    json_t *json = as_json(&stored);
    expect_string(json, "id", "ds_1");
    expect_string(json, "name", "a name");
    expect_string(json, "format", "csv");
    expect_string(json, "sha256", record.sha256);
    expect_string(json, "created_at", "2009-02-13T23:31:30.123456Z");
    ck_assert_int_eq(json_integer_value(json_object_get(json, "n_rows")), 4);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "bytes")),
                     (json_int_t)strlen(small_csv));
    ck_assert_ptr_null(json_object_get(json, "damaged"));
    const json_t *columns = json_object_get(json, "columns");
    const json_t *number = json_array_get(columns, 0);
    expect_string(number, "type", "numeric");
    /* Of 1, 2, 4: the mean 7/3, the sum of squares about it 14/3, so s = √(7/3). */
    ck_assert_double_eq_tol(json_number_value(json_object_get(number, "mean")), 7.0 / 3,
                            1e-15);
    ck_assert_double_eq_tol(json_number_value(json_object_get(number, "std")),
                            sqrt(7.0 / 3), 1e-15);
    const json_t *quantiles = json_object_get(number, "quantiles");
    ck_assert_uint_eq(json_object_size(quantiles), 7);
    ck_assert(json_number_value(json_object_get(quantiles, "0.5")) == 2);
    ck_assert(json_number_value(json_object_get(quantiles, "0.75")) == 3);
    const json_t *levels = json_object_get(json_array_get(columns, 1), "levels");
    expect_string(json_array_get(levels, 0), "level", "a");
    ck_assert_int_eq(
        json_integer_value(json_object_get(json_array_get(levels, 0), "count")), 2);
    expect_string(json_array_get(levels, 2), "level", "\xc3\xa4 \"q\"");
    json_decref(json);
}
END_TEST

START_TEST(a_damaged_dataset_says_so)
{
    describe(small_csv);
    struct store_record stored = stored_with(packed.bytes, packed.n_bytes);
    stored.damaged = true;
    json_t *json = as_json(&stored);
    ck_assert(json_is_true(json_object_get(json, "damaged")));
    json_decref(json);
}
END_TEST

START_TEST(moments_that_do_not_exist_are_null)
{
    describe("x,y\n1,\n,2\n,3\n");
    struct store_record stored = stored_with(packed.bytes, packed.n_bytes);
    json_t *json = as_json(&stored);
    const json_t *one = json_array_get(json_object_get(json, "columns"), 0);
    ck_assert(json_is_null(json_object_get(one, "std"))); /* of one number */
    ck_assert_double_eq(json_number_value(json_object_get(one, "mean")), 1);
    json_decref(json);
}
END_TEST

START_TEST(ids_are_all_different)
{
    char ids[100][DATASET_RECORD_ID_BYTES];
    for (size_t i = 0; i < 100; i++) {
        ck_assert_int_eq(dataset_record_new_id(ids[i], NULL), 0);
        ck_assert_int_eq(strncmp(ids[i], "ds_", 3), 0);
        ck_assert_uint_eq(strspn(ids[i] + 3, "0123456789abcdef"), 20);
        ck_assert_uint_eq(strlen(ids[i]), 23);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(ids[i], ids[j]);
    }
}
END_TEST

START_TEST(unpacking_without_memory_is_told)
{
    int result = -1;
    describe(small_csv);
    for (long n = 0; result < 0; n++) {
        struct dataset_record found = {0};
        struct error err = {0};
        memory_fail_after(n);
        result = unpack(&found, packed.n_bytes, &err);
        ck_assert_int_eq(result, memory_fail_after(-1) > n ? -1 : 0);
        if (result < 0)
            ck_assert_msg(err.code == ERROR_NO_MEMORY, "%ld: %s", n, err.message);
        dataset_record_free(&found);
    }
}
END_TEST

TCase *dataset_record_test(void)
{
    TCase *tcase = tcase_create("dataset_record");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_record_comes_back);
    tcase_add_test(tcase, a_name_may_be_missing);
    tcase_add_test(tcase, a_record_that_is_cut_or_too_long_is_damaged);
    tcase_add_test(tcase, a_record_of_another_format_is_not_guessed_at);
    tcase_add_test(tcase, the_json_says_what_the_contract_says);
    tcase_add_test(tcase, a_damaged_dataset_says_so);
    tcase_add_test(tcase, moments_that_do_not_exist_are_null);
    tcase_add_test(tcase, ids_are_all_different);
    tcase_add_test(tcase, unpacking_without_memory_is_told);
    return tcase;
}
