#include "core/kernel/narrow_rows.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"

enum { ROWS = NARROW_ROWS_MOST, MOST_D = NARROW_ROWS_MOST_COLUMNS, STRIDE = MOST_D + 2 };
enum { MOST = MOST_D + 1 };

struct found {
    double loss, misplaced, curvature[ROWS], gradient[MOST], hessian[MOST * MOST];
};

struct exact {
    long double loss, misplaced, gradient[MOST], hessian[MOST * MOST];
    long double
        sizes[MOST * MOST]; /* Σ of what the Hessian's products are without sign */
};

static double x[ROWS * STRIDE], y[ROWS], offset[ROWS], weights[ROWS];
static double factor[MOST_D], centre[MOST_D], beta[MOST];
static _Alignas(64) double scratch[NARROW_ROWS_SCRATCH];
static struct found found;
static struct exact exact;

static void draw(double reach)
{
    struct random random = random_start(77, 0);
    for (size_t i = 0; i < ROWS * STRIDE; i++)
        x[i] = random_normal(&random);
    for (size_t i = 0; i < ROWS; i++) {
        y[i] = i % 7 == 0 ? random_uniform(&random) : (double)random_below(&random, 2);
        offset[i] = i % 3 == 0 ? random_normal(&random) : 0;
        weights[i] = random_uniform(&random);
    }
    for (size_t j = 0; j < MOST_D; j++) {
        factor[j] = exp2((double)(j % 5) - 2);
        centre[j] = random_normal(&random);
    }
    for (size_t j = 0; j < MOST; j++)
        beta[j] = reach * random_normal(&random);
}

static long double term(const struct narrow_rows *rows, size_t i, size_t k)
{
    if (rows->intercept && k-- == 0)
        return 1;
    long double u = rows->x[i * rows->stride + k];
    return rows->factor ? u * rows->factor[k] - rows->centre[k] : u;
}

static void add_exactly(const struct narrow_rows *rows, size_t i)
{
    size_t n = rows->intercept + rows->n_columns;
    long double z = 0, w = rows->weights ? rows->weights[i] : 1, label = rows->y[i];
    for (size_t k = 0; k < n; k++)
        z += beta[k] * term(rows, i, k);
    exact.misplaced += (label == 1 && z > 0) || (label == 0 && z < 0) ? 0 : w;
    z += rows->offset[i];
    long double p = 1 / (1 + expl(-z)), q = 1 / (1 + expl(z));
    exact.loss += w * (label * log1pl(expl(-z)) + (1 - label) * log1pl(expl(z)));
    for (size_t j = 0; j < n; j++) {
        long double u = term(rows, i, j);
        exact.gradient[j] += w * ((1 - label) * p - label * q) * u;
        for (size_t k = 0; k <= j; k++) {
            long double product = w * p * q * u * term(rows, i, k);
            exact.hessian[j * n + k] += product;
            exact.sizes[j * n + k] += fabsl(product);
        }
    }
}

static void add_up(enum instructions set, const struct narrow_rows *rows,
                   const struct narrow_rows_sums *sums)
{
    static narrow_rows_add_fn *const variants[] = {
        narrow_rows_plain_add, narrow_rows_avx2_add, narrow_rows_avx512_add};
    memset(scratch, 0xff, sizeof(scratch)); /* not a number */
    variants[set](rows, beta, scratch, sums);
}

static void check(double got, long double wanted, long double size, const char *of,
                  size_t n, size_t d)
{
    if (!(fabsl(got - wanted) <= 4e-15L * size))
        ck_abort_msg("%s of %zu rows of %zu: %.17g, not %.17g", of, n, d, got,
                     (double)wanted);
}

static void check_rows(enum instructions set, const struct narrow_rows *rows)
{
    size_t n = rows->intercept + rows->n_columns, m = rows->n_rows, d = rows->n_columns;
    struct narrow_rows_sums sums = {&found.loss, &found.misplaced, found.curvature,
                                    found.gradient, found.hessian};
    memset(&found, 0, sizeof(found));
    memset(&exact, 0, sizeof(exact));
    for (size_t i = 0; i < m; i++)
        add_exactly(rows, i);
    add_up(set, rows, &sums);
    check(found.loss, exact.loss, exact.loss + 1, "loss", m, d);
    check(found.misplaced, exact.misplaced, exact.misplaced, "misplaced", m, d);
    for (size_t j = 0; j < n; j++) {
        check(found.gradient[j], exact.gradient[j], (long double)m, "gradient", m, d);
        for (size_t k = 0; k < n; k++)
            check(found.hessian[j * n + k], exact.hessian[j * n + k],
                  4 * exact.sizes[j * n + k], "Hessian", m, d);
    }
}

