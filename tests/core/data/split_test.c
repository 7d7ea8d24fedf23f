#include "core/data/split.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

enum { N_ROWS = 1000, N_CLASSES = 4 };

static unsigned char keep[N_ROWS], held_out[N_ROWS], again[N_ROWS];
static double class_of[N_ROWS]; /* of rows that are kept */
static uint64_t n_kept, n_of_class[N_CLASSES];

/* One class is rare, and one has a single row; a tenth of the rows is left out. */
static void setup(void)
{
    struct random random = random_start(9, 0);
    n_kept = 0;
    memset(n_of_class, 0, sizeof(n_of_class));
    for (size_t row = 0; row < N_ROWS; row++) {
        keep[row] = row % 10 != 3;
        if (!keep[row])
            continue;
        double u = random_uniform(&random);
        size_t class = row == 500 ? 3 : u < 0.02 ? 2 : u < 0.3 ? 1 : 0;
        class_of[n_kept++] = (double)class;
        n_of_class[class]++;
    }
}

static uint64_t split(double share, uint64_t seed, unsigned char *held)
{
    uint64_t n;
    ck_assert_int_eq(
        split_rows(keep, N_ROWS, class_of, N_CLASSES, share, seed, held, &n, NULL), 0);
    return n;
}

START_TEST(each_class_gives_its_share)
{
    static const double shares[] = {0.001, 0.1, 0.2, 1.0 / 3, 0.5, 0.9, 0.999};
    double share = shares[_i];
    uint64_t n_held[N_CLASSES] = {0}, n = split(share, 1, held_out), sum = 0, i = 0;
    for (size_t row = 0; row < N_ROWS; row++) {
        ck_assert(keep[row] || !held_out[row]);
        if (keep[row])
            n_held[(size_t)class_of[i++]] += held_out[row];
    }
    for (size_t k = 0; k < N_CLASSES; k++) {
        sum += n_held[k];
        ck_assert_double_le(fabs((double)n_held[k] - share * (double)n_of_class[k]), 1);
        ck_assert_uint_lt(n_held[k], n_of_class[k]); /* one stays at least */
    }
    ck_assert_uint_eq(sum, n);
    ck_assert_double_le(fabs((double)n - share * (double)n_kept),
                        share < 0.9 ? 0.5 : N_CLASSES);
}
END_TEST

START_TEST(the_seed_decides)
{
    uint64_t n = split(0.25, 7, held_out);
    ck_assert_uint_eq(split(0.25, 7, again), n);
    ck_assert_mem_eq(held_out, again, N_ROWS);
    ck_assert_uint_eq(split(0.25, 8, again), n);
    ck_assert_mem_ne(held_out, again, N_ROWS);
}
END_TEST

START_TEST(without_classes_and_without_gaps_it_is_one_share)
{
    uint64_t n;
    ck_assert_int_eq(split_rows(NULL, 10, NULL, 1, 0.3, 1, held_out, &n, NULL), 0);
    ck_assert_uint_eq(n, 3);
    size_t sum = 0;
    for (size_t row = 0; row < 10; row++)
        sum += held_out[row];
    ck_assert_uint_eq(sum, 3);
    ck_assert_int_eq(split_rows(NULL, 10, NULL, 1, 0.01, 1, held_out, &n, NULL), 0);
    ck_assert_uint_eq(n, 0);
}
END_TEST

/* Of ten rows three: each row by a chance of 0.3, within 5 standard deviations of a
 * binomial with 4000 seeds. */
START_TEST(each_row_has_the_same_chance)
{
    double n_times[10] = {0}, deviation = sqrt(4000 * 0.3 * 0.7);
    for (uint64_t seed = 0; seed < 4000; seed++) {
        uint64_t n;
        ck_assert_int_eq(split_rows(NULL, 10, NULL, 1, 0.3, seed, held_out, &n, NULL), 0);
        for (size_t row = 0; row < 10; row++)
            n_times[row] += held_out[row];
    }
    for (size_t row = 0; row < 10; row++)
        ck_assert_double_le(fabs(n_times[row] - 1200), 5 * deviation);
}
END_TEST

START_TEST(without_memory_it_says_so)
{
    struct error err = {0};
    uint64_t n;
    memory_fail_after(0);
    ck_assert_int_lt(split_rows(NULL, 10, NULL, 1, 0.3, 1, held_out, &n, &err), 0);
    memory_fail_after(-1);
    ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
}
END_TEST

TCase *split_test(void)
{
    TCase *tests = tcase_create("split");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, each_class_gives_its_share, 0, 7);
    tcase_add_test(tests, the_seed_decides);
    tcase_add_test(tests, without_classes_and_without_gaps_it_is_one_share);
    tcase_add_test(tests, each_row_has_the_same_chance);
    tcase_add_test(tests, without_memory_it_says_so);
    return tests;
}
