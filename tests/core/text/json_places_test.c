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

/* Is it what JSON has, if all of it is digits, a sign and a point? */
static bool is_well_formed(const char *cell, size_t n)
{
    size_t sign = *cell == '-', whole = strspn(cell + sign, "0123456789");
    return whole > 0 && (whole == 1 || cell[sign] != '0') && cell[n - 1] != '.';
}

/* Up to the first that is not well formed both must find the same. */
static void must_agree(const char *text, size_t at, size_t n, size_t most)
{
    struct csv_field found[JSON_PLACES_MOST], portable[JSON_PLACES_MOST];
    bool is_checked;
    size_t n_found = json_places_find(text, at, n, found, most, &is_checked);
    size_t n_portable = json_places_find_portable(text, at, n, portable, most);
    ck_assert_uint_le(n_portable, most);
    if (is_checked)
        for (size_t i = 0; i < n_portable; i++)
            if (!is_well_formed(text + portable[i].start,
                                portable[i].end - portable[i].start))
                n_portable = i;
    if (n_found != n_portable || memcmp(found, portable, n_found * sizeof(*found)) != 0)
        ck_abort_msg("%.*s from %zu: %zu and %zu cells", (int)n, text, at, n_found,
                     n_portable);
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
    bool is_checked;
    ck_assert_uint_eq(json_places_find(text, 0, 14, cells, 64, &is_checked), 3);
    ck_assert_uint_eq(cells[1].start, 3);
    ck_assert_uint_eq(cells[1].end, 7);
    ck_assert_uint_eq(cells[2].start, 9);
    ck_assert_uint_eq(cells[2].end, 10);
    ck_assert_uint_eq(json_places_find(text, 0, 10, cells, 64, &is_checked), 2);
    ck_assert_uint_eq(json_places_find(text, 0, 14, cells, 1, &is_checked), 1);
    ck_assert_uint_eq(json_places_find(text, 0, 0, cells, 64, &is_checked), 0);
}
END_TEST

TCase *json_places_test(void)
{
    TCase *tcase = tcase_create("json_places");
    tcase_add_loop_test(tcase, cells_are_found_as_one_by_one, 0, 8);
    tcase_add_test(tcase, cells_end_with_the_bracket);
    return tcase;
}
