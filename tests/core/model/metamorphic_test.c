/*
 * What must come out the same, or changed by a known rule, of any problem and by any
 * algorithm: problems are drawn from seeds, each is changed in every way of a list, and
 * both are fitted by every algorithm that ends at an optimum. Coefficients are those of
 * columns as given (estimate->solution).
 */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "tests/support/made_design.h"
#include "tests/support/suite.h"

#define N_SEEDS 24
#define MOST_TERMS 64
#define GROWTH 3 /* most times that rows are repeated */

struct problem {
    struct design design;
    struct estimate_options options;
};

/* From one problem another; and what the terms of the first are in the second's. */
struct relation {
    const char *name;
    bool of_two_classes; /* is for these alone */
    void (*change)(const struct problem *from, struct problem *to);
    void (*expect)(const struct problem *from, const double *terms, double *expected);
};

static uint64_t seed;
static struct pool *pools[2]; /* of one thread and of three */

static void setup(void)
{
    pools[0] = pool_new(1, 0, NULL);
    pools[1] = pool_new(3, 0, NULL);
}

static void teardown(void)
{
    pool_free(pools[0]);
    pool_free(pools[1]);
}

/* ---- problems ---- */

static void draw(struct problem *problem, const char *algorithm)
{
    struct random random = random_start(seed, 77);
    static const double penalties[] = {1e-3, 1e-2, 0.3};
    size_t n_rows = 60 + random_below(&random, 1200), d = 1 + random_below(&random, 4);
    size_t n_classes = 2 + random_below(&random, 3);
    made_design_new(&problem->design, n_rows, d, n_classes);
    made_design_draw(&problem->design, seed, 0.8);
    made_design_add_weights(&problem->design);
    for (size_t i = 0; i < n_rows; i++)
        problem->design.weights[i] = (double)random_below(&random, GROWTH + 1);
    made_design_weigh(&problem->design);
    problem->options = made_design_options(&problem->design);
    problem->options.algorithm = algorithm;
    problem->options.statistics = false;
    problem->options.l2 = penalties[random_below(&random, 3)];
    problem->options.solver.tolerance = 1e-10;
    problem->options.solver.max_iterations = 100000;
}

static size_t n_columns(const struct problem *problem)
{
    return problem->design.n_columns;
}

static size_t n_blocks(const struct problem *problem)
{
    return problem->options.family == FAMILY_BINOMIAL ? 1 : problem->design.n_classes - 1;
}

/* Room for other rows or columns, with weights; options as they were. */
static void remake(const struct problem *from, struct problem *to, size_t n_rows,
                   size_t columns)
{
    made_design_new(&to->design, n_rows, columns, from->design.n_classes);
    made_design_add_weights(&to->design);
    to->options = from->options;
}

static void copy_row(const struct problem *from, size_t i, struct problem *to, size_t at)
{
    size_t d = n_columns(from);
    memcpy(to->design.x + at * d, from->design.x + i * d, d * sizeof(double));
    to->design.y[at] = from->design.y[i];
    to->design.weights[at] = from->design.weights[i];
}

static void copy_rows(const struct problem *from, struct problem *to)
{
    remake(from, to, (size_t)from->design.n_rows, n_columns(from));
    for (size_t i = 0; i < from->design.n_rows; i++)
        copy_row(from, i, to, i);
    made_design_weigh(&to->design);
}

static void expect_same(const struct problem *from, const double *terms, double *expected)
{
    size_t n = n_blocks(from) * (n_columns(from) + 1);
    memcpy(expected, terms, n * sizeof(double));
}

/* ---- the list ---- */

static void change_order(const struct problem *from, struct problem *to)
{
    size_t n = (size_t)from->design.n_rows;
    remake(from, to, n, n_columns(from));
    for (size_t i = 0; i < n; i++)
        copy_row(from, n - 1 - i, to, i);
    made_design_weigh(&to->design);
}

