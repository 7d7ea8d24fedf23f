/* Fits from tables that are judged on rows held out, or on another table: against the
 * same fits and losses by other ways. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/data/split.h"
#include "core/model/fit.h"
#include "core/model/predict.h"
#include "tests/support/csv_table.h"

enum { N_ROWS = 300 };

static struct csv_table table, other;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static struct model *model, *second;

/* y, x, z, s, w of each row. */
static double cells[N_ROWS][5];

static void setup(void)
{
    struct random random = random_start(4, 0);
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(2, 0, NULL);
    request = fit_defaults;
    request.target = "y";
    for (size_t i = 0; i < N_ROWS; i++) {
        double x = random_normal(&random), z = random_normal(&random);
        double s = floor(3 * random_uniform(&random));
        double p = 1 / (1 + exp(-x + 0.5 * z - 0.4 * s));
        cells[i][0] = random_uniform(&random) < p;
        cells[i][1] = x;
        cells[i][2] = z;
        cells[i][3] = s;
        cells[i][4] = floor(1 + 3 * random_uniform(&random));
    }
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

/* Rows of which `which` says `value` (NULL: all), the categories as text. */
static void write_rows(struct csv_table *made, const unsigned char *which, int value)
{
    struct buffer text = BUFFER_EMPTY;
    buffer_append_string(&text, "y,x,z,s,w\n");
    for (size_t i = 0; i < N_ROWS; i++)
        if (!which || which[i] == value)
            buffer_printf(&text, "%s,%.17g,%.17g,l%g,%g\n",
                          cells[i][0] > 0 ? "yes" : "no", cells[i][1], cells[i][2],
                          cells[i][3], cells[i][4]);
    buffer_append_byte(&text, '\0');
    ck_assert(!text.failed);
    csv_table_read(made, text.bytes);
    buffer_free(&text);
}

static struct model *try_fit(const struct csv_table *data, struct error *err)
{
    struct model *made = fit_run(&request, data->table, &room, pool, NULL, err);
    ck_assert_uint_eq(budget_used(&budget), 0);
    return made;
}

static struct model *fit(const struct csv_table *data)
{
    struct error err = {0};
    struct model *made = try_fit(data, &err);
    ck_assert_msg(made != NULL, "%s: %s (%s)", error_word(err.code), err.message,
                  err.place);
    return made;
}

static void refuse(enum error_code code, const char *place)
{
    struct error err = {0};
    ck_assert_ptr_null(try_fit(&table, &err));
    ck_assert_msg(err.code == code, "%s: %s", error_word(err.code), err.message);
    ck_assert_str_eq(err.place, place);
}

/* The mean loss of some rows by the model's own predictions. */
static double loss_of(const struct model *judged, const unsigned char *which,
                      bool weighted)
{
    double sum = 0, weights = 0;
    for (size_t i = 0; i < N_ROWS; i++) {
        double inputs[] = {cells[i][1], cells[i][2], cells[i][3]}, score, p[2];
        double weight = weighted ? cells[i][4] : 1;
        if (which && !which[i])
            continue;
        predict_scores(judged, inputs, 1, NULL, &score);
        predict_probabilities(judged, &score, p);
        sum -= weight * log(p[cells[i][0] > 0]);
        weights += weight;
    }
    return sum / weights;
}

static void check_same_solutions(double tolerance)
{
    ck_assert_uint_eq(model->n_terms, second->n_terms);
    for (size_t i = 0; i < model->n_terms; i++)
        ck_assert_double_eq_tol(model->coefficients[i].estimate,
                                second->coefficients[i].estimate, tolerance);
}

static const char *const features[] = {"x", "z", "s"};

static void take_features(void)
{
    request.features = features;
    request.n_features = 3;
}

/* The rows that the fit holds out. */
static uint64_t find_held_out(double share, unsigned char *held_out)
{
    double class_of[N_ROWS];
    uint64_t n;
    for (size_t i = 0; i < N_ROWS; i++)
        class_of[i] = cells[i][0];
    ck_assert_int_eq(split_rows(NULL, N_ROWS, class_of, 2, share, request.solver.seed,
                                held_out, &n, NULL),
                     0);
    return n;
}

START_TEST(a_fraction_is_held_out_of_the_fit)
{
    unsigned char held_out[N_ROWS];
    bool weighted = _i == 1;
    write_rows(&table, NULL, 0);
    take_features();
    request.weights = weighted ? "w" : NULL;
    request.is_validated = true;
    request.validation_fraction = 0.2;
    uint64_t n = find_held_out(0.2, held_out);
    ck_assert_uint_eq(n, 60);
    model = fit(&table);
    const struct report *report = &model->report;
    ck_assert_uint_eq(report->n_validation_rows, n);
    ck_assert_uint_eq(report->n_rows, N_ROWS - n);
    ck_assert_uint_eq(report->n_rows_dropped, 0);
    ck_assert_double_eq_tol(report->validation_loss, loss_of(model, held_out, weighted),
                            1e-12);
    /* the other rows alone */
    request.is_validated = false;
    write_rows(&other, held_out, 0);
    second = fit(&other);
    check_same_solutions(1e-12);
    ck_assert_double_eq_tol(report->log_likelihood, second->report.log_likelihood, 1e-10);
    ck_assert_double_eq_tol(report->sum_weights, second->report.sum_weights, 1e-10);
}
END_TEST

START_TEST(another_table_is_judged_by_its_columns_names)
{
    unsigned char halves[N_ROWS];
    for (size_t i = 0; i < N_ROWS; i++)
        halves[i] = i % 2;
    write_rows(&table, halves, 0);
    write_rows(&other, halves, 1);
    take_features();
    second = fit(&table);
    request.is_validated = true;
    request.validation_table = other.table;
    model = fit(&table);
    check_same_solutions(1e-15);
    ck_assert_uint_eq(model->report.n_validation_rows, N_ROWS / 2);
    ck_assert_double_eq_tol(model->report.validation_loss, loss_of(model, halves, false),
                            1e-12);
    /* in another order, with another column, and numbers where text was */
    csv_table_free(&other);
    csv_table_read(&other, "s,extra,z,x,y\nl1,5,0.5,1,yes\nl0,6,1,-1,no\n");
    request.validation_table = other.table;
    model_release(model);
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_validation_rows, 2);
    double inputs[2][3] = {{1, 0.5, 1}, {-1, 1, 0}}, scores[2];
    predict_scores(model, inputs[0], 2, NULL, scores);
    ck_assert_double_eq_tol(model->report.validation_loss,
                            (log1p(exp(-scores[0])) + log1p(exp(scores[1]))) / 2, 1e-12);
}
END_TEST

