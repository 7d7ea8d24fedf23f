#include "core/model/online.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/predict.h"
#include "tests/support/online_stream.h"

static struct online_stream stream;
static struct online online;
static struct online_tally call;
static struct error err;

static void forget(void)
{
    online_free(&online);
    online_stream_free(&stream);
    call = (struct online_tally){0};
    error_clear(&err);
}

static const struct {
    const char *family;
    size_t n_classes; /* 0: numbers; SIZE_MAX: sparse */
    double l2, l1;
} cases[] = {{"binomial", 2, 0, 0},       {"binomial", 2, 1e-3, 0},
             {"multinomial", 4, 0, 0},    {"multinomial", 4, 1e-3, 0},
             {"multinomial", 4, 0, 1e-4}, {"gaussian", 0, 0, 0},
             {"gaussian", 0, 1e-3, 0},    {"hinge", 2, 1e-3, 0},
             {"absolute", 0, 1e-3, 0},    {"binomial", SIZE_MAX, 0, 0}};
#define N_CASES (sizeof(cases) / sizeof(*cases))

static void make_stream(size_t i, size_t n_rows)
{
    if (cases[i].n_classes == SIZE_MAX)
        online_stream_draw_sparse(&stream, i + 1, n_rows);
    else
        online_stream_draw(&stream, i + 1, n_rows, cases[i].n_classes);
    stream.request.family = cases[i].family;
    stream.request.l2 = fmax(cases[i].l2, stream.request.l2);
    stream.request.l1 = cases[i].l1;
    if (strcmp(cases[i].family, "hinge") == 0 || strcmp(cases[i].family, "absolute") == 0)
        stream.request.solver.max_iterations = 300;
    online_stream_fit(&stream);
}

static void begin(size_t i, enum online_algorithm algorithm, double rate)
{
    const struct online_plan plan = {.algorithm = algorithm,
                                     .l2 = cases[i].l2,
                                     .l1 = cases[i].l1,
                                     .rate = rate,
                                     .schedule = SCHEDULE_CONSTANT};
    online_free(&online);
    ck_assert_msg(online_begin(&online, stream.model, &plan, &stream.rows, &err) == 0,
                  "%s", err.message);
}

static void learn(size_t first, size_t n, size_t n_batch)
{
    const struct design part = online_stream_part(&stream, first, n);
    ck_assert_msg(online_learn(&online, &part, n_batch, &call, &err) == 0, "%s (%s)",
                  err.message, err.place);
}

/* From all coefficients 0: there the model is no optimum. */
static void start_from_nothing(void)
{
    memset(online.beta, 0, online.n * sizeof(double));
}

static void check_near(double x, double y, double tolerance)
{
    if (!(fabs(x - y) <= tolerance * (1 + fabs(y))))
        ck_abort_msg("%.17g is not %.17g", x, y);
}

static double *copy_beta(void)
{
    return memory_copy(online.beta, online.n * sizeof(double), NULL);
}

START_TEST(a_copy_begins_with_the_coefficients_of_the_model)
{
    double *given, *scores;
    make_stream((size_t)_i, 200);
    begin((size_t)_i, ONLINE_ADAGRAD, 0);
    given = memory_new(online.n, sizeof(double), NULL);
    online_given(&online, given);
    size_t n_scores = model_n_scores(stream.model);
    scores = memory_new(200 * n_scores, sizeof(double), NULL);
    predict_scores(stream.model, stream.cells, 200, NULL, scores);
    if (n_scores == 1) {
        check_near(given[0], stream.model->intercepts[0], 1e-12);
        for (size_t j = 1; j < online.n; j++)
            check_near(given[j], stream.model->weights[j - 1], 1e-12);
    } else {
        size_t d = online.basis.n_columns, n_terms = d + 1;
        bool has_all = online.n_blocks == 4;
        for (size_t b = 1; b < online.n_blocks; b++)
            for (size_t j = 0; j < d; j++)
                check_near(given[b * n_terms + 1 + j] - given[1 + j],
                           stream.model->weights[(b + !has_all) * d + j] -
                               stream.model->weights[(size_t)!has_all * d + j],
                           1e-11);
    }
    memory_free(given);
    memory_free(scores);
}
END_TEST

