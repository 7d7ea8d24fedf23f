#include "core/model/model_file.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/small_model.h"

static const double solution[] = {0.1, 1.0 / 3, -2e-300, 3e300, 8, 4, 5, -0.0};
static struct model *model;
static struct buffer bytes;

/* A model with all that may be odd: NaNs, signs of infinity, aliased terms, absent texts.
 */
static void write_model(struct model *made)
{
    model = made;
    model->coefficients[1].estimate = NAN;
    model->coefficients[1].infinite = -1;
    model->coefficients[2].infinite = 1;
    model->coefficients[3].aliased = true;
    model->roles.target = memory_copy_string("y", NULL);
    model->roles.offset = memory_copy_string("o", NULL);
    model->report.effort = (struct report_effort){2.25, 4096, 5};
    model->metadata = memory_copy_string("{\"ticket\":\"\\u00e9\"}", NULL);
    model_file_write(model, &bytes);
    ck_assert(!bytes.failed);
}

static void teardown(void)
{
    model_release(model);
    model = NULL;
    buffer_free(&bytes);
}

static void check_round_trip(void)
{
    struct buffer again = BUFFER_EMPTY;
    struct error err = {0};
    struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_msg(read != NULL, "%s", err.message);
    size_t n = model->n_blocks * model->n_terms;
    ck_assert_mem_eq(read->coefficients, model->coefficients,
                     n * sizeof(*read->coefficients));
    ck_assert_int_eq(read->family, model->family);
    ck_assert_str_eq(read->classes[1], model->classes[1]);
    ck_assert_uint_eq(read->positive, model->positive);
    ck_assert_uint_eq(read->reference, model->reference);
    ck_assert_str_eq(read->metadata, model->metadata);
    ck_assert_str_eq(read->roles.target, "y");
    ck_assert_ptr_null(read->roles.weights);
    ck_assert_ptr_null(read->roles.trials);
    ck_assert_str_eq(read->roles.offset, "o");
    ck_assert_ptr_null(read->dataset);
    ck_assert_str_eq(read->report.algorithm, "newton");
    model_file_write(read, &again);
    ck_assert_uint_eq(again.n_bytes, bytes.n_bytes);
    ck_assert_mem_eq(again.bytes, bytes.bytes, bytes.n_bytes);
    buffer_free(&again);
    model_release(read);
}

START_TEST(a_binomial_model_comes_back_bit_for_bit)
{
    write_model(small_model_binomial(solution));
    check_round_trip();
}
END_TEST

START_TEST(a_multinomial_model_comes_back_bit_for_bit)
{
    write_model(small_model_multinomial(solution));
    check_round_trip();
}
END_TEST

START_TEST(a_file_cut_anywhere_is_corrupt)
{
    write_model(small_model_multinomial(solution));
    for (size_t n = 0; n < bytes.n_bytes; n++) {
        struct error err = {0};
        char *cut = malloc(n > 0 ? n : 1);
        memcpy(cut, bytes.bytes, n);
        ck_assert_ptr_null(model_file_read(cut, n, &err));
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        ck_assert_ptr_null(model_file_read(cut, n, NULL));
        free(cut);
    }
}
END_TEST

START_TEST(bytes_behind_the_end_are_corrupt)
{
    struct error err = {0};
    write_model(small_model_binomial(solution));
    buffer_append_byte(&bytes, '\0');
    ck_assert_ptr_null(model_file_read(bytes.bytes, bytes.n_bytes, &err));
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
}
END_TEST

START_TEST(a_file_with_any_byte_changed_is_read_or_refused)
{
    write_model(small_model_multinomial(solution));
    for (size_t at = 0; at < bytes.n_bytes; at++) {
        char before = bytes.bytes[at];
        for (int change = 1; change < 256; change += 21) {
            struct error err = {0};
            bytes.bytes[at] = (char)(before ^ change);
            struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, &err);
            ck_assert(read || err.code == ERROR_CORRUPT ||
                      err.code == ERROR_FORMAT_VERSION);
            model_release(read);
        }
        bytes.bytes[at] = before;
    }
}
END_TEST

START_TEST(a_newer_format_is_told)
{
    struct error err = {0};
    write_model(small_model_binomial(solution));
    bytes.bytes[8] = (char)0x7f;
    ck_assert_ptr_null(model_file_read(bytes.bytes, bytes.n_bytes, &err));
    ck_assert_int_eq(err.code, ERROR_FORMAT_VERSION);
}
END_TEST

