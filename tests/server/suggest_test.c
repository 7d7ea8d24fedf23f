#include "server/suggest.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/suite.h"

START_TEST(suggest_distance_counts_what_was_mistyped)
{
    ck_assert_uint_eq(suggest_distance("listen", "listen"), 0);
    ck_assert_uint_eq(suggest_distance("listn", "listen"), 1);
    ck_assert_uint_eq(suggest_distance("liisten", "listen"), 1);
    ck_assert_uint_eq(suggest_distance("lisden", "listen"), 1);
    ck_assert_uint_eq(suggest_distance("lsiten", "listen"), 1);
    ck_assert_uint_eq(suggest_distance("kitten", "sitting"), 3);
    ck_assert_uint_eq(suggest_distance("", "jobs"), 4);
    ck_assert_uint_eq(suggest_distance("jobs", ""), 4);
    ck_assert_uint_eq(suggest_distance("", ""), 0);
}
END_TEST

START_TEST(suggest_distance_gives_up_on_long_words)
{
    char word[65];
    memset(word, 'x', 64);
    word[64] = '\0';
    ck_assert_uint_eq(suggest_distance(word, "x"), SIZE_MAX);
    ck_assert_uint_eq(suggest_distance("x", word), SIZE_MAX);
    ck_assert_uint_eq(suggest_distance(word + 1, "x"), 62);
}
END_TEST

START_TEST(suggest_word_takes_the_nearest_that_is_near_enough)
{
    static const char *const words[] = {"jobs", "job-limit", "listen"};
    ck_assert_str_eq(suggest_word("jbos", words, 3), "jobs");
    ck_assert_str_eq(suggest_word("listem", words, 3), "listen");
    ck_assert_ptr_null(suggest_word("memory", words, 3));
    ck_assert_ptr_null(suggest_word("", words, 3));
    ck_assert_ptr_null(suggest_word("x", words, 3));
    ck_assert_ptr_null(suggest_word("jobs", words, 0));
}
END_TEST

START_TEST(suggest_word_takes_one_that_begins_alike)
{
    static const char *const words[] = {"data", "max-upload"};
    ck_assert_str_eq(suggest_word("data-directory", words, 2), "data");
    ck_assert_str_eq(suggest_word("max", words, 2), "max-upload");
    ck_assert_ptr_null(suggest_word("ma", words, 2));
}
END_TEST

TCase *suggest_test(void)
{
    TCase *tcase = tcase_create("suggest");
    tcase_add_test(tcase, suggest_distance_counts_what_was_mistyped);
    tcase_add_test(tcase, suggest_distance_gives_up_on_long_words);
    tcase_add_test(tcase, suggest_word_takes_the_nearest_that_is_near_enough);
    tcase_add_test(tcase, suggest_word_takes_one_that_begins_alike);
    return tcase;
}
