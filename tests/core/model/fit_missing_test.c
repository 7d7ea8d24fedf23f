/* Fits of columns with missing cells, unseen and rare levels: against fits of tables in
 * which these cells are written out. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/fit.h"
#include "core/model/predict.h"
#include "tests/support/csv_table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { N_ROWS = 240, HELD_OUT = 60 };

/* How a table writes cells that are missing, and levels that few rows have. */
struct writing {
    const char *age, *city, *rare;
    double fill; /* in place of age, where that is NULL */
    bool indicator;
    size_t first, n_rows;
};

static struct csv_table table, other;
static struct fit_request request;
static struct fit_column columns[3];
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *model, *second;

static void setup(void)
{
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    request = fit_defaults;
    request.target = "y";
    request.columns = columns;
    for (size_t i = 0; i < COUNT(columns); i++)
        columns[i] = (struct fit_column){.type = -1, .missing = -1};
    columns[0].name = "age";
    columns[1].name = "city";
    columns[2].name = "w";
    columns[2].ignore = true;
    request.n_columns = 3;
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

static void write_row(struct buffer *csv, struct random *random,
                      const struct writing *writing, size_t i)
{
    static const char *const cities[] = {"bonn", "trier", "ulm"};
    bool no_age = i % 7 == 3, no_city = i % 5 == 2, is_rare = i % 24 == 5;
    double age = 20 + 40 * random_uniform(random);
    bool y = random_uniform(random) < 1 / (1 + exp((age - 40) / 10 - no_age));
    const char *city = is_rare   ? (writing->rare ? writing->rare
                                    : i % 48 == 5 ? "x"
                                                  : "z")
                       : no_city ? writing->city
                                 : cities[i % 3];
    if (i < writing->first || i >= writing->first + writing->n_rows)
        return;
    buffer_printf(csv, "%d,%s,%zu", y, city, 1 + i % 4);
    if (!no_age)
        buffer_printf(csv, ",%.17g", age);
    else if (writing->age)
        buffer_printf(csv, ",%s", writing->age);
    else
        buffer_printf(csv, ",%.17g", writing->fill);
    buffer_append_string(csv, writing->indicator ? (no_age ? ",1\n" : ",0\n") : "\n");
}

static void write_table(struct csv_table *into, struct writing writing)
{
    struct random random = random_start(5, 0);
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,city,w,age");
    buffer_append_string(&csv, writing.indicator ? ",age[missing]\n" : "\n");
    writing.n_rows = writing.n_rows > 0 ? writing.n_rows : N_ROWS;
    for (size_t i = 0; i < N_ROWS; i++)
        write_row(&csv, &random, &writing, i);
    csv_table_read(into, csv.bytes);
    buffer_free(&csv);
}

static struct model *fit(const struct csv_table *data)
{
    struct error err = {0};
    struct model *made = fit_run(&request, data->table, &room, pool, NULL, &err);
    ck_assert_msg(made != NULL, "%s: %s (%s)", error_word(err.code), err.message,
                  err.place);
    return made;
}

static void refuse(const struct csv_table *data, enum error_code code, const char *place)
{
    struct error err = {0};
    ck_assert_ptr_null(fit_run(&request, data->table, &room, pool, NULL, &err));
    ck_assert_msg(err.code == code, "%s: %s", error_word(err.code), err.message);
    ck_assert_str_eq(err.place, place);
}

static size_t find_term(const struct model *of, const char *name)
{
    struct buffer term = BUFFER_EMPTY;
    size_t found = SIZE_MAX;
    for (size_t j = 0; j < of->encoding->n_columns; j++) {
        buffer_clear(&term);
        encoding_write_column(of->encoding, j, &term);
        if (strcmp(term.bytes, name) == 0)
            found = j;
    }
    buffer_free(&term);
    ck_assert_msg(found != SIZE_MAX, "no term %s", name);
    return found + 1;
}

/* The same terms, whatever their order, with the same estimates. */
static void check_same(double tolerance)
{
    ck_assert_uint_eq(model->n_terms, second->n_terms);
    for (size_t j = 0; j < model->encoding->n_columns; j++) {
        struct buffer term = BUFFER_EMPTY;
        encoding_write_column(model->encoding, j, &term);
        const struct coefficient *a = &model->coefficients[j + 1],
                                 *b =
                                     &second->coefficients[find_term(second, term.bytes)];
        ck_assert_msg(fabs(a->estimate - b->estimate) <= tolerance, "%s: %.17g, %.17g",
                      term.bytes, a->estimate, b->estimate);
        buffer_free(&term);
    }
}

static const struct input *input_named(const char *name)
{
    size_t i = encoding_find_input(model->encoding, name, strlen(name));
    ck_assert_uint_ne(i, SIZE_MAX);
    return &model->encoding->inputs[i];
}

static double score(const struct model *of, double city, double age)
{
    const double cells[] = {city, age};
    double found;
    predict_scores(of, cells, 1, NULL, &found);
    return found;
}

/* ---- missing numbers ---- */

START_TEST(a_fit_with_means_is_one_of_a_table_that_has_them)
{
    columns[0].missing = MISSING_MEAN;
    columns[1].missing = MISSING_LEVEL;
    write_table(&table, (struct writing){.age = "", .city = ""});
    model = fit(&table);
    double fill = input_named("age")->fill;
    ck_assert_double_eq(fill, table_summary(table.table)->columns[3].mean);
    write_table(&other, (struct writing){.fill = fill, .city = "(missing)"});
    columns[0].missing = columns[1].missing = -1;
    columns[1].reference = "bonn";
    second = fit(&other);
    check_same(1e-12);
    ck_assert(isnan(score(model, 0, NAN)) == 0 &&
              score(model, 0, NAN) == score(model, 0, fill));
    ck_assert_uint_eq(model->report.n_rows_dropped, 0);
}
END_TEST

START_TEST(a_mean_alone_gives_the_same_bits)
{
    columns[0].missing = MISSING_MEAN;
    write_table(&table, (struct writing){.age = "", .city = "ulm"});
    model = fit(&table);
    write_table(&other,
                (struct writing){.fill = input_named("age")->fill, .city = "ulm"});
    columns[0].missing = -1;
    second = fit(&other);
    check_same(0);
}
END_TEST

START_TEST(an_indicator_is_a_column_of_its_own)
{
    columns[0].missing = MISSING_INDICATOR;
    write_table(&table, (struct writing){.age = "", .city = "ulm"});
    model = fit(&table);
    write_table(&other, (struct writing){.fill = input_named("age")->fill,
                                         .city = "ulm",
                                         .indicator = true});
    columns[0].missing = -1;
    second = fit(&other);
    check_same(0);
    double fill = input_named("age")->fill;
    double of_missing = model->coefficients[find_term(model, "age[missing]")].estimate;
    ck_assert(of_missing != 0);
    ck_assert_double_eq_tol(score(model, 0, NAN), score(model, 0, fill) + of_missing,
                            1e-14);
}
END_TEST

START_TEST(a_mean_is_by_weight)
{
    columns[0].missing = MISSING_MEAN;
    columns[2].ignore = false;
    request.weights = "w";
    write_table(&table, (struct writing){.age = "", .city = "ulm"});
    model = fit(&table);
    double sum = 0, weights = 0;
    for (size_t i = 0; i < N_ROWS; i++) {
        double age, w;
        table_read_numbers(table.table, 3, i, 1, &age);
        table_read_numbers(table.table, 2, i, 1, &w);
        sum += isnan(age) ? 0 : w * age;
        weights += isnan(age) ? 0 : w;
    }
    ck_assert_double_eq_tol(input_named("age")->fill, sum / weights, 1e-13);
}
END_TEST

START_TEST(a_mean_is_not_of_rows_that_are_held_out)
{
    columns[0].missing = MISSING_MEAN;
    request.is_validated = true;
    request.validation_fraction = 0.25;
    write_table(&table, (struct writing){.age = "", .city = "ulm"});
    model = fit(&table);
    ck_assert_double_ne(input_named("age")->fill,
                        table_summary(table.table)->columns[3].mean);
    ck_assert_uint_eq(model->report.n_validation_rows, 60);
}
END_TEST

START_TEST(a_column_without_a_cell_has_no_mean)
{
    csv_table_read(&table, "y,city,age,w\n1,a,,1\n0,b,,1\n1,b,,1\n0,a,,1\n");
    columns[0].missing = MISSING_MEAN;
    refuse(&table, ERROR_MISSING_VALUE, "/columns/age/missing");
}
END_TEST

/* ---- levels ---- */

START_TEST(rare_levels_are_fitted_as_one)
{
    columns[1].min_count = 10;
    write_table(&table, (struct writing){.age = "40", .city = "ulm"});
    model = fit(&table);
    ck_assert_uint_eq(input_named("city")->n_pooled, 2);
    write_table(&other, (struct writing){.age = "40", .city = "ulm", .rare = "(other)"});
    columns[1].min_count = 0;
    columns[1].reference = "bonn";
    second = fit(&other);
    check_same(1e-12);
    ck_assert_double_eq(score(model, INPUT_UNKNOWN_LEVEL, 40),
                        score(model, (double)input_named("city")->other, 40));
}
END_TEST

START_TEST(the_job_says_what_missing_cells_of_all_columns_are)
{
    request.missing = MISSING_INDICATOR;
    write_table(&table, (struct writing){.age = "", .city = ""});
    model = fit(&table);
    ck_assert_int_eq(input_named("age")->missing, MISSING_INDICATOR);
    ck_assert_int_eq(input_named("city")->missing, MISSING_LEVEL);
    find_term(model, "age[missing]");
    find_term(model, "city[(missing)]");
    columns[1].missing = MISSING_DROP;
    second = fit(&table);
    ck_assert_uint_gt(second->report.n_rows_dropped, 0);
}
END_TEST

START_TEST(all_columns_may_drop_rows)
{
    request.missing = MISSING_DROP;
    csv_table_read(&table, "y,city,w,age\n1,a,1,3\n0,a,1,2\n1,b,1,4\n0,b,1,5\n"
                           ",a,1,3\n1,,1,3\n0,b,1,\n1,a,1,2\n0,b,1,1\n");
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_rows_dropped, 3);
}
END_TEST

