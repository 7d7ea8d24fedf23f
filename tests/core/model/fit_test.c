#include "core/model/fit.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/predict.h"
#include "tests/support/csv_table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct csv_table table, other;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;

static void setup(void)
{
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(1, 0, NULL);
    ck_assert_ptr_nonnull(pool);
    request = fit_defaults;
    request.target = "y";
}

static void teardown(void)
{
    pool_free(pool);
    csv_table_free(&table);
    csv_table_free(&other);
}

static struct model *try_fit(const struct csv_table *data, struct error *err)
{
    struct model *model = fit_run(&request, data->table, &room, pool, NULL, err);
    ck_assert_uint_eq(budget_used(&budget), 0);
    return model;
}

static struct model *fit(const struct csv_table *data)
{
    struct error err = {0};
    struct model *model = try_fit(data, &err);
    ck_assert_msg(model != NULL, "%s: %s (%s)", error_word(err.code), err.message,
                  err.place);
    return model;
}

static void refuse(enum error_code code, const char *place)
{
    struct error err = {0};
    ck_assert_ptr_null(try_fit(&table, &err));
    ck_assert_msg(err.code == code, "%s: %s", error_word(err.code), err.message);
    ck_assert_str_eq(err.place, place);
}

static void check_estimates(const struct model *model, size_t block,
                            const double *expected, size_t n, double tolerance)
{
    ck_assert_uint_eq(model->n_terms, n);
    for (size_t i = 0; i < n; i++) {
        double estimate = model->coefficients[block * n + i].estimate;
        ck_assert_msg(fabs(estimate - expected[i]) <= tolerance * (1 + fabs(expected[i])),
                      "term %zu: %.12g, expected %.12g", i, estimate, expected[i]);
    }
}

static void check_same_estimates(const struct model *a, const struct model *b,
                                 double sign, double tolerance)
{
    ck_assert_uint_eq(a->n_terms * a->n_blocks, b->n_terms * b->n_blocks);
    for (size_t i = 0; i < a->n_terms * a->n_blocks; i++) {
        double x = a->coefficients[i].estimate, y = sign * b->coefficients[i].estimate;
        ck_assert_msg(fabs(x - y) <= tolerance * (1 + fabs(x)), "term %zu: %.12g, %.12g",
                      i, x, y);
    }
}

/* Rows "y,a,g,w": y follows a and g with noise; w is 1, 2 or 3. */
static void make_rows(struct buffer *csv, size_t n, bool repeat)
{
    struct random random = random_start(11, 0);
    buffer_append_string(csv, "y,a,g,w\n");
    for (size_t i = 0; i < n; i++) {
        double a = random_normal(&random);
        uint64_t g = random_below(&random, 3), w = 1 + random_below(&random, 3);
        bool y = random_uniform(&random) < 1 / (1 + exp(-(0.3 + a - 0.5 * (double)g)));
        for (uint64_t k = 0; k < (repeat ? w : 1); k++)
            buffer_printf(csv, "%s,%.17g,g%llu,%llu\n", y ? "yes" : "no", a,
                          (unsigned long long)g, (unsigned long long)w);
    }
}

static void read_rows(struct csv_table *into, size_t n, bool repeat)
{
    struct buffer csv = BUFFER_EMPTY;
    make_rows(&csv, n, repeat);
    csv_table_read(into, csv.bytes);
    buffer_free(&csv);
}

static const char *const a_and_g[] = {"a", "g"};

static void use_a_and_g(void)
{
    request.features = a_and_g;
    request.n_features = 2;
}

/* ---- published figures: math.md says from where ---- */

START_TEST(fit_gives_the_published_coefficients_of_admissions)
{
    static const double estimates[] = {-3.989979073, .002264425786, .8040375493,
                                       -.6754429280, -1.340203916,  -1.551463677};
    /* R takes its last step with the weights of the step before. */
    static const double errors[] = {1.139950936, .001093997638, .3318192979,
                                    .3164896606, .3453064182,   .4178316331};
    static const struct fit_column rank = {.name = "rank", .type = COLUMN_CATEGORICAL};
    if (!csv_table_read_file(&table, "ucla_admissions/binary.csv", NULL))
        return;
    request.target = "admit";
    request.columns = &rank;
    request.n_columns = 1;
    struct model *model = fit(&table);
    check_estimates(model, 0, estimates, 6, 1e-9);
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq_tol(model->coefficients[i].std_error, errors[i],
                                1e-6 * errors[i]);
    ck_assert_double_eq_tol(model->report.log_likelihood, -229.2587462, 1e-7);
    ck_assert_double_eq_tol(model->report.aic, 470.5174925, 1e-7);
    ck_assert(model->report.converged);
    ck_assert_str_eq(model->classes[model->positive], "1");
    ck_assert_uint_eq(model->report.n_rows, 400);
    model_release(model);
}
END_TEST

