#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api/job_request.h"
#include "core/base/memory.h"

static struct problem_list problems;
static struct job_request job;

static void setup(void)
{
    problems = (struct problem_list){0};
    job = (struct job_request){0};
}

static void teardown(void)
{
    problem_list_free(&problems);
    job_request_free(&job);
}

static void read_job(const char *body)
{
    struct error err = {0};
    ck_assert_msg(job_request_read(&job, body, strlen(body), &problems, &err) == 0,
                  "%s: %s", body, err.message);
}

START_TEST(the_least_request_has_the_defaults)
{
    read_job("{\"model\":\"m\",\"dataset\":\"ds_1\",\"target\":\"y\"}");
    ck_assert_uint_eq(problems.n, 0);
    ck_assert_str_eq(job.model, "m");
    ck_assert_str_eq(job.dataset, "ds_1");
    ck_assert_str_eq(job.fit.target, "y");
    ck_assert_str_eq(job.fit.family, "auto");
    ck_assert_str_eq(job.fit.algorithm, "auto");
    ck_assert(job.fit.intercept);
    ck_assert(!job.fit.standardize);
    ck_assert_int_eq(job.fit.statistics, -1);
    ck_assert_ptr_null(job.fit.features);
    ck_assert(job.fit.l2 == 0);
    ck_assert(job.time_limit_seconds == 0);
    ck_assert(!job.has_data);
}
END_TEST

static const char everything[] =
    "{\"model\":\"a.b-c_1\",\"dataset\":\"ds_1\",\"target\":\"y\",\"positive\":\"1\","
    "\"features\":[\"x\",\"rank\"],\"columns\":{\"rank\":{\"type\":\"categorical\","
    "\"reference\":\"1\",\"missing\":\"drop\"},\"z\":{\"type\":\"ignore\"},"
    "\"x\":{\"type\":\"numeric\",\"missing\":\"error\"}},\"weights\":\"w\","
    "\"weight_kind\":\"importance\",\"offset\":\"o\",\"trials\":\"n\","
    "\"family\":\"binomial\",\"reference\":\"r\",\"intercept\":false,\"standardize\":"
    "true,"
    "\"penalty\":{\"l2\":0.5,\"l1\":0.25,\"factors\":{\"x\":0}},\"algorithm\":\"newton_"
    "cg\","
    "\"max_iterations\":7,\"tolerance\":1e-06,\"seed\":3,\"statistics\":true,"
    "\"firth\":false,\"dry_run\":false,\"publish_on_cancel\":false,\"warm_start\":null,"
    "\"time_limit_seconds\":2.5,\"metadata\":{\"ticket\":\"42\",\"n\":[1,0.1]}}";

static void check_everything(void)
{
    ck_assert_str_eq(job.model, "a.b-c_1");
    ck_assert_str_eq(job.fit.positive, "1");
    ck_assert_uint_eq(job.fit.n_features, 2);
    ck_assert_str_eq(job.fit.features[1], "rank");
    ck_assert_uint_eq(job.fit.n_columns, 3);
    ck_assert_str_eq(job.fit.columns[0].name, "rank");
    ck_assert_int_eq(job.fit.columns[0].type, COLUMN_CATEGORICAL);
    ck_assert_str_eq(job.fit.columns[0].reference, "1");
    ck_assert_int_eq(job.fit.columns[0].missing, MISSING_DROP);
    ck_assert(!job.fit.columns[0].ignore);
    ck_assert(job.fit.columns[1].ignore);
    ck_assert_int_eq(job.fit.columns[1].type, -1);
    ck_assert_int_eq(job.fit.columns[2].type, COLUMN_NUMERIC);
    ck_assert_str_eq(job.fit.weights, "w");
    ck_assert(!job.fit.frequency_weights);
    ck_assert_str_eq(job.fit.offset, "o");
    ck_assert_str_eq(job.fit.trials, "n");
    ck_assert_str_eq(job.fit.family, "binomial");
    ck_assert_str_eq(job.fit.reference, "r");
    ck_assert(!job.fit.intercept);
    ck_assert(job.fit.standardize);
    ck_assert(job.fit.l2 == 0.5);
    ck_assert_uint_eq(job.fit.n_factors, 1);
    ck_assert_str_eq(job.fit.factors[0].feature, "x");
    ck_assert(job.fit.factors[0].factor == 0);
    ck_assert_str_eq(job.fit.algorithm, "newton_cg");
    ck_assert_uint_eq(job.fit.solver.max_iterations, 7);
    ck_assert(job.fit.solver.tolerance == 1e-6);
    ck_assert_uint_eq(job.fit.solver.seed, 3);
    ck_assert_int_eq(job.fit.statistics, 1);
    ck_assert(job.time_limit_seconds == 2.5);
    ck_assert_str_eq(job.metadata, "{\"ticket\":\"42\",\"n\":[1,0.1]}");
}

