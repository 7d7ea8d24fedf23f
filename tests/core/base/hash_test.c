#include "core/base/hash.h"

#include <stdbool.h>
#include <string.h>

#include "tests/support/suite.h"

static const uint64_t key[2] = {UINT64_C(0x9E3779B97F4A7C15),
                                UINT64_C(0xC2B2AE3D27D4EB4F)};
static const uint64_t other_key[2] = {1, 2};

START_TEST(hash_depends_on_every_byte_and_the_length)
{
    unsigned char text[40] = {0};
    for (size_t n = 0; n < sizeof(text); n++) {
        uint64_t plain = hash_bytes(key, text, n);
        ck_assert_uint_eq(plain, hash_bytes(key, text, n));
        ck_assert_uint_ne(plain, hash_bytes(key, text, n + 1));
        for (size_t i = 0; i < n; i++) {
            text[i] = 1;
            ck_assert_uint_ne(plain, hash_bytes(key, text, n));
            text[i] = 0;
        }
    }
}
END_TEST

START_TEST(hash_depends_on_the_key)
{
    ck_assert_uint_ne(hash_bytes(key, "abc", 3), hash_bytes(other_key, "abc", 3));
}
END_TEST

/* 4096 texts over 4096 buckets: by chance about 1507 stay empty, and none gets 12. */
START_TEST(hash_spreads_texts_that_differ_little)
{
    enum { N = 4096 };
    static unsigned counts[N];
    unsigned n_empty = 0;
    for (uint32_t i = 0; i < N; i++)
        counts[hash_bytes(key, &i, sizeof(i)) % N]++;
    for (size_t i = 0; i < N; i++) {
        ck_assert_uint_lt(counts[i], 12);
        n_empty += counts[i] == 0;
    }
    ck_assert_uint_gt(n_empty, 1400);
    ck_assert_uint_lt(n_empty, 1600);
}
END_TEST

TCase *hash_test(void)
{
    TCase *tcase = tcase_create("hash");
    tcase_add_test(tcase, hash_depends_on_every_byte_and_the_length);
    tcase_add_test(tcase, hash_depends_on_the_key);
    tcase_add_test(tcase, hash_spreads_texts_that_differ_little);
    return tcase;
}