START_TEST(fit_gives_the_published_coefficients_of_programmes)
{
    static const double general[] = {2.85218629, -1.162832009, -.533291015, -.0579284106};
    static const double vocation[] = {5.21820025, -.982670344, .291393119, -.1136026420};
    static const char *const features[] = {"ses", "write"};
    static const struct fit_column ses = {.name = "ses", .type = -1, .reference = "low"};
    if (!csv_table_read_file(&table, "hsbdemo/hsbdemo.csv", NULL))
        return;
    request.target = "prog";
    request.features = features;
    request.n_features = 2;
    request.columns = &ses;
    request.n_columns = 1;
    struct model *model = fit(&table);
    /* nnet ends when the likelihood does not change in its eighth digit. */
    check_estimates(model, 0, general, 4, 1e-7);
    check_estimates(model, 1, vocation, 4, 1e-7);
    ck_assert_double_eq_tol(model->report.log_likelihood, -179.981726, 1e-6);
    ck_assert_str_eq(model->classes[model->block_class[0]], "general");
    ck_assert_str_eq(model->classes[model->reference], "academic");
    model_release(model);
}
END_TEST

START_TEST(fit_gives_the_published_coefficients_of_heart_disease)
{
    if (!csv_table_read_file(&table, "hl_chdage/chdage.csv", NULL))
        return;
    static const char *const age[] = {"age"};
    request.target = "chd";
    request.features = age;
    request.n_features = 1;
    struct model *model = fit(&table);
    ck_assert_double_eq_tol(model->coefficients[0].estimate, -5.309, 5e-4);
    ck_assert_double_eq_tol(model->coefficients[0].std_error, 1.134, 5e-4);
    ck_assert_double_eq_tol(model->coefficients[1].estimate, .111, 5e-4);
    ck_assert_double_eq_tol(model->coefficients[1].std_error, .024, 5e-4);
    ck_assert_double_eq_tol(model->report.log_likelihood, -53.67655, 5e-6);
    model_release(model);
}
END_TEST

/* ---- what must come out the same ---- */

START_TEST(frequency_weights_repeat_rows)
{
    read_rows(&table, 300, false);
    read_rows(&other, 300, true);
    use_a_and_g();
    struct model *repeated = fit(&other);
    request.weights = "w"; /* of frequency, unless told otherwise */
    struct model *weighted = fit(&table);
    check_same_estimates(weighted, repeated, 1, 1e-10);
    ck_assert_double_eq_tol(weighted->report.bic, repeated->report.bic, 1e-7);
    ck_assert_double_eq_tol(weighted->coefficients[1].std_error,
                            repeated->coefficients[1].std_error, 1e-9);
    ck_assert_double_eq(weighted->report.df_residual, repeated->report.df_residual);
    model_release(weighted);
    request.frequency_weights = false;
    weighted = fit(&table);
    check_same_estimates(weighted, repeated, 1, 1e-10);
    ck_assert_double_eq(weighted->report.df_residual, 300 - 4);
    model_release(repeated);
    model_release(weighted);
}
END_TEST

START_TEST(a_class_may_be_named_as_the_data_wrote_it)
{
    csv_table_read(&table, "y,x\n1.50,1\n2.0,2\n1.50,3\n2.0,0\n");
    request.target = "y";
    request.positive = "1.50";
    struct model *model = fit(&table);
    ck_assert_str_eq(model->classes[model->positive], "1.5");
    model_release(model);
}
END_TEST

START_TEST(the_other_positive_class_turns_all_signs)
{
    read_rows(&table, 200, false);
    use_a_and_g();
    struct model *yes = fit(&table);
    request.positive = "no";
    struct model *no = fit(&table);
    check_same_estimates(yes, no, -1, 1e-10);
    ck_assert_uint_eq(yes->positive, 1);
    ck_assert_uint_eq(no->positive, 0);
    const double cells[] = {0.7, 1};
    double score, p[2], q[2];
    predict_scores(yes, cells, 1, NULL, &score);
    predict_probabilities(yes, &score, p);
    predict_scores(no, cells, 1, NULL, &score);
    predict_probabilities(no, &score, q);
    ck_assert_double_eq_tol(p[0], q[0], 1e-12);
    model_release(yes);
    model_release(no);
}
END_TEST

