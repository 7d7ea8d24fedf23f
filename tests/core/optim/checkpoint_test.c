/* Every solver of the table: stopped between any two iterations and gone on from what it
 * had kept, it must come to the same bits as if it had never stopped. */
#include "core/optim/checkpoint.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/optim/lbfgs.h"
#include "core/optim/newton.h"
#include "tests/support/analytic.h"
#include "tests/support/rows_objective.h"

enum { MOST_KEPT = 400, N_ROWS = 60, N_COLUMNS = 4 };

struct kept {
    unsigned char *bytes;
    size_t n_bytes;
};

/* A run, and what was seen of it. */
struct run {
    struct solver_result result;
    struct objective_point point;
    struct solver_step steps[MOST_KEPT + 1];
    size_t n_steps;
    struct kept states[MOST_KEPT + 1];
    size_t n_states;
    bool keeps;
};

static double a[N_ROWS * N_COLUMNS], b[N_ROWS];
static struct rows_objective rows;
static struct analytic valley;
static const double weights[] = {0.01, 0, 0.03, 0.02, 0.01, 0.05};
static const double *l1; /* of solvers that take it */
static struct run whole, rest;

static void setup(void)
{
    struct random random = random_start(7, 1);
    for (size_t i = 0; i < N_ROWS * N_COLUMNS; i++)
        a[i] = 2 * random_uniform(&random) - 1;
    for (size_t i = 0; i < N_ROWS; i++)
        b[i] = random_uniform(&random) < 0.3 + 0.2 * a[i * N_COLUMNS] ? 1 : 0;
    rows = (struct rows_objective){.n = N_COLUMNS,
                                   .n_rows = N_ROWS,
                                   .is_logistic = true,
                                   .a = a,
                                   .b = b,
                                   .curvature = 1};
    valley = (struct analytic){6, analytic_rosenbrock, 0, 0, 0, 0};
    memset(&whole, 0, sizeof(whole));
    memset(&rest, 0, sizeof(rest));
}

static int on_step(void *context, const struct solver_step *step)
{
    struct run *run = context;
    ck_assert_uint_le(run->n_steps, MOST_KEPT);
    ck_assert_ptr_nonnull(step->beta);
    run->steps[run->n_steps++] = *step;
    return 0;
}

static bool wants_state(void *context)
{
    return ((const struct run *)context)->keeps;
}

static void keep_state(void *context, const void *bytes, size_t n_bytes)
{
    struct run *run = context;
    struct kept *kept = &run->states[run->n_states++];
    ck_assert_uint_le(run->n_states, MOST_KEPT);
    kept->bytes = memory_copy(bytes, n_bytes, NULL);
    kept->n_bytes = n_bytes;
}

static struct objective objective_of(const struct solver *solver)
{
    struct objective objective =
        solver->is_first_order ? rows_objective(&rows) : analytic_objective(&valley);
    objective.l1 = solver->takes_l1 ? l1 : NULL;
    return objective;
}

/* From the usual start, unless there is a state. */
static void solve(const struct solver *solver, const struct solver_options *options,
                  struct run *run, const struct kept *state)
{
    static const double start[] = {-1.2, 1, -1.2, 1, 0.3, 2};
    const struct objective objective = objective_of(solver);
    struct error err = {0};
    struct solver_watch watch = {.on_step = on_step,
                                 .context = run,
                                 .wants_state = wants_state,
                                 .keep_state = keep_state};
    if (state) {
        watch.state = state->bytes;
        watch.state_bytes = state->n_bytes;
    }
    ck_assert_int_eq(objective_point_new(&objective,
                                         solver->needs_hessian ? OBJECTIVE_HESSIAN : 0,
                                         &run->point, NULL),
                     0);
    for (size_t i = 0; i < objective.n; i++)
        run->point.beta[i] = state ? 1e3 : solver->is_first_order ? 0 : start[i];
    ck_assert_msg(
        solver->solve(&objective, options, &watch, &run->point, &run->result, &err) == 0,
        "%s: %s", solver->name, err.message);
}

static void release(const struct solver *solver, struct run *run)
{
    const struct objective objective = objective_of(solver);
    objective_point_free(&objective, &run->point);
    for (size_t i = 0; i < run->n_states; i++)
        memory_free(run->states[i].bytes);
    memset(run, 0, sizeof(*run));
}

static void check_same_bits(double x, double y)
{
    ck_assert_mem_eq(&x, &y, sizeof(x));
}

