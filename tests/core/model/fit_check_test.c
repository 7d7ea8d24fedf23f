#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
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
    csv_table_read(&table, "y,age,ses,prog,w,n,score,many/few,same\n"
                           "1,20,low,a,1,3,0.5,1,k\n"
                           "0,30,high,b,1,3,1.5,,k\n"
                           "1,40,mid,c,2,3,2.5,3,k\n"
                           "0,50,low,a,1,3,3.5,4,k\n");
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

static void check_only(enum error_code code, const char *place)
{
    struct found found = check();
    ck_assert_uint_eq(found.n, 1);
    ck_assert_msg(found.problems[0].code == code, "%s: %s",
                  error_word(found.problems[0].code), found.problems[0].message);
    ck_assert_str_eq(found.problems[0].place, place);
}

START_TEST(a_good_request_has_no_problem)
{
    ck_assert_uint_eq(check().n, 0);
    request.weights = "w";
    request.offset = "score";
    request.positive = "0";
    ck_assert_uint_eq(check().n, 0);
    request.target = "w";
    request.trials = "n";
    request.weights = NULL;
    request.positive = NULL;
    ck_assert_uint_eq(check().n, 0);
    request.trials = request.offset = NULL;
    request.target = "prog";
    request.reference = "b";
    ck_assert_uint_eq(check().n, 0);
}
END_TEST

START_TEST(columns_that_are_not_there_are_named_with_their_pointer)
{
    static const char *const features[] = {"age", "sex"};
    static const struct fit_column columns[] = {{.name = "a/b~c", .type = -1}};
    request.features = features;
    request.target = "z";
    request.weights = "ww";
    request.offset = "oo";
    request.columns = columns;
    request.n_columns = 1;
    struct found found = check();
    static const char *const places[] = {"/columns/a~1b~0c", "/target", "/weights",
                                         "/offset", "/features/1"};
    ck_assert_uint_eq(found.n, COUNT(places));
    for (size_t i = 0; i < found.n; i++) {
        ck_assert_int_eq(found.problems[i].code, ERROR_UNKNOWN_COLUMN);
        ck_assert_str_eq(found.problems[i].place, places[i]);
    }
}
END_TEST

START_TEST(a_target_is_needed)
{
    request.target = NULL;
    check_only(ERROR_MISSING_FIELD, "/target");
}
END_TEST

START_TEST(the_target_among_the_features_is_refused)
{
    static const char *const features[] = {"age", "y", "w"};
    request.features = features;
    request.n_features = 3;
    request.weights = "w";
    struct found found = check();
    ck_assert_uint_eq(found.n, 2);
    ck_assert_str_eq(found.problems[0].place, "/features/1");
    ck_assert_str_eq(found.problems[1].place, "/features/2");
    ck_assert_int_eq(found.problems[1].code, ERROR_INVALID);
}
END_TEST

START_TEST(a_feature_named_twice_is_refused)
{
    static const char *const features[] = {"age", "ses", "age"};
    request.features = features;
    request.n_features = 3;
    check_only(ERROR_DUPLICATE_COLUMN, "/features/2");
}
END_TEST

START_TEST(one_column_has_one_role)
{
    request.weights = "w";
    request.offset = "w";
    check_only(ERROR_INVALID, "/offset");
    request.offset = NULL;
    request.weights = "y";
    check_only(ERROR_INVALID, "/weights");
}
END_TEST

START_TEST(text_is_no_weight_no_offset_and_no_count)
{
    request.weights = "prog";
    check_only(ERROR_NOT_A_NUMBER, "/weights");
    request.weights = NULL;
    request.offset = "prog";
    check_only(ERROR_NOT_A_NUMBER, "/offset");
    request.offset = NULL;
    request.target = "prog";
    request.trials = "n";
    check_only(ERROR_NOT_A_NUMBER, "/target");
}
END_TEST

START_TEST(no_features_are_refused)
{
    request.n_features = 0;
    check_only(ERROR_NO_FEATURES, "/features");
}
END_TEST

START_TEST(without_a_list_all_other_columns_are_features)
{
    static const struct fit_column columns[] = {
        {.name = "many/few", .type = -1, .ignore = true}};
    request.features = NULL;
    check_only(ERROR_MISSING_VALUE, "/columns/many~1few/missing");
    request.columns = columns;
    request.n_columns = 1;
    ck_assert_uint_eq(check().n, 0);
}
END_TEST