START_TEST(softmax_over_two_classes_is_the_binary_model)
{
    read_rows(&table, 200, false);
    use_a_and_g();
    struct model *binomial = fit(&table);
    request.family = "multinomial";
    struct model *multinomial = fit(&table);
    ck_assert_int_eq(multinomial->family, FAMILY_MULTINOMIAL);
    check_same_estimates(binomial, multinomial, 1, 1e-9);
    model_release(binomial);
    model_release(multinomial);
}
END_TEST

START_TEST(the_reference_class_changes_the_table_and_not_the_model)
{
    struct buffer csv = BUFFER_EMPTY;
    struct random random = random_start(3, 0);
    buffer_append_string(&csv, "y,a\n");
    for (int i = 0; i < 300; i++) {
        double a = random_normal(&random);
        int y = (int)floor(1.5 + a + random_normal(&random));
        buffer_printf(&csv, "%d,%.17g\n", y < 0 ? 0 : y > 3 ? 3 : y, a);
    }
    csv_table_read(&table, csv.bytes);
    struct model *first = fit(&table);
    request.reference = "2";
    struct model *third = fit(&table);
    ck_assert_uint_eq(third->reference, 2);
    ck_assert_uint_eq(third->block_class[2], 3);
    /* log-odds of class 3 against 2, both ways */
    ck_assert_double_eq_tol(third->coefficients[2 * 2 + 1].estimate,
                            first->coefficients[2 * 2 + 1].estimate -
                                first->coefficients[1 * 2 + 1].estimate,
                            1e-9);
    for (size_t k = 0; k < 4; k++)
        ck_assert_double_eq_tol(first->weights[k], third->weights[k], 1e-9);
    model_release(first);
    model_release(third);
    buffer_free(&csv);
}
END_TEST

START_TEST(dropped_rows_are_as_if_never_there)
{
    static const struct fit_column columns[] = {
        {.name = "a", .type = -1, .missing = MISSING_DROP},
        {.name = "y", .type = -1, .missing = MISSING_DROP}};
    struct buffer csv = BUFFER_EMPTY;
    read_rows(&other, 200, false);
    make_rows(&csv, 200, false);
    buffer_append_string(&csv, "yes,NA,only here,1\nNA,1,g1,1\nthird,NA,g0,1\n");
    csv_table_read(&table, csv.bytes);
    use_a_and_g();
    struct model *without = fit(&other);
    request.columns = columns;
    request.n_columns = 2;
    struct model *dropped = fit(&table);
    check_same_estimates(without, dropped, 1, 0);
    ck_assert_uint_eq(dropped->report.n_rows_dropped, 3);
    ck_assert_uint_eq(dropped->report.n_rows, 200);
    ck_assert_uint_eq(without->report.n_rows_dropped, 0);
    model_release(without);
    model_release(dropped);
    buffer_free(&csv);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    read_rows(&table, 5000, false);
    use_a_and_g();
    struct model *one = fit(&table);
    pool_free(pool);
    pool = pool_new(3, 0, NULL);
    struct model *three = fit(&table);
    ck_assert_mem_eq(one->coefficients, three->coefficients,
                     one->n_terms * sizeof(*one->coefficients));
    model_release(one);
    model_release(three);
}
END_TEST

/* ---- counts ---- */

static const char *const x_only[] = {"x"};

START_TEST(counts_are_as_many_rows)
{
    csv_table_read(&table, "y,n,x\n2,5,1\n3,6,2\n5,7,3\n0,0,9\n");
    csv_table_read(&other, "y,x\n1,1\n1,1\n0,1\n0,1\n0,1\n1,2\n1,2\n1,2\n0,2\n0,2\n0,2\n"
                           "1,3\n1,3\n1,3\n1,3\n1,3\n0,3\n0,3\n");
    request.features = x_only;
    request.n_features = 1;
    struct model *rows = fit(&other);
    request.trials = "n";
    struct model *counts = fit(&table);
    check_same_estimates(rows, counts, 1, 1e-10);
    /* log of 5 over 2, 6 over 3, 7 over 5: 10, 20, 21 */
    ck_assert_double_eq_tol(counts->report.log_likelihood,
                            rows->report.log_likelihood + log(4200), 1e-9);
    ck_assert_str_eq(counts->classes[1], "1");
    ck_assert_uint_eq(counts->positive, 1);
    request.positive = "0";
    struct model *failures = fit(&table);
    check_same_estimates(counts, failures, -1, 1e-10);
    model_release(rows);
    model_release(counts);
    model_release(failures);
}
END_TEST

