#include "core/data/levels.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check_order(const char *const *texts, const char *const *sorted, size_t n)
{
    struct dictionary dictionary = {0};
    uint32_t order[16];
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(dictionary_add(&dictionary, texts[i], strlen(texts[i]), NULL),
                          i);
    ck_assert_int_eq(levels_order(&dictionary, order, NULL), 0);
    for (size_t i = 0; i < n; i++)
        ck_assert_str_eq(texts[order[i]], sorted[i]);
    dictionary_free(&dictionary);
}

START_TEST(levels_that_are_all_numbers_sort_by_value)
{
    static const char *const texts[] = {"10", "9", "-1", "007", "7", "1e1"};
    static const char *const sorted[] = {"-1", "007", "7", "9", "10", "1e1"};
    check_order(texts, sorted, COUNT(texts));
}
END_TEST

START_TEST(other_levels_sort_by_their_bytes)
{
    static const char *const texts[] = {"b", "10", "9", "\xc3\xa4", "", "B", "bb"};
    static const char *const sorted[] = {"", "10", "9", "B", "b", "bb", "\xc3\xa4"};
    check_order(texts, sorted, COUNT(texts));
}
END_TEST

static struct level *made_of(const char *const *texts, size_t n)
{
    struct levels_writer writer;
    ck_assert_int_eq(levels_begin(&writer, n, 64, NULL), 0);
    for (size_t i = 0; i < n; i++)
        levels_add(&writer, texts[i], strlen(texts[i]), 1);
    return writer.levels;
}

static size_t find(const struct level *levels, size_t n, const char *text)
{
    return levels_find(levels, n, text, strlen(text));
}

START_TEST(a_level_is_found_by_its_text_or_as_the_only_such_number)
{
    static const char *const texts[] = {"1", "1.5", "7", "7.0", "10"};
    struct level *levels = made_of(texts, 5);
    ck_assert_uint_eq(find(levels, 5, "10"), 4);
    ck_assert_uint_eq(find(levels, 5, "1.50"), 1);
    ck_assert_uint_eq(find(levels, 5, "010"), 4);
    ck_assert_uint_eq(find(levels, 5, "7.0"), 3);
    ck_assert_uint_eq(find(levels, 5, "7.00"), SIZE_MAX); /* two have this value */
    ck_assert_uint_eq(find(levels, 5, "2"), SIZE_MAX);
    ck_assert_uint_eq(find(levels, 5, "1 "), SIZE_MAX);
    ck_assert_uint_eq(find(levels, 5, ""), SIZE_MAX);
    memory_free(levels);
}
END_TEST

START_TEST(among_words_only_the_text_counts)
{
    static const char *const texts[] = {"007", "other"};
    struct level *levels = made_of(texts, 2);
    ck_assert_uint_eq(find(levels, 2, "007"), 0);
    ck_assert_uint_eq(find(levels, 2, "7"), SIZE_MAX);
    ck_assert_uint_eq(find(levels, 2, "Other"), SIZE_MAX);
    memory_free(levels);
}
END_TEST

static struct level *three(void)
{
    struct levels_writer writer;
    ck_assert_int_eq(levels_begin(&writer, 3, 6, NULL), 0);
    levels_add(&writer, "low", 3, 7);
    levels_add(&writer, "", 0, 0);
    levels_add(&writer, "big", 3, UINT64_MAX);
    return writer.levels;
}

START_TEST(levels_come_back_from_their_bytes)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct level *levels = three();
    size_t n, n_kept;
    levels_pack(levels, 9, 3, &bytes);
    struct pack_reader in = {(const unsigned char *)bytes.bytes, bytes.n_bytes, 0, false};
    struct level *read = levels_unpack(&in, &n, &n_kept, NULL);
    ck_assert_ptr_nonnull(read);
    ck_assert_uint_eq(n, 9);
    ck_assert_uint_eq(n_kept, 3);
    ck_assert_str_eq(read[0].text, "low");
    ck_assert_uint_eq(read[1].n_bytes, 0);
    ck_assert_uint_eq(read[2].n_rows, UINT64_MAX);
    memory_free(read);
    memory_free(levels);
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_cut_record_is_corrupt)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct level *levels = three();
    size_t n, n_kept;
    levels_pack(levels, 3, 3, &bytes);
    for (size_t end = 0; end < bytes.n_bytes; end++) {
        struct pack_reader in = {(const unsigned char *)bytes.bytes, end, 0, false};
        struct error err = {0};
        ck_assert_ptr_null(levels_unpack(&in, &n, &n_kept, &err));
        ck_assert_int_eq(err.code, ERROR_CORRUPT);
    }
    memory_free(levels);
    buffer_free(&bytes);
}
END_TEST

TCase *levels_test(void)
{
    TCase *tests = tcase_create("levels");
    tcase_add_test(tests, levels_that_are_all_numbers_sort_by_value);
    tcase_add_test(tests, a_level_is_found_by_its_text_or_as_the_only_such_number);
    tcase_add_test(tests, among_words_only_the_text_counts);
    tcase_add_test(tests, other_levels_sort_by_their_bytes);
    tcase_add_test(tests, levels_come_back_from_their_bytes);
    tcase_add_test(tests, a_cut_record_is_corrupt);
    return tests;
}
