#include <check.h>
#include <stdio.h>
#include <string.h>

#include "core/model/fit.h"
#include "tests/support/csv_table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct csv_table table;
static struct fit_request request;

struct found {
    size_t n;
    struct error problems[16];
};

static void on_problem(void *context, const struct error *problem)
{
    struct found *found = context;
    ck_assert_uint_lt(found->n, COUNT(found->problems));
    found->problems[found->n++] = *problem;
}

static void setup(void)
{
    csv_table_read(&table, "y,w,age,ses,free\n1,1,20,low,1\n0,1,,high,2\n"
                           ",2,,,secret\n0,,50,low,4\n");
    static const char *const features[] = {"age", "ses"};
    request = fit_defaults;
    request.target = "y";
    request.features = features;
    request.n_features = 2;
}

static void teardown(void)
{
    csv_table_free(&table);
}

static struct found check(void)
{
    struct found found = {0};
    size_t n = fit_check(&request, &table.summary, on_problem, &found);
    ck_assert_uint_eq(n, found.n);
    return found;
}

static void must_tell(const struct found *found, size_t i, enum error_code code,
                      const char *place, const char *text)
{
    ck_assert_uint_lt(i, found->n);
    ck_assert_msg(found->problems[i].code == code, "%s: %s",
                  error_word(found->problems[i].code), found->problems[i].message);
    ck_assert_str_eq(found->problems[i].place, place);
    ck_assert_msg(strstr(found->problems[i].message, text) != NULL, "%s",
                  found->problems[i].message);
}

START_TEST(missing_cells_are_counted_by_column_with_the_ways_out)
{
    request.weights = "w";
    struct found found = check();
    ck_assert_uint_eq(found.n, 4);
    must_tell(&found, 0, ERROR_MISSING_VALUE, "/columns/y/missing",
              "1 of 4 cells are missing; set its \"missing\" to \"drop\"");
    must_tell(&found, 1, ERROR_MISSING_VALUE, "/columns/w/missing", "1 of 4 cells");
    must_tell(&found, 2, ERROR_MISSING_VALUE, "/columns/age/missing",
              "2 of 4 cells are missing; set its \"missing\" to \"drop\" (these rows), "
              "\"mean\" or \"indicator\", or leave out the column");
    must_tell(&found, 3, ERROR_MISSING_VALUE, "/columns/ses/missing",
              "\"drop\" (these rows) or \"level\"");
}
END_TEST

static const struct {
    enum missing_policy all;
    size_t n;
    const char *first;
} usual[] = {{MISSING_ERROR, 3, "/columns/y/missing"},
             {MISSING_DROP, 0, NULL},
             {MISSING_MEAN, 1, "/columns/y/missing"},
             {MISSING_INDICATOR, 1, "/columns/y/missing"}};

START_TEST(what_is_said_of_all_columns_holds_for_those_it_can)
{
    request.missing = usual[_i].all;
    struct found found = check();
    ck_assert_uint_eq(found.n, usual[_i].n);
    if (usual[_i].n > 0)
        must_tell(&found, 0, ERROR_MISSING_VALUE, usual[_i].first, "1 of 4 cells");
}
END_TEST

START_TEST(a_column_may_say_something_else_than_all)
{
    static const struct fit_column columns[] = {
        {.name = "age", .type = -1, .missing = MISSING_ERROR}};
    request.missing = MISSING_DROP;
    request.columns = columns;
    request.n_columns = 1;
    struct found found = check();
    ck_assert_uint_eq(found.n, 1);
    must_tell(&found, 0, ERROR_MISSING_VALUE, "/columns/age/missing", "2 of 4 cells");
}
END_TEST

static const struct {
    struct fit_column column;
    const char *field;
    const char *text;
} wrong[] = {
    {{.name = "age", .type = -1, .missing = MISSING_LEVEL}, "missing", "is numeric"},
    {{.name = "ses", .type = -1, .missing = MISSING_MEAN}, "missing", "\"level\""},
    {{.name = "ses", .type = -1, .missing = MISSING_INDICATOR}, "missing", "\"level\""},
    {{.name = "age", .type = COLUMN_CATEGORICAL, .missing = MISSING_MEAN},
     "missing",
     "is categorical"},
    {{.name = "y", .type = -1, .missing = MISSING_MEAN}, "missing", "is no feature"},
    {{.name = "y", .type = COLUMN_CATEGORICAL, .missing = MISSING_LEVEL},
     "missing",
     "is no feature"},
    {{.name = "age", .type = -1, .missing = -1, .unseen = UNSEEN_IGNORE},
     "unseen",
     "is numeric"},
    {{.name = "age", .type = -1, .missing = -1, .min_count = 2},
     "min_count",
     "is numeric"},
    {{.name = "age", .type = -1, .missing = -1, .max_levels = 2},
     "max_levels",
     "is numeric"},
    {{.name = "y", .type = -1, .missing = MISSING_DROP, .max_levels = 2},
     "max_levels",
     "is no feature"},
    {{.name = "ses", .type = -1, .missing = -1, .unseen = UNSEEN_OTHER},
     "unseen",
     "min_count or max_levels"},
    {{.name = "free", .type = COLUMN_NUMERIC, .missing = -1},
     "type",
     "1 of 4 cells have one of 1 texts"},
};