/* u of the first row by the definition of the basis; then the formulas of the papers. */
START_TEST(one_step_is_what_the_papers_say)
{
    bool is_adagrad = _i == 0;
    double rate = 0.3, z = 0, u[5], x[5], first[5];
    make_stream(0, 100);
    begin(0, is_adagrad ? ONLINE_ADAGRAD : ONLINE_SGD, rate);
    online.head.plan.schedule = SCHEDULE_INVERSE_TIME;
    ck_assert_uint_eq(online.n, 5);
    memcpy(first, online.beta, sizeof(first));
    memcpy(x + 1, stream.rows.x, 4 * sizeof(double));
    u[0] = 1;
    for (size_t j = 1; j < 5; j++)
        u[j] = x[j] * online.basis.factor[j - 1] - online.basis.centre[j - 1];
    for (size_t j = 0; j < 5; j++)
        z += first[j] * u[j];
    double p = 1 / (1 + exp(-z)), y = stream.rows.y[0];
    learn(0, 1, 1);
    for (size_t j = 0; j < 5; j++) {
        double g = (p - y) * u[j];
        double step = is_adagrad ? rate * g / (sqrt(g * g) + 1e-10) : rate * g;
        check_near(online.beta[j], first[j] - step, 1e-13);
        ck_assert(is_adagrad ? fabs(online.squares[j] - g * g) < 1e-15
                             : online.squares[j] == 0);
    }
    check_near(call.score.losses, y > 0 ? -log(p) : -log1p(-p), 1e-13);
    /* The second step has half the rate. */
    memcpy(first, online.beta, sizeof(first));
    z = 0;
    u[0] = 1;
    for (size_t j = 1; j < 5; j++)
        u[j] = stream.rows.x[3 + j] * online.basis.factor[j - 1] -
               online.basis.centre[j - 1];
    for (size_t j = 0; j < 5; j++)
        z += first[j] * u[j];
    double residual = 1 / (1 + exp(-z)) - stream.rows.y[1];
    double square = online.squares[1];
    learn(1, 1, 1);
    double g = residual * u[1];
    double step =
        is_adagrad ? rate / 2 * g / (sqrt(square + g * g) + 1e-10) : rate / 2 * g;
    check_near(online.beta[1], first[1] - step, 1e-13);
}
END_TEST

/* A step of SGD with rate 1 is the gradient: of J, as it is defined on the columns as
 * given, by differences. Of numbers J and the copy's coefficients are in the fit's units.
 */
START_TEST(a_step_is_the_gradient_of_the_objective)
{
    size_t i = (size_t)_i, n = 40;
    make_stream(i, 300);
    for (size_t row = 0; row < 300; row++) {
        stream.rows.weights[row] = 0.5 + (double)(row % 3);
        if (cases[i].n_classes != 4)
            stream.rows.offset[row] = (double)(row % 5) / 10;
    }
    begin(i, ONLINE_SGD, 1);
    if (cases[i].l1 > 0)
        return; /* its steps are proximal */
    for (size_t k = 0; k < online.n; k++)
        online.beta[k] += 0.1 * (double)(k % 7) - 0.3;
    double *before = copy_beta(), *after;
    double scale = online.typical.response_scale, h = 1e-5;
    double unit = stream.model->family == FAMILY_GAUSSIAN ? scale * scale : scale;
    double loss = online_stream_loss(&stream, &online, 0, n, NULL);
    learn(0, n, n);
    after = copy_beta();
    check_near(online_loss(&call.score) * call.score.weights / (double)n, loss, 1e-11);
    for (size_t k = 0; k < online.n; k += 1 + online.n / 20) {
        double j[2];
        for (int side = 0; side < 2; side++) {
            memcpy(online.beta, before, online.n * sizeof(double));
            online.beta[k] += side ? h : -h;
            j[side] = online_stream_loss(&stream, &online, 0, n, NULL) +
                      online_stream_penalty(&online);
        }
        check_near(before[k] - after[k], (j[1] - j[0]) / (2 * h) / unit, 3e-6);
    }
    memory_free(before);
    memory_free(after);
}
END_TEST