START_TEST(every_field_arrives)
{
    read_job(everything);
    ck_assert_uint_eq(problems.n, 0);
    check_everything();
}
END_TEST

START_TEST(a_kept_request_reads_back)
{
    struct buffer packed = BUFFER_EMPTY;
    struct job_request_head head = {0};
    struct error err = {0};
    read_job(everything);
    job_request_pack(&job, &packed);
    job_request_free(&job);
    ck_assert_int_eq(job_request_unpack(&job, packed.bytes, packed.n_bytes, &err), 0);
    check_everything();
    ck_assert_int_eq(job_request_read_head(&head, packed.bytes, packed.n_bytes, &err), 0);
    ck_assert_str_eq(head.model, "a.b-c_1");
    ck_assert_str_eq(head.dataset, "ds_1");
    ck_assert_str_eq(head.echo, everything);
    job_request_free_head(&head);
    for (size_t n = 0; n < packed.n_bytes; n++)
        ck_assert_int_eq(job_request_read_head(&head, packed.bytes, n, NULL), -1);
    buffer_free(&packed);
}
END_TEST

START_TEST(inline_data_is_outlined)
{
    struct column_summary columns[] = {{.name = (char *)"y"}, {.name = (char *)"x"}};
    const struct summary summary = {
        .n_rows = 9, .n_columns = 2, .columns = columns, .n_columns_kept = 2};
    struct buffer packed = BUFFER_EMPTY;
    struct job_request_head head = {0};
    read_job("{\"model\":\"m\",\"target\":\"y\",\"data\":{}}");
    ck_assert(job.has_data);
    ck_assert_int_eq(job_request_outline_data(&job, &summary, NULL), 0);
    job_request_pack(&job, &packed);
    ck_assert_int_eq(job_request_read_head(&head, packed.bytes, packed.n_bytes, NULL), 0);
    ck_assert_ptr_null(head.dataset);
    ck_assert_str_eq(head.echo, "{\"model\":\"m\",\"target\":\"y\",\"data\":"
                                "{\"columns\":[\"y\",\"x\"],\"n_rows\":9}}");
    job_request_free(&job);
    ck_assert_int_eq(job_request_unpack(&job, packed.bytes, packed.n_bytes, NULL), 0);
    ck_assert(job.has_data);
    job_request_free_head(&head);
    buffer_free(&packed);
}
END_TEST