START_TEST(missing_cells_are_counted_and_the_ways_out_told)
{
    static const char *const features[] = {"many/few"};
    static const struct fit_column columns[] = {
        {.name = "many/few", .type = -1, .missing = MISSING_DROP}};
    request.features = features;
    request.n_features = 1;
    struct found found = check();
    ck_assert_uint_eq(found.n, 1);
    ck_assert_int_eq(found.problems[0].code, ERROR_MISSING_VALUE);
    ck_assert_ptr_nonnull(strstr(found.problems[0].message, "1 of 4 cells are missing"));
    ck_assert_ptr_nonnull(strstr(found.problems[0].message, "\"drop\""));
    ck_assert_ptr_nonnull(strstr(found.problems[0].message, "leave out the column"));
    request.columns = columns;
    request.n_columns = 1;
    ck_assert_uint_eq(check().n, 0);
}
END_TEST

static const struct {
    struct fit_column column;
    enum error_code code;
    const char *place;
} columns[] = {
    {{.name = "ses", .type = COLUMN_NUMERIC}, ERROR_INVALID, "/columns/ses/type"},
    {{.name = "ses", .type = -1, .reference = "none"},
     ERROR_UNKNOWN_LEVEL,
     "/columns/ses/reference"},
    {{.name = "age", .type = -1, .reference = "20"},
     ERROR_INVALID,
     "/columns/age/reference"},
    {{.name = "age", .type = -1, .ignore = true}, ERROR_INVALID, "/features/0"},
    {{.name = "y", .type = -1, .ignore = true}, ERROR_INVALID, "/columns/y/type"},
};

START_TEST(what_is_said_of_a_column_must_fit_it)
{
    request.columns = &columns[_i].column;
    request.n_columns = 1;
    check_only(columns[_i].code, columns[_i].place);
}
END_TEST

START_TEST(numbers_out_of_range_are_refused)
{
    static const struct fit_factor factors[] = {{"age", -1}, {"prog", 1}, {"ses", NAN}};
    request.l2 = request.l1 = -1;
    request.solver.max_iterations = 0;
    request.solver.tolerance = 0;
    request.factors = factors;
    request.n_factors = 3;
    struct found found = check();
    static const char *const places[] = {"/penalty/l2",          "/penalty/l1",
                                         "/max_iterations",      "/tolerance",
                                         "/penalty/factors/age", "/penalty/factors/prog",
                                         "/penalty/factors/ses"};
    ck_assert_uint_eq(found.n, COUNT(places));
    for (size_t i = 0; i < found.n; i++)
        ck_assert_str_eq(found.problems[i].place, places[i]);
    ck_assert_int_eq(found.problems[0].code, ERROR_OUT_OF_RANGE);
    ck_assert_int_eq(found.problems[5].code, ERROR_UNKNOWN_COLUMN);
}
END_TEST

START_TEST(only_some_algorithms_take_l1)
{
    const struct solver *solver;
    if (_i == 0)
        request.l1 = 0.5;
    else
        request.path = (struct path_options){
            .n_lambdas = 5, .min_ratio = 0.01, .alpha = _i == 1 ? 0.5 : 0};
    for (size_t i = 0; (solver = solver_at(i)); i++) {
        request.algorithm = solver->name;
        if (solver->takes_l1 || _i == 2)
            ck_assert_uint_eq(check().n, 0);
        else
            check_only(ERROR_INVALID, "/algorithm");
    }
    request.algorithm = "auto";
    ck_assert_uint_eq(check().n, 0);
    request.family = "hinge";
    check_only(ERROR_INVALID, _i ? "/path" : "/penalty/l1");
}
END_TEST

