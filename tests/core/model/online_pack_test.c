#include "core/model/online_pack.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/online_stream.h"

static struct online_stream stream;
static struct online online, other;
static struct buffer head, numbers;
static struct error err;

static void learn(struct online *copy, size_t first)
{
    const struct design part = online_stream_part(&stream, first, 50);
    struct online_tally call = {0};
    ck_assert_int_eq(online_learn(copy, &part, 10, &call, &err), 0);
}

static void pack(void)
{
    buffer_clear(&head);
    buffer_clear(&numbers);
    online_pack_head(&online.head, &head);
    online_pack_numbers(&online, &numbers);
}

static void setup(void)
{
    const struct online_plan plan = {.algorithm = ONLINE_ADAGRAD,
                                     .l2 = 1e-3,
                                     .l1 = 1e-4,
                                     .schedule = SCHEDULE_INVERSE_SQRT};
    online_stream_draw(&stream, 3, 200, 3);
    online_stream_fit(&stream);
    ck_assert_int_eq(online_begin(&online, stream.model, &plan, &stream.rows, &err), 0);
    learn(&online, 0);
    pack();
}

static void teardown(void)
{
    online_free(&online);
    online_free(&other);
    online_stream_free(&stream);
    buffer_free(&head);
    buffer_free(&numbers);
    error_clear(&err);
}

static struct pack_reader reader(const struct buffer *from, size_t n_bytes)
{
    return (struct pack_reader){.bytes = (const void *)from->bytes, .n_bytes = n_bytes};
}

static int read_back(size_t head_bytes, size_t number_bytes)
{
    struct pack_reader of_head = reader(&head, head_bytes);
    struct pack_reader of_numbers = reader(&numbers, number_bytes);
    online_free(&other);
    other.model = stream.model;
    online_pack_read_head(&other.head, &of_head);
    if (pack_check_end(&of_head, &err) < 0)
        return -1;
    return online_pack_read_numbers(&other, &of_numbers, &err);
}

START_TEST(a_copy_that_was_kept_learns_on_with_the_same_bits)
{
    ck_assert_int_eq(read_back(head.n_bytes, numbers.n_bytes), 0);
    ck_assert_mem_eq(&other.head.plan.rate, &online.head.plan.rate, sizeof(double));
    learn(&online, 100);
    learn(&other, 100);
    ck_assert_mem_eq(other.beta, online.beta, online.n * sizeof(double));
    ck_assert_mem_eq(other.squares, online.squares, online.n * sizeof(double));
    ck_assert_mem_eq(&other.head.whole, &online.head.whole, sizeof(online.head.whole));
    ck_assert_mem_eq(&other.head.recent, &online.head.recent, sizeof(online.head.recent));
}
END_TEST

START_TEST(bytes_cut_anywhere_are_corrupt)
{
    for (size_t n = 0; n < head.n_bytes; n++) {
        if (read_back(n, numbers.n_bytes) == 0 || err.code != ERROR_CORRUPT)
            ck_abort_msg("a head of %zu bytes was read", n);
        error_clear(&err);
    }
    for (size_t n = 0; n < numbers.n_bytes; n++) {
        if (read_back(head.n_bytes, n) == 0 || err.code != ERROR_CORRUPT)
            ck_abort_msg("numbers of %zu bytes were read", n);
        error_clear(&err);
    }
}
END_TEST

START_TEST(numbers_that_are_none_are_corrupt)
{
    online.beta[2] = NAN;
    pack();
    ck_assert_int_eq(read_back(head.n_bytes, numbers.n_bytes), -1);
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
    error_clear(&err);
    online.beta[2] = 1;
    online.head.plan.rate = -1;
    pack();
    ck_assert_int_eq(read_back(head.n_bytes, numbers.n_bytes), -1);
}
END_TEST

START_TEST(memory_that_fails_is_told)
{
    for (long n = 0, status = -1; status < 0; n++) {
        memory_fail_after(n);
        status = read_back(head.n_bytes, numbers.n_bytes);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
        ck_assert_int_lt((int)n, 100);
        error_clear(&err);
    }
}
END_TEST

TCase *online_pack_test(void)
{
    TCase *tcase = tcase_create("online_pack");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_copy_that_was_kept_learns_on_with_the_same_bits);
    tcase_add_test(tcase, bytes_cut_anywhere_are_corrupt);
    tcase_add_test(tcase, numbers_that_are_none_are_corrupt);
    tcase_add_test(tcase, memory_that_fails_is_told);
    return tcase;
}
