#include "core/data/level_pool.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"

static struct level levels[] = {
    {"a", 1, 5}, {"b", 1, 1}, {"c", 1, 2}, {"d", 1, 5}, {"e", 1, 2}};
static struct level named[] = {
    {"(missing)", 9, 3}, {"(other)", 7, 4}, {"a", 1, 5}, {"b", 1, 1}};

/* As "text*rows " in order. */
static void check_list(const struct level *list, size_t n, const char *expected)
{
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "");
    for (size_t i = 0; i < n; i++)
        buffer_printf(&text, "%s*%llu ", list[i].text,
                      (unsigned long long)list[i].n_rows);
    ck_assert_str_eq(text.bytes, expected);
    buffer_free(&text);
}

static const struct {
    struct level_pool_request request;
    const char *levels;
    uint64_t n_pooled;
} pooled[] = {
    {{0}, "a*5 b*1 c*2 d*5 e*2 ", 0},
    {{.min_count = 1}, "a*5 b*1 c*2 d*5 e*2 ", 0},
    {{.min_count = 2}, "a*5 c*2 d*5 e*2 (other)*1 ", 1},
    {{.min_count = 3}, "a*5 d*5 (other)*5 ", 3},
    {{.min_count = 9}, "(other)*15 ", 5},
    /* of c and e, which are as frequent, the first */
    {{.max_levels = 3}, "a*5 c*2 d*5 (other)*3 ", 2},
    {{.max_levels = 5}, "a*5 b*1 c*2 d*5 e*2 ", 0},
    {{.max_levels = 4, .min_count = 3}, "a*5 d*5 (other)*5 ", 3},
    {{.missing = true, .n_missing = 7}, "a*5 b*1 c*2 d*5 e*2 (missing)*7 ", 0},
    {{.missing = true}, "a*5 b*1 c*2 d*5 e*2 ", 0},
    {{.n_missing = 7}, "a*5 b*1 c*2 d*5 e*2 ", 0},
    /* missing cells are never too rare to be told */
    {{.missing = true, .n_missing = 1, .max_levels = 1},
     "a*5 (other)*10 (missing)*1 ",
     4},
};

START_TEST(rare_levels_become_one_and_missing_cells_another)
{
    struct level_pool pool = {0};
    ck_assert_int_eq(level_pool_make(&pool, levels, 5, &pooled[_i].request, NULL), 0);
    check_list(pool.levels, pool.n, pooled[_i].levels);
    ck_assert_uint_eq(pool.n_pooled, pooled[_i].n_pooled);
    ck_assert(pool.n_pooled == 0 ? pool.other == SIZE_MAX
                                 : strcmp(pool.levels[pool.other].text, "(other)") == 0);
    ck_assert(!pooled[_i].request.missing || pooled[_i].request.n_missing == 0
                  ? pool.missing == SIZE_MAX
                  : pool.missing == pool.n - 1);
    ck_assert_ptr_null(pool.rare);
    level_pool_free(&pool);
}
END_TEST

START_TEST(what_is_rare_is_listed_on_request)
{
    struct level_pool pool = {0};
    const struct level_pool_request request = {.min_count = 3, .keep_rare = true};
    ck_assert_int_eq(level_pool_make(&pool, levels, 5, &request, NULL), 0);
    check_list(pool.rare, pool.n_rare, "b*1 c*2 e*2 ");
    level_pool_free(&pool);
}
END_TEST

START_TEST(a_cell_may_have_the_text_of_a_level_that_is_added)
{
    struct level_pool pool = {0};
    const struct level_pool_request none = {0};
    const struct level_pool_request both = {.min_count = 2, .missing = true};
    ck_assert_int_eq(level_pool_make(&pool, named, 4, &none, NULL), 0);
    check_list(pool.levels, pool.n, "(missing)*3 (other)*4 a*5 b*1 ");
    ck_assert(pool.other == SIZE_MAX && pool.missing == SIZE_MAX);
    level_pool_free(&pool);
    ck_assert_int_eq(level_pool_make(&pool, named, 4, &both, NULL), 0);
    check_list(pool.levels, pool.n, "a*5 (other)*5 (missing)*3 ");
    ck_assert(pool.other == 1 && pool.missing == 2 && pool.n_pooled == 1);
    level_pool_free(&pool);
}
END_TEST

START_TEST(no_levels_are_a_pool_of_none)
{
    struct level_pool pool = {0};
    const struct level_pool_request missing = {.missing = true, .n_missing = 2};
    ck_assert_int_eq(level_pool_make(&pool, NULL, 0, &missing, NULL), 0);
    check_list(pool.levels, pool.n, "(missing)*2 ");
    level_pool_free(&pool);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    const struct level_pool_request request = {.max_levels = 2, .keep_rare = true};
    for (long n = 0;; n++) {
        struct level_pool pool = {0};
        struct error err = {0};
        memory_fail_after(n);
        int status = level_pool_make(&pool, levels, 5, &request, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || !pool.levels);
        level_pool_free(&pool);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *level_pool_test(void)
{
    TCase *tests = tcase_create("level_pool");
    tcase_add_loop_test(tests, rare_levels_become_one_and_missing_cells_another, 0,
                        sizeof(pooled) / sizeof(*pooled));
    tcase_add_test(tests, what_is_rare_is_listed_on_request);
    tcase_add_test(tests, a_cell_may_have_the_text_of_a_level_that_is_added);
    tcase_add_test(tests, no_levels_are_a_pool_of_none);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
