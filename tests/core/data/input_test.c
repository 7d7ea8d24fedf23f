#include "core/data/input.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

enum { AGE, CITY, CODE };

static struct csv_table table;
static struct input input;

static void setup(void)
{
    csv_table_read(&table, "age,city,code\n20,ulm,1\nNA,bonn,1\n30,ulm,2\n"
                           "40,NA,3\n50,ulm,NA\n60,bonn,3\n70,trier,3\n");
}

static void teardown(void)
{
    input_free(&input);
    csv_table_free(&table);
}

static void build(size_t column, struct input_request request)
{
    struct error err = {0};
    input_free(&input);
    request.name = table_summary(table.table)->columns[column].name;
    ck_assert_msg(input_build(&input, table.table, column, &request, NULL, &err) == 0 &&
                      input_index(&input, &err) == 0,
                  "%s", err.message);
}

static size_t find(const char *text)
{
    return input_find_level(&input, text, strlen(text));
}

START_TEST(a_missing_number_is_what_fills_it)
{
    build(AGE, (struct input_request){.type = -1, .missing = MISSING_MEAN});
    input.fill = 45;
    ck_assert(input_is_filled(&input) && !input.has_indicator);
    ck_assert(input_accepts(&input, NAN) && input_accepts(&input, -7));
    ck_assert(input_number(&input, NAN) == 45 && input_number(&input, -7) == -7);
    ck_assert(input_is_missing(&input, NAN) && !input_is_missing(&input, 45));
}
END_TEST

START_TEST(a_missing_number_without_a_policy_is_not_accepted)
{
    build(AGE, (struct input_request){.type = -1, .missing = MISSING_DROP});
    ck_assert(!input_is_filled(&input) && !input_accepts(&input, NAN));
}
END_TEST

START_TEST(an_indicator_is_there_where_a_row_that_counts_lacks_the_cell)
{
    static const unsigned char keep[] = {1, 0, 1, 1, 1, 1, 1};
    const struct input_request request = {
        .name = "age", .type = -1, .missing = MISSING_INDICATOR};
    build(AGE, request);
    ck_assert(input.has_indicator);
    input_free(&input);
    ck_assert_int_eq(input_build(&input, table.table, AGE, &request, keep, NULL), 0);
    ck_assert(!input.has_indicator && input_is_filled(&input));
}
END_TEST

START_TEST(missing_cells_are_a_level_behind_the_others)
{
    build(CITY, (struct input_request){.type = -1, .missing = MISSING_LEVEL});
    ck_assert_uint_eq(input.n_levels, 4);
    ck_assert_uint_eq(input.missing_level, 3);
    ck_assert_str_eq(input.levels[3].text, "(missing)");
    ck_assert_uint_eq(input.levels[3].n_rows, 1);
    ck_assert_str_eq(input.levels[input.reference].text, "bonn");
    ck_assert(input_accepts(&input, NAN) && input_level(&input, NAN) == 3);
    ck_assert_uint_eq(find("(missing)"), 3);
    ck_assert(!input_accepts(&input, INPUT_UNKNOWN_LEVEL));
    build(CITY, (struct input_request){
                    .type = -1, .missing = MISSING_LEVEL, .reference = "(missing)"});
    ck_assert_uint_eq(input.reference, 3);
}
END_TEST

START_TEST(numbers_as_categories_have_a_level_for_missing_ones)
{
    build(CODE,
          (struct input_request){.type = COLUMN_CATEGORICAL, .missing = MISSING_LEVEL});
    ck_assert_uint_eq(input.missing_level, 3);
    ck_assert_uint_eq(find("2.0"), 1);
    ck_assert_uint_eq(input_find_level_number(&input, 3), 2);
}
END_TEST

/* Nobody can say what a missing cell does: it is a level that was not seen. */
START_TEST(without_a_row_that_lacks_the_cell_a_missing_one_is_unseen)
{
    static const unsigned char keep[] = {1, 1, 1, 0, 1, 1, 1};
    struct input_request request = {.name = "city", .type = -1, .missing = MISSING_LEVEL};
    ck_assert_int_eq(input_build(&input, table.table, CITY, &request, keep, NULL), 0);
    ck_assert(input.missing_level == SIZE_MAX && !input_accepts(&input, NAN));
    input_free(&input);
    request.unseen = UNSEEN_REFERENCE;
    ck_assert_int_eq(input_build(&input, table.table, CITY, &request, keep, NULL), 0);
    ck_assert(input_accepts(&input, NAN) && input_level(&input, NAN) == 0);
    input_free(&input);
    request.missing = MISSING_ERROR;
    ck_assert_int_eq(input_build(&input, table.table, CITY, &request, keep, NULL), 0);
    ck_assert(!input_accepts(&input, NAN));
}
END_TEST

