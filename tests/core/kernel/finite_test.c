#include "core/kernel/finite.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/kernel/instructions.h"

#define N 70

static finite_copy_fn *const variants[INSTRUCTIONS_N] = {
    finite_plain_copy, finite_avx2_copy, finite_avx512_copy};

/* The first four are finite: the largest, the smallest, zeros. */
static const uint64_t patterns[] = {
    0x7fefffffffffffff, 0xffefffffffffffff, 0x0000000000000001, 0x8000000000000000,
    0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000000,
    0x7ff0000000000001, 0x7fffffffffffffff};
#define N_PATTERNS (sizeof(patterns) / sizeof(*patterns))
#define N_FINITE 4

/* From an odd address; whatever stands behind the last number stays. */
static void must_copy(finite_copy_fn *copy, const double *values, size_t n, bool finite)
{
    char from[N * sizeof(double) + 1];
    double to[N + 1];
    memcpy(from + 1, values, n * sizeof(double));
    to[n] = 7;
    if (copy(to, from + 1, n) != finite || memcmp(to, values, n * sizeof(double)) != 0 ||
        to[n] != 7)
        ck_abort_msg("%zu numbers", n);
}

START_TEST(every_instruction_set_copies_and_finds_what_is_not_finite)
{
    double values[N];
    struct random random = random_start(43, 0);
    for (size_t i = 0; i < N; i++)
        values[i] = random_normal(&random);
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t n = 0; n < N; n++) {
            must_copy(variants[set], values, n, true);
            for (size_t at = 0; at < n; at++)
                for (size_t p = 0; p < N_PATTERNS; p++) {
                    double kept = values[at];
                    memcpy(&values[at], &patterns[p], sizeof(double));
                    must_copy(variants[set], values, n, p < N_FINITE);
                    values[at] = kept;
                }
        }
    must_copy(finite_copy, values, N, true);
}
END_TEST

TCase *finite_test(void)
{
    TCase *tests = tcase_create("finite");
    tcase_add_test(tests, every_instruction_set_copies_and_finds_what_is_not_finite);
    return tests;
}
