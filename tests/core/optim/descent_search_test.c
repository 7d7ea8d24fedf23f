/* The search for a rate: each fit in lock-step against the same fit alone, bit for bit;
 * what diverges; who wins; how often rows are read. */
#include "core/optim/descent_search.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/optim/patience.h"
#include "tests/support/rows_objective.h"

enum { N = 3, N_ROWS = 40, N_HELD_OUT = 25, N_RATES = 5, N_EPOCHS = 12 };

static double a[N_ROWS * N], b[N_ROWS], held_a[N_HELD_OUT * N], held_b[N_HELD_OUT];
static const double weights_of_l1[N] = {0.02, 0, 0.05};
static const double *l1; /* of the objective */
static struct rows_objective rows, held_out;
static struct objective judged;
static struct solver_trial trials[N_RATES];
static struct solver_search search;
static struct solver_options options;
static struct solver_result result;
static struct objective_point point;

/* What is to be tried; 1e200 leaves the numbers with every method. */
static const struct {
    const char *name;
    struct solver_options options;
    double rates[N_RATES];
} cases[] = {
    {"gradient_descent", {0}, {0.01, 1e200, 0.3, 1e-5, 2}},
    {"sgd", {0}, {0.01, 1e200, 0.1, 1e-5, 0.5}},
    {"sgd", {.momentum = 0.8}, {0.01, 1e200, 0.1, 1e-5, 0.5}},
    {"sgd",
     {.momentum = 0.8, .nesterov = true, .averaging = true},
     {0.01, 1e200, 0.1, 1e-5, 0.5}},
    {"sgd", {.schedule = SCHEDULE_COSINE, .n_periods = 3}, {0.01, 1e200, 0.1, 1e-5, 0.5}},
    {"adagrad", {0}, {0.01, 1e200, 0.3, 1e-5, 1}},
    {"rmsprop", {0}, {0.001, 1e200, 0.1, 1e-5, 0.01}},
    {"adam", {0}, {0.001, 1e200, 0.1, 1e-5, 0.01}},
};
enum { N_CASES = sizeof(cases) / sizeof(*cases) };

static void draw(struct random *random, double *x, double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < N; j++)
            x[i * N + j] = random_normal(random);
        double z = x[i * N] - 0.7 * x[i * N + 1];
        y[i] = random_uniform(random) < 1 / (1 + exp(-z)) ? 1 : 0;
    }
}

static void setup(void)
{
    struct random random = random_start(5, 0);
    l1 = NULL;
    draw(&random, a, b, N_ROWS);
    draw(&random, held_a, held_b, N_HELD_OUT);
    rows = (struct rows_objective){
        .n = N, .n_rows = N_ROWS, .is_logistic = true, .a = a, .b = b, .curvature = 1};
    held_out = (struct rows_objective){
        .n = N, .n_rows = N_HELD_OUT, .is_logistic = true, .a = held_a, .b = held_b};
    judged = rows_objective_several(&held_out);
    search = (struct solver_search){.n = N_RATES, .trials = trials, .judged = &judged};
}

static void teardown(void)
{
    const struct objective objective = rows_objective(&rows);
    objective_point_free(&objective, &point);
}

static void take_case(size_t i)
{
    options = cases[i].options;
    options.max_iterations = options.max_epochs = N_EPOCHS;
    options.batch_size = 7;
    options.tolerance = 1e-12;
    options.seed = 4;
    for (size_t k = 0; k < N_RATES; k++)
        trials[k] = (struct solver_trial){.learning_rate = cases[i].rates[k]};
}

static int run(const char *name, const struct objective *objective,
               const struct solver_watch *watch, struct error *err)
{
    teardown();
    ck_assert_int_eq(objective_point_new(objective, 0, &point, NULL), 0);
    return solver_find(name)->solve(objective, &options, watch, &point, &result, err);
}

static double judge(const double *beta)
{
    struct objective_point at = {.beta = (double *)beta};
    ck_assert_int_eq(objective_evaluate(&judged, &at, OBJECTIVE_VALUE, NULL), 0);
    return at.value;
}

static int run_search(const char *name, struct error *err)
{
    struct objective objective = rows_objective_several(&rows);
    objective.l1 = l1;
    options.search = &search;
    options.learning_rate = 0;
    rows.n_batches = rows.n_passes = held_out.n_passes = 0;
    int status = run(name, &objective, NULL, err);
    options.search = NULL;
    return status;
}