/* Rows of weight 0 go with it. */
static void repeat_rows(const struct problem *from, struct problem *to)
{
    size_t n = 0;
    remake(from, to, (size_t)from->design.sum_weights, n_columns(from));
    for (size_t i = 0; i < from->design.n_rows; i++)
        for (double k = 0; k < from->design.weights[i]; k++) {
            copy_row(from, i, to, n);
            to->design.weights[n++] = 1;
        }
    made_design_weigh(&to->design);
}

static void double_weights(const struct problem *from, struct problem *to)
{
    copy_rows(from, to);
    for (size_t i = 0; i < to->design.n_rows; i++)
        to->design.weights[i] *= 2;
    made_design_weigh(&to->design);
}

static void turn_columns(const struct problem *from, struct problem *to)
{
    size_t d = n_columns(from);
    copy_rows(from, to);
    for (size_t i = 0; i < to->design.n_rows; i++)
        for (size_t j = 0; j < d; j++)
            to->design.x[i * d + j] = from->design.x[i * d + d - 1 - j];
}

static void expect_turned(const struct problem *from, const double *terms,
                          double *expected)
{
    size_t d = n_columns(from);
    for (size_t b = 0; b < n_blocks(from); b++) {
        expected[b * (d + 1)] = terms[b * (d + 1)];
        for (size_t j = 0; j < d; j++)
            expected[b * (d + 1) + 1 + j] = terms[b * (d + 1) + d - j];
    }
}

/* x → 3x + 7 of standardised columns: the penalty goes along. */
static void change_units(const struct problem *from, struct problem *to)
{
    copy_rows(from, to);
    for (size_t i = 0; i < to->design.n_rows * n_columns(from); i++)
        to->design.x[i] = 3 * to->design.x[i] + 7;
}

static void expect_units(const struct problem *from, const double *terms,
                         double *expected)
{
    size_t d = n_columns(from);
    for (size_t b = 0; b < n_blocks(from); b++) {
        const double *of = terms + b * (d + 1);
        double *to = expected + b * (d + 1);
        to[0] = of[0];
        for (size_t j = 1; j <= d; j++) {
            to[j] = of[j] / 3;
            to[0] -= 7 * to[j];
        }
    }
}

static void swap_labels(const struct problem *from, struct problem *to)
{
    copy_rows(from, to);
    for (size_t i = 0; i < to->design.n_rows; i++)
        to->design.y[i] = 1 - to->design.y[i];
}

static void expect_swapped(const struct problem *from, const double *terms,
                           double *expected)
{
    for (size_t j = 0; j <= n_columns(from); j++)
        expected[j] = -terms[j];
}

/* w on one class is ½w and -½w on both: half of the penalty. */
static void make_softmax(const struct problem *from, struct problem *to)
{
    copy_rows(from, to);
    to->options.family = FAMILY_MULTINOMIAL;
    to->options.l2 = 2 * from->options.l2;
}

/* The same column twice: each has half of what it has alone under half of the penalty. */
static void double_columns(const struct problem *from, struct problem *to)
{
    size_t d = n_columns(from);
    remake(from, to, (size_t)from->design.n_rows, 2 * d);
    for (size_t i = 0; i < to->design.n_rows; i++) {
        for (size_t j = 0; j < 2 * d; j++)
            to->design.x[i * 2 * d + j] = from->design.x[i * d + j % d];
        to->design.y[i] = from->design.y[i];
        to->design.weights[i] = from->design.weights[i];
    }
    made_design_weigh(&to->design);
    to->options.l2 = 2 * from->options.l2;
}

static void expect_halves(const struct problem *from, const double *terms,
                          double *expected)
{
    size_t d = n_columns(from);
    for (size_t b = 0; b < n_blocks(from); b++) {
        expected[b * (2 * d + 1)] = terms[b * (d + 1)];
        for (size_t j = 0; j < 2 * d; j++)
            expected[b * (2 * d + 1) + 1 + j] = terms[b * (d + 1) + 1 + j % d] / 2;
    }
}