START_TEST(rows_of_another_table_are_dropped_as_the_fits_are)
{
    static const struct fit_column columns[] = {
        {.name = "x", .type = -1, .missing = MISSING_DROP}};
    write_rows(&table, NULL, 0);
    csv_table_read(&other, "y,x,z,s\nyes,1,0.5,l1\nno,,1,l0\nno,2,1,l0\n");
    take_features();
    request.is_validated = true;
    request.validation_table = other.table;
    refuse(ERROR_MISSING_VALUE, "/validation/dataset");
    request.columns = columns;
    request.n_columns = 1;
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_validation_rows, 2);
}
END_TEST

static const struct {
    const char *csv;
    enum error_code code;
} others[] = {
    {"y,x,z\nyes,1,2\nno,2,3\n", ERROR_UNKNOWN_COLUMN},
    {"x,z,s\n1,2,l0\n2,3,l1\n", ERROR_UNKNOWN_COLUMN},
    {"y,x,z,s\nyes,a,2,l0\nno,b,3,l1\n", ERROR_NOT_A_NUMBER},
    {"y,x,z,s\nyes,1,,l0\nno,2,3,l1\n", ERROR_MISSING_VALUE},
    {"y,x,z,s\nyes,1,2,l0\n,2,3,l1\n", ERROR_MISSING_VALUE},
    {"y,x,z,s\nyes,1,2,l9\nno,2,3,l1\n", ERROR_UNKNOWN_LEVEL},
    {"y,x,z,s\nmaybe,1,2,l0\nno,2,3,l1\n", ERROR_UNKNOWN_LEVEL},
};
enum { N_OTHERS = sizeof(others) / sizeof(*others) };

START_TEST(another_table_that_does_not_fit_is_refused)
{
    write_rows(&table, NULL, 0);
    csv_table_read(&other, others[_i].csv);
    take_features();
    request.is_validated = true;
    request.validation_table = other.table;
    refuse(others[_i].code, "/validation/dataset");
}
END_TEST

/* Of the counts below a fifth is one row, all of whose trials succeed or fail. */
START_TEST(counts_may_all_end_alike_among_those_held_out)
{
    csv_table_read(&table, "k,n,x\n0,3,0\n3,3,1\n0,4,2\n4,4,3\n2,2,4\n");
    request.target = "k";
    request.trials = "n";
    request.l2 = 0.1;
    request.positive = _i ? "0" : NULL;
    request.is_validated = true;
    request.validation_fraction = 0.2;
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_rows, 4);
    ck_assert_uint_eq(model->report.n_validation_rows, 1);
    ck_assert(isfinite(model->report.validation_loss));
    ck_assert_double_eq(model->report.validation_weights + model->report.sum_weights, 16);
}
END_TEST

