/* A fit that is told to stop at whatever moment: between any two questions whether it
 * shall, from the first row that is read to the last statistic. */
#include <check.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/model/fit.h"
#include "tests/support/csv_table.h"
#include "tests/support/made_design.h"

static struct csv_table table;
static struct fit_request request;
static struct budget budget;
static const struct fit_room room = {.budget = &budget};
static struct pool *pool;
static atomic_long n_left; /* questions that are still answered with no */

static void setup(void)
{
    budget_start(&budget, SIZE_MAX);
    pool = pool_new(1, 0, NULL);
    request = fit_defaults;
    request.target = "y";
}

static void teardown(void)
{
    pool_free(pool);
    csv_table_free(&table);
}

static bool is_over(void *context)
{
    (void)context;
    return atomic_load(&n_left) == 0 || atomic_fetch_sub(&n_left, 1) <= 1;
}

static int on_step(void *context, const struct solver_step *step)
{
    (void)step;
    return is_over(context);
}

static struct model *fit_for(long n, struct error *err)
{
    const struct solver_watch watch = {.on_step = on_step, .is_over = is_over};
    atomic_store(&n_left, n);
    pool_watch(pool, is_over, NULL);
    return fit_run(&request, table.table, &room, pool, &watch, err);
}

/* "y,a,b,g"; where it is to be separated, b tells the class of all rows with g0. */
static void read_rows(size_t n, bool is_separated)
{
    struct random random = random_start(5, 0);
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,a,b,g\n");
    for (size_t i = 0; i < n; i++) {
        double a = random_normal(&random), b = random_normal(&random);
        int g = (int)random_below(&random, 3);
        bool y = random_uniform(&random) < 1 / (1 + exp(-a - b));
        if (is_separated)
            b = g == 0 ? (y ? 3 : -3) : 0;
        buffer_printf(&csv, "%d,%.17g,%.17g,g%d\n", y, a, b, g);
    }
    csv_table_read(&table, csv.bytes);
    buffer_free(&csv);
}

/* Ever later, until it comes to its end; that is the fit that nobody stopped. */
static void check_every_moment(long step)
{
    struct error err = {0};
    struct model *whole = fit_for(1L << 40, &err), *model = NULL;
    long n = 1, n_stopped = 0;
    ck_assert_msg(whole != NULL, "%s", err.message);
    for (; !model; n += step) {
        error_clear(&err);
        model = fit_for(n, &err);
        ck_assert_uint_eq(budget_used(&budget), 0);
        ck_assert_msg(model || err.code == ERROR_CANCELLED, "%ld: %s", n, err.message);
        n_stopped += !model;
    }
    ck_assert_int_gt(n_stopped, 10);
    ck_assert_uint_eq(model->n_terms, whole->n_terms);
    ck_assert_mem_eq(model->weights, whole->weights,
                     (whole->n_terms - 1) * sizeof(double));
    model_release(model);
    model_release(whole);
}

START_TEST(a_fit_can_be_stopped_at_every_moment)
{
    static const char *const names[] = {"newton", "newton_cg", "lbfgs", "sgd"};
    read_rows(3000, false);
    request.algorithm = names[_i];
    request.solver.max_epochs = _i == 3 ? 3 : 0;
    check_every_moment(_i < 3 ? 1 : 7);
}
END_TEST

START_TEST(the_proof_of_separation_can_be_stopped)
{
    read_rows(600, true);
    check_every_moment(1);
}
END_TEST

TCase *fit_cancel_test(void)
{
    TCase *tests = tcase_create("fit_cancel");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_fit_can_be_stopped_at_every_moment, 0, 4);
    tcase_add_test(tests, the_proof_of_separation_can_be_stopped);
    return tests;
}
