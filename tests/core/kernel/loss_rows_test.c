#include "core/kernel/loss_rows.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/kernel/instructions.h"

#define N 333 /* several groups of rows and a rest */

static double z[N], y[N], weights[N], offset[N];

static void draw(void)
{
    struct random random = random_start(21, 0);
    for (size_t i = 0; i < N; i++) {
        z[i] = pow(2, 12 * random_uniform(&random)) * random_normal(&random);
        y[i] = i % 5 == 0 ? random_uniform(&random) : (double)random_below(&random, 2);
        weights[i] = random_uniform(&random);
        offset[i] = i % 2 ? random_normal(&random) : 0;
    }
    z[0] = 1e300;
    z[1] = -1e300;
    z[2] = z[3] = offset[2] = offset[3] = 0;
}

START_TEST(every_instruction_set_gives_the_same_bits)
{
    const struct loss_rows *plain = loss_rows_at(0), *other;
    double residual[2][N], curvature[2][N];
    draw();
    for (size_t set = 1; (other = loss_rows_at(set)) != NULL; set++)
        for (size_t n = 0; n <= N; n += n < 70 ? 1 : 263) {
            double loss = plain->binomial(n, z, y, weights, residual[0], curvature[0]);
            double same = other->binomial(n, z, y, weights, residual[1], curvature[1]);
            ck_assert_mem_eq(&loss, &same, sizeof(loss));
            ck_assert_mem_eq(residual[0], residual[1], n * sizeof(double));
            ck_assert_mem_eq(curvature[0], curvature[1], n * sizeof(double));
            ck_assert_double_eq(plain->misplaced(n, z, offset, y, weights),
                                other->misplaced(n, z, offset, y, weights));
        }
    ck_assert_ptr_eq(loss_rows_best(), loss_rows_at(instructions_best()));
}
END_TEST

START_TEST(misplaced_rows_are_those_not_strictly_on_the_side_of_their_label)
{
    draw();
    for (size_t n = 0; n < 40; n++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            double margin = z[i] - offset[i];
            if (!((y[i] == 1 && margin > 0) || (y[i] == 0 && margin < 0)))
                sum += weights[i];
        }
        ck_assert_double_eq_tol(loss_rows_best()->misplaced(n, z, offset, y, weights),
                                sum, 1e-14 * (1 + sum));
    }
}
END_TEST

START_TEST(labels_of_0_and_1_are_counted)
{
    const struct loss_rows *rows;
    draw();
    y[3] = NAN;
    y[4] = -0.0;
    for (size_t set = 0; (rows = loss_rows_at(set)) != NULL; set++)
        for (size_t n = 0, n_zeros = 0, n_ones = 0; n <= N; n++) {
            size_t zeros, ones;
            rows->labels(n, y, &zeros, &ones);
            if (zeros != n_zeros || ones != n_ones)
                ck_abort_msg("of %zu: %zu and %zu", n, zeros, ones);
            n_zeros += n < N && y[n] == 0;
            n_ones += n < N && y[n] == 1;
        }
}
END_TEST

TCase *loss_rows_test(void)
{
    TCase *tests = tcase_create("loss_rows");
    tcase_add_test(tests, labels_of_0_and_1_are_counted);
    tcase_add_test(tests, every_instruction_set_gives_the_same_bits);
    tcase_add_test(tests,
                   misplaced_rows_are_those_not_strictly_on_the_side_of_their_label);
    return tests;
}