static const struct {
    const char *algorithm;
    double learning_rate;
    enum schedule schedule;
    size_t batch_size;
    uint64_t max_epochs;
    const char *pointer; /* NULL: nothing is wrong */
    enum error_code code;
} steps[] = {
    {"sgd", 0.1, SCHEDULE_COSINE, 16, 5, NULL, 0},
    {"adam", 0, SCHEDULE_USUAL, 0, 0, NULL, 0},
    {"gradient_descent", 0.1, SCHEDULE_LINE_SEARCH, 0, 0, NULL, 0},
    {"sgd", -1, SCHEDULE_STEP, 0, 0, "/learning_rate/initial", ERROR_OUT_OF_RANGE},
    {"sgd", NAN, SCHEDULE_STEP, 0, 0, "/learning_rate/initial", ERROR_OUT_OF_RANGE},
    {"sgd", INFINITY, SCHEDULE_STEP, 0, 0, "/learning_rate/initial", ERROR_OUT_OF_RANGE},
    {"rmsprop", 0, SCHEDULE_LINE_SEARCH, 0, 0, "/learning_rate/schedule", ERROR_INVALID},
    {"newton", 0.1, SCHEDULE_USUAL, 0, 0, "/learning_rate", ERROR_INVALID},
    {"auto", 0, SCHEDULE_STEP, 0, 0, "/learning_rate", ERROR_INVALID},
    {"auto", 0, SCHEDULE_USUAL, 32, 0, "/batch_size", ERROR_INVALID},
    {"gradient_descent", 0, SCHEDULE_USUAL, 32, 0, "/batch_size", ERROR_INVALID},
    {"newton", 0, SCHEDULE_USUAL, 0, 3, "/max_epochs", ERROR_INVALID},
    {"gradient_descent", 0, SCHEDULE_USUAL, 0, 3, "/max_epochs", ERROR_INVALID},
};

START_TEST(steps_are_for_those_who_take_them)
{
    request.algorithm = steps[_i].algorithm;
    request.solver.learning_rate = steps[_i].learning_rate;
    request.solver.schedule = steps[_i].schedule;
    request.solver.batch_size = steps[_i].batch_size;
    request.solver.max_epochs = steps[_i].max_epochs;
    if (steps[_i].pointer)
        check_only(steps[_i].code, steps[_i].pointer);
    else
        ck_assert_uint_eq(check().n, 0);
}
END_TEST

static const struct {
    const char *algorithm;
    struct solver_options options;
    const char *pointer; /* NULL: nothing is wrong */
    enum error_code code;
} kinds[] = {
    {"sgd", {.momentum = 0.9, .nesterov = true, .averaging = true}, NULL, 0},
    {"sgd", {.momentum = 0.9}, NULL, 0},
    {"sgd", {.momentum = 1}, "/momentum", ERROR_OUT_OF_RANGE},
    {"sgd", {.momentum = NAN}, "/momentum", ERROR_OUT_OF_RANGE},
    {"sgd", {.nesterov = true}, "/nesterov", ERROR_INVALID},
    {"adam", {.momentum = 0.9}, "/momentum", ERROR_INVALID},
    {"newton", {.momentum = 0.9}, "/momentum", ERROR_INVALID},
    {"auto", {.nesterov = true}, "/nesterov", ERROR_INVALID},
    {"rmsprop", {.averaging = true}, "/averaging", ERROR_INVALID},
    {"auto", {.averaging = true}, "/averaging", ERROR_INVALID},
    {"adam", {.n_periods = 100, .schedule = SCHEDULE_COSINE}, NULL, 0},
    {"adam",
     {.n_periods = 101, .schedule = SCHEDULE_COSINE},
     "/learning_rate/restarts",
     ERROR_OUT_OF_RANGE},
    {"adam",
     {.n_periods = 5, .max_epochs = 4, .schedule = SCHEDULE_COSINE},
     "/learning_rate/restarts",
     ERROR_OUT_OF_RANGE},
    {"gradient_descent", {.n_periods = 101, .schedule = SCHEDULE_COSINE}, NULL, 0},
    {"sgd",
     {.n_periods = 2, .schedule = SCHEDULE_STEP},
     "/learning_rate/restarts",
     ERROR_INVALID},
};

START_TEST(kinds_of_steps_are_for_those_who_take_them)
{
    request.algorithm = kinds[_i].algorithm;
    request.solver = kinds[_i].options;
    request.solver.max_iterations = fit_defaults.solver.max_iterations;
    request.solver.tolerance = fit_defaults.solver.tolerance;
    if (kinds[_i].pointer)
        check_only(kinds[_i].code, kinds[_i].pointer);
    else
        ck_assert_uint_eq(check().n, 0);
}
END_TEST