/* One member added to a good request: what is wrong, and where. */
static const struct {
    const char *member, *pointer;
    enum error_code code;
} wrong[] = {
    {"\"modle\":1", "/modle", ERROR_UNKNOWN_FIELD},
    {"\"positive\":1", "/positive", ERROR_INVALID_TYPE},
    {"\"features\":\"x\"", "/features", ERROR_INVALID_TYPE},
    {"\"features\":[\"x\",2]", "/features/1", ERROR_INVALID_TYPE},
    {"\"columns\":[]", "/columns", ERROR_INVALID_TYPE},
    {"\"columns\":{\"x\":1}", "/columns/x", ERROR_INVALID_TYPE},
    {"\"columns\":{\"x\":{\"type\":\"int\"}}", "/columns/x/type", ERROR_INVALID},
    {"\"columns\":{\"x\":{\"kind\":\"int\"}}", "/columns/x/kind", ERROR_UNKNOWN_FIELD},
    {"\"columns\":{\"x\":{\"missing\":\"median\"}}", "/columns/x/missing", ERROR_INVALID},
    {"\"columns\":{\"x\":{\"unseen\":\"drop\"}}", "/columns/x/unseen", ERROR_INVALID},
    {"\"columns\":{\"x\":{\"min_count\":0}}", "/columns/x/min_count", ERROR_OUT_OF_RANGE},
    {"\"columns\":{\"x\":{\"max_levels\":1.5}}", "/columns/x/max_levels",
     ERROR_INVALID_TYPE},
    {"\"columns\":{\"x\":{\"max_levels\":16777217}}", "/columns/x/max_levels",
     ERROR_OUT_OF_RANGE},
    {"\"missing\":\"level\"", "/missing", ERROR_INVALID},
    {"\"missing\":true", "/missing", ERROR_INVALID_TYPE},
    {"\"columns\":{\"x\":{\"reference\":1}}", "/columns/x/reference", ERROR_INVALID_TYPE},
    {"\"weights\":[]", "/weights", ERROR_INVALID_TYPE},
    {"\"weights\":\"w\",\"weight_kind\":\"none\"", "/weight_kind", ERROR_INVALID},
    {"\"weight_kind\":\"frequency\"", "/weight_kind", ERROR_INVALID}, /* of none */
    {"\"family\":\"poisson\"", "/family", ERROR_INVALID},
    {"\"family\":2", "/family", ERROR_INVALID_TYPE},
    {"\"intercept\":1", "/intercept", ERROR_INVALID_TYPE},
    {"\"standardize\":\"yes\"", "/standardize", ERROR_INVALID_TYPE},
    {"\"penalty\":1", "/penalty", ERROR_INVALID_TYPE},
    {"\"penalty\":{\"l2\":-1}", "/penalty/l2", ERROR_OUT_OF_RANGE},
    {"\"penalty\":{\"l1\":-1}", "/penalty/l1", ERROR_OUT_OF_RANGE},
    {"\"penalty\":{\"l3\":0}", "/penalty/l3", ERROR_UNKNOWN_FIELD},
    {"\"penalty\":{\"factors\":[]}", "/penalty/factors", ERROR_INVALID_TYPE},
    {"\"penalty\":{\"factors\":{\"x\":-1}}", "/penalty/factors/x", ERROR_OUT_OF_RANGE},
    {"\"algorithm\":\"magic\"", "/algorithm", ERROR_INVALID},
    {"\"max_iterations\":0", "/max_iterations", ERROR_OUT_OF_RANGE},
    {"\"max_iterations\":1.5", "/max_iterations", ERROR_INVALID_TYPE},
    {"\"tolerance\":0", "/tolerance", ERROR_OUT_OF_RANGE},
    {"\"seed\":-1", "/seed", ERROR_OUT_OF_RANGE},
    {"\"statistics\":1", "/statistics", ERROR_INVALID_TYPE},
    {"\"covariance\":\"hc3\"", "/covariance", ERROR_INVALID},
    {"\"covariance\":\"cluster\",\"cluster\":1", "/cluster", ERROR_INVALID_TYPE},
    {"\"intervals\":\"bootstrap\"", "/intervals", ERROR_INVALID},
    {"\"confidence\":0", "/confidence", ERROR_OUT_OF_RANGE},
    {"\"marginal_effects\":1", "/marginal_effects", ERROR_INVALID_TYPE},
    {"\"vif\":[]", "/vif", ERROR_INVALID_TYPE},
    {"\"residuals\":\"all\"", "/residuals", ERROR_INVALID_TYPE},
    {"\"time_limit_seconds\":0", "/time_limit_seconds", ERROR_OUT_OF_RANGE},
    {"\"metadata\":\"x\"", "/metadata", ERROR_INVALID_TYPE},
    {"\"data\":{}", "/data", ERROR_INVALID},
    {"\"formula\":1", "/formula", ERROR_INVALID_TYPE},
    {"\"firth\":1", "/firth", ERROR_INVALID_TYPE},
    {"\"dry_run\":1", "/dry_run", ERROR_INVALID_TYPE},
    {"\"publish_on_cancel\":1", "/publish_on_cancel", ERROR_INVALID_TYPE},
    {"\"on_time_limit\":\"keep\"", "/on_time_limit", ERROR_INVALID},
    {"\"path\":{\"n_lambdas\":5},\"publish_on_cancel\":true", "/publish_on_cancel",
     ERROR_UNSUPPORTED},
    {"\"path\":{\"n_lambdas\":5},\"time_limit_seconds\":1,\"on_time_limit\":\"keep\"",
     "/on_time_limit", ERROR_UNSUPPORTED},
    {"\"time_limit_seconds\":1,\"on_time_limit\":\"stop\"", "/on_time_limit",
     ERROR_INVALID},
    {"\"warm_start\":3", "/warm_start", ERROR_INVALID_TYPE},
    {"\"batch_size\":\"all\"", "/batch_size", ERROR_INVALID_TYPE},
    {"\"batch_size\":0", "/batch_size", ERROR_OUT_OF_RANGE},
    {"\"max_epochs\":0", "/max_epochs", ERROR_OUT_OF_RANGE},
    {"\"max_epochs\":2.5", "/max_epochs", ERROR_INVALID_TYPE},
    {"\"learning_rate\":0.1", "/learning_rate", ERROR_INVALID_TYPE},
    {"\"learning_rate\":{\"initial\":0}", "/learning_rate/initial", ERROR_OUT_OF_RANGE},
    {"\"learning_rate\":{\"initial\":\"x\"}", "/learning_rate/initial",
     ERROR_INVALID_TYPE},
    {"\"learning_rate\":{\"schedule\":\"warm\"}", "/learning_rate/schedule",
     ERROR_INVALID},
    {"\"learning_rate\":{\"grid\":[]}", "/learning_rate/grid", ERROR_INVALID},
    {"\"learning_rate\":{\"grid\":[0.1,0]}", "/learning_rate/grid/1", ERROR_OUT_OF_RANGE},
    {"\"learning_rate\":{\"grid\":[\"a\",1]}", "/learning_rate/grid/0",
     ERROR_INVALID_TYPE},
    {"\"learning_rate\":{\"grid\":0.1}", "/learning_rate/grid", ERROR_INVALID_TYPE},
    {"\"learning_rate\":{\"restarts\":0}", "/learning_rate/restarts", ERROR_OUT_OF_RANGE},
    {"\"learning_rate\":{\"restarts\":true}", "/learning_rate/restarts",
     ERROR_INVALID_TYPE},
    {"\"momentum\":-0.1", "/momentum", ERROR_OUT_OF_RANGE},
    {"\"nesterov\":1", "/nesterov", ERROR_INVALID_TYPE},
    {"\"averaging\":\"no\"", "/averaging", ERROR_INVALID_TYPE},
    {"\"learning_rate\":{\"decay\":2}", "/learning_rate/decay", ERROR_UNKNOWN_FIELD},
    {"\"validation\":{}", "/validation", ERROR_MISSING_FIELD},
    {"\"validation\":0.2", "/validation", ERROR_INVALID_TYPE},
    {"\"validation\":{\"fraction\":0}", "/validation/fraction", ERROR_OUT_OF_RANGE},
    {"\"validation\":{\"dataset\":1}", "/validation/dataset", ERROR_INVALID_TYPE},
    {"\"validation\":{\"fraction\":0.2,\"dataset\":\"d\"}", "/validation", ERROR_INVALID},
    {"\"validation\":{\"fraction\":0.2,\"folds\":3}", "/validation/folds",
     ERROR_UNKNOWN_FIELD},
    {"\"validation\":{\"column\":\"s\"}", "/validation/level", ERROR_MISSING_FIELD},
    {"\"validation\":{\"column\":1,\"level\":1}", "/validation/column",
     ERROR_INVALID_TYPE},
    {"\"validation\":{\"column\":\"s\",\"level\":[1,false]}", "/validation/level/1",
     ERROR_INVALID_TYPE},
    {"\"validation\":{\"column\":\"s\",\"level\":1,\"train\":[]}", "/validation/train",
     ERROR_OUT_OF_RANGE},
    {"\"validation\":{\"fraction\":0.2,\"level\":1}", "/validation/level", ERROR_INVALID},
    {"\"validation\":{\"dataset\":\"d\",\"train\":1}", "/validation/train",
     ERROR_INVALID},
    {"\"validation\":{\"fraction\":0.2,\"column\":\"s\",\"level\":1}", "/validation",
     ERROR_INVALID},
    {"\"cross_validation\":{\"column\":1}", "/cross_validation/column",
     ERROR_INVALID_TYPE},
    {"\"cross_validation\":{\"column\":\"f\",\"folds\":3}", "/cross_validation",
     ERROR_INVALID},
    {"\"early_stopping\":{}", "/early_stopping/patience", ERROR_MISSING_FIELD},
    {"\"early_stopping\":{\"patience\":0}", "/early_stopping/patience",
     ERROR_OUT_OF_RANGE},
    {"\"early_stopping\":5", "/early_stopping", ERROR_INVALID_TYPE},
};

