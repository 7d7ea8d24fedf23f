#include "core/model/addenda.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"

static struct addenda addenda;
static struct buffer bytes;

static double *numbers(size_t n, double first)
{
    double *made = memory_new(n, sizeof(*made), NULL);
    for (size_t i = 0; i < n; i++)
        made[i] = first + (double)i;
    return made;
}

static void setup(void)
{
    addenda = (struct addenda){.has_statistics = true,
                               .covariance = COVARIANCE_CLUSTER,
                               .profile = true,
                               .confidence = .9,
                               .n_clusters = 12,
                               .wald_statistic = 3,
                               .wald_df = 2,
                               .wald_p_value = NAN,
                               .score_statistic = -0.0,
                               .score_df = 7,
                               .score_p_value = 0x1p-1074,
                               .n_term_tests = 1,
                               .n_inflations = 2,
                               .n_effects = 1,
                               .n_residuals = 3,
                               .prior_l1 = 1,
                               .prior_l2 = 2,
                               .prior_variance = 3,
                               .prior_scale = 4,
                               .n_prior = 2};
    addenda.term_tests = memory_new(1, sizeof(*addenda.term_tests), NULL);
    addenda.term_tests[0] = (struct addenda_term_test){2, 1.5, 2.5, 3.5};
    addenda.inflations = memory_new(2, sizeof(*addenda.inflations), NULL);
    addenda.inflations[1] = (struct addenda_inflation){2, 1.5, 2.5};
    addenda.effects = memory_new(1, sizeof(*addenda.effects), NULL);
    addenda.effects[0] = (struct addenda_effect){2, 1, true, 1, 2, 3, 4, 5, 6};
    addenda.deviance_residuals = numbers(3, 1);
    addenda.pearson_residuals = numbers(3, 11);
    addenda.leverages = numbers(3, 21);
    addenda.rows = memory_new(3, sizeof(*addenda.rows), NULL);
    addenda.rows[2] = 77;
    addenda.prior_variances = numbers(2, INFINITY);
    addenda.prior_scales = numbers(2, 5);
    addenda_pack(&addenda, &bytes);
}

static void teardown(void)
{
    addenda_free(&addenda);
    buffer_free(&bytes);
}

static int unpack(size_t n_bytes, struct addenda *read, struct error *err)
{
    struct pack_reader in = {.bytes = (const unsigned char *)bytes.bytes,
                             .n_bytes = n_bytes};
    return addenda_unpack(read, &in, err);
}

START_TEST(addenda_come_back_bit_for_bit)
{
    struct addenda read = {0};
    struct buffer again = BUFFER_EMPTY;
    ck_assert_int_eq(unpack(bytes.n_bytes, &read, NULL), 0);
    addenda_pack(&read, &again);
    ck_assert_uint_eq(again.n_bytes, bytes.n_bytes);
    ck_assert_mem_eq(again.bytes, bytes.bytes, bytes.n_bytes);
    ck_assert_int_eq(read.covariance, COVARIANCE_CLUSTER);
    ck_assert(read.profile && read.has_statistics && !read.is_penalised);
    ck_assert_uint_eq(read.rows[2], 77);
    ck_assert_double_eq(read.leverages[2], 23);
    ck_assert(read.effects[0].is_difference && read.effects[0].ci_high == 6);
    addenda_free(&read);
    buffer_free(&again);
}
END_TEST

START_TEST(nothing_comes_back_as_nothing)
{
    struct addenda nothing = {0}, read;
    buffer_clear(&bytes);
    addenda_pack(&nothing, &bytes);
    ck_assert_int_eq(unpack(bytes.n_bytes, &read, NULL), 0);
    ck_assert(read.n_residuals == 0 && !read.rows && read.n_prior == 0);
    ck_assert(addenda_fit(&read, 0, 0, 0));
    addenda_free(&read);
}
END_TEST

START_TEST(addenda_cut_anywhere_are_corrupt)
{
    for (size_t n = 0; n < bytes.n_bytes; n++) {
        struct addenda read = {.n_clusters = 99};
        struct error err = {0};
        ck_assert_int_lt(unpack(n, &read, &err), 0);
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        ck_assert_uint_eq(read.n_clusters, 99);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0;; n++) {
        struct addenda read = {0};
        struct error err = {0};
        memory_fail_after(n);
        int status = unpack(bytes.n_bytes, &read, &err);
        memory_fail_after(-1);
        addenda_free(&read);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(numbers_that_name_nothing_do_not_fit)
{
    ck_assert(addenda_fit(&addenda, 3, 2, 3));
    ck_assert(!addenda_fit(&addenda, 2, 2, 3));
    ck_assert(!addenda_fit(&addenda, 3, 1, 3));
    ck_assert(!addenda_fit(&addenda, 3, 2, 2));
    ck_assert(!addenda_fit(&addenda, 3, 3, 3)); /* priors of two columns */
}
END_TEST

TCase *addenda_test(void)
{
    TCase *tests = tcase_create("addenda");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, addenda_come_back_bit_for_bit);
    tcase_add_test(tests, nothing_comes_back_as_nothing);
    tcase_add_test(tests, addenda_cut_anywhere_are_corrupt);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_test(tests, numbers_that_name_nothing_do_not_fit);
    return tests;
}
