#include "core/kernel/softmax_rows.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/kernel/loss.h"

#define N 53U /* several groups of rows and a rest */
#define MOST_CLASSES 21U

static double z[N * MOST_CLASSES], d[N * MOST_CLASSES], y[N], weights[N];

static void draw(size_t n_classes)
{
    struct random random = random_start(31, n_classes);
    for (size_t i = 0; i < N; i++) {
        double size = pow(2, 12 * random_uniform(&random) - 4);
        for (size_t k = 0; k < n_classes; k++) {
            z[i * n_classes + k] = size * random_normal(&random);
            d[i * n_classes + k] = random_normal(&random);
        }
        y[i] = (double)random_below(&random, n_classes);
        weights[i] = random_uniform(&random);
    }
    for (size_t k = 0; k < n_classes; k++) {
        z[k] = 0; /* all the same */
        z[n_classes + k] = k % 2 ? 1e300 : -1e300;
    }
}

static void check_bits(const double *a, const double *b, size_t n)
{
    if (memcmp(a, b, n * sizeof(*a)) != 0)
        ck_abort_msg("two instruction sets differ");
}

static void compare(const struct softmax_rows *plain, const struct softmax_rows *other,
                    size_t n, size_t n_classes)
{
    double p[2][N * MOST_CLASSES], residual[2][N * MOST_CLASSES];
    double turned[2][N * MOST_CLASSES], scratch[LOSS_TURN_CELLS(MOST_CLASSES)];
    for (size_t which = 0; which < 2; which++) {
        memcpy(p[which], z, sizeof(z));
        memcpy(turned[which], d, sizeof(d));
    }
    double loss = plain->losses(n, n_classes, p[0], y, weights, residual[0]);
    double same = other->losses(n, n_classes, p[1], y, weights, residual[1]);
    plain->turn(n, n_classes, p[0], weights, scratch, turned[0]);
    other->turn(n, n_classes, p[1], weights, scratch, turned[1]);
    check_bits(&loss, &same, 1);
    check_bits(p[0], p[1], N * MOST_CLASSES);
    check_bits(residual[0], residual[1], n * n_classes);
    check_bits(turned[0], turned[1], N * MOST_CLASSES);
}

START_TEST(every_instruction_set_gives_the_same_bits)
{
    size_t n_classes = (size_t)_i;
    draw(n_classes);
    for (int set = 1; set <= (int)instructions_best(); set++)
        for (size_t n = 0; n <= N; n++)
            compare(softmax_rows_of(INSTRUCTIONS_PLAIN),
                    softmax_rows_of((enum instructions)set), n, n_classes);
}
END_TEST

static void check_close(double is, long double expected, long double size)
{
    if (!(fabsl(is - expected) <= 4e-15L * size + 1e-305L)) /* beside subnormal ones */
        ck_abort_msg("%.17g is not %.17Lg", is, expected);
}

/* Of one row in long double: its loss; and its probabilities. Margins less the greatest
 * are rounded, as they are there. */
static long double expect_row(const double *row, size_t n_classes, size_t label,
                              long double *p)
{
    double greatest = row[0];
    long double sum = 0;
    for (size_t k = 1; k < n_classes; k++)
        greatest = fmax(greatest, row[k]);
    for (size_t k = 0; k < n_classes; k++) {
        double shifted = row[k] - greatest;
        sum += p[k] = expl(shifted);
    }
    for (size_t k = 0; k < n_classes; k++)
        p[k] /= sum;
    return (long double)greatest - row[label] + logl(sum);
}

static void check_turn(size_t n_classes, double weight, const long double *p,
                       const double *row, const double *turned)
{
    long double mean = 0;
    for (size_t k = 0; k < n_classes; k++)
        mean += p[k] * row[k];
    for (size_t k = 0; k < n_classes; k++)
        check_close(turned[k], weight * p[k] * (row[k] - mean), 8 * p[k]);
}

START_TEST(losses_and_derivatives_are_those_of_long_doubles)
{
    size_t n_classes = (size_t)_i;
    double p[N * MOST_CLASSES], residual[N * MOST_CLASSES], turned[N * MOST_CLASSES];
    double scratch[LOSS_TURN_CELLS(MOST_CLASSES)];
    draw(n_classes);
    memcpy(p, z, sizeof(z));
    memcpy(turned, d, sizeof(d));
    double loss = loss_multinomial(N, n_classes, p, y, weights, residual);
    loss_multinomial_turn(N, n_classes, p, weights, scratch, turned);
    long double sum = 0;
    for (size_t i = 0; i < N; i++) {
        long double of_row[MOST_CLASSES];
        size_t label = (size_t)y[i];
        sum += weights[i] * expect_row(z + i * n_classes, n_classes, label, of_row);
        for (size_t k = 0; k < n_classes; k++) {
            size_t at = i * n_classes + k;
            check_close(p[at], of_row[k], of_row[k]);
            check_close(residual[at], weights[i] * (of_row[k] - (k == label)), 1);
        }
        check_turn(n_classes, weights[i], of_row, d + i * n_classes,
                   turned + i * n_classes);
    }
    check_close(loss, sum, sum);
}
END_TEST

TCase *softmax_rows_test(void)
{
    TCase *tests = tcase_create("softmax_rows");
    tcase_add_loop_test(tests, every_instruction_set_gives_the_same_bits, 2,
                        (int)MOST_CLASSES + 1);
    tcase_add_loop_test(tests, losses_and_derivatives_are_those_of_long_doubles, 2,
                        (int)MOST_CLASSES + 1);
    return tests;
}