START_TEST(rows_are_scored_before_they_are_learnt_from)
{
    size_t i = (size_t)_i;
    double losses = 0, correct = 0, told;
    make_stream(i, 120);
    begin(i, ONLINE_ADAGRAD, 0.05);
    start_from_nothing();
    for (size_t first = 0; first < 120; first += 30) {
        losses += 30 * online_stream_loss(&stream, &online, first, 30, &told);
        correct += told;
        learn(first, 30, 30);
    }
    check_near(call.score.losses, losses, 1e-10);
    ck_assert_double_eq_tol(call.score.correct, correct, 1e-9);
    ck_assert_double_eq(call.score.weights, 120);
    ck_assert_uint_eq(call.n_rows, 120);
    ck_assert_uint_eq(call.n_steps, 4);
    ck_assert_mem_eq(&call, &online.head.whole, sizeof(call));
    bool of_numbers = stream.model->n_classes == 0;
    ck_assert(isnan(online_accuracy(&online.head, &call.score)) == of_numbers);
}
END_TEST

/* Older rows count less by e^(-1/1000) a row. */
START_TEST(the_recent_loss_forgets)
{
    double sums[3];
    make_stream(0, 300);
    begin(0, ONLINE_ADAGRAD, 0.05);
    for (size_t k = 0; k < 3; k++) {
        sums[k] = 100 * online_stream_loss(&stream, &online, k * 100, 100, NULL);
        learn(k * 100, 100, 100);
    }
    double f = exp(-0.1);
    check_near(online_loss(&online.head.recent),
               (sums[0] * f * f + sums[1] * f + sums[2]) / (100 * (f * f + f + 1)),
               1e-12);
}
END_TEST

START_TEST(calls_and_batches_give_the_same_bits)
{
    size_t i = (size_t)_i;
    make_stream(i, 210);
    begin(i, ONLINE_ADAGRAD, 0);
    start_from_nothing();
    learn(0, 210, 30);
    double *once = copy_beta();
    begin(i, ONLINE_ADAGRAD, 0);
    start_from_nothing();
    for (size_t first = 0; first < 210; first += 30)
        learn(first, 30, 30);
    ck_assert_mem_eq(once, online.beta, online.n * sizeof(double));
    memory_free(once);
}
END_TEST

/* J of all rows; and of the batch fit, which is its minimum. */
static double objective(void)
{
    return online_stream_loss(&stream, &online, 0, stream.rows.n_rows, NULL) +
           online_stream_penalty(&online);
}

START_TEST(passes_over_the_rows_come_to_the_batch_optimum)
{
    size_t i = (size_t)_i;
    if (!stream.model)
        make_stream(i, 400);
    begin(i, ONLINE_ADAGRAD, 0.5);
    double scale = stream.model->n_classes == 0 ? online.typical.response_scale : 1;
    double unit = stream.model->family == FAMILY_GAUSSIAN ? scale * scale : scale;
    double best = objective();
    start_from_nothing();
    double worst = objective();
    for (int pass = 0; pass < 300; pass++)
        learn(0, stream.rows.n_rows, stream.rows.n_rows);
    ck_assert_double_gt(worst - best, 0.02 * unit);
    if (!(objective() - best < 2e-3 * unit))
        ck_abort_msg("%.9g above %.9g, from %.9g", objective() - best, best, worst);
}
END_TEST

