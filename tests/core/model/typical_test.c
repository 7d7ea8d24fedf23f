#include "core/model/typical.h"

#include <check.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/model/estimate.h"
#include "tests/support/suite.h"

static struct typical typical, other;
static struct buffer bytes;
static struct error err;

static void setup(void)
{
    const double means[] = {-1e300, 0.1, 0}, spreads[] = {0, 1.0 / 3, 1e-300};
    typical.means = memory_copy(means, sizeof(means), NULL);
    typical.spreads = memory_copy(spreads, sizeof(spreads), NULL);
    typical.response_centre = -2.5;
    typical.response_scale = 4;
}

static void teardown(void)
{
    typical_free(&typical);
    typical_free(&other);
    buffer_free(&bytes);
    error_clear(&err);
}

static int read_back(size_t n_columns)
{
    struct pack_reader in = {.bytes = (const void *)bytes.bytes,
                             .n_bytes = bytes.n_bytes};
    typical_free(&other);
    return typical_unpack(&other, n_columns, &in, &err);
}

static void check_same(void)
{
    ck_assert_mem_eq(other.means, typical.means, 3 * sizeof(double));
    ck_assert_mem_eq(other.spreads, typical.spreads, 3 * sizeof(double));
    ck_assert_double_eq(other.response_centre, -2.5);
    ck_assert_double_eq(other.response_scale, 4);
}

START_TEST(what_is_packed_comes_back_bit_for_bit)
{
    typical_pack(&typical, 3, &bytes);
    ck_assert_int_eq(read_back(3), 0);
    check_same();
}
END_TEST

START_TEST(rows_of_which_nothing_is_known_stay_unknown)
{
    struct typical nothing = {0};
    typical_pack(&nothing, 3, &bytes);
    ck_assert_int_eq(read_back(3), 0);
    ck_assert_ptr_null(other.means);
    ck_assert_int_eq(typical_copy(&other, &nothing, 3, &err), 0);
    ck_assert_ptr_null(other.spreads);
}
END_TEST

START_TEST(numbers_that_no_fit_could_have_made_are_corrupt)
{
    const double bad[] = {NAN, INFINITY, -1};
    for (size_t i = 0; i < 3; i++) {
        buffer_clear(&bytes);
        typical.spreads[1] = bad[i];
        typical_pack(&typical, 3, &bytes);
        ck_assert_int_eq(read_back(3), -1);
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
        error_clear(&err);
    }
    typical.spreads[1] = 1;
    buffer_clear(&bytes);
    typical_pack(&typical, 3, &bytes);
    ck_assert_int_eq(read_back(2), -1);
}
END_TEST

START_TEST(a_copy_needs_memory_and_is_its_own)
{
    for (long n = 0; n < 2; n++) {
        memory_fail_after(n);
        int status = typical_copy(&other, &typical, 3, &err);
        memory_fail_after(-1);
        ck_assert_int_eq(status, -1);
        error_clear(&err);
    }
    ck_assert_int_eq(typical_copy(&other, &typical, 3, &err), 0);
    ck_assert_ptr_ne(other.means, typical.means);
    check_same();
}
END_TEST

/* Rows (2, 10) with weight 1, (4, 10) with weight 3: means 3.5 and 10, spreads √0.75, 0.
 */
START_TEST(a_fit_says_where_its_columns_lie)
{
    double x[] = {2, 10, 4, 10, 4, 10, 4, 10}, y[] = {10, 14, 10, 12};
    struct design design = {
        .n_rows = 4, .n_columns = 2, .n_blocks = 1, .sum_weights = 4, .x = x, .y = y};
    struct estimate_options options = {.family = FAMILY_GAUSSIAN,
                                       .algorithm = "auto",
                                       .intercept = true,
                                       .confidence = .95,
                                       .solver = {.max_iterations = 100,
                                                  .tolerance = 1e-8,
                                                  .batch_size = 32,
                                                  .max_epochs = 100}};
    static const char *const algorithms[] = {"newton", "adagrad"};
    for (size_t i = 0; i < 2; i++) {
        struct pool *pool = pool_new(1, 0, NULL);
        struct estimate estimate = {0};
        options.algorithm = algorithms[i];
        ck_assert_msg(estimate_run(&design, &options, NULL, pool, &estimate, &err) == 0,
                      "%s", err.message);
        ck_assert_double_eq_tol(estimate.typical.means[0], 3.5, 1e-15);
        ck_assert_double_eq_tol(estimate.typical.means[1], 10, 1e-15);
        ck_assert_double_eq_tol(estimate.typical.spreads[0], sqrt(.75), 1e-15);
        ck_assert_double_eq(estimate.typical.spreads[1], 0);
        ck_assert_double_eq_tol(estimate.typical.response_centre, 11.5, 1e-14);
        ck_assert_double_eq(estimate.typical.response_scale, 2);
        estimate_free(&estimate);
        pool_free(pool);
    }
}
END_TEST

TCase *typical_test(void)
{
    TCase *tcase = tcase_create("typical");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_packed_comes_back_bit_for_bit);
    tcase_add_test(tcase, rows_of_which_nothing_is_known_stay_unknown);
    tcase_add_test(tcase, numbers_that_no_fit_could_have_made_are_corrupt);
    tcase_add_test(tcase, a_copy_needs_memory_and_is_its_own);
    tcase_add_test(tcase, a_fit_says_where_its_columns_lie);
    return tcase;
}