/* Format 5 is the same without how it was learnt online. */
#define LEARNING_BYTES 32U
#define BASELINE_BYTES 8U /* of none */
#define EFFORT_BYTES 24U

START_TEST(the_format_before_is_read_as_of_a_fit)
{
    struct error err = {0};
    write_model(small_model_binomial(solution));
    bytes.n_bytes -= LEARNING_BYTES + BASELINE_BYTES + EFFORT_BYTES;
    bytes.bytes[8] = 5;
    struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_msg(read != NULL, "%s", err.message);
    ck_assert_uint_eq(read->learning.n_steps, 0);
    ck_assert_str_eq(read->metadata, model->metadata);
    model_release(read);
}
END_TEST

/* Format 6 is that without where the cells lay. */
START_TEST(a_model_without_a_baseline_is_read)
{
    struct error err = {0};
    write_model(small_model_binomial(solution));
    bytes.n_bytes -= BASELINE_BYTES + EFFORT_BYTES;
    bytes.bytes[8] = 6;
    struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_msg(read != NULL, "%s", err.message);
    ck_assert_uint_eq(read->baseline.n_inputs, 0);
    model_release(read);
}
END_TEST

/* Format 7 is that without what the search took. */
START_TEST(a_model_that_does_not_know_its_effort_is_read)
{
    struct error err = {0};
    write_model(small_model_binomial(solution));
    bytes.n_bytes -= EFFORT_BYTES;
    bytes.bytes[8] = 7;
    struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_msg(read != NULL, "%s", err.message);
    ck_assert_double_nan(read->report.effort.passes);
    ck_assert_uint_eq(read->report.effort.sample_rows, 0);
    model_release(read);
}
END_TEST

/* Format 4 is that without what the rows were like. */
START_TEST(the_oldest_format_is_read_and_knows_nothing_of_the_rows)
{
    struct buffer typical = BUFFER_EMPTY;
    struct error err = {0};
    write_model(small_model_binomial(solution));
    typical_pack(&model->typical, model->encoding->n_columns, &typical);
    char *at = memmem(bytes.bytes, bytes.n_bytes, typical.bytes, typical.n_bytes);
    ck_assert_ptr_nonnull(at);
    size_t rest = bytes.n_bytes - (size_t)(at - bytes.bytes) - typical.n_bytes;
    memmove(at, at + typical.n_bytes, rest);
    bytes.n_bytes -= typical.n_bytes + LEARNING_BYTES + BASELINE_BYTES + EFFORT_BYTES;
    bytes.bytes[8] = 4;
    struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_msg(read != NULL, "%s", err.message);
    ck_assert_ptr_null(read->typical.means);
    ck_assert_mem_eq(read->weights, model->weights, 3 * sizeof(double));
    ck_assert_str_eq(read->metadata, model->metadata);
    model_release(read);
    buffer_free(&typical);
}
END_TEST

START_TEST(weights_that_are_not_finite_are_corrupt)
{
    struct error err = {0};
    struct model *made = small_model_binomial(solution);
    made->weights[1] = INFINITY;
    write_model(made);
    ck_assert_ptr_null(model_file_read(bytes.bytes, bytes.n_bytes, &err));
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    write_model(small_model_multinomial(solution));
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, &err);
        memory_fail_after(-1);
        model_release(read);
        if (read)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *model_file_test(void)
{
    TCase *tests = tcase_create("model_file");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, a_binomial_model_comes_back_bit_for_bit);
    tcase_add_test(tests, a_multinomial_model_comes_back_bit_for_bit);
    tcase_add_test(tests, a_file_cut_anywhere_is_corrupt);
    tcase_add_test(tests, bytes_behind_the_end_are_corrupt);
    tcase_add_test(tests, a_file_with_any_byte_changed_is_read_or_refused);
    tcase_add_test(tests, a_newer_format_is_told);
    tcase_add_test(tests, the_format_before_is_read_as_of_a_fit);
    tcase_add_test(tests, a_model_that_does_not_know_its_effort_is_read);
    tcase_add_test(tests, a_model_without_a_baseline_is_read);
    tcase_add_test(tests, the_oldest_format_is_read_and_knows_nothing_of_the_rows);
    tcase_add_test(tests, weights_that_are_not_finite_are_corrupt);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
