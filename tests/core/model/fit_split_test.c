/* Fits whose rows are divided by a column: against the same rows in tables of their own.
 */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/fit.h"
#include "tests/support/csv_table.h"

enum { N_ROWS = 240 };

static struct csv_table table, other;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *model, *second;

static const char *const test_level[] = {"test"};
static const char *const train_level[] = {"train"};
static const struct fit_column dropping[] = {
    {.name = "x", .type = -1, .missing = MISSING_DROP},
    {.name = "split", .type = -1, .missing = MISSING_DROP}};

static void setup(void)
{
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    request = fit_defaults;
    request.target = "y";
    request.is_validated = true;
    request.split =
        (struct fit_split){.column = "split", .held_out = test_level, .n_held_out = 1};
}

static void teardown(void)
{
    model_release(model);
    model_release(second);
    model = second = NULL;
    pool_free(pool);
    csv_table_free(&table);
    csv_table_free(&other);
}

/* Of the parts in `which` (bits of 1: train, 2: test, 4: spare); with the split column by
 * words, or by numbers 0, 1 and 2.5. A cell of x in nine is missing where asked. */
static void write_rows(struct csv_table *made, unsigned which, int words, bool missing)
{
    static const char *const names[2][3] = {{"0", "1", "2.5"},
                                            {"train", "test", "spare"}};
    struct random random = random_start(9, 0);
    struct buffer text = BUFFER_EMPTY;
    buffer_printf(&text, "y,x,s%s\n", words < 0 ? "" : ",split");
    for (size_t i = 0; i < N_ROWS; i++) {
        double x = random_normal(&random);
        bool y = random_uniform(&random) < 1 / (1 + exp(-x));
        size_t part = i % 7 < 4 ? 0 : i % 7 < 6 ? 1 : 2;
        if (!(which >> part & 1))
            continue;
        buffer_printf(&text, y ? "yes," : "no,");
        if (!missing || i % 9 > 0)
            buffer_printf(&text, "%.17g", x);
        buffer_printf(&text, ",l%d", (int)(i % 3));
        if (words >= 0)
            buffer_printf(&text, ",%s", names[words][part]);
        buffer_append_byte(&text, '\n');
    }
    buffer_append_byte(&text, '\0');
    ck_assert(!text.failed);
    csv_table_read(made, text.bytes);
    buffer_free(&text);
}

static struct model *fit(const struct csv_table *data)
{
    struct error err = {0};
    struct model *made = fit_run(&request, data->table, &room, pool, NULL, &err);
    ck_assert_msg(made != NULL, "%s: %s (%s)", error_word(err.code), err.message,
                  err.place);
    ck_assert_uint_eq(budget_used(&budget), 0);
    return made;
}

static void refuse(enum error_code code, const char *place)
{
    struct error err = {0};
    ck_assert_ptr_null(fit_run(&request, table.table, &room, pool, NULL, &err));
    ck_assert_msg(err.code == code, "%s: %s", error_word(err.code), err.message);
    ck_assert_str_eq(err.place, place);
}

/* To the last bit. */
static void check_same(void)
{
    ck_assert_uint_eq(model->n_terms, second->n_terms);
    for (size_t i = 0; i < model->n_terms; i++)
        ck_assert(model->coefficients[i].estimate == second->coefficients[i].estimate);
    ck_assert(model->report.validation_loss == second->report.validation_loss);
    ck_assert_uint_eq(model->report.n_validation_rows, second->report.n_validation_rows);
    ck_assert_uint_eq(model->report.n_rows, second->report.n_rows);
    ck_assert_uint_eq(model->report.n_rows_dropped, second->report.n_rows_dropped);
}

/* Fits to rows of a table, and judges by those of another. */
static void fit_apart(unsigned fitted, unsigned held_out, bool missing)
{
    struct csv_table rows = {0};
    request.split = (struct fit_split){0};
    write_rows(&rows, fitted, -1, missing);
    write_rows(&other, held_out, -1, missing);
    request.validation_table = other.table;
    request.n_columns = request.n_columns > 0; /* without that of the split */
    second = fit(&rows);
    csv_table_free(&rows);
}