/* From anywhere the way leads to the same place. */
static void start_elsewhere(const struct problem *from, struct problem *to)
{
    static const double elsewhere[MOST_TERMS] = {0.5, -1, 0.25, 1, -0.75, 0.5};
    copy_rows(from, to);
    to->options.start = elsewhere;
}

static const struct relation relations[] = {
    {"order of rows", false, change_order, expect_same},
    {"weights as repetition", false, repeat_rows, expect_same},
    {"weights twice as great", false, double_weights, expect_same},
    {"order of columns", false, turn_columns, expect_turned},
    {"units", false, change_units, expect_units},
    {"labels", true, swap_labels, expect_swapped},
    {"softmax of two classes", true, make_softmax, expect_same},
    {"columns twice", false, double_columns, expect_halves},
    {"start", false, start_elsewhere, expect_same},
};
#define N_RELATIONS (sizeof(relations) / sizeof(*relations))

static const struct {
    const char *name;
    double tolerance;
} algorithms[] = {{"newton", 1e-9},
                  {"newton_cg", 1e-9},
                  {"lbfgs", 1e-5},
                  {"coordinate_descent", 1e-8},
                  {"gradient_descent", 1e-5}};
#define N_ALGORITHMS (sizeof(algorithms) / sizeof(*algorithms))

/* ---- fitting and comparing ---- */

static struct estimate fit(const struct problem *problem, struct pool *pool,
                           const char *what)
{
    struct estimate estimate = {0};
    struct error err = {0};
    int status =
        estimate_run(&problem->design, &problem->options, NULL, pool, &estimate, &err);
    ck_assert_msg(status == 0, "seed %llu, %s, %s: %s", (unsigned long long)seed,
                  problem->options.algorithm, what, err.message);
    ck_assert_msg(estimate.report.converged, "seed %llu, %s, %s: %s",
                  (unsigned long long)seed, problem->options.algorithm, what,
                  estimate.report.stop_reason);
    return estimate;
}

static void compare(const struct relation *relation, const struct problem *problem,
                    const struct estimate *plain, const struct estimate *changed,
                    double tolerance)
{
    double expected[MOST_TERMS];
    size_t n = changed->n_blocks * changed->n_terms;
    ck_assert_uint_le(n, MOST_TERMS);
    relation->expect(problem, plain->solution, expected);
    for (size_t i = 0; i < n; i++) {
        double apart = fabs(changed->solution[i] - expected[i]);
        if (!(apart <= tolerance * (1 + fabs(expected[i]))))
            ck_abort_msg("seed %llu, %s, %s: coefficient %zu is %.12g, not %.12g",
                         (unsigned long long)seed, problem->options.algorithm,
                         relation->name, i, changed->solution[i], expected[i]);
    }
}

static void check_relation(const struct relation *relation, size_t algorithm)
{
    struct problem problem = {0}, other = {0};
    draw(&problem, algorithms[algorithm].name);
    problem.options.standardize = relation->change == change_units;
    if (!relation->of_two_classes || problem.design.n_classes == 2) {
        relation->change(&problem, &other);
        struct estimate plain = fit(&problem, pools[0], relation->name);
        struct estimate changed = fit(&other, pools[1], relation->name);
        compare(relation, &problem, &plain, &changed, algorithms[algorithm].tolerance);
        estimate_free(&plain);
        estimate_free(&changed);
        design_free(&other.design);
    }
    design_free(&problem.design);
}

START_TEST(every_relation_holds_for_every_algorithm)
{
    seed = (uint64_t)_i;
    for (size_t r = 0; r < N_RELATIONS; r++)
        for (size_t a = 0; a < N_ALGORITHMS; a++)
            check_relation(&relations[r], a);
}
END_TEST

TCase *metamorphic_test(void)
{
    TCase *tests = tcase_create("metamorphic");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    suite_add_rounds(tests, every_relation_holds_for_every_algorithm, 0, N_SEEDS);
    return tests;
}