START_TEST(a_policy_must_go_with_the_column)
{
    char place[64];
    request.missing = MISSING_DROP;
    request.columns = &wrong[_i].column;
    request.n_columns = 1;
    struct found found = check();
    ck_assert_uint_eq(found.n, 1);
    snprintf(place, sizeof(place), "/columns/%s/%s", wrong[_i].column.name,
             wrong[_i].field);
    must_tell(&found, 0, ERROR_INVALID, place, wrong[_i].text);
    ck_assert_ptr_null(strstr(found.problems[0].message, "secret"));
}
END_TEST

static const struct fit_column right[] = {
    {.name = "age", .type = -1, .missing = MISSING_INDICATOR},
    {.name = "age", .type = COLUMN_CATEGORICAL, .missing = MISSING_LEVEL},
    {.name = "ses", .type = -1, .missing = MISSING_LEVEL, .reference = "(missing)"},
    {.name = "ses", .type = -1, .missing = -1, .min_count = 2, .reference = "(other)"},
    {.name = "ses", .type = -1, .missing = -1, .min_count = 2, .unseen = UNSEEN_OTHER},
    {.name = "ses", .type = -1, .missing = -1, .unseen = UNSEEN_IGNORE},
};

START_TEST(a_policy_that_goes_with_the_column_is_taken)
{
    request.missing = MISSING_DROP;
    request.columns = &right[_i];
    request.n_columns = 1;
    ck_assert_uint_eq(check().n, 0);
}
END_TEST

START_TEST(what_is_said_of_all_columns_may_make_the_reference)
{
    static const struct fit_column columns[] = {
        {.name = "ses", .type = -1, .missing = -1, .reference = "(missing)"},
        {.name = "y", .type = -1, .missing = MISSING_DROP}};
    request.columns = columns;
    request.n_columns = 2;
    request.missing = MISSING_MEAN;
    ck_assert_uint_eq(check().n, 0);
    request.missing = MISSING_DROP;
    struct found found = check();
    ck_assert_uint_eq(found.n, 1);
    must_tell(&found, 0, ERROR_UNKNOWN_LEVEL, "/columns/ses/reference", "this level");
}
END_TEST

START_TEST(sparse_columns_have_no_missing_cells)
{
    static const char *const features[] = {"1"};
    static const struct fit_column columns[] = {
        {.name = "1", .type = -1, .missing = MISSING_MEAN}};
    csv_table_free(&table);
    csv_table_read_libsvm(&table, "1 1:2\n0 2:1\n1 1:1 2:1\n0 2:4\n");
    request.target = "label";
    request.features = features;
    request.n_features = 1;
    request.missing = MISSING_MEAN;
    ck_assert_uint_eq(check().n, 0);
    request.columns = columns;
    request.n_columns = 1;
    struct found found = check();
    ck_assert_uint_eq(found.n, 1);
    must_tell(&found, 0, ERROR_INVALID, "/columns/1/missing", "is sparse");
}
END_TEST

TCase *fit_check_missing_test(void)
{
    TCase *tests = tcase_create("fit_check_missing");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, missing_cells_are_counted_by_column_with_the_ways_out);
    tcase_add_loop_test(tests, what_is_said_of_all_columns_holds_for_those_it_can, 0,
                        COUNT(usual));
    tcase_add_test(tests, a_column_may_say_something_else_than_all);
    tcase_add_loop_test(tests, a_policy_must_go_with_the_column, 0, COUNT(wrong));
    tcase_add_loop_test(tests, a_policy_that_goes_with_the_column_is_taken, 0,
                        COUNT(right));
    tcase_add_test(tests, what_is_said_of_all_columns_may_make_the_reference);
    tcase_add_test(tests, sparse_columns_have_no_missing_cells);
    return tests;
}