/* The rest of the run, from step `first` on, must be that of the whole. */
static void check_rest(const struct solver *solver, size_t first)
{
    size_t n_bytes = objective_of(solver).n * sizeof(double);
    ck_assert_uint_eq(rest.n_steps + first, whole.n_steps);
    for (size_t i = 0; i < rest.n_steps; i++) {
        const struct solver_step *step = &rest.steps[i], *as = &whole.steps[first + i];
        ck_assert_uint_eq(step->iteration, as->iteration);
        check_same_bits(step->objective, as->objective);
        check_same_bits(step->gradient_norm, as->gradient_norm);
        check_same_bits(step->step, as->step);
    }
    ck_assert_mem_eq(rest.point.beta, whole.point.beta, n_bytes);
    ck_assert_mem_eq(rest.point.gradient, whole.point.gradient, n_bytes);
    check_same_bits(rest.point.value, whole.point.value);
    check_same_bits(rest.result.newton_decrement, whole.result.newton_decrement);
    ck_assert_int_eq(rest.result.stop, whole.result.stop);
    ck_assert_uint_eq(rest.result.n_iterations, whole.result.n_iterations);
    ck_assert_uint_eq(rest.result.n_evaluations, whole.result.n_evaluations);
}

static const struct solver_options usual = {.max_iterations = 60,
                                            .max_epochs = 30,
                                            .batch_size = 7,
                                            .tolerance = 1e-10,
                                            .seed = 3,
                                            .learning_rate = 0.05};

static void check_every_state(const struct solver *solver,
                              const struct solver_options *options)
{
    whole.keeps = true;
    solve(solver, options, &whole, NULL);
    ck_assert_uint_gt(whole.n_states, 3);
    ck_assert_uint_eq(whole.n_states, whole.n_steps);
    for (size_t i = 0; i < whole.n_states; i++) {
        solve(solver, options, &rest, &whole.states[i]);
        check_rest(solver, i);
        release(solver, &rest);
    }
    release(solver, &whole);
}

START_TEST(every_solver_goes_on_from_any_iteration_with_the_same_bits)
{
    const struct solver *solver;
    for (size_t i = 0; (solver = solver_at(i)); i++)
        check_every_state(solver, &usual);
}
END_TEST

START_TEST(with_l1_too_they_go_on_with_the_same_bits)
{
    struct solver_options options = usual;
    const struct solver *solver;
    l1 = weights;
    for (size_t i = 0; (solver = solver_at(i)); i++)
        if (solver->takes_l1)
            check_every_state(solver, &usual);
    options.schedule = SCHEDULE_LINE_SEARCH;
    check_every_state(solver_find("gradient_descent"), &options);
    l1 = NULL;
}
END_TEST

START_TEST(schedules_and_line_searches_go_on_where_they_were)
{
    struct solver_options options = usual;
    for (int i = 0; i <= SCHEDULE_LINE_SEARCH; i++) {
        options.schedule = (enum schedule)i;
        check_every_state(solver_find("gradient_descent"), &options);
        if (i < SCHEDULE_LINE_SEARCH)
            check_every_state(solver_find("sgd"), &options);
    }
}
END_TEST

START_TEST(momentum_and_means_go_on_where_they_were)
{
    struct solver_options options = usual;
    options.momentum = 0.5;
    options.nesterov = _i & 1;
    options.averaging = _i & 2;
    check_every_state(solver_find("sgd"), &options);
}
END_TEST

START_TEST(keeping_changes_nothing)
{
    const struct solver *solver;
    for (size_t i = 0; (solver = solver_at(i)); i++) {
        solve(solver, &usual, &whole, NULL);
        ck_assert_uint_eq(whole.n_states, 0);
        rest.keeps = true;
        solve(solver, &usual, &rest, NULL);
        check_rest(solver, 0);
        release(solver, &whole);
        release(solver, &rest);
    }
}
END_TEST

/* ---- the visit ---- */

struct numbers {
    double pair[2], one;
    uint64_t count;
    size_t n, size;
    bool flag;
};

static void visit_numbers(void *solver, struct checkpoint *visit)
{
    struct numbers *numbers = solver;
    checkpoint_numbers(visit, "pair", numbers->pair, numbers->n);
    checkpoint_number(visit, "one", &numbers->one);
    checkpoint_count(visit, "count", &numbers->count);
    checkpoint_size(visit, "size", &numbers->size);
    checkpoint_flag(visit, "flag", &numbers->flag);
}

static void visit_others(void *solver, struct checkpoint *visit)
{
    struct numbers *numbers = solver;
    checkpoint_number(visit, "another", &numbers->one);
}

static const struct numbers given = {{-0.0, INFINITY}, 3.25, UINT64_MAX, 2, 5, true};
static const struct numbers blank = {{7, 8}, 9, 10, 2, 11, false};

static void keep_given(void)
{
    struct numbers numbers = given;
    const struct solver_watch watch = {
        .context = &whole, .wants_state = wants_state, .keep_state = keep_state};
    whole.keeps = true;
    checkpoint_offer(&watch, visit_numbers, &numbers);
    ck_assert_uint_eq(whole.n_states, 1);
}