START_TEST(rows_of_a_level_are_held_out)
{
    write_rows(&table, 7, 1, false);
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_validation_rows, N_ROWS / 7 * 2);
    ck_assert_uint_eq(model->report.n_rows + model->report.n_validation_rows, N_ROWS);
    ck_assert_uint_eq(model->report.n_rows_dropped, 0);
    ck_assert_uint_eq(model->encoding->n_inputs, 2); /* the column is no feature */
    fit_apart(5, 2, false);
    check_same();
}
END_TEST

START_TEST(numbers_are_levels_by_their_value)
{
    static const char *const levels[] = {"1.0", "25e-1"};
    write_rows(&table, 7, 0, false);
    request.split.held_out = levels;
    request.split.n_held_out = 2;
    model = fit(&table);
    fit_apart(1, 6, false);
    check_same();
}
END_TEST

START_TEST(the_rows_fitted_to_may_be_named_too)
{
    write_rows(&table, 7, 1, false);
    request.split.fitted = train_level;
    request.split.n_fitted = 1;
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_rows_dropped, N_ROWS / 7);
    fit_apart(1, 2, false);
    second->report.n_rows_dropped = N_ROWS / 7;
    check_same();
}
END_TEST

/* Of rows held out they are not counted, as they are not of another table. */
START_TEST(rows_with_missing_cells_are_dropped_from_both)
{
    write_rows(&table, 7, 1, true);
    request.columns = dropping;
    request.n_columns = 2;
    model = fit(&table);
    ck_assert_uint_gt(model->report.n_rows_dropped, 0);
    fit_apart(5, 2, true);
    uint64_t n_dropped = model->report.n_rows_dropped;
    ck_assert_uint_eq(model->report.n_rows + model->report.n_validation_rows + n_dropped,
                      N_ROWS);
    second->report.n_rows_dropped = n_dropped;
    check_same();
}
END_TEST

START_TEST(the_column_may_be_a_feature_by_name)
{
    static const char *const features[] = {"x", "split"};
    static const char *const levels[] = {"1"};
    write_rows(&table, 3, 0, false);
    request.features = features;
    request.n_features = 2;
    request.split.held_out = levels;
    model = fit(&table);
    ck_assert_uint_eq(model->encoding->n_inputs, 2);
}
END_TEST