static const struct {
    const char *word;
    enum schedule schedule;
} schedules[] = {{"constant", SCHEDULE_CONSTANT},
                 {"inverse_time", SCHEDULE_INVERSE_TIME},
                 {"inverse_sqrt", SCHEDULE_INVERSE_SQRT},
                 {"step", SCHEDULE_STEP},
                 {"cosine", SCHEDULE_COSINE},
                 {"line_search", SCHEDULE_LINE_SEARCH}};

START_TEST(how_to_step_arrives)
{
    char body[512];
    snprintf(body, sizeof(body),
             "{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\",\"algorithm\":\"sgd\","
             "\"learning_rate\":{\"initial\":0.25,\"schedule\":\"%s\",\"restarts\":3},"
             "\"batch_size\":64,\"max_epochs\":7,\"momentum\":0.5,\"nesterov\":true,"
             "\"averaging\":true}",
             schedules[_i].word);
    read_job(body);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert_str_eq(job.fit.algorithm, "sgd");
    ck_assert_double_eq(job.fit.solver.learning_rate, 0.25);
    ck_assert_int_eq(job.fit.solver.schedule, schedules[_i].schedule);
    ck_assert_uint_eq(job.fit.solver.batch_size, 64);
    ck_assert_uint_eq(job.fit.solver.n_periods, 3);
    ck_assert_uint_eq(job.fit.solver.max_epochs, 7);
    ck_assert_double_eq(job.fit.solver.momentum, 0.5);
    ck_assert(job.fit.solver.nesterov);
    ck_assert(job.fit.solver.averaging);
}
END_TEST