/* 400 applicants, columns of hundreds beside a few (UCLA admissions). */
START_TEST(a_stream_of_real_rows_comes_to_the_batch_optimum)
{
    if (!csv_table_read_file(&stream.table, "ucla_admissions/binary.csv", NULL))
        return;
    budget_start(&stream.budget, SIZE_MAX);
    stream.pool = pool_new(1, 0, NULL);
    stream.request = fit_defaults;
    stream.request.target = "admit";
    online_stream_fit(&stream);
    begin(0, ONLINE_ADAGRAD, 0.3);
    double best = objective();
    start_from_nothing();
    for (int pass = 0; pass < 40; pass++)
        learn(0, 400, 20);
    ck_assert_double_lt(objective() - best, 2e-3);
    ck_assert_double_ge(objective() - best, -1e-12);
}
END_TEST

/* The sum of losses above that of the best fixed coefficients is at most
 * (D²/2η + η) Σ √s, D the greatest distance of a coefficient from its best, s the sum of
 * its squared gradients (Duchi, Hazan and Singer 2011, theorem 5). */
START_TEST(the_regret_of_adagrad_is_within_its_bound)
{
    size_t n = 500;
    double rate = 0.4, best_loss, distance = 0, roots = 0, *best;
    make_stream(0, n);
    begin(0, ONLINE_ADAGRAD, rate);
    best_loss = online_stream_loss(&stream, &online, 0, n, NULL) * (double)n;
    best = copy_beta();
    start_from_nothing();
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < online.n; k++)
            distance = fmax(distance, fabs(online.beta[k] - best[k]));
        learn(t, 1, 1);
    }
    for (size_t k = 0; k < online.n; k++)
        roots += sqrt(online.squares[k]);
    double regret = call.score.losses - best_loss;
    ck_assert_double_gt(regret, 0);
    ck_assert_double_le(regret, (distance * distance / (2 * rate) + rate) * roots);
    memory_free(best);
}
END_TEST

START_TEST(l1_takes_steps_to_exactly_0)
{
    struct online_plan plan = {.algorithm = ONLINE_ADAGRAD,
                               .l1 = 1e3,
                               .rate = 0.1,
                               .schedule = SCHEDULE_CONSTANT};
    make_stream(_i ? 2 : 0, 200);
    online_free(&online);
    ck_assert_int_eq(online_begin(&online, stream.model, &plan, &stream.rows, &err), 0);
    for (int pass = 0; pass < 200; pass++)
        learn(0, 200, 200);
    for (size_t k = 0; k < online.n; k++)
        ck_assert(k % online.basis.n_terms == 0 || online.beta[k] == 0);
    ck_assert(online.beta[_i ? online.basis.n_terms : 0] != 0);
}
END_TEST