static const struct {
    const char *csv;
    const char *column;
    const char *held_out[2];
    size_t n_held_out;
    const char *fitted[2];
    size_t n_fitted;
    enum error_code code;
    const char *place;
} bad[] = {
    {"y,x,split\n0,1,a\n1,2,b\n0,3,b\n1,1,b\n",
     "group",
     {"a"},
     1,
     {0},
     0,
     ERROR_UNKNOWN_COLUMN,
     "/validation/column"},
    {"y,x,split\n0,1,a\n1,2,b\n0,3,b\n1,1,b\n",
     "y",
     {"a"},
     1,
     {0},
     0,
     ERROR_INVALID,
     "/validation/column"},
    {"y,x,split\n0,1,a\n1,2,b\n0,3,b\n1,1,b\n",
     "split",
     {"c"},
     1,
     {0},
     0,
     ERROR_UNKNOWN_LEVEL,
     "/validation/level"},
    {"y,x,split\n0,1,a\n1,2,b\n0,3,b\n1,1,b\n",
     "split",
     {"a", "c"},
     2,
     {0},
     0,
     ERROR_UNKNOWN_LEVEL,
     "/validation/level/1"},
    {"y,x,split\n0,1,0\n1,2,1\n0,3,1\n1,1,1\n",
     "split",
     {"7"},
     1,
     {0},
     0,
     ERROR_UNKNOWN_LEVEL,
     "/validation/level"},
    {"y,x,split\n0,1,0\n1,2,1\n0,3,1\n1,1,1\n",
     "split",
     {"0"},
     1,
     {"2"},
     1,
     ERROR_UNKNOWN_LEVEL,
     "/validation/train"},
    {"y,x,split\n0,1,0\n1,2,1\n0,3,1\n1,1,1\n",
     "split",
     {"0"},
     1,
     {"1", "0.0"},
     2,
     ERROR_INVALID,
     "/validation/train/1"},
    {"y,x,split\n0,1,a\n1,2,b\n0,3,b\n1,1,b\n",
     "split",
     {"a", "b"},
     2,
     {0},
     0,
     ERROR_NO_ROWS,
     "/validation/level"},
    {"y,x,split\n0,1,0\n1,2,1\n0,3,1\n1,1,1\n",
     "split",
     {"0", "1"},
     2,
     {0},
     0,
     ERROR_NO_ROWS,
     "/validation/level"},
    {"y,x,split\n0,1,a\n1,2,\n0,3,b\n1,1,b\n",
     "split",
     {"a"},
     1,
     {0},
     0,
     ERROR_MISSING_VALUE,
     "/columns/split/missing"},
    /* a class, and a level, that only rows held out have */
    {"y,x,split\n0,1,b\n1,2,b\n2,3,a\n1,1,b\n",
     "split",
     {"a"},
     1,
     {0},
     0,
     ERROR_UNKNOWN_LEVEL,
     "/validation/level"},
    {"y,x,split\n0,u,b\n1,v,b\n1,w,a\n1,u,b\n",
     "split",
     {"a"},
     1,
     {0},
     0,
     ERROR_UNKNOWN_LEVEL,
     "/validation/level"},
    {"y,x,split\n0,1,a\n1,2,b\n0,3,a\n1,1,b\n",
     "split",
     {"a"},
     1,
     {0},
     0,
     ERROR_SINGLE_CLASS,
     "/target"},
};
enum { N_BAD = sizeof(bad) / sizeof(*bad) };

START_TEST(a_split_that_cannot_be_is_refused)
{
    csv_table_read(&table, bad[_i].csv);
    request.split = (struct fit_split){.column = bad[_i].column,
                                       .held_out = (const char *const *)bad[_i].held_out,
                                       .n_held_out = bad[_i].n_held_out,
                                       .fitted = bad[_i].n_fitted ? bad[_i].fitted : NULL,
                                       .n_fitted = bad[_i].n_fitted};
    refuse(bad[_i].code, bad[_i].place);
}
END_TEST

/* Its missing cells are a level of the feature, and not one of those held out. */
START_TEST(a_column_can_do_more_with_missing_cells_as_a_feature_only)
{
    static const struct fit_column columns[] = {
        {.name = "split", .type = -1, .missing = MISSING_LEVEL}};
    static const char *const features[] = {"x", "split"};
    csv_table_read(&table, "y,x,split\n0,1,train\n1,2,\n0,3,train\n1,2,train\n0,1,\n"
                           "1,4,test\n0,3,test\n");
    request.columns = columns;
    request.n_columns = 1;
    refuse(ERROR_INVALID, "/columns/split/missing");
    request.features = features;
    request.n_features = 2;
    refuse(ERROR_UNKNOWN_LEVEL, "/validation/level"); /* no row of the fit is of it */
    request.columns = (const struct fit_column[]){
        {.name = "split", .type = -1, .missing = MISSING_LEVEL, .unseen = UNSEEN_IGNORE}};
    request.details.covariance = COVARIANCE_CLUSTER;
    request.details.cluster = "split";
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_rows, 5);
    ck_assert_uint_eq(model->report.n_validation_rows, 2);
    ck_assert_uint_eq(model->report.addenda.n_clusters, 2);
}
END_TEST