START_TEST(what_goes_by_other_rows_needs_them)
{
    static const double rates[] = {0.1, 1};
    request.patience = 3;
    check_only(ERROR_INVALID, "/early_stopping");
    request.is_validated = true;
    request.validation_fraction = 0.5;
    ck_assert_uint_eq(check().n, 0);
    request.patience = 0;
    request.rates = rates;
    request.n_rates = 2;
    check_only(ERROR_INVALID, "/learning_rate"); /* of auto */
    request.algorithm = "gradient_descent";
    ck_assert_uint_eq(check().n, 0);
    request.solver.schedule = SCHEDULE_LINE_SEARCH;
    check_only(ERROR_INVALID, "/learning_rate/grid");
    request.solver.schedule = SCHEDULE_CONSTANT;
    request.is_validated = false;
    check_only(ERROR_INVALID, "/learning_rate/grid");
}
END_TEST

START_TEST(a_fraction_is_between_none_and_all)
{
    static const double fractions[] = {1, -0.5, 1.5, NAN};
    request.is_validated = true;
    request.validation_fraction = fractions[_i];
    check_only(ERROR_OUT_OF_RANGE, "/validation/fraction");
}
END_TEST

START_TEST(words_that_mean_nothing_are_refused)
{
    request.family = "poisson";
    request.algorithm = "magic";
    struct found found = check();
    ck_assert_uint_eq(found.n, 2);
    ck_assert_str_eq(found.problems[0].place, "/family");
    ck_assert_str_eq(found.problems[1].place, "/algorithm");
}
END_TEST

START_TEST(trials_are_binomial)
{
    request.target = "w";
    request.trials = "n";
    request.family = "multinomial";
    check_only(ERROR_INVALID, "/family");
    request.family = "binomial";
    request.reference = "0";
    check_only(ERROR_INVALID, "/reference");
}
END_TEST

/* ---- the family ---- */

START_TEST(a_target_that_is_always_the_same_is_refused)
{
    request.target = "same";
    check_only(ERROR_SINGLE_CLASS, "/target");
    request.target = "n";
    check_only(ERROR_SINGLE_CLASS, "/target");
}
END_TEST

START_TEST(a_target_of_measurements_is_ambiguous)
{
    request.target = "score";
    struct found found = check();
    ck_assert_uint_eq(found.n, 1);
    ck_assert_int_eq(found.problems[0].code, ERROR_AMBIGUOUS_FAMILY);
    ck_assert_str_eq(found.problems[0].place, "/target");
    ck_assert_ptr_nonnull(strstr(found.problems[0].message, "multinomial"));
    request.family = "multinomial";
    ck_assert_uint_eq(check().n, 0);
}
END_TEST

START_TEST(numbers_said_to_be_categorical_are_classes)
{
    static const struct fit_column column = {.name = "score", .type = COLUMN_CATEGORICAL};
    request.target = "score";
    request.columns = &column;
    request.n_columns = 1;
    ck_assert_uint_eq(check().n, 0);
}
END_TEST

START_TEST(binomial_takes_two_classes)
{
    request.target = "prog";
    request.family = "binomial";
    check_only(ERROR_BAD_TARGET, "/target");
}
END_TEST

static const struct {
    const char *family, *target, *algorithm, *positive, *reference, *place;
    enum error_code code;
} of_families[] = {
    {"gaussian", "score", "auto", NULL, NULL, NULL, 0},
    {"absolute", "score", "adam", NULL, NULL, NULL, 0},
    {"hinge", "y", "auto", "1", NULL, NULL, 0},
    {"gaussian", "prog", "auto", NULL, NULL, "/target", ERROR_BAD_TARGET},
    {"hinge", "prog", "auto", NULL, NULL, "/target", ERROR_BAD_TARGET},
    {"gaussian", "score", "auto", "1", NULL, "/positive", ERROR_INVALID},
    {"absolute", "score", "auto", NULL, "1", "/reference", ERROR_INVALID},
    {"hinge", "y", "auto", NULL, "1", "/reference", ERROR_INVALID},
    {"hinge", "y", "newton", NULL, NULL, "/algorithm", ERROR_INVALID},
    {"absolute", "score", "lbfgs", NULL, NULL, "/algorithm", ERROR_INVALID},
};

START_TEST(a_family_has_its_own_targets_algorithms_and_classes)
{
    request.family = of_families[_i].family;
    request.target = of_families[_i].target;
    request.algorithm = of_families[_i].algorithm;
    request.positive = of_families[_i].positive;
    request.reference = of_families[_i].reference;
    if (of_families[_i].place)
        check_only(of_families[_i].code, of_families[_i].place);
    else
        ck_assert_uint_eq(check().n, 0);
}
END_TEST