static const struct {
    const char *word;
    enum missing_policy missing;
} missing_words[] = {{"error", MISSING_ERROR},
                     {"drop", MISSING_DROP},
                     {"mean", MISSING_MEAN},
                     {"indicator", MISSING_INDICATOR},
                     {"level", MISSING_LEVEL}};

START_TEST(what_missing_cells_are_arrives)
{
    char body[256];
    const char *word = missing_words[_i].word;
    bool is_for_all = missing_words[_i].missing != MISSING_LEVEL;
    snprintf(body, sizeof(body),
             "{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\",\"missing\":\"%s\","
             "\"columns\":{\"x\":{\"missing\":\"%s\"},\"z\":{}}}",
             is_for_all ? word : "error", word);
    read_job(body);
    ck_assert_uint_eq(problems.n, 0);
    ck_assert_int_eq(job.fit.columns[0].missing, missing_words[_i].missing);
    ck_assert_int_eq(job.fit.columns[1].missing, -1);
    ck_assert(!is_for_all || job.fit.missing == missing_words[_i].missing);
}
END_TEST

START_TEST(what_unseen_and_rare_levels_are_arrives)
{
    read_job("{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\",\"columns\":{"
             "\"a\":{\"unseen\":\"error\"},\"b\":{\"unseen\":\"reference\"},"
             "\"c\":{\"unseen\":\"ignore\",\"min_count\":10},"
             "\"d\":{\"unseen\":\"other\",\"max_levels\":16777216},\"e\":{}}}");
    ck_assert_uint_eq(problems.n, 0);
    const struct fit_column *columns = job.fit.columns;
    ck_assert_int_eq(columns[0].unseen, UNSEEN_ERROR);
    ck_assert_int_eq(columns[1].unseen, UNSEEN_REFERENCE);
    ck_assert_int_eq(columns[2].unseen, UNSEEN_IGNORE);
    ck_assert_int_eq(columns[3].unseen, UNSEEN_OTHER);
    ck_assert_int_eq(columns[4].unseen, UNSEEN_USUAL);
    ck_assert(columns[2].min_count == 10 && columns[2].max_levels == 0);
    ck_assert(columns[3].min_count == 0 && columns[3].max_levels == 16777216);
}
END_TEST