static const struct {
    const char *csv;
    enum error_code code;
    const char *place;
} bad_counts[] = {
    {"y,n,x\n2,5,1\n7,6,2\n", ERROR_BAD_COUNT, "row 2, column y"},
    {"y,n,x\n2,5,1\n1.5,6,2\n", ERROR_BAD_COUNT, "row 2, column y"},
    {"y,n,x\n2,5,1\n1,-6,2\n", ERROR_BAD_COUNT, "row 2, column n"},
    {"y,n,x\n0,5,1\n0,6,2\n", ERROR_SINGLE_CLASS, "/target"},
    {"y,n,x\n0,0,1\n0,0,2\n", ERROR_BAD_TARGET, "/target"},
};

START_TEST(fit_refuses_bad_counts)
{
    csv_table_read(&table, bad_counts[_i].csv);
    request.features = x_only;
    request.n_features = 1;
    request.trials = "n";
    refuse(bad_counts[_i].code, bad_counts[_i].place);
}
END_TEST

START_TEST(counts_have_two_classes)
{
    csv_table_read(&table, "y,n,x\n2,5,1\n3,6,2\n");
    request.trials = "n";
    request.positive = "2";
    refuse(ERROR_UNKNOWN_LEVEL, "/positive");
}
END_TEST

/* ---- what is refused ---- */

START_TEST(fit_rejects_a_single_class)
{
    csv_table_read(&table, "y,x\n1,1\n1,2\n");
    refuse(ERROR_SINGLE_CLASS, "/target");
}
END_TEST

START_TEST(fit_rejects_a_single_class_among_the_rows_left)
{
    static const struct fit_column x = {.name = "x", .type = -1, .missing = MISSING_DROP};
    csv_table_read(&table, "y,x\n1,1\n1,2\n0,\n");
    request.columns = &x;
    request.n_columns = 1;
    refuse(ERROR_SINGLE_CLASS, "/target");
}
END_TEST

START_TEST(fit_refuses_measurements_as_a_target)
{
    static const struct fit_column x = {.name = "x", .type = -1, .missing = MISSING_DROP};
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,x\n1,NA\n");
    for (int i = 0; i < 2000; i++)
        buffer_printf(&csv, "%d.5,%d\n", i, i);
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
    request.columns = &x; /* rows are left out: only they can tell */
    request.n_columns = 1;
    refuse(ERROR_AMBIGUOUS_FAMILY, "/target");
    request.family = "binomial";
    refuse(ERROR_BAD_TARGET, "/target");
    request.family = "multinomial";
    refuse(ERROR_BAD_TARGET, "/target");
}
END_TEST

START_TEST(fit_rejects_data_of_which_no_row_is_left)
{
    static const struct fit_column x = {.name = "x", .type = -1, .missing = MISSING_DROP};
    csv_table_read(&table, "y,x\n1,\n0,\n");
    request.columns = &x;
    request.n_columns = 1;
    refuse(ERROR_NO_ROWS, "");
}
END_TEST

static const struct {
    const char *csv;
    const char *place;
} bad_weights[] = {
    {"y,x,w\n1,1,1\n0,2,-1\n", "row 2, column w"},
    {"y,x,w\n1,1,0\n0,2,0\n", "/weights"},
};

START_TEST(fit_refuses_bad_weights)
{
    csv_table_read(&table, bad_weights[_i].csv);
    request.weights = "w";
    refuse(ERROR_BAD_WEIGHT, bad_weights[_i].place);
}
END_TEST

START_TEST(fit_refuses_missing_cells)
{
    csv_table_read(&table, "y,x\n1,1\n0,NA\n1,3\n");
    refuse(ERROR_MISSING_VALUE, "/columns/x/missing");
}
END_TEST

START_TEST(fit_refuses_classes_and_levels_that_are_not_there)
{
    static const struct fit_column x = {
        .name = "x", .type = COLUMN_CATEGORICAL, .reference = "7"};
    csv_table_read(&table, "y,x\n1,1\n0,2\n1,3\n");
    request.positive = "2";
    refuse(ERROR_UNKNOWN_LEVEL, "/positive");
    request.positive = NULL;
    request.columns = &x;
    request.n_columns = 1;
    refuse(ERROR_UNKNOWN_LEVEL, "/columns/x/reference");
}
END_TEST

START_TEST(fit_refuses_features_that_never_differ)
{
    csv_table_read(&table, "y,x\n1,k\n0,k\n1,k\n");
    refuse(ERROR_NO_FEATURES, "/features");
}
END_TEST