static struct narrow_rows rows_of(size_t n, size_t d)
{
    return (struct narrow_rows){.n_rows = n,
                                .n_columns = d,
                                .x = x,
                                .stride = STRIDE,
                                .y = y,
                                .offset = offset,
                                .intercept = true};
}

START_TEST(every_instruction_set_agrees_with_sums_in_more_digits)
{
    static const size_t counts[] = {1, 7, 64, 65, 127, 129, 300, ROWS};
    enum instructions set = (enum instructions)_i;
    if (set > instructions_best())
        return;
    draw(0.3);
    for (size_t d = 1; d <= MOST_D; d += d < 13 ? 1 : 5)
        for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
            struct narrow_rows rows = rows_of(counts[i], d);
            check_rows(set, &rows);
            rows.stride = d;
            rows.factor = factor;
            rows.centre = centre;
            rows.intercept = d == 1 || i % 2;
            check_rows(set, &rows);
            rows.weights = weights;
            check_rows(set, &rows);
        }
}
END_TEST

START_TEST(losses_far_from_the_label_and_next_to_nothing_keep_their_digits)
{
    enum instructions set = (enum instructions)_i;
    if (set > instructions_best())
        return;
    double reach = 1;
    for (int turn = 0; turn < 8; turn++, reach *= 3) {
        struct narrow_rows rows = rows_of(ROWS, 1);
        struct narrow_rows_sums sums = {&found.loss, &found.misplaced, NULL, NULL, NULL};
        draw(0);
        beta[1] = reach;
        memset(offset, 0, sizeof(offset));
        memset(&exact, 0, sizeof(exact));
        found.loss = found.misplaced = 0;
        for (size_t i = 0; i < ROWS; i++) {
            double *cell = &x[i * STRIDE];
            *cell = copysign(1 + fabs(*cell), turn % 2 ? *cell : y[i] - 0.5);
            y[i] = round(y[i]);
            add_exactly(&rows, i);
        }
        add_up(set, &rows, &sums);
        check(found.loss, exact.loss, fmaxl(exact.loss, 1e-290L), "loss", ROWS, 1);
    }
}
END_TEST

START_TEST(what_is_not_wanted_changes_nothing_else)
{
    enum instructions set = (enum instructions)_i;
    if (set > instructions_best())
        return;
    struct narrow_rows rows = rows_of(500, 5);
    double loss = 0, misplaced = 0, gradient[6] = {0};
    struct narrow_rows_sums all = {&found.loss, &found.misplaced, found.curvature,
                                   found.gradient, found.hessian};
    struct narrow_rows_sums some = {&loss, &misplaced, NULL, gradient, NULL};
    draw(1);
    memset(&found, 0, sizeof(found));
    add_up(set, &rows, &all);
    add_up(set, &rows, &some);
    ck_assert_mem_eq(&loss, &found.loss, sizeof(loss));
    ck_assert_mem_eq(&misplaced, &found.misplaced, sizeof(misplaced));
    ck_assert_mem_eq(gradient, found.gradient, sizeof(gradient));
    some.gradient = NULL;
    loss = 0;
    add_up(set, &rows, &some);
    ck_assert_mem_eq(&loss, &found.loss, sizeof(loss));
}
END_TEST

START_TEST(what_is_no_number_is_told)
{
    enum instructions set = (enum instructions)_i;
    if (set > instructions_best())
        return;
    struct narrow_rows rows = rows_of(200, 3);
    struct narrow_rows_sums sums = {&found.loss, &found.misplaced, NULL, found.gradient,
                                    found.hessian};
    for (int turn = 0; turn < 2; turn++) {
        draw(1);
        memset(&found, 0, sizeof(found));
        x[150 * STRIDE + 1] = turn ? INFINITY : NAN;
        add_up(set, &rows, &sums);
        ck_assert(!isfinite(found.loss));
        ck_assert(!isfinite(found.gradient[2]));
    }
}
END_TEST

TCase *narrow_rows_test(void)
{
    TCase *tests = tcase_create("narrow_rows");
    tcase_add_loop_test(tests, every_instruction_set_agrees_with_sums_in_more_digits, 0,
                        INSTRUCTIONS_N);
    tcase_add_loop_test(tests,
                        losses_far_from_the_label_and_next_to_nothing_keep_their_digits,
                        0, INSTRUCTIONS_N);
    tcase_add_loop_test(tests, what_is_not_wanted_changes_nothing_else, 0,
                        INSTRUCTIONS_N);
    tcase_add_loop_test(tests, what_is_no_number_is_told, 0, INSTRUCTIONS_N);
    return tests;
}
