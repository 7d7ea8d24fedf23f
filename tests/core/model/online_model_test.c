#include "core/model/online_model.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/model/model_file.h"
#include "core/model/predict.h"
#include "tests/support/online_stream.h"

static struct online_stream stream;
static struct online online;
static struct model *model;
static struct error err;

static void forget(void)
{
    online_free(&online);
    model_release(model);
    model = NULL;
    online_stream_free(&stream);
    error_clear(&err);
}

static const struct {
    const char *family;
    size_t n_classes; /* 0: numbers; SIZE_MAX: sparse */
    double l1;
} cases[] = {{"binomial", 2, 0},       {"multinomial", 4, 0}, {"multinomial", 4, 1e-3},
             {"gaussian", 0, 0},       {"hinge", 2, 0},       {"absolute", 0, 0},
             {"binomial", SIZE_MAX, 0}};
#define N_CASES (sizeof(cases) / sizeof(*cases))

static void learn(size_t i)
{
    const struct online_plan plan = {
        .algorithm = ONLINE_ADAGRAD, .l1 = cases[i].l1, .schedule = SCHEDULE_CONSTANT};
    struct online_tally call = {0};
    if (cases[i].n_classes == SIZE_MAX)
        online_stream_draw_sparse(&stream, 2, 150);
    else
        online_stream_draw(&stream, 2, 150, cases[i].n_classes);
    stream.request.family = cases[i].family;
    stream.request.l2 = 1e-2;
    stream.request.solver.max_iterations = 100;
    online_stream_fit(&stream);
    ck_assert_int_eq(online_begin(&online, stream.model, &plan, &stream.rows, &err), 0);
    ck_assert_int_eq(online_learn(&online, &stream.rows, 15, &call, &err), 0);
}

/* Scores of the model, by the loss of the copy. */
static double loss_of_model(void)
{
    size_t n_scores = model_n_scores(model), n = stream.source.n;
    double *scores = memory_new(n * n_scores, sizeof(double), NULL), sum = 0;
    predict_scores(model, stream.cells, n, NULL, scores);
    for (size_t i = 0; i < n; i++) {
        const double *z = scores + i * n_scores;
        double y = stream.rows.y[i], all = 0;
        for (size_t k = 0; n_scores > 1 && k < n_scores; k++)
            all += exp(z[k] - z[(size_t)y]);
        sum += n_scores > 1                       ? log(all)
               : model->family == FAMILY_BINOMIAL ? log1p(exp(z[0])) - y * z[0]
               : model->family == FAMILY_GAUSSIAN ? (y - z[0]) * (y - z[0]) / 2
               : model->family == FAMILY_ABSOLUTE ? fabs(y - z[0])
                                                  : fmax(0, 1 - (2 * y - 1) * z[0]);
    }
    memory_free(scores);
    return sum / (double)n;
}

START_TEST(a_published_copy_predicts_as_the_copy)
{
    learn((size_t)_i);
    model = online_model(&online, "m/3", &err);
    ck_assert_msg(model != NULL, "%s", err.message);
    double loss = online_stream_loss(&stream, &online, 0, stream.source.n, NULL);
    ck_assert_double_eq_tol(loss_of_model(), loss, 1e-9 * (1 + loss));
    ck_assert_uint_eq(model->n_terms, stream.model->n_terms);
    ck_assert_uint_eq(model->n_blocks, stream.model->n_blocks);
    ck_assert_str_eq(model->roles.target, stream.model->roles.target);
}
END_TEST

START_TEST(its_report_says_what_it_learnt_from_and_no_more)
{
    learn((size_t)_i);
    model = online_model(&online, "m/3", &err);
    const struct report *report = &model->report;
    ck_assert_str_eq(report->algorithm, "adagrad");
    ck_assert_str_eq(report->warm_start, "m/3");
    ck_assert(!report->converged);
    ck_assert_uint_eq(report->n_rows, 150);
    ck_assert_uint_eq(model->learning.n_steps, 10);
    ck_assert_double_eq(model->learning.loss, online_loss(&online.head.whole.score));
    ck_assert_double_eq(model->learning.recent_loss, online_loss(&online.head.recent));
    ck_assert(isnan(model->learning.accuracy) == (cases[_i].n_classes == 0));
    ck_assert(isnan(report->log_likelihood) && isnan(report->aic) &&
              isnan(report->objective) && isnan(report->gradient_norm) &&
              isnan(report->r_squared) && isnan(report->addenda.wald_statistic));
    ck_assert_ptr_null(model->covariance);
    ck_assert_ptr_null(model->dataset);
    for (size_t i = 0; i < model->n_blocks * model->n_terms; i++) {
        const struct coefficient *of = &model->coefficients[i];
        if (!isfinite(of->estimate) || !isnan(of->std_error) || !isnan(of->p_value))
            ck_abort_msg("coefficient %zu", i);
    }
}
END_TEST

START_TEST(it_is_kept_and_may_be_learnt_from_again)
{
    struct buffer bytes = BUFFER_EMPTY, again = BUFFER_EMPTY;
    learn((size_t)_i);
    model = online_model(&online, "m/3", &err);
    model_file_write(model, &bytes);
    struct model *read = model_file_read(bytes.bytes, bytes.n_bytes, &err);
    ck_assert_msg(read != NULL, "%s", err.message);
    model_file_write(read, &again);
    ck_assert_uint_eq(again.n_bytes, bytes.n_bytes);
    ck_assert_mem_eq(again.bytes, bytes.bytes, bytes.n_bytes);
    const struct online_plan plan = online.head.plan;
    struct online next = {0};
    ck_assert_int_eq(online_begin(&next, read, &plan, &stream.rows, &err), 0);
    double before = online_stream_loss(&stream, &online, 0, 150, NULL);
    ck_assert_double_eq_tol(online_stream_loss(&stream, &next, 0, 150, NULL), before,
                            1e-9 * (1 + before));
    online_free(&next);
    model_release(read);
    buffer_free(&bytes);
    buffer_free(&again);
}
END_TEST

START_TEST(coefficients_beyond_the_numbers_are_not_published)
{
    learn(3);
    online.beta[1] = 1e305;
    online.typical.response_scale = 1e10;
    model = online_model(&online, "m/3", &err);
    ck_assert_ptr_null(model);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
}
END_TEST

START_TEST(memory_that_fails_is_told)
{
    learn(2);
    for (long n = 0; !model; n++) {
        memory_fail_after(n);
        model = online_model(&online, "m/3", &err);
        memory_fail_after(-1);
        ck_assert(model || err.code == ERROR_NO_MEMORY);
        ck_assert_int_lt((int)n, 200);
        error_clear(&err);
    }
}
END_TEST

TCase *online_model_test(void)
{
    TCase *tcase = tcase_create("online_model");
    tcase_add_checked_fixture(tcase, NULL, forget);
    tcase_add_loop_test(tcase, a_published_copy_predicts_as_the_copy, 0, N_CASES);
    tcase_add_loop_test(tcase, its_report_says_what_it_learnt_from_and_no_more, 0,
                        N_CASES);
    tcase_add_loop_test(tcase, it_is_kept_and_may_be_learnt_from_again, 0, N_CASES);
    tcase_add_test(tcase, coefficients_beyond_the_numbers_are_not_published);
    tcase_add_test(tcase, memory_that_fails_is_told);
    return tcase;
}
