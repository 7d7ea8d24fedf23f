#include "core/model/fit_time.h"

#include "core/model/cost.h"
#include "tests/support/suite.h"

static const struct estimate_options options = {
    .solver = {.max_iterations = 1000, .max_epochs = 100}};
static const struct path_options no_path = {0};

static struct algorithm_task task_of(const char *name, uint64_t n_rows)
{
    return (struct algorithm_task){
        .name = name, .n_rows = n_rows, .n_blocks = 1, .n_terms = 20};
}

static struct fit_time guess(const struct algorithm_task *task,
                             const struct path_options *path, size_t n_threads)
{
    struct algorithm algorithm;
    ck_assert(algorithm_choose(task, &algorithm));
    return fit_time_guess(task, &algorithm, &options, path, n_threads);
}

START_TEST(fit_time_is_what_the_choice_counted)
{
    const struct algorithm_task task = task_of("newton", 100000);
    const struct cost_task cost = algorithm_cost_task(&task);
    struct fit_time time = guess(&task, &no_path, 1);
    ck_assert_double_eq(time.seconds, cost_of_newton(&cost));
    ck_assert(!time.is_bound);
    ck_assert_double_eq_tol(guess(&task, &no_path, 4).seconds, time.seconds / 4,
                            1e-12 * time.seconds);
}
END_TEST

START_TEST(fit_time_of_every_solver_grows_with_the_rows)
{
    const struct solver *solver;
    for (size_t i = 0; (solver = solver_at(i)); i++) {
        const struct algorithm_task few = task_of(solver->name, 1000);
        const struct algorithm_task many = task_of(solver->name, 1000000);
        double least = guess(&few, &no_path, 2).seconds;
        ck_assert_double_gt(least, 0);
        ck_assert_double_gt(guess(&many, &no_path, 2).seconds, 50 * least);
        ck_assert(guess(&few, &no_path, 2).is_bound == solver->is_first_order);
    }
}
END_TEST

START_TEST(fit_time_of_batches_is_bounded_by_the_epochs)
{
    const struct algorithm_task sgd = task_of("sgd", 100000);
    const struct algorithm_task descent = task_of("gradient_descent", 100000);
    double in_batches = guess(&sgd, &no_path, 1).seconds;
    /* 100 epochs, and 1000 iterations */
    ck_assert_double_lt(in_batches, guess(&descent, &no_path, 1).seconds);
    ck_assert_double_gt(guess(&sgd, &no_path, 1000).seconds, in_batches / 3);
}
END_TEST

START_TEST(fit_time_counts_the_fits_of_a_path_and_its_folds)
{
    const struct algorithm_task task = task_of("newton", 100000);
    const struct path_options path = {.n_lambdas = 11, .n_folds = 4};
    const struct path_options folds = {.n_folds = 4};
    double one = guess(&task, &no_path, 1).seconds;
    ck_assert_double_eq_tol(guess(&task, &path, 1).seconds, (1 + 0.4 * 54) * one,
                            1e-9 * one);
    ck_assert_double_eq_tol(guess(&task, &folds, 1).seconds, (1 + 0.4 * 4) * one,
                            1e-9 * one);
}
END_TEST

TCase *fit_time_test(void)
{
    TCase *cases = tcase_create("fit_time");
    tcase_add_test(cases, fit_time_is_what_the_choice_counted);
    tcase_add_test(cases, fit_time_of_every_solver_grows_with_the_rows);
    tcase_add_test(cases, fit_time_of_batches_is_bounded_by_the_epochs);
    tcase_add_test(cases, fit_time_counts_the_fits_of_a_path_and_its_folds);
    return cases;
}
