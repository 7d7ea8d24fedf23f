/*
 * Is "auto" ever much slower than the best algorithm asked for by name? Made data of the
 * shapes that matter, each fitted by auto and by every other algorithm, to the same
 * evidence: a Newton decrement of 10⁻⁸, which is what p-values are given for. A method
 * whose tolerance leaves more gets a smaller one, and the time of that fit counts. One
 * that takes four times as long as the best so far is stopped: "-".
 *
 * CPU seconds of all threads, the best of REPEATS (3): what else the machine does counts
 * little.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/kernel/blas.h"
#include "core/kernel/instructions.h"
#include "core/model/estimate.h"

#define EVIDENCE 1e-8
#define LEAST_TOLERANCE 1e-14
#define PATIENCE 4.0
#define LEAST_PATIENCE 0.2 /* s */

struct workload {
    const char *name;
    size_t n_rows, n_columns, n_classes;
    double l2, l1;
    double share; /* of numbers that are not 0, 1: all */
};

static const struct workload workloads[] = {
    {"syn1m30", 1000000, 30, 2, 1e-6, 0, 1},
    {"syn100k10", 100000, 10, 2, 1e-6, 0, 1},
    {"syn100k10, no penalty", 100000, 10, 2, 0, 0, 1},
    {"syn100k300", 100000, 300, 2, 1e-6, 0, 1},
    {"wide100x1000", 100, 1000, 2, 1e-3, 0, 1},
    {"syn10k75k12", 10000, 75, 12, 1e-4, 0, 1},
    {"syn20k54k7", 20000, 54, 7, 1e-4, 0, 1},
    {"mostly zeros, 32561×123", 32561, 123, 2, 1e-4, 0, 0.11},
    {"syn32k100, l1", 32561, 100, 2, 0, 1e-3, 1},
    {"wide100x1000, l1", 100, 1000, 2, 0, 1e-2, 1},
};

struct task {
    struct design design;
    struct estimate_options options;
    struct pool *pool;
};

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* ---- the data ---- */

static void *numbers(size_t n)
{
    struct error err = {0};
    void *made = memory_new_aligned(n, sizeof(double), &err);
    if (!made) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return made;
}

/* Each column goes with the one before by 0.6; drawn classes by weights of its own. */
static void draw_row(const struct workload *workload, struct random *random,
                     const double *weights, double *x, double *y)
{
    double best = -INFINITY, last = 0;
    for (size_t j = 0; j < workload->n_columns; j++) {
        double number = random_normal(random);
        last = j == 0 ? number : 0.6 * last + 0.8 * number;
        x[j] =
            workload->share == 1 || random_uniform(random) < workload->share ? last : 0;
    }
    for (size_t k = 0; k < workload->n_classes; k++) {
        double z = -log(-log(random_uniform(random)));
        for (size_t j = 0; j < workload->n_columns; j++)
            z += x[j] * weights[k * workload->n_columns + j];
        if (z > best)
            *y = (double)k;
        best = fmax(best, z);
    }
}

static void make_data(const struct workload *workload, struct design *design)
{
    size_t m = workload->n_rows, d = workload->n_columns;
    struct random random = random_start(1, 0);
    double *weights = numbers(workload->n_classes * d);
    *design = (struct design){.storage = DESIGN_DENSE_F64,
                              .n_rows = m,
                              .n_columns = d,
                              .n_blocks = (m + DESIGN_BLOCK_ROWS - 1) / DESIGN_BLOCK_ROWS,
                              .n_classes = workload->n_classes,
                              .sum_weights = (double)m,
                              .x = numbers(m * d),
                              .y = numbers(m)};
    for (size_t i = 0; i < workload->n_classes * d; i++)
        weights[i] = random_normal(&random) * 2 / sqrt((double)d);
    for (size_t i = 0; i < m; i++)
        draw_row(workload, &random, weights, design->x + i * d, design->y + i);
    memory_free(weights);
}

/* ---- fitting ---- */

struct limit {
    double start, seconds;
};

static bool is_over(void *context)
{
    const struct limit *limit = context;
    return cpu_seconds() - limit->start > limit->seconds;
}

static int on_step(void *context, const struct solver_step *step)
{
    (void)step;
    return is_over(context);
}