static const struct {
    enum unseen_policy unseen;
    bool accepts;
    size_t level;
} unseen[] = {{UNSEEN_USUAL, false, SIZE_MAX},
              {UNSEEN_ERROR, false, SIZE_MAX},
              {UNSEEN_REFERENCE, true, 2},
              {UNSEEN_IGNORE, true, SIZE_MAX},
              {UNSEEN_OTHER, false, SIZE_MAX}};

START_TEST(an_unseen_level_is_what_the_policy_says)
{
    build(CITY, (struct input_request){
                    .type = -1, .reference = "ulm", .unseen = unseen[_i].unseen});
    ck_assert_int_eq(input_accepts(&input, INPUT_UNKNOWN_LEVEL), unseen[_i].accepts);
    ck_assert(!unseen[_i].accepts ||
              input_level(&input, INPUT_UNKNOWN_LEVEL) == unseen[_i].level);
    ck_assert(input_accepts(&input, 1) && input_level(&input, 1) == 1);
}
END_TEST

START_TEST(where_rare_levels_are_pooled_what_was_not_seen_joins_them)
{
    build(CITY, (struct input_request){.type = -1, .min_count = 2});
    ck_assert(input.n_levels == 3 && input.other == 2 && input.n_pooled == 1);
    ck_assert_uint_eq(input.n_rare, 0);
    ck_assert_uint_eq(find("trier"), SIZE_MAX);
    ck_assert(input_accepts(&input, INPUT_UNKNOWN_LEVEL));
    ck_assert_uint_eq(input_level(&input, INPUT_UNKNOWN_LEVEL), 2);
    ck_assert(!input_accepts(&input, NAN));
}
END_TEST

START_TEST(rare_levels_are_told_from_unseen_ones_where_these_are_something_else)
{
    build(CITY,
          (struct input_request){.type = -1, .max_levels = 1, .unseen = UNSEEN_ERROR});
    ck_assert(input.n_levels == 2 && input.other == 1 && input.n_pooled == 2);
    ck_assert_uint_eq(find("ulm"), 0);
    ck_assert_uint_eq(find("bonn"), 1);
    ck_assert_uint_eq(find("trier"), 1);
    ck_assert_uint_eq(find("(other)"), 1);
    ck_assert_uint_eq(find("mainz"), SIZE_MAX);
    ck_assert(!input_accepts(&input, INPUT_UNKNOWN_LEVEL));
}
END_TEST

START_TEST(a_rare_level_is_no_reference)
{
    struct error err = {0};
    const struct input_request request = {
        .name = "city", .type = -1, .reference = "trier", .min_count = 2};
    ck_assert_int_lt(input_build(&input, table.table, CITY, &request, NULL, &err), 0);
    ck_assert_int_eq(err.code, ERROR_UNKNOWN_LEVEL);
}
END_TEST

START_TEST(numbers_that_doubles_do_not_tell_apart_are_no_categories)
{
    struct csv_table ids = {0};
    struct error err = {0};
    const struct input_request number = {.name = "id", .type = -1};
    const struct input_request category = {.name = "id", .type = COLUMN_CATEGORICAL};
    csv_table_read(&ids, "id\n1\n9007199254740992\n9007199254740993\n");
    ck_assert_int_eq(input_build(&input, ids.table, 0, &number, NULL, NULL), 0);
    input_free(&input);
    ck_assert_int_lt(input_build(&input, ids.table, 0, &category, NULL, &err), 0);
    ck_assert_int_eq(err.code, ERROR_OUT_OF_RANGE);
    csv_table_free(&ids);
}
END_TEST

START_TEST(a_number_that_no_row_has_is_no_category)
{
    struct csv_table none = {0};
    struct error err = {0};
    const struct input_request category = {.name = "id", .type = COLUMN_CATEGORICAL};
    csv_table_read(&none, "id,x\n,1\n,2\n");
    ck_assert_int_lt(input_build(&input, none.table, 0, &category, NULL, &err), 0);
    ck_assert_int_eq(err.code, ERROR_MISSING_VALUE);
    csv_table_free(&none);
}
END_TEST

/* ---- as bytes ---- */

static const struct {
    size_t column;
    struct input_request request;
} packed[] = {
    {AGE, {.type = -1, .missing = MISSING_MEAN}},
    {AGE, {.type = -1, .missing = MISSING_INDICATOR}},
    {CITY, {.type = -1, .missing = MISSING_LEVEL, .min_count = 2}},
    {CITY, {.type = -1, .unseen = UNSEEN_IGNORE, .max_levels = 1}},
    {CODE, {.type = COLUMN_CATEGORICAL, .unseen = UNSEEN_REFERENCE}},
};

