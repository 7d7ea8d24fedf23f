#include "core/kernel/row_products.h"

#include <check.h>
#include <math.h>

#include "core/base/random.h"

enum { ROWS = 29, COLUMNS = 150, STRIDE = 152 };

static double x[ROWS * STRIDE], beta[COLUMNS], v[ROWS];

/* Zeros behind the last of d columns. */
static void draw(size_t d)
{
    struct random random = random_start(33, 0);
    for (size_t i = 0; i < ROWS * STRIDE; i++)
        x[i] = i % STRIDE < d ? random_normal(&random) : 0;
    for (size_t j = 0; j < COLUMNS; j++)
        beta[j] = random_normal(&random);
    for (size_t i = 0; i < ROWS; i++)
        v[i] = random_normal(&random);
}

static void check(double found, long double sum, const char *of, size_t n, size_t d)
{
    if (!(fabsl(found - sum) <= 2e-14L * (1 + fabsl(sum))))
        ck_abort_msg("%s of %zu rows of %zu: %g, not %g", of, n, d, found, (double)sum);
}

static void check_margins(enum instructions set, size_t n, size_t d)
{
    double z[ROWS + 1];
    for (size_t i = 0; i <= ROWS; i++)
        z[i] = 2;
    row_products_of(set)->margins(n, d, x, STRIDE, beta, z);
    for (size_t i = 0; i <= ROWS; i++) {
        long double sum = 2;
        for (size_t j = 0; i < n && j < d; j++)
            sum += (long double)x[i * STRIDE + j] * beta[j];
        check(z[i], sum, "margins", n, d);
    }
}

static void check_sum(enum instructions set, size_t n, size_t d)
{
    double product[COLUMNS + 1];
    for (size_t j = 0; j <= COLUMNS; j++)
        product[j] = -1;
    row_products_of(set)->sum(n, d, x, STRIDE, v, product);
    for (size_t j = 0; j <= COLUMNS; j++) {
        long double sum = -1;
        for (size_t i = 0; j < d && i < n; i++)
            sum += (long double)x[i * STRIDE + j] * v[i];
        check(product[j], sum, "sums", n, d);
    }
}

START_TEST(every_instruction_set_adds_up_a_vector)
{
    draw(0);
    for (int set = 0; set <= (int)instructions_best(); set++)
        for (size_t n = 0; n <= COLUMNS; n++) {
            long double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += beta[i];
            check(row_products_of((enum instructions)set)->total(n, beta), sum, "total",
                  n, 1);
        }
}
END_TEST

START_TEST(every_instruction_set_multiplies_rows_with_a_vector)
{
    for (size_t d = 0; d <= COLUMNS; d += 1 + d / 30) {
        draw(d);
        for (int set = 0; set <= (int)instructions_best(); set++)
            for (size_t n = 0; n <= ROWS; n += 1 + n / 3) {
                check_margins((enum instructions)set, n, d);
                check_sum((enum instructions)set, n, d);
            }
    }
}
END_TEST

TCase *row_products_test(void)
{
    TCase *tests = tcase_create("row_products");
    tcase_add_test(tests, every_instruction_set_multiplies_rows_with_a_vector);
    tcase_add_test(tests, every_instruction_set_adds_up_a_vector);
    return tests;
}