/* ---- rows of another table ---- */

static const struct {
    enum unseen_policy unseen;
    enum error_code code;
} judged[] = {{UNSEEN_USUAL, ERROR_UNKNOWN_LEVEL},
              {UNSEEN_REFERENCE, ERROR_NONE},
              {UNSEEN_IGNORE, ERROR_NONE}};

START_TEST(rows_to_judge_by_may_have_unseen_levels_and_missing_cells)
{
    columns[0].missing = MISSING_MEAN;
    columns[1].unseen = judged[_i].unseen;
    write_table(&table, (struct writing){.age = "", .city = "ulm"});
    csv_table_read(&other, "y,city,w,age\n1,ulm,1,\n0,mainz,1,30\n");
    request.is_validated = true;
    request.validation_table = other.table;
    if (judged[_i].code != ERROR_NONE) {
        refuse(&table, judged[_i].code, "/validation/dataset");
        return;
    }
    model = fit(&table);
    double first =
        score(model, (double)input_find_level(input_named("city"), "ulm", 3), NAN);
    double next = score(model, (double)input_named("city")->reference, 30);
    ck_assert_double_eq_tol(model->report.validation_loss,
                            (log1p(exp(-first)) + log1p(exp(next))) / 2, 1e-12);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    columns[0].missing = MISSING_INDICATOR;
    columns[1].missing = MISSING_LEVEL;
    columns[1].max_levels = 2;
    columns[1].unseen = UNSEEN_ERROR;
    write_table(&table, (struct writing){.age = "", .city = ""});
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        model = fit_run(&request, table.table, &room, pool, NULL, &err);
        memory_fail_after(-1);
        if (model)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_uint_eq(budget_used(&budget), 0);
    }
}
END_TEST

TCase *fit_missing_test(void)
{
    TCase *tests = tcase_create("fit_missing");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_fit_with_means_is_one_of_a_table_that_has_them);
    tcase_add_test(tests, a_mean_alone_gives_the_same_bits);
    tcase_add_test(tests, an_indicator_is_a_column_of_its_own);
    tcase_add_test(tests, a_mean_is_by_weight);
    tcase_add_test(tests, a_mean_is_not_of_rows_that_are_held_out);
    tcase_add_test(tests, a_column_without_a_cell_has_no_mean);
    tcase_add_test(tests, rare_levels_are_fitted_as_one);
    tcase_add_test(tests, the_job_says_what_missing_cells_of_all_columns_are);
    tcase_add_test(tests, all_columns_may_drop_rows);
    tcase_add_loop_test(tests, rows_to_judge_by_may_have_unseen_levels_and_missing_cells,
                        0, COUNT(judged));
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