START_TEST(fit_tells_of_categories_that_never_differ)
{
    csv_table_read(&table, "y,x,c\n1,1,k\n0,2,k\n1,3,k\n0,4,k\n1,2,k\n");
    struct model *model = fit(&table);
    ck_assert_uint_eq(model->n_terms, 2);
    bool is_told = false;
    for (size_t i = 0; i < model->report.n_warnings; i++)
        is_told =
            is_told || (strcmp(model->report.warnings[i].code, "constant_columns") == 0 &&
                        strcmp(model->report.warnings[i].columns[0], "c") == 0);
    ck_assert(is_told);
    model_release(model);
}
END_TEST

START_TEST(fit_refuses_what_the_budget_cannot_hold)
{
    read_rows(&table, 3000, false);
    budget_start(&budget, 10000);
    refuse(ERROR_TOO_LARGE, "");
}
END_TEST

static int stop(void *context, const struct solver_step *step)
{
    size_t *n_steps = context;
    (void)step;
    ++*n_steps;
    return 1;
}

START_TEST(fit_stops_when_the_watch_says_so)
{
    size_t n_steps = 0;
    const struct solver_watch watch = {.on_step = stop, .context = &n_steps};
    struct error err = {0};
    read_rows(&table, 200, false);
    ck_assert_ptr_null(fit_run(&request, table.table, &room, pool, &watch, &err));
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert_uint_ge(n_steps, 1);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

/* ---- penalties ---- */

START_TEST(a_factor_of_zero_leaves_a_feature_free)
{
    static const struct fit_factor factor = {"g", 0};
    read_rows(&table, 300, false);
    use_a_and_g();
    struct model *free = fit(&table);
    request.l2 = 1e6;
    request.factors = &factor;
    request.n_factors = 1;
    struct model *penalised = fit(&table);
    ck_assert_double_eq_tol(penalised->weights[0], 0, 1e-5);
    ck_assert_double_ge(fabs(penalised->weights[2]), 0.1);
    ck_assert_ptr_null(penalised->covariance);
    ck_assert_ptr_nonnull(free->covariance);
    model_release(free);
    model_release(penalised);
}
END_TEST

START_TEST(each_failed_allocation_is_told_and_leaves_the_budget)
{
    long n = 0;
    read_rows(&table, 30, false);
    use_a_and_g();
    for (;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        struct model *model = fit_run(&request, table.table, &room, pool, NULL, &err);
        memory_fail_after(-1);
        ck_assert_uint_eq(budget_used(&budget), 0);
        model_release(model);
        if (model)
            break;
        ck_assert_msg(err.code == ERROR_NO_MEMORY, "%s", err.message);
    }
    ck_assert_int_gt(n, 20);
}
END_TEST

TCase *fit_test(void)
{
    TCase *tests = tcase_create("fit");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, fit_gives_the_published_coefficients_of_admissions);
    tcase_add_test(tests, fit_gives_the_published_coefficients_of_programmes);
    tcase_add_test(tests, fit_gives_the_published_coefficients_of_heart_disease);
    tcase_add_test(tests, frequency_weights_repeat_rows);
    tcase_add_test(tests, a_class_may_be_named_as_the_data_wrote_it);
    tcase_add_test(tests, the_other_positive_class_turns_all_signs);
    tcase_add_test(tests, softmax_over_two_classes_is_the_binary_model);
    tcase_add_test(tests, the_reference_class_changes_the_table_and_not_the_model);
    tcase_add_test(tests, dropped_rows_are_as_if_never_there);
    tcase_add_test(tests, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(tests, counts_are_as_many_rows);
    tcase_add_loop_test(tests, fit_refuses_bad_counts, 0, COUNT(bad_counts));
    tcase_add_test(tests, counts_have_two_classes);
    tcase_add_test(tests, fit_rejects_a_single_class);
    tcase_add_test(tests, fit_rejects_a_single_class_among_the_rows_left);
    tcase_add_test(tests, fit_refuses_measurements_as_a_target);
    tcase_add_test(tests, fit_rejects_data_of_which_no_row_is_left);
    tcase_add_loop_test(tests, fit_refuses_bad_weights, 0, COUNT(bad_weights));
    tcase_add_test(tests, fit_refuses_missing_cells);
    tcase_add_test(tests, fit_refuses_classes_and_levels_that_are_not_there);
    tcase_add_test(tests, fit_refuses_features_that_never_differ);
    tcase_add_test(tests, fit_tells_of_categories_that_never_differ);
    tcase_add_test(tests, fit_refuses_what_the_budget_cannot_hold);
    tcase_add_test(tests, fit_stops_when_the_watch_says_so);
    tcase_add_test(tests, a_factor_of_zero_leaves_a_feature_free);
    tcase_add_test(tests, each_failed_allocation_is_told_and_leaves_the_budget);
    return tests;
}