START_TEST(rows_beyond_the_numbers_are_refused)
{
    make_stream(5, 100);
    begin(5, ONLINE_SGD, 0);
    stream.rows.y[3] = 1e300;
    const struct design part = online_stream_part(&stream, 0, 10);
    ck_assert_int_eq(online_learn(&online, &part, 10, &call, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NON_FINITE);
    ck_assert_str_eq(err.place, "/rows");
}
END_TEST

START_TEST(rows_without_weight_teach_nothing)
{
    make_stream(0, 100);
    begin(0, ONLINE_SGD, 1);
    double *before = copy_beta();
    for (size_t i = 0; i < 10; i++)
        stream.rows.weights[i] = 0;
    learn(0, 10, 10);
    ck_assert_mem_eq(before, online.beta, online.n * sizeof(double));
    ck_assert_uint_eq(call.n_rows, 10);
    ck_assert(isnan(online_loss(&call.score)));
    memory_free(before);
}
END_TEST

/* As after an import. The first rows tell the scale: b is near 1e4, y near 1e3. */
START_TEST(a_model_of_unknown_rows_learns_on_the_scale_of_the_first_ones)
{
    make_stream(5, 400);
    typical_free(&stream.model->typical);
    const struct design first = online_stream_part(&stream, 0, 50);
    const struct online_plan plan = {
        .algorithm = ONLINE_ADAGRAD, .rate = 0.3, .schedule = SCHEDULE_CONSTANT};
    ck_assert_int_eq(online_begin(&online, stream.model, &plan, &first, &err), 0);
    ck_assert_double_eq_tol(online.typical.means[1], 1e4, 50);
    ck_assert_double_eq_tol(online.typical.spreads[1], 50, 20);
    double best = objective();
    start_from_nothing();
    for (int pass = 0; pass < 200; pass++)
        learn(0, 400, 400);
    ck_assert_double_lt(objective() - best, 0.05);
}
END_TEST

START_TEST(one_row_is_enough_to_begin_where_nothing_is_known)
{
    make_stream(_i == 0 ? 5 : 9, 50);
    typical_free(&stream.model->typical);
    const struct design first = online_stream_part(&stream, 7, 1);
    const struct online_plan plan = {
        .algorithm = ONLINE_ADAGRAD, .rate = 0.1, .schedule = SCHEDULE_CONSTANT};
    ck_assert_int_eq(online_begin(&online, stream.model, &plan, &first, &err), 0);
    for (size_t t = 0; t < 50; t++)
        learn(t, 1, 1);
    ck_assert(isfinite(online_loss(&call.score)));
}
END_TEST

START_TEST(the_usual_rate_of_sgd_lowers_the_loss_of_every_family)
{
    size_t i = (size_t)_i;
    make_stream(i, 400);
    begin(i, ONLINE_SGD, 0);
    start_from_nothing();
    double before = objective();
    for (int pass = 0; pass < 20; pass++)
        learn(0, 400, 400);
    ck_assert_double_lt(objective(), before);
}
END_TEST

START_TEST(memory_that_fails_is_told)
{
    const struct online_plan plan = {
        .algorithm = ONLINE_ADAGRAD, .rate = 0.1, .schedule = SCHEDULE_CONSTANT};
    make_stream(_i == 0 ? 3 : 9, 60);
    for (long n = 0, status = -1; status < 0; n++) {
        memory_fail_after(n);
        status = online_begin(&online, stream.model, &plan, &stream.rows, &err);
        if (status == 0)
            status = online_learn(&online, &stream.rows, 60, &call, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
        ck_assert_int_lt((int)n, 200);
        online_free(&online);
        error_clear(&err);
    }
}
END_TEST

TCase *online_learn_test(void)
{
    TCase *tcase = tcase_create("online_learn");
    tcase_add_checked_fixture(tcase, NULL, forget);
    tcase_add_loop_test(tcase, a_copy_begins_with_the_coefficients_of_the_model, 0,
                        N_CASES);
    tcase_add_loop_test(tcase, one_step_is_what_the_papers_say, 0, 2);
    tcase_add_loop_test(tcase, a_step_is_the_gradient_of_the_objective, 0, N_CASES);
    tcase_add_loop_test(tcase, rows_are_scored_before_they_are_learnt_from, 0, N_CASES);
    tcase_add_test(tcase, the_recent_loss_forgets);
    tcase_add_loop_test(tcase, calls_and_batches_give_the_same_bits, 0, N_CASES);
    tcase_add_loop_test(tcase, passes_over_the_rows_come_to_the_batch_optimum, 0,
                        N_CASES - 1);
    tcase_add_test(tcase, a_stream_of_real_rows_comes_to_the_batch_optimum);
    tcase_add_test(tcase, the_regret_of_adagrad_is_within_its_bound);
    tcase_add_loop_test(tcase, l1_takes_steps_to_exactly_0, 0, 2);
    tcase_add_test(tcase, rows_beyond_the_numbers_are_refused);
    tcase_add_test(tcase, rows_without_weight_teach_nothing);
    tcase_add_test(tcase, a_model_of_unknown_rows_learns_on_the_scale_of_the_first_ones);
    tcase_add_loop_test(tcase, one_row_is_enough_to_begin_where_nothing_is_known, 0, 2);
    tcase_add_loop_test(tcase, the_usual_rate_of_sgd_lowers_the_loss_of_every_family, 0,
                        N_CASES);
    tcase_add_loop_test(tcase, memory_that_fails_is_told, 0, 2);
    return tcase;
}