/* CPU seconds, or infinity where the limit stops it or the evidence is not had. */
static double fit_once(struct task *task, double seconds, bool *has_evidence, char *taken)
{
    struct limit limit = {cpu_seconds(), seconds};
    const struct estimate_hooks hooks = {
        .watch = {.on_step = on_step, .is_over = is_over, .context = &limit}};
    struct estimate estimate = {0};
    struct error err = {0};
    pool_watch(task->pool, is_over, &limit);
    if (estimate_run(&task->design, &task->options, &hooks, task->pool, &estimate, &err) <
        0)
        return INFINITY;
    double taken_seconds = cpu_seconds() - limit.start;
    snprintf(taken, 24, "%s", estimate.report.algorithm);
    *has_evidence =
        estimate.report.converged &&
        (task->options.l1 > 0 || estimate.report.newton_decrement <= EVIDENCE);
    estimate_free(&estimate);
    return taken_seconds;
}

static double fit(struct task *task, double limit, char *taken)
{
    bool has_evidence = false;
    for (double tolerance = 1e-8; tolerance >= LEAST_TOLERANCE; tolerance /= 100) {
        task->options.solver.tolerance = tolerance;
        double seconds = fit_once(task, limit, &has_evidence, taken);
        if (has_evidence || !isfinite(seconds))
            return seconds;
    }
    return INFINITY;
}

static double best_fit(struct task *task, const char *name, double limit, char *taken)
{
    const char *repeats = getenv("REPEATS");
    double best = INFINITY;
    task->options.algorithm = name;
    for (int i = 0; i < (repeats ? atoi(repeats) : 3); i++) {
        best = fmin(best, fit(task, limit, taken));
        if (!isfinite(best))
            break;
        limit = fmin(limit, 2 * best);
    }
    return best;
}

/* ---- the table ---- */

static void print_seconds(double seconds)
{
    if (isfinite(seconds))
        printf(" %.3f |", seconds);
    else
        printf(" - |");
    fflush(stdout);
}

static void print_head(void)
{
    const struct solver *solver;
    printf("| workload | auto took | auto |");
    for (size_t i = 0; (solver = solver_at(i)); i++)
        printf(" %s |", solver->name);
    printf(" auto / best |\n|---|---|---|");
    for (size_t i = 0; solver_at(i); i++)
        printf("---|");
    printf("---|\n");
}

static struct estimate_options options_of(const struct workload *workload)
{
    return (struct estimate_options){
        .family = workload->n_classes == 2 ? FAMILY_BINOMIAL : FAMILY_MULTINOMIAL,
        .intercept = true,
        .frequency_weights = true,
        .l2 = workload->l2,
        .l1 = workload->l1,
        .confidence = 0.95,
        .solver = {
            .max_iterations = 100000, .max_epochs = 100000, .seed = 1, .batch_size = 32}};
}

/* Auto's time over the best one's. */
static double run_workload(const struct workload *workload, struct pool *pool)
{
    struct task task = {.options = options_of(workload), .pool = pool};
    const struct solver *solver;
    char taken[24] = "", ignored[24];
    make_data(workload, &task.design);
    double automatic = best_fit(&task, "auto", INFINITY, taken), best = INFINITY;
    printf("| %s | %s |", workload->name, taken);
    print_seconds(automatic);
    for (size_t i = 0; (solver = solver_at(i)); i++) {
        double seconds = INFINITY;
        double limit = fmax(PATIENCE * fmin(automatic, best), LEAST_PATIENCE);
        if (workload->l1 == 0 || solver->takes_l1)
            seconds = best_fit(&task, solver->name, limit, ignored);
        print_seconds(seconds);
        best = fmin(best, seconds);
    }
    printf(" %.2f |\n", automatic / best);
    design_free(&task.design);
    return automatic / best;
}

int main(void)
{
    struct error err = {0};
    double worst = 0;
    if (blas_prepare(&err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    struct pool *pool = pool_new((size_t)sysconf(_SC_NPROCESSORS_ONLN), 0, &err);
    if (!pool)
        return 1;
    static const char *const sets[] = {"plain", "AVX2", "AVX-512"};
    printf("%zu threads, %s, %s; CPU seconds\n\n", pool_n_threads(pool),
           sets[instructions_best()], blas_description());
    print_head();
    for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
        worst = fmax(worst, run_workload(&workloads[i], pool));
    printf("\nworst: %.2f (wanted: 1.5 at most)\n", worst);
    pool_free(pool);
    return 0;
}
