#include "core/text/json_places.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/random.h"
#include "tests/support/suite.h"

static size_t put_array(struct random *random, char *text)
{
    static const char *const pieces[] = {"0",
                                         "1",
                                         "12",
                                         "7.5",
                                         "-0.25",
                                         "-3",
                                         ",",
                                         ",",
                                         ",",
                                         ",",
                                         ",",
                                         ",",
                                         " ",
                                         "\n",
                                         ", ",
                                         "\t",
                                         "1234567890.12345",
                                         "-",
                                         "01",
                                         "\"",
                                         "["};
    size_t n = random_below(random, 150), n_pieces = random_below(random, 3) ? 17 : 21;
    char *at = text;
    if (random_below(random, 4) == 0)
        at += strlen(memset(at, ' ', 70 + random_below(random, 70)));
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, pieces[random_below(random, n_pieces)]);
    if (random_below(random, 4) > 0)
        at = stpcpy(at, "]");
    return (size_t)(at - text);
}

/* The same, a character at a time. */
static size_t find_slowly(const char *text, size_t at, size_t n, struct csv_field *cells,
                          size_t most)
{
    for (size_t i = 0; i < most; i++) {
        size_t end = at;
        while (end < n && text[end] != ',' && text[end] != ']')
            end++;
        while (at < end && strchr(" \t\n\r", text[at]))
            at++;
        if (end == n || !strchr("-0123456789", text[at]))
            return i;
        cells[i] = (struct csv_field){(uint32_t)at, (uint32_t)end};
        if (text[end] == ']')
            return i + 1;
        at = end + 1;
    }
    return most;
}

static void must_agree(const char *text, size_t at, size_t n, size_t most)
{
    struct csv_field found[JSON_PLACES_MOST], expected[JSON_PLACES_MOST];
    size_t n_found = json_places_find(text, at, n, found, most);
    size_t n_expected = find_slowly(text, at, n, expected, most);
    if (n_found != n_expected || memcmp(found, expected, n_found * sizeof(*found)) != 0)
        ck_abort_msg("%.*s from %zu: %zu and %zu cells", (int)n, text, at, n_found,
                     n_expected);
}

START_TEST(cells_are_found_as_one_by_one)
{
    static char text[8192];
    struct random random = random_start((uint64_t)_i, 0);
    for (int i = 0; i < 4000; i++) {
        memset(text, 0, sizeof(text));
        size_t n = put_array(&random, text);
        size_t at = random_below(&random, 4) ? 0 : random_below(&random, n + 1);
        must_agree(text, at, n, random_below(&random, 2) ? JSON_PLACES_MOST : 5);
        must_agree(text, 0, random_below(&random, n + 1), JSON_PLACES_MOST);
    }
}
END_TEST

START_TEST(cells_end_with_the_bracket)
{
    char text[16 + JSON_PLACES_PADDING] = "1, -2.5,\n3],4]";
    struct csv_field cells[JSON_PLACES_MOST];
    ck_assert_uint_eq(json_places_find(text, 0, 14, cells, 64), 3);
    ck_assert_uint_eq(cells[1].start, 3);
    ck_assert_uint_eq(cells[1].end, 7);
    ck_assert_uint_eq(cells[2].start, 9);
    ck_assert_uint_eq(cells[2].end, 10);
    ck_assert_uint_eq(json_places_find(text, 0, 10, cells, 64), 2);
    ck_assert_uint_eq(json_places_find(text, 0, 14, cells, 1), 1);
    ck_assert_uint_eq(json_places_find(text, 0, 0, cells, 64), 0);
}
END_TEST

TCase *json_places_test(void)
{
    TCase *tcase = tcase_create("json_places");
    tcase_add_loop_test(tcase, cells_are_found_as_one_by_one, 0, 8);
    tcase_add_test(tcase, cells_end_with_the_bracket);
    return tcase;
}