/* ---- against separate runs ---- */

static const struct solver_trial *best_trial(void)
{
    const struct solver_trial *best = NULL;
    for (size_t k = 0; k < N_RATES; k++)
        if (!trials[k].diverged && (!best || trials[k].loss < best->loss))
            best = &trials[k];
    return best;
}

/* Alone with a rate: its loss at the end, NaN if it diverges. */
static double loss_alone(const char *name, double rate)
{
    struct objective objective = rows_objective(&rows);
    struct error err = {0};
    objective.l1 = l1;
    options.learning_rate = rate;
    if (run(name, &objective, NULL, &err) == 0)
        return judge(point.beta);
    ck_assert_int_eq(err.code, ERROR_NO_CONVERGENCE);
    return NAN;
}

START_TEST(each_comes_to_the_bits_that_it_comes_to_alone)
{
    double found[N];
    const char *name = cases[_i % N_CASES].name;
    l1 = _i < N_CASES ? NULL : weights_of_l1;
    take_case((size_t)_i % N_CASES);
    ck_assert_int_eq(run_search(name, NULL), 0);
    memcpy(found, point.beta, sizeof(found));
    for (size_t k = 0; k < N_RATES; k++) {
        double alone = loss_alone(name, trials[k].learning_rate);
        ck_assert_msg(trials[k].diverged == isnan(alone), "%s, rate %g", name,
                      trials[k].learning_rate);
        ck_assert(isnan(alone) ? isnan(trials[k].loss) : trials[k].loss == alone);
    }
    ck_assert(trials[1].diverged);
    loss_alone(name, best_trial()->learning_rate);
    ck_assert_mem_eq(found, point.beta, sizeof(found));
}
END_TEST

START_TEST(rows_are_read_once_for_all)
{
    bool in_batches = solver_find(cases[_i].name)->in_batches;
    take_case((size_t)_i);
    ck_assert_int_eq(run_search(cases[_i].name, NULL), 0);
    /* the search, and the best rate once more; one evaluation at the start, and one at
     * most where its best iterate is not the last */
    ck_assert_uint_eq(rows.n_batches, in_batches ? 2 * N_EPOCHS * 6 : 0);
    ck_assert_uint_ge(rows.n_passes, 1 + 2 * N_EPOCHS);
    ck_assert_uint_le(rows.n_passes, 1 + 2 * N_EPOCHS + 1);
    ck_assert_uint_eq(held_out.n_passes, 1);
}
END_TEST

/* ---- patience ---- */

struct seen {
    struct patience patience;
    double losses[N_EPOCHS + 1];
    size_t n;
};

static int on_step(void *context, const struct solver_step *step)
{
    struct seen *seen = context;
    seen->losses[seen->n++] = judge(step->beta);
    patience_improves(&seen->patience, seen->losses[seen->n - 1]);
    return patience_is_over(&seen->patience);
}

START_TEST(each_stops_when_it_would_stop_alone)
{
    size_t n_stopped = 0;
    take_case((size_t)_i);
    search.patience = 1;
    ck_assert_int_eq(run_search(cases[_i].name, NULL), 0);
    for (size_t k = 0; k < N_RATES; k++) {
        const struct objective objective = rows_objective(&rows);
        struct seen seen = {.patience = patience_start(1)};
        const struct solver_watch watch = {.on_step = on_step, .context = &seen};
        if (trials[k].diverged)
            continue;
        options.learning_rate = trials[k].learning_rate;
        ck_assert_int_eq(run(cases[_i].name, &objective, &watch, NULL), 0);
        ck_assert_double_eq(trials[k].loss, seen.patience.least);
        n_stopped += seen.n < N_EPOCHS + 1;
    }
    ck_assert(n_stopped > 0 || cases[_i].options.averaging ||
              strcmp(cases[_i].name, "gradient_descent") == 0);
}
END_TEST

/* ---- ends ---- */

START_TEST(where_all_diverge_a_smaller_rate_is_told)
{
    struct error err = {0};
    take_case((size_t)_i);
    for (size_t k = 0; k < N_RATES; k++)
        trials[k].learning_rate = 1e200 * pow(10, -(double)k);
    ck_assert_int_lt(run_search(cases[_i].name, &err), 0);
    ck_assert_int_eq(err.code, ERROR_NO_CONVERGENCE);
    ck_assert_str_eq(err.place, "/learning_rate/grid");
    ck_assert_ptr_nonnull(strstr(err.message, "; try "));
    for (size_t k = 0; k < N_RATES; k++) {
        ck_assert(trials[k].diverged);
        ck_assert(isnan(trials[k].loss));
    }
}
END_TEST