START_TEST(what_statistics_are_wanted_arrives)
{
    read_job("{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\"}");
    ck_assert_double_eq(job.fit.details.confidence, 0.95);
    ck_assert_int_eq(job.fit.details.covariance, COVARIANCE_MODEL);
    ck_assert(!job.fit.details.profile && !job.fit.details.vif);
    job_request_free(&job);
    read_job("{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\",\"covariance\":"
             "\"cluster\",\"cluster\":\"g\",\"intervals\":\"profile\",\"confidence\":0.9,"
             "\"marginal_effects\":true,\"vif\":true,\"residuals\":true}");
    ck_assert_uint_eq(problems.n, 0);
    ck_assert_int_eq(job.fit.details.covariance, COVARIANCE_CLUSTER);
    ck_assert_str_eq(job.fit.details.cluster, "g");
    ck_assert_double_eq(job.fit.details.confidence, 0.9);
    ck_assert(job.fit.details.profile && job.fit.details.marginal_effects);
    ck_assert(job.fit.details.vif && job.fit.details.residuals);
}
END_TEST

START_TEST(what_it_is_judged_by_arrives)
{
    read_job("{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\",\"algorithm\":\"sgd\","
             "\"learning_rate\":{\"grid\":[0.5,0.25]},\"validation\":{\"fraction\":0.2},"
             "\"early_stopping\":{\"patience\":4}}");
    ck_assert_uint_eq(problems.n, 0);
    ck_assert(job.fit.is_validated);
    ck_assert_double_eq(job.fit.validation_fraction, 0.2);
    ck_assert_uint_eq(job.fit.patience, 4);
    ck_assert_uint_eq(job.fit.n_rates, 2);
    ck_assert_double_eq(job.fit.rates[1], 0.25);
    ck_assert_ptr_null(job.validation_dataset);
}
END_TEST

START_TEST(columns_that_divide_the_rows_arrive)
{
    read_job("{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\",\"validation\":{"
             "\"column\":\"part\",\"level\":[\"test\",2],\"train\":\"train\"},"
             "\"cross_validation\":{\"column\":\"fold\"}}");
    const struct fit_split *split = &job.fit.split;
    ck_assert_uint_eq(problems.n, 0);
    ck_assert(job.fit.is_validated);
    ck_assert_str_eq(split->column, "part");
    ck_assert_uint_eq(split->n_held_out, 2);
    ck_assert_str_eq(split->held_out[0], "test");
    ck_assert_str_eq(split->held_out[1], "2");
    ck_assert_uint_eq(split->n_fitted, 1);
    ck_assert_str_eq(split->fitted[0], "train");
    ck_assert_str_eq(job.fit.fold, "fold");
    ck_assert_uint_eq(job.fit.path.n_folds, 0);
}
END_TEST

