#include "core/model/fit_details.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/model/model_file.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct fit_request request;

/* The same clusters as numbers and as text; of the first row they are missing. */
static void setup(void)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,x,rank,g,town\n1,0.5,a,,\n");
    for (int i = 0; i < 120; i++)
        buffer_printf(&csv, "%d,%g,%c,%g,t%d\n", i * 31 % 11 > 4, sin(i), 'a' + i % 3,
                      -1.5 * (i * i % 7), i * i % 7);
    buffer_append_byte(&csv, '\0');
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
    request = fit_defaults;
    request.target = "y";
}

static void teardown(void)
{
    pool_free(pool);
    csv_table_free(&table);
}

static const struct fit_column drops[] = {
    {.name = "g", .type = -1, .missing = MISSING_DROP},
    {.name = "town", .type = -1, .missing = MISSING_DROP}};
static const char *const features[] = {"x", "rank"};

static struct model *fit(void)
{
    struct error err = {0};
    struct model *model = fit_run(&request, table.table, &room, pool, NULL, &err);
    ck_assert_msg(model != NULL, "%s: %s (%s)", error_word(err.code), err.message,
                  err.place);
    ck_assert_uint_eq(budget_used(&budget), 0);
    return model;
}

static void cluster_by(const char *column)
{
    request.columns = drops;
    request.n_columns = 2;
    request.features = features;
    request.n_features = 2;
    request.details.covariance = COVARIANCE_CLUSTER;
    request.details.cluster = column;
}

START_TEST(clusters_are_numbers_or_text)
{
    cluster_by("g");
    struct model *numbers = fit();
    request.details.cluster = "town";
    struct model *text = fit();
    ck_assert_uint_eq(numbers->report.addenda.n_clusters, 4); /* squares modulo 7 */
    ck_assert_uint_eq(text->report.addenda.n_clusters, 4);
    ck_assert_uint_eq(text->report.n_rows_dropped, 1);
    /* Sums in another order: of the last term's scores a hundredth is left. */
    for (size_t i = 0; i < text->n_terms; i++)
        ck_assert_double_eq_tol(text->coefficients[i].std_error /
                                    numbers->coefficients[i].std_error,
                                1, 1e-11);
    model_release(numbers);
    model_release(text);
}
END_TEST

START_TEST(the_cluster_is_a_feature_only_where_it_is_named)
{
    static const char *const with_g[] = {"x", "g"};
    cluster_by("g");
    request.features = NULL;
    struct model *model = fit();
    ck_assert_uint_eq(model->encoding->n_inputs, 3);
    ck_assert_uint_eq(encoding_find_input(model->encoding, "g", 1), SIZE_MAX);
    model_release(model);
    request.features = with_g;
    model = fit();
    ck_assert_uint_eq(encoding_find_input(model->encoding, "g", 1), 1);
    model_release(model);
}
END_TEST

static void refuse(enum error_code code, const char *place)
{
    struct error err = {0};
    struct model *model = fit_run(&request, table.table, &room, pool, NULL, &err);
    ck_assert_ptr_null(model);
    ck_assert_msg(err.code == code, "%s: %s", error_word(err.code), err.message);
    ck_assert_str_eq(err.place, place);
}

START_TEST(clusters_that_cannot_be_are_refused)
{
    cluster_by("county");
    refuse(ERROR_UNKNOWN_COLUMN, "/cluster");
    cluster_by("y");
    refuse(ERROR_INVALID, "/cluster");
    cluster_by("g");
    request.columns = NULL;
    request.n_columns = 0;
    refuse(ERROR_MISSING_VALUE, "/columns/g/missing");
}
END_TEST

START_TEST(residuals_name_the_rows_of_the_data)
{
    cluster_by("g");
    request.details.residuals = true;
    struct model *model = fit();
    const struct addenda *told = &model->report.addenda;
    ck_assert_uint_eq(told->n_residuals, 120);
    for (size_t i = 0; i < 120; i++)
        ck_assert_uint_eq(told->rows[i], i + 2);
    model_release(model);
    request.details.covariance = COVARIANCE_MODEL;
    request.details.cluster = NULL;
    model = fit();
    ck_assert_uint_eq(model->report.addenda.n_residuals, 121);
    ck_assert_ptr_null(model->report.addenda.rows);
    model_release(model);
}
END_TEST

START_TEST(what_is_told_is_kept_with_the_model)
{
    struct buffer bytes = BUFFER_EMPTY, again = BUFFER_EMPTY;
    cluster_by("g");
    request.details.residuals = request.details.vif = true;
    request.details.marginal_effects = true;
    struct model *model = fit();
    model_file_write(model, &bytes);
    struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, NULL);
    ck_assert_ptr_nonnull(read);
    model_file_write(read, &again);
    ck_assert_uint_eq(bytes.n_bytes, again.n_bytes);
    ck_assert_mem_eq(bytes.bytes, again.bytes, bytes.n_bytes);
    ck_assert_uint_eq(read->report.addenda.n_effects, 3);
    ck_assert(read->report.addenda.effects[1].is_difference);
    ck_assert_uint_eq(read->report.addenda.n_inflations, 2);
    ck_assert_uint_eq(read->report.addenda.n_term_tests, 2);
    /* An effect on a column that is not there. */
    read->report.addenda.effects[0].column = 3;
    buffer_clear(&again);
    model_file_write(read, &again);
    struct error err = {0};
    ck_assert_ptr_null(model_file_read(again.bytes, again.n_bytes, &err));
    ck_assert_int_eq(err.code, ERROR_CORRUPT);
    model_release(model);
    model_release(read);
    buffer_free(&bytes);
    buffer_free(&again);
}
END_TEST

TCase *fit_details_test(void)
{
    TCase *tests = tcase_create("fit_details");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, clusters_are_numbers_or_text);
    tcase_add_test(tests, the_cluster_is_a_feature_only_where_it_is_named);
    tcase_add_test(tests, clusters_that_cannot_be_are_refused);
    tcase_add_test(tests, residuals_name_the_rows_of_the_data);
    tcase_add_test(tests, what_is_told_is_kept_with_the_model);
    return tests;
}