START_TEST(an_offset_belongs_to_two_classes)
{
    request.offset = "score";
    ck_assert_uint_eq(check().n, 0);
    request.target = "prog";
    check_only(ERROR_INVALID, "/offset");
    request.target = "y";
    request.family = "multinomial";
    check_only(ERROR_INVALID, "/offset");
}
END_TEST

START_TEST(positive_and_reference_belong_to_their_families)
{
    request.reference = "0";
    check_only(ERROR_INVALID, "/reference");
    request.reference = NULL;
    request.target = "prog";
    request.positive = "a";
    check_only(ERROR_INVALID, "/positive");
    request.positive = NULL;
    request.reference = "z";
    check_only(ERROR_UNKNOWN_LEVEL, "/reference");
}
END_TEST

static const struct {
    unsigned n;
    bool is_fine;
} whole_numbers[] = {{2, true}, {3, true}, {100, true}, {101, false}, {500, false}};

START_TEST(up_to_a_hundred_whole_numbers_are_classes)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,x\n");
    for (unsigned i = 0; i < 1000; i++)
        buffer_printf(&csv, "%u,%u\n", i % whole_numbers[_i].n, i);
    csv_table_free(&table);
    csv_table_read(&table, csv.bytes);
    request.features = NULL;
    struct found found = check();
    ck_assert_uint_eq(found.n, !whole_numbers[_i].is_fine);
    if (found.n > 0)
        ck_assert_int_eq(found.problems[0].code, ERROR_AMBIGUOUS_FAMILY);
    buffer_free(&csv);
}
END_TEST

START_TEST(a_failed_allocation_is_a_problem)
{
    for (long n = 0;; n++) {
        struct found found = {0};
        memory_fail_after(n);
        size_t n_problems = fit_check(&request, &table.summary, on_problem, &found);
        memory_fail_after(-1);
        if (n_problems == 0)
            break;
        ck_assert_uint_eq(found.n, 1);
        ck_assert_int_eq(found.problems[0].code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *fit_check_test(void)
{
    TCase *tests = tcase_create("fit_check");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_good_request_has_no_problem);
    tcase_add_test(tests, columns_that_are_not_there_are_named_with_their_pointer);
    tcase_add_test(tests, a_target_is_needed);
    tcase_add_test(tests, the_target_among_the_features_is_refused);
    tcase_add_test(tests, a_feature_named_twice_is_refused);
    tcase_add_test(tests, one_column_has_one_role);
    tcase_add_test(tests, text_is_no_weight_no_offset_and_no_count);
    tcase_add_test(tests, no_features_are_refused);
    tcase_add_test(tests, without_a_list_all_other_columns_are_features);
    tcase_add_test(tests, missing_cells_are_counted_and_the_ways_out_told);
    tcase_add_loop_test(tests, what_is_said_of_a_column_must_fit_it, 0, COUNT(columns));
    tcase_add_test(tests, numbers_out_of_range_are_refused);
    tcase_add_loop_test(tests, only_some_algorithms_take_l1, 0, 3);
    tcase_add_test(tests, what_goes_by_other_rows_needs_them);
    tcase_add_loop_test(tests, a_fraction_is_between_none_and_all, 0, 4);
    tcase_add_loop_test(tests, kinds_of_steps_are_for_those_who_take_them, 0,
                        (int)COUNT(kinds));
    tcase_add_loop_test(tests, steps_are_for_those_who_take_them, 0, (int)COUNT(steps));
    tcase_add_test(tests, words_that_mean_nothing_are_refused);
    tcase_add_test(tests, trials_are_binomial);
    tcase_add_test(tests, a_target_that_is_always_the_same_is_refused);
    tcase_add_test(tests, a_target_of_measurements_is_ambiguous);
    tcase_add_test(tests, numbers_said_to_be_categorical_are_classes);
    tcase_add_test(tests, binomial_takes_two_classes);
    tcase_add_loop_test(tests, a_family_has_its_own_targets_algorithms_and_classes, 0,
                        sizeof(of_families) / sizeof(*of_families));
    tcase_add_test(tests, an_offset_belongs_to_two_classes);
    tcase_add_test(tests, positive_and_reference_belong_to_their_families);
    tcase_add_loop_test(tests, up_to_a_hundred_whole_numbers_are_classes, 0,
                        COUNT(whole_numbers));
    tcase_add_test(tests, a_failed_allocation_is_a_problem);
    return tests;
}