static int unpack(const struct buffer *bytes, size_t n, struct input *read)
{
    struct pack_reader in = {.bytes = (const void *)bytes->bytes, .n_bytes = n};
    struct error err = {0};
    input_unpack(read, &in, &err);
    return pack_check_end(&in, &err) < 0 || input_index(read, &err) < 0 ? -1 : 0;
}

START_TEST(an_input_comes_back_from_its_bytes)
{
    struct buffer bytes = BUFFER_EMPTY, again = BUFFER_EMPTY;
    struct input read = {0};
    build(packed[_i].column, packed[_i].request);
    input.fill = input_is_filled(&input) ? 45.1 : 0;
    input_pack(&input, &bytes);
    ck_assert_int_eq(unpack(&bytes, bytes.n_bytes, &read), 0);
    ck_assert(read.fill == input.fill && read.has_indicator == input.has_indicator);
    ck_assert(read.unseen == input.unseen && read.other == input.other &&
              read.missing_level == input.missing_level &&
              read.n_pooled == input.n_pooled && read.reference == input.reference);
    input_pack(&read, &again);
    ck_assert_uint_eq(again.n_bytes, bytes.n_bytes);
    ck_assert_mem_eq(again.bytes, bytes.bytes, bytes.n_bytes);
    input_free(&read);
    buffer_free(&bytes);
    buffer_free(&again);
}
END_TEST

/* Whatever is read can be asked. */
static void ask(const struct input *read)
{
    const double cells[] = {NAN, INPUT_UNKNOWN_LEVEL};
    for (size_t i = 0; i < 2 && read->type == COLUMN_CATEGORICAL; i++)
        if (input_accepts(read, cells[i]))
            ck_assert(input_level(read, cells[i]) < read->n_levels ||
                      input_level(read, cells[i]) == SIZE_MAX);
    ck_assert(read->type != COLUMN_NUMERIC || !input_accepts(read, NAN) ||
              isfinite(input_number(read, NAN)));
}

START_TEST(damaged_bytes_are_refused_or_mean_something)
{
    struct buffer bytes = BUFFER_EMPTY;
    build(packed[_i].column, packed[_i].request);
    input_pack(&input, &bytes);
    for (size_t at = 0; at < bytes.n_bytes; at++) {
        struct input read = {0};
        ck_assert_int_lt(unpack(&bytes, at, &read), 0);
        input_free(&read);
        for (int change = 1; change < 256; change += 7) {
            bytes.bytes[at] = (char)(bytes.bytes[at] ^ change);
            if (unpack(&bytes, bytes.n_bytes, &read) == 0)
                ask(&read);
            input_free(&read);
            bytes.bytes[at] = (char)(bytes.bytes[at] ^ change);
        }
    }
    buffer_free(&bytes);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    const struct input_request request = {.name = "city",
                                          .type = -1,
                                          .max_levels = 1,
                                          .unseen = UNSEEN_ERROR,
                                          .missing = MISSING_LEVEL};
    for (long n = 0;; n++) {
        struct error err = {0};
        input_free(&input);
        memory_fail_after(n);
        int status = input_build(&input, table.table, CITY, &request, NULL, &err);
        if (status == 0)
            status = input_index(&input, &err);
        memory_fail_after(-1);
        if (status == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *input_test(void)
{
    TCase *tests = tcase_create("input");
    int n_packed = sizeof(packed) / sizeof(*packed);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_missing_number_is_what_fills_it);
    tcase_add_test(tests, a_missing_number_without_a_policy_is_not_accepted);
    tcase_add_test(tests, an_indicator_is_there_where_a_row_that_counts_lacks_the_cell);
    tcase_add_test(tests, missing_cells_are_a_level_behind_the_others);
    tcase_add_test(tests, numbers_as_categories_have_a_level_for_missing_ones);
    tcase_add_test(tests, without_a_row_that_lacks_the_cell_a_missing_one_is_unseen);
    tcase_add_loop_test(tests, an_unseen_level_is_what_the_policy_says, 0,
                        sizeof(unseen) / sizeof(*unseen));
    tcase_add_test(tests, where_rare_levels_are_pooled_what_was_not_seen_joins_them);
    tcase_add_test(tests,
                   rare_levels_are_told_from_unseen_ones_where_these_are_something_else);
    tcase_add_test(tests, a_rare_level_is_no_reference);
    tcase_add_test(tests, numbers_that_doubles_do_not_tell_apart_are_no_categories);
    tcase_add_test(tests, a_number_that_no_row_has_is_no_category);
    tcase_add_loop_test(tests, an_input_comes_back_from_its_bytes, 0, n_packed);
    tcase_add_loop_test(tests, damaged_bytes_are_refused_or_mean_something, 0, n_packed);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