START_TEST(of_equal_losses_the_first_is_taken)
{
    take_case(1);
    for (size_t k = 0; k < N_RATES; k++)
        trials[k].learning_rate = 0.1;
    ck_assert_int_eq(run_search("sgd", NULL), 0);
    for (size_t k = 1; k < N_RATES; k++)
        ck_assert_double_eq(trials[k].loss, trials[0].loss);
}
END_TEST

START_TEST(it_is_given_up_when_told)
{
    struct error err = {0};
    take_case(1);
    rows.fails_beyond = 9;
    ck_assert_int_lt(run_search("sgd", &err), 0);
    ck_assert_int_eq(err.code, ERROR_CANCELLED);
    ck_assert_uint_eq(rows.n_batches, 10);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    int status = -1;
    long n = 0;
    take_case((size_t)_i);
    search.patience = 3;
    for (; status < 0; n++) {
        const struct objective objective = rows_objective_several(&rows);
        struct error err = {0};
        teardown();
        ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
        options.search = &search;
        memory_fail_after(n);
        status = solver_find(cases[_i].name)
                     ->solve(&objective, &options, NULL, &point, &result, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
    }
    ck_assert_int_gt(n, 6 + 3 * N_RATES);
}
END_TEST

/* ---- going on ---- */

struct kept {
    unsigned char *bytes[N_EPOCHS + 1];
    size_t n_bytes[N_EPOCHS + 1], n;
};

static bool wants_state(void *context)
{
    (void)context;
    return true;
}

static void keep_state(void *context, const void *bytes, size_t n_bytes)
{
    struct kept *kept = context;
    kept->bytes[kept->n] = memory_copy(bytes, n_bytes, NULL);
    kept->n_bytes[kept->n++] = n_bytes;
}

START_TEST(who_goes_on_has_searched_already)
{
    const struct objective objective = rows_objective_several(&rows);
    struct kept kept = {0};
    struct solver_watch watch = {
        .context = &kept, .wants_state = wants_state, .keep_state = keep_state};
    struct solver_trial found[N_RATES];
    double beta[N];
    take_case((size_t)_i);
    options.search = &search;
    ck_assert_int_eq(run(cases[_i].name, &objective, &watch, NULL), 0);
    memcpy(beta, point.beta, sizeof(beta));
    memcpy(found, trials, sizeof(found));
    ck_assert_uint_gt(kept.n, 3);
    for (size_t i = 0; i < kept.n; i++) {
        const struct solver_watch rest = {.state = kept.bytes[i],
                                          .state_bytes = kept.n_bytes[i]};
        take_case((size_t)_i);
        options.search = &search;
        held_out.n_passes = 0;
        ck_assert_int_eq(run(cases[_i].name, &objective, &rest, NULL), 0);
        ck_assert_uint_eq(held_out.n_passes, 0);
        ck_assert_mem_eq(beta, point.beta, sizeof(beta));
        for (size_t k = 0; k < N_RATES; k++) {
            ck_assert(found[k].diverged == trials[k].diverged);
            ck_assert_mem_eq(&found[k].loss, &trials[k].loss, sizeof(double));
        }
        memory_free(kept.bytes[i]);
    }
}
END_TEST

TCase *descent_search_test(void)
{
    TCase *tests = tcase_create("descent_search");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, each_comes_to_the_bits_that_it_comes_to_alone, 0,
                        2 * N_CASES);
    tcase_add_loop_test(tests, rows_are_read_once_for_all, 0, N_CASES);
    tcase_add_loop_test(tests, each_stops_when_it_would_stop_alone, 0, N_CASES);
    tcase_add_loop_test(tests, where_all_diverge_a_smaller_rate_is_told, 0, N_CASES);
    tcase_add_test(tests, of_equal_losses_the_first_is_taken);
    tcase_add_test(tests, it_is_given_up_when_told);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, N_CASES);
    tcase_add_loop_test(tests, who_goes_on_has_searched_already, 0, N_CASES);
    return tests;
}