START_TEST(folds_by_a_column_leave_nothing_when_stopped)
{
    read_job("{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\","
             "\"cross_validation\":{\"column\":\"fold\"},\"publish_on_cancel\":true}");
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_str_eq(problems.errors[0].place, "/publish_on_cancel");
}
END_TEST

START_TEST(a_wrong_field_is_told_at_its_pointer)
{
    char body[256];
    snprintf(body, sizeof(body),
             "{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\",%s}", wrong[_i].member);
    read_job(body);
    ck_assert_msg(problems.n == 1, "%s: %zu problems", body, problems.n);
    ck_assert_str_eq(problems.errors[0].place, wrong[_i].pointer);
    ck_assert_msg(problems.errors[0].code == wrong[_i].code, "%s: %s", body,
                  error_word(problems.errors[0].code));
}
END_TEST

START_TEST(all_problems_are_told_at_once)
{
    read_job("{\"model\":\"no such name!\",\"intercept\":1,\"extra\":null}");
    /* null does not make an unknown field known */
    ck_assert_uint_eq(problems.n, 5);
    ck_assert_str_eq(problems.errors[0].place, "/model");
    ck_assert_str_eq(problems.errors[1].place, "/intercept");
    ck_assert_str_eq(problems.errors[2].place, "/extra");
    ck_assert_str_eq(problems.errors[3].place, "/target");
    ck_assert_str_eq(problems.errors[4].place, "/dataset");
}
END_TEST

START_TEST(a_body_that_is_no_object_is_told)
{
    read_job("[1]");
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_INVALID_TYPE);
}
END_TEST

START_TEST(long_metadata_is_too_large)
{
    static char body[20000];
    size_t n = (size_t)snprintf(body, sizeof(body),
                                "{\"model\":\"m\",\"dataset\":\"d\",\"target\":\"y\","
                                "\"metadata\":{\"a\":\"");
    memset(body + n, 'x', 17000);
    strcpy(body + n + 17000, "\"}}");
    read_job(body);
    ck_assert_uint_eq(problems.n, 1);
    ck_assert_int_eq(problems.errors[0].code, ERROR_TOO_LARGE);
}
END_TEST

START_TEST(reading_survives_every_failed_allocation)
{
    struct error err;
    int result = -1;
    for (long n = 0; result < 0; n++) {
        job_request_free(&job);
        problem_list_free(&problems);
        err = (struct error){0};
        memory_fail_after(n);
        result = job_request_read(&job, everything, strlen(everything), &problems, &err);
        memory_fail_after(-1);
        ck_assert_int_lt(n, 1000);
        ck_assert(result == 0 || err.code == ERROR_NO_MEMORY);
    }
    check_everything();
}
END_TEST

TCase *job_request_test(void)
{
    TCase *tcase = tcase_create("job_request");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_least_request_has_the_defaults);
    tcase_add_test(tcase, every_field_arrives);
    tcase_add_test(tcase, a_kept_request_reads_back);
    tcase_add_test(tcase, inline_data_is_outlined);
    tcase_add_loop_test(tcase, how_to_step_arrives, 0,
                        sizeof(schedules) / sizeof(*schedules));
    tcase_add_loop_test(tcase, what_missing_cells_are_arrives, 0,
                        sizeof(missing_words) / sizeof(*missing_words));
    tcase_add_test(tcase, what_unseen_and_rare_levels_are_arrives);
    tcase_add_test(tcase, what_statistics_are_wanted_arrives);
    tcase_add_test(tcase, what_it_is_judged_by_arrives);
    tcase_add_test(tcase, columns_that_divide_the_rows_arrive);
    tcase_add_test(tcase, folds_by_a_column_leave_nothing_when_stopped);
    tcase_add_loop_test(tcase, a_wrong_field_is_told_at_its_pointer, 0,
                        sizeof(wrong) / sizeof(*wrong));
    tcase_add_test(tcase, all_problems_are_told_at_once);
    tcase_add_test(tcase, a_body_that_is_no_object_is_told);
    tcase_add_test(tcase, long_metadata_is_too_large);
    tcase_add_test(tcase, reading_survives_every_failed_allocation);
    return tcase;
}
