#include "core/data/index_map.h"

#include <check.h>

#include "core/base/memory.h"
#include "core/base/random.h"

static struct index_map map;

static void teardown(void)
{
    index_map_free(&map);
}

START_TEST(indices_are_numbered_as_they_come)
{
    static const uint64_t indices[] = {7, 0, UINT64_MAX, 7, 3, 0};
    static const uint32_t numbers[] = {0, 1, 2, 0, 3, 1};
    uint64_t sorted[4];
    uint32_t rank[4];
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(index_map_add(&map, indices[i], 10, NULL), numbers[i]);
    index_map_rank(&map, sorted, rank);
    ck_assert(sorted[0] == 0 && sorted[1] == 3 && sorted[2] == 7 &&
              sorted[3] == UINT64_MAX);
    ck_assert(rank[0] == 2 && rank[1] == 0 && rank[2] == 3 && rank[3] == 1);
}
END_TEST

START_TEST(many_indices_keep_their_numbers)
{
    const uint32_t n = 20000;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < n; i++)
            ck_assert_uint_eq(
                index_map_add(&map, UINT64_C(0x9e3779b97f4a7c15) * i, n, NULL), i);
    ck_assert_uint_eq(map.n, n);
}
END_TEST

START_TEST(there_is_a_most)
{
    struct error err = {0};
    ck_assert_uint_eq(index_map_add(&map, 5, 2, &err), 0);
    ck_assert_uint_eq(index_map_add(&map, 6, 2, &err), 1);
    ck_assert_uint_eq(index_map_add(&map, 7, 2, &err), INDEX_MAP_NONE);
    ck_assert_int_eq(err.code, ERROR_TOO_LARGE);
    ck_assert_uint_eq(index_map_add(&map, 6, 2, &err), 1);
}
END_TEST

START_TEST(want_of_memory_leaves_it_as_it_was)
{
    for (long fail = 0; fail < 8; fail++) {
        struct error err = {0};
        memory_fail_after(fail);
        uint32_t n = 0;
        while (n < 3000 && index_map_add(&map, n * 3, 5000, &err) == n)
            n++;
        memory_fail_after(-1);
        ck_assert(n == 3000 || err.code == ERROR_NO_MEMORY);
        for (uint32_t i = 0; i < n; i++)
            ck_assert_uint_eq(index_map_add(&map, i * 3, 5000, NULL), i);
        index_map_free(&map);
    }
}
END_TEST

TCase *index_map_test(void)
{
    TCase *tcase = tcase_create("index_map");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, indices_are_numbered_as_they_come);
    tcase_add_test(tcase, many_indices_keep_their_numbers);
    tcase_add_test(tcase, there_is_a_most);
    tcase_add_test(tcase, want_of_memory_leaves_it_as_it_was);
    return tcase;
}