/* One share of all rows, and ½(y-z)² of theirs. */
START_TEST(numbers_are_held_out_without_classes)
{
    unsigned char held_out[N_ROWS];
    double square = 0;
    uint64_t n;
    for (size_t i = 0; i < N_ROWS; i++)
        held_out[i] = i % 2;
    write_rows(&table, held_out, 0);
    write_rows(&other, held_out, 1);
    request.target = "z";
    request.features = features;
    request.n_features = 1;
    request.family = "gaussian";
    request.is_validated = true;
    request.validation_table = _i ? other.table : NULL;
    request.validation_fraction = 0.2;
    model = fit(&table);
    n = model->report.n_validation_rows;
    ck_assert_uint_eq(n, _i ? 150 : 30);
    ck_assert_uint_eq(model->report.n_rows, _i ? 150 : 120);
    if (!_i) { /* of rows 0, 2, 4, … */
        unsigned char of_table[N_ROWS];
        ck_assert_int_eq(split_rows(NULL, 150, NULL, 1, 0.2, 1, of_table, &n, NULL), 0);
        for (size_t i = 0; i < N_ROWS; i++)
            held_out[i] = i % 2 == 0 && of_table[i / 2];
    }
    for (size_t i = 0; i < N_ROWS; i++) {
        double off = cells[i][2] - model->coefficients[0].estimate -
                     model->coefficients[1].estimate * cells[i][1];
        square += held_out[i] ? off * off : 0;
    }
    ck_assert_double_eq_tol(model->report.validation_loss, square / 2 / (double)n, 1e-12);
}
END_TEST

START_TEST(a_fraction_of_too_few_rows_is_refused)
{
    csv_table_read(&table, "y,x\n0,1\n1,2\n0,3\n1,1\n");
    request.is_validated = true;
    request.validation_fraction = 0.1;
    refuse(ERROR_OUT_OF_RANGE, "/validation/fraction");
}
END_TEST

/* A level that only rows held out have is known, and has no coefficient. */
START_TEST(levels_of_rows_held_out_are_known)
{
    unsigned char held_out[N_ROWS];
    size_t row = 0;
    uint64_t n = find_held_out(0.2, held_out);
    ck_assert_uint_eq(n, 60);
    while (!held_out[row])
        row++;
    cells[row][3] = 7;
    write_rows(&table, NULL, 0);
    take_features();
    request.is_validated = true;
    request.validation_fraction = 0.2;
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_validation_rows, 60);
    ck_assert_uint_eq(model->n_terms, 6);
    ck_assert(model->coefficients[5].aliased);
}
END_TEST

START_TEST(a_rate_is_chosen_by_a_fraction)
{
    static const double rates[] = {1e-4, 1e15, 0.1};
    write_rows(&table, NULL, 0);
    take_features();
    request.is_validated = true;
    request.validation_fraction = 0.25;
    request.algorithm = "sgd";
    request.rates = rates;
    request.n_rates = 3;
    request.patience = 4;
    model = fit(&table);
    ck_assert_uint_eq(model->report.n_trials, 3);
    ck_assert(model->report.trials[1].diverged);
    ck_assert_double_lt(model->report.trials[2].validation_loss,
                        model->report.trials[0].validation_loss);
    ck_assert_double_eq_tol(model->report.trials[2].validation_loss,
                            model->report.validation_loss, 1e-9);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    unsigned char halves[N_ROWS];
    struct error err = {0};
    for (size_t i = 0; i < N_ROWS; i++)
        halves[i] = i % 2;
    write_rows(&table, halves, 0);
    write_rows(&other, halves, 1);
    take_features();
    request.is_validated = true;
    request.validation_fraction = 0.2;
    request.validation_table = _i ? other.table : NULL;
    for (long n = 0; !model; n++) {
        err = (struct error){0};
        memory_fail_after(n);
        model = fit_run(&request, table.table, &room, pool, NULL, &err);
        memory_fail_after(-1);
        ck_assert_msg(model || err.code == ERROR_NO_MEMORY, "%s", err.message);
        ck_assert_uint_eq(budget_used(&budget), 0);
    }
}
END_TEST

TCase *fit_validation_test(void)
{
    TCase *tests = tcase_create("fit_validation");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_fraction_is_held_out_of_the_fit, 0, 2);
    tcase_add_test(tests, another_table_is_judged_by_its_columns_names);
    tcase_add_test(tests, rows_of_another_table_are_dropped_as_the_fits_are);
    tcase_add_loop_test(tests, another_table_that_does_not_fit_is_refused, 0, N_OTHERS);
    tcase_add_loop_test(tests, counts_may_all_end_alike_among_those_held_out, 0, 2);
    tcase_add_loop_test(tests, numbers_are_held_out_without_classes, 0, 2);
    tcase_add_test(tests, a_fraction_of_too_few_rows_is_refused);
    tcase_add_test(tests, levels_of_rows_held_out_are_known);
    tcase_add_test(tests, a_rate_is_chosen_by_a_fraction);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, 2);
    return tests;
}
