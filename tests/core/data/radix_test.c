#include "core/data/radix.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define MOST 20000U

static double values[MOST], sorted[MOST];
static struct radix_room room;

static void setup(void)
{
    ck_assert_int_eq(radix_room_make(&room, MOST, NULL), 0);
}

static void teardown(void)
{
    radix_room_free(&room);
}

/* By numbers, and by the sign where these are 0. */
static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    if (a == 0 && b == 0)
        return (signbit(a) == 0) - (signbit(b) == 0);
    return (a > b) - (a < b);
}

static double some_number(struct random *random, int kind)
{
    switch (kind) {
    case 0: /* all exponents, both zeros */
        return random_normal(random) * pow(10, (int)random_below(random, 600) - 300) *
               (double)random_below(random, 2);
    case 1: /* of few bits */
        return (double)random_below(random, 1000) - 300;
    case 2: /* in one bucket, and one number beside them */
        return random_below(random, MOST) ? 1 + random_uniform(random) / 100 : -5;
    case 3:
        return 7;
    default:
        return random_normal(random);
    }
}

static void fill(size_t n, int kind)
{
    struct random random = random_start(3, (uint64_t)kind);
    for (size_t i = 0; i < n; i++)
        values[i] = some_number(&random, kind);
    memcpy(sorted, values, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare);
}

static const size_t sizes[] = {1, 2, 300, 4095, 4096, MOST};
#define N_ROUNDS 30 /* sizes × kinds */

START_TEST(all_are_sorted)
{
    size_t n = sizes[_i / 5];
    fill(n, _i % 5);
    radix_sort(values, n, &room);
    ck_assert(memcmp(values, sorted, n * sizeof(*values)) == 0);
}
END_TEST

START_TEST(those_at_any_places_are_found)
{
    size_t n = sizes[_i / 5], places[RADIX_MOST_PLACES];
    double found[RADIX_MOST_PLACES];
    struct random random = random_start(5, 0);
    fill(n, _i % 5);
    for (size_t i = 0; i < RADIX_MOST_PLACES; i++)
        places[i] = random_below(&random, n);
    places[0] = n - 1;
    places[7] = 0;
    radix_select(values, n, places, RADIX_MOST_PLACES, found, &room);
    for (size_t i = 0; i < RADIX_MOST_PLACES; i++)
        if (memcmp(&found[i], &sorted[places[i]], sizeof(*found)) != 0)
            ck_abort_msg("place %zu of %zu", places[i], n);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    struct radix_room made;
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = radix_room_make(&made, MOST, &err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
    radix_room_free(&made);
}
END_TEST

TCase *radix_test(void)
{
    TCase *tests = tcase_create("radix");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, all_are_sorted, 0, N_ROUNDS);
    tcase_add_loop_test(tests, those_at_any_places_are_found, 0, N_ROUNDS);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
