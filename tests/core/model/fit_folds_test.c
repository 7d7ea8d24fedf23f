/* Cross-validation whose folds a column names: against the same folds dealt out. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/data/folds.h"
#include "core/model/fit.h"
#include "tests/support/csv_table.h"

enum { N_ROWS = 120, N_FOLDS = 4 };

static struct csv_table table;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *model, *second;
static unsigned char fold_of[N_ROWS];
static double y[N_ROWS];

static void setup(void)
{
    const struct design design = {.n_rows = N_ROWS, .n_classes = 2, .y = y};
    struct random random = random_start(5, 0);
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    for (size_t i = 0; i < N_ROWS; i++)
        y[i] = random_uniform(&random) < 0.4;
    ck_assert_int_eq(folds_deal(&design, N_FOLDS, 1, fold_of, NULL), 0);
    request = fit_defaults;
    request.target = "y";
    request.path = (struct path_options){.n_lambdas = 5, .min_ratio = 0.01, .alpha = 1};
}

static void teardown(void)
{
    model_release(model);
    model_release(second);
    model = second = NULL;
    pool_free(pool);
    csv_table_free(&table);
}

/* Folds as text or as numbers; a row more in each fold that is to be left out. */
static void write_rows(bool as_text, bool with_others)
{
    struct random random = random_start(6, 0);
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "y,x,z,fold,w,part\n");
    for (size_t i = 0; i < N_ROWS; i++) {
        double x = random_normal(&random) + y[i], z = random_normal(&random);
        buffer_printf(&text, "%g,%.17g,%.17g,%s%g,%d,in\n", y[i], x, z,
                      as_text ? "f" : "", fold_of[i] * 0.5 - 1, (int)(i % 3 + 1));
        if (with_others && i % 5 == 0)
            buffer_printf(&text, "%g,%.17g,%.17g,%s77,1,out\n", y[i], z, x,
                          as_text ? "f" : "");
    }
    buffer_append_byte(&text, '\0');
    ck_assert(!text.failed);
    csv_table_read(&table, text.bytes);
    buffer_free(&text);
}

static struct model *fit(void)
{
    struct error err = {0};
    struct model *made = fit_run(&request, table.table, &room, pool, NULL, &err);
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

static void check_same_curve(void)
{
    ck_assert_uint_eq(model->report.n_folds, N_FOLDS);
    ck_assert_uint_eq(model->report.n_path, second->report.n_path);
    ck_assert_uint_eq(model->report.path_chosen, second->report.path_chosen);
    for (size_t i = 0; i < model->report.n_path; i++) {
        const struct report_path *a = &model->report.path[i];
        const struct report_path *b = &second->report.path[i];
        ck_assert(isfinite(a->mean_loss));
        ck_assert(a->lambda == b->lambda && a->mean_loss == b->mean_loss &&
                  a->loss_error == b->loss_error);
    }
}

/* The folds that the seed deals out, and the same by name. */
START_TEST(each_value_is_a_fold)
{
    static const char *const features[] = {"x", "z"};
    write_rows(_i == 1, false);
    request.features = features;
    request.n_features = 2;
    request.path.n_folds = N_FOLDS;
    second = fit();
    request.path.n_folds = 0;
    request.fold = "fold";
    model = fit();
    check_same_curve();
}
END_TEST

START_TEST(the_column_is_no_feature)
{
    write_rows(false, false);
    request.fold = "fold";
    request.weights = "w";
    model = fit();
    ck_assert_uint_eq(model->encoding->n_inputs, 3); /* x, z, part */
}
END_TEST

/* Rows that are held out have no fold. */
START_TEST(folds_are_of_the_rows_fitted_to)
{
    static const char *const features[] = {"x", "z"}, *const out[] = {"out"};
    write_rows(_i == 1, false);
    request.features = features;
    request.n_features = 2;
    request.fold = "fold";
    second = fit();
    csv_table_free(&table);
    write_rows(_i == 1, true);
    request.is_validated = true;
    request.split =
        (struct fit_split){.column = "part", .held_out = out, .n_held_out = 1};
    model = fit();
    check_same_curve();
    ck_assert_uint_eq(model->report.n_validation_rows, N_ROWS / 5);
}
END_TEST

static const struct {
    const char *csv;
    enum error_code code;
    const char *place;
} bad[] = {
    {"y,x,f\n0,1,a\n1,2,b\n0,3,a\n1,1,b\n", ERROR_UNKNOWN_COLUMN,
     "/cross_validation/column"},
    {"y,x,fold\n0,1,a\n1,2,a\n0,3,a\n1,1,a\n", ERROR_OUT_OF_RANGE,
     "/cross_validation/column"},
    {"y,x,fold\n0,1,2\n1,2,2\n0,3,2\n1,1,2\n", ERROR_OUT_OF_RANGE,
     "/cross_validation/column"},
    {"y,x,fold\n0,1,a\n1,2,\n0,3,a\n1,1,b\n", ERROR_MISSING_VALUE,
     "/columns/fold/missing"},
    {"y,x,fold\n0,1,a\n1,2,b\n0,3,a\n1,1,b\n", ERROR_INVALID, "/cross_validation/column"},
};
enum { N_BAD = sizeof(bad) / sizeof(*bad) };

START_TEST(folds_that_cannot_be_are_refused)
{
    csv_table_read(&table, bad[_i].csv);
    request.fold = "fold";
    refuse(bad[_i].code, bad[_i].place);
}
END_TEST

START_TEST(more_folds_than_can_be_are_refused)
{
    write_rows(false, false);
    csv_table_free(&table);
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "y,x,fold\n");
    for (int i = 0; i < 2 * 256; i++)
        buffer_printf(&text, "%d,%d,%s%d\n", i % 2, i * 7 % 31, _i ? "f" : "", i / 2);
    buffer_append_byte(&text, '\0');
    csv_table_read(&table, text.bytes);
    buffer_free(&text);
    request.fold = "fold";
    refuse(ERROR_OUT_OF_RANGE, "/cross_validation/column");
}
END_TEST

/* Counts are dealt out without classes: some shares are 1, fewer than there are folds. */
START_TEST(counts_can_be_cross_validated)
{
    csv_table_read(&table, "k,n,x,f\n1,3,0,1\n3,3,1,2\n2,4,2,3\n1,4,3,1\n1,2,4,2\n"
                           "2,5,3,3\n3,5,1,1\n");
    request.target = "k";
    request.trials = "n";
    request.features = (const char *const[]){"x"};
    request.n_features = 1;
    request.path.n_folds = _i ? 0 : 3;
    request.fold = _i ? "f" : NULL;
    model = fit();
    ck_assert_uint_eq(model->report.n_folds, 3);
    ck_assert(isfinite(model->report.path[0].mean_loss));
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    write_rows(_i == 1, false);
    request.fold = "fold";
    request.path.n_lambdas = 0;
    request.l2 = 0.1;
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

TCase *fit_folds_test(void)
{
    TCase *tests = tcase_create("fit_folds");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, each_value_is_a_fold, 0, 2);
    tcase_add_test(tests, the_column_is_no_feature);
    tcase_add_loop_test(tests, folds_are_of_the_rows_fitted_to, 0, 2);
    tcase_add_loop_test(tests, folds_that_cannot_be_are_refused, 0, N_BAD);
    tcase_add_loop_test(tests, more_folds_than_can_be_are_refused, 0, 2);
    tcase_add_loop_test(tests, counts_can_be_cross_validated, 0, 2);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, 2);
    return tests;
}