START_TEST(rows_all_of_which_are_dropped_are_none)
{
    request.columns = dropping;
    request.n_columns = 2;
    csv_table_read(&table, "y,x,split\n0,1,train\n1,2,train\n0,,test\n1,,test\n");
    refuse(ERROR_NO_ROWS, "/validation/level");
    csv_table_free(&table);
    csv_table_read(&table, "y,x,split\n0,,train\n1,,train\n0,1,test\n1,2,test\n0,1,\n");
    refuse(ERROR_NO_ROWS, "/validation/level");
    request.split.fitted = train_level;
    request.split.n_fitted = 1;
    refuse(ERROR_NO_ROWS, "/validation/train");
}
END_TEST

/* ---- before the fit ---- */

static struct error told[4];
static size_t n_told;

static void note(void *context, const struct error *problem)
{
    (void)context;
    ck_assert_uint_lt(n_told, 4);
    told[n_told++] = *problem;
}

static size_t check_rows(void)
{
    n_told = 0;
    ck_assert_uint_eq(fit_check(&request, &table.summary, note, NULL), 0);
    return fit_check_rows(&request, table.table, note, NULL);
}

START_TEST(single_columns_are_looked_at_before_the_fit)
{
    static const char *const levels[] = {"no", "test", "one"};
    write_rows(&table, 7, 1, false);
    ck_assert_uint_eq(check_rows(), 0);
    request.split.held_out = levels;
    request.split.n_held_out = 3;
    request.fold = "split";
    ck_assert_uint_eq(check_rows(), 2);
    ck_assert_str_eq(told[0].place, "/validation/level/0");
    ck_assert_str_eq(told[1].place, "/validation/level/2");
}
END_TEST

START_TEST(looking_without_memory_says_so)
{
    static const char *const levels[] = {"1"};
    size_t n_problems = 1;
    write_rows(&table, 7, 0, false);
    request.split.held_out = levels;
    request.fold = "x";
    for (long n = 0; n_problems > 0; n++) {
        n_told = 0;
        memory_fail_after(n);
        n_problems = fit_check_rows(&request, table.table, note, NULL);
        memory_fail_after(-1);
        ck_assert_uint_le(n_problems, 1);
        ck_assert_uint_eq(n_told, n_problems);
        ck_assert(n_told == 0 || told[0].code == ERROR_NO_MEMORY);
        ck_assert(n_told == 1 || n > 3);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    static const char *const levels[] = {"1"};
    write_rows(&table, 7, _i, false);
    request.split.held_out = _i ? test_level : levels;
    request.split.fitted = _i ? train_level : NULL;
    request.split.n_fitted = (size_t)_i;
    for (long n = 0; !model; n++) {
        struct error err = {0};
        memory_fail_after(n);
        model = fit_run(&request, table.table, &room, pool, NULL, &err);
        memory_fail_after(-1);
        ck_assert_msg(model || err.code == ERROR_NO_MEMORY, "%s", err.message);
        ck_assert_uint_eq(budget_used(&budget), 0);
    }
}
END_TEST

TCase *fit_split_test(void)
{
    TCase *tests = tcase_create("fit_split");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_of_a_level_are_held_out);
    tcase_add_test(tests, numbers_are_levels_by_their_value);
    tcase_add_test(tests, the_rows_fitted_to_may_be_named_too);
    tcase_add_test(tests, rows_with_missing_cells_are_dropped_from_both);
    tcase_add_test(tests, the_column_may_be_a_feature_by_name);
    tcase_add_loop_test(tests, a_split_that_cannot_be_is_refused, 0, N_BAD);
    tcase_add_test(tests, a_column_can_do_more_with_missing_cells_as_a_feature_only);
    tcase_add_test(tests, rows_all_of_which_are_dropped_are_none);
    tcase_add_test(tests, single_columns_are_looked_at_before_the_fit);
    tcase_add_test(tests, looking_without_memory_says_so);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, 2);
    return tests;
}