static bool resume(struct numbers *numbers, checkpoint_visit_fn *visit, size_t n_bytes)
{
    const struct solver_watch watch = {.state = whole.states[0].bytes,
                                       .state_bytes = n_bytes};
    return checkpoint_resume(&watch, visit, numbers);
}

START_TEST(what_was_kept_comes_back_bit_for_bit)
{
    struct numbers numbers = blank;
    keep_given();
    ck_assert(resume(&numbers, visit_numbers, whole.states[0].n_bytes));
    check_same_bits(numbers.pair[0], given.pair[0]);
    check_same_bits(numbers.pair[1], given.pair[1]);
    check_same_bits(numbers.one, given.one);
    ck_assert_uint_eq(numbers.count, given.count);
    ck_assert_uint_eq(numbers.size, given.size);
    ck_assert(numbers.flag);
    memory_free(whole.states[0].bytes);
}
END_TEST

START_TEST(what_does_not_fit_as_a_whole_changes_nothing)
{
    struct numbers numbers;
    memcpy(&numbers, &blank, sizeof(numbers)); /* with what pads it */
    keep_given();
    for (size_t n = 0; n < whole.states[0].n_bytes; n++)
        ck_assert(!resume(&numbers, visit_numbers, n));
    ck_assert(!resume(&numbers, visit_others, whole.states[0].n_bytes));
    numbers.n = 1;
    ck_assert(!resume(&numbers, visit_numbers, whole.states[0].n_bytes));
    numbers.n = 2;
    check_same_bits(numbers.pair[0], blank.pair[0]);
    check_same_bits(numbers.pair[1], blank.pair[1]);
    check_same_bits(numbers.one, blank.one);
    ck_assert_uint_eq(numbers.count, blank.count);
    ck_assert_uint_eq(numbers.size, blank.size);
    ck_assert(!numbers.flag);
    memory_free(whole.states[0].bytes);
}
END_TEST

START_TEST(nobody_need_watch)
{
    struct numbers numbers = given;
    const struct solver_watch nobody = {0};
    checkpoint_offer(NULL, visit_numbers, &numbers);
    checkpoint_offer(&nobody, visit_numbers, &numbers);
    ck_assert(!checkpoint_resume(NULL, visit_numbers, &numbers));
    ck_assert(!checkpoint_resume(&nobody, visit_numbers, &numbers));
}
END_TEST

START_TEST(a_state_of_another_solver_is_passed_over)
{
    const struct solver *newton = solver_find("newton"), *lbfgs = solver_find("lbfgs");
    struct objective_point point = {0};
    const struct objective objective = objective_of(newton);
    whole.keeps = true;
    solve(newton, &usual, &whole, NULL);
    const struct solver_watch watch = {.state = whole.states[2].bytes,
                                       .state_bytes = whole.states[2].n_bytes};
    solve(lbfgs, &usual, &rest, NULL);
    ck_assert_int_eq(objective_point_new(&objective, 0, &point, NULL), 0);
    memcpy(point.beta, (const double[]){-1.2, 1, -1.2, 1, 0.3, 2}, 6 * sizeof(double));
    struct solver_result result;
    ck_assert_int_eq(lbfgs->solve(&objective, &usual, &watch, &point, &result, NULL), 0);
    ck_assert_mem_eq(point.beta, rest.point.beta, 6 * sizeof(double));
    objective_point_free(&objective, &point);
    release(newton, &whole);
    release(lbfgs, &rest);
}
END_TEST

START_TEST(without_memory_nothing_is_kept)
{
    struct numbers numbers = given;
    const struct solver_watch watch = {
        .context = &whole, .wants_state = wants_state, .keep_state = keep_state};
    whole.keeps = true;
    memory_fail_after(0);
    checkpoint_offer(&watch, visit_numbers, &numbers);
    memory_fail_after(-1);
    ck_assert_uint_eq(whole.n_states, 0);
}
END_TEST

TCase *checkpoint_test(void)
{
    TCase *tests = tcase_create("checkpoint");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, every_solver_goes_on_from_any_iteration_with_the_same_bits);
    tcase_add_test(tests, with_l1_too_they_go_on_with_the_same_bits);
    tcase_add_test(tests, schedules_and_line_searches_go_on_where_they_were);
    tcase_add_loop_test(tests, momentum_and_means_go_on_where_they_were, 0, 4);
    tcase_add_test(tests, keeping_changes_nothing);
    tcase_add_test(tests, what_was_kept_comes_back_bit_for_bit);
    tcase_add_test(tests, what_does_not_fit_as_a_whole_changes_nothing);
    tcase_add_test(tests, nobody_need_watch);
    tcase_add_test(tests, a_state_of_another_solver_is_passed_over);
    tcase_add_test(tests, without_memory_nothing_is_kept);
    return tests;
}
