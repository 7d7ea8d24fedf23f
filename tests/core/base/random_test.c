#include "core/base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "tests/support/suite.h"

/* Known answers of Random123 (DEShawResearch), tests/kat_vectors, lines "philox4x32 10".
 */
START_TEST(random_philox_gives_the_known_answers)
{
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint32_t words[4];
        memcpy(words, rows[i].counter, sizeof(words));
        random_philox(words, rows[i].key);
        ck_assert_mem_eq(words, rows[i].answer, sizeof(words));
    }
}
END_TEST

START_TEST(random_numbers_are_philox_words_in_order)
{
    struct random random = random_start(0, 0);
    ck_assert_uint_eq(random_u64(&random), UINT64_C(0xe169c58d6627e8d5));
    ck_assert_uint_eq(random_u64(&random), UINT64_C(0x9b00dbd8bc57ac4c));
    uint32_t words[4] = {5, 0, 0x89abcdef, 0x01234567};
    random_philox(words, (const uint32_t[]){0x55667788, 0x11223344});
    random = random_start(UINT64_C(0x1122334455667788), UINT64_C(0x0123456789abcdef));
    random_jump(&random, 11);
    ck_assert_uint_eq(random_u64(&random), (uint64_t)words[3] << 32 | words[2]);
}
END_TEST

START_TEST(random_jump_is_the_same_as_drawing)
{
    struct random drawn = random_start(42, 7);
    for (uint64_t n = 0; n < 100; n++) {
        struct random jumped = random_start(42, 7);
        random_jump(&jumped, n);
        ck_assert_uint_eq(random_u64(&jumped), random_u64(&drawn));
    }
}
END_TEST

START_TEST(random_streams_and_seeds_differ)
{
    struct random one = random_start(1, 0), other_seed = random_start(2, 0),
                  other_stream = random_start(1, 1);
    uint64_t value = random_u64(&one);
    ck_assert_uint_ne(value, random_u64(&other_seed));
    ck_assert_uint_ne(value, random_u64(&other_stream));
}
END_TEST

/* Without rejection every third value of 3·2^62 would come up twice as often as the
 * others. */
START_TEST(random_below_is_unbiased)
{
    struct random random = random_start(3, 0);
    const uint64_t n = UINT64_C(3) << 62;
    int counts[3] = {0};
    for (int i = 0; i < 30000; i++) {
        uint64_t value = random_below(&random, n);
        ck_assert_uint_lt(value, n);
        counts[value % 3]++;
    }
    for (int i = 0; i < 3; i++) /* 10000 ± 5 standard deviations of √(30000·⅓·⅔) */
        ck_assert(abs(counts[i] - 10000) < 408);
}
END_TEST

START_TEST(random_below_reaches_every_small_value)
{
    struct random random = random_start(4, 0);
    int counts[7] = {0};
    for (int i = 0; i < 7000; i++)
        counts[random_below(&random, 7)]++;
    for (int i = 0; i < 7; i++) /* 1000 ± 5·√(7000·1/7·6/7) */
        ck_assert(abs(counts[i] - 1000) < 146);
    ck_assert_uint_eq(random_below(&random, 1), 0);
}
END_TEST

START_TEST(random_uniform_is_a_multiple_of_2_to_minus_53_below_1)
{
    struct random random = random_start(5, 0);
    double sum = 0;
    for (int i = 0; i < 10000; i++) {
        double u = random_uniform(&random);
        ck_assert(u >= 0 && u < 1);
        ck_assert(ldexp(u, 53) == floor(ldexp(u, 53)));
        sum += u;
    }
    ck_assert(fabs(sum / 10000 - 0.5) < 5 / sqrt(12.0 * 10000));
}
END_TEST

/* The definition of Marsaglia's polar method, with the library's logarithm. */
static double normal_by_definition(struct random *random)
{
    double u, v, s;
    do {
        u = 2 * random_uniform(random) - 1;
        v = 2 * random_uniform(random) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    return u * sqrt(-2 * log(s) / s);
}

START_TEST(random_normal_follows_the_polar_method)
{
    struct random random = random_start(6, 0), same = random;
    double sum = 0, squares = 0;
    for (int i = 0; i < 20000; i++) {
        double z = random_normal(&random), expected = normal_by_definition(&same);
        ck_assert(fabs(z - expected) <= 1e-14 * fabs(expected));
        sum += z;
        squares += z * z;
    }
    ck_assert_uint_eq(random.position, same.position);
    ck_assert(fabs(sum / 20000) < 5 / sqrt(20000));
    ck_assert(fabs(squares / 20000 - 1) < 5 * sqrt(2.0 / 20000));
}
END_TEST

START_TEST(random_shuffle_makes_every_permutation_equally_likely)
{
    struct random random = random_start(7, 0);
    int counts[27] = {0}, n_seen = 0;
    for (int i = 0; i < 6000; i++) {
        size_t order[3] = {0, 1, 2};
        random_shuffle(&random, order, 3);
        counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    for (int i = 0; i < 27; i++) {
        n_seen += counts[i] > 0;
        if (counts[i] > 0) /* 1000 ± 5·√(6000·1/6·5/6) */
            ck_assert(abs(counts[i] - 1000) < 145);
    }
    ck_assert_int_eq(n_seen, 6);
}
END_TEST

START_TEST(random_shuffle_keeps_every_element)
{
    struct random random = random_start(8, 0);
    size_t order[500];
    bool seen[500] = {false};
    for (size_t i = 0; i < 500; i++)
        order[i] = i;
    random_shuffle(&random, order, 500);
    for (size_t i = 0; i < 500; i++) {
        ck_assert_uint_lt(order[i], 500);
        ck_assert(!seen[order[i]]);
        seen[order[i]] = true;
    }
    random_shuffle(&random, NULL, 0);
}
END_TEST

START_TEST(random_bytes_fills_all_of_them)
{
    unsigned char bytes[2][1000] = {{0}, {0}};
    struct error err = {0};
    ck_assert_int_eq(random_bytes(bytes[0], 1000, &err), 0);
    ck_assert_int_eq(random_bytes(bytes[1], 1000, &err), 0);
    ck_assert_int_eq(random_bytes(bytes, 0, &err), 0);
    ck_assert_mem_ne(bytes[0], bytes[1], 1000);
    /* The last 32 bytes are all zero once in 2^256 runs. */
    ck_assert_mem_ne(bytes[0] + 968, ((unsigned char[32]){0}), 32);
}
END_TEST

TCase *random_test(void)
{
    TCase *tcase = tcase_create("random");
    tcase_add_test(tcase, random_philox_gives_the_known_answers);
    tcase_add_test(tcase, random_numbers_are_philox_words_in_order);
    tcase_add_test(tcase, random_jump_is_the_same_as_drawing);
    tcase_add_test(tcase, random_streams_and_seeds_differ);
    tcase_add_test(tcase, random_below_is_unbiased);
    tcase_add_test(tcase, random_below_reaches_every_small_value);
    tcase_add_test(tcase, random_uniform_is_a_multiple_of_2_to_minus_53_below_1);
    tcase_add_test(tcase, random_normal_follows_the_polar_method);
    tcase_add_test(tcase, random_shuffle_makes_every_permutation_equally_likely);
    tcase_add_test(tcase, random_shuffle_keeps_every_element);
    tcase_add_test(tcase, random_bytes_fills_all_of_them);
    return tcase;
}
