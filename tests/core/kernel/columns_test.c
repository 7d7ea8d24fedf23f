#include "core/kernel/columns.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/random.h"

#define N_ROWS 37
#define N 23
#define STRIDE 40

static double cells[N][STRIDE], v[STRIDE], h[STRIDE];
static uint64_t starts[N + 1];
static uint32_t rows[N * N_ROWS];
static double values[N * N_ROWS];

/* The same matrix: an eighth of it is not 0, the first column whole, the second empty. */
static struct columns make(bool is_sparse)
{
    struct random random = random_start(3, 0);
    memset(cells, 0, sizeof(cells));
    for (size_t j = 0; j < N; j++) {
        starts[j + 1] = starts[j];
        for (size_t i = 0; i < N_ROWS; i++) {
            if (j == 1 || (j > 0 && random_uniform(&random) > 0.125))
                continue;
            cells[j][i] = random_normal(&random);
            rows[starts[j + 1]] = (uint32_t)i;
            values[starts[j + 1]++] = cells[j][i];
        }
    }
    for (size_t i = 0; i < N_ROWS; i++) {
        v[i] = random_normal(&random);
        h[i] = random_uniform(&random);
    }
    return is_sparse ? (struct columns){.n = N,
                                        .n_rows = N_ROWS,
                                        .starts = starts,
                                        .rows = rows,
                                        .values = values}
                     : (struct columns){
                           .n = N, .n_rows = N_ROWS, .x = cells[0], .stride = STRIDE};
}

START_TEST(products_and_sums_are_those_of_the_matrix)
{
    const struct columns columns = make(_i == 1);
    double product[N];
    columns_product(&columns, v, product);
    for (size_t j = 0; j < N; j++) {
        long double dot = 0, square = 0;
        double sum[STRIDE], weighted[STRIDE];
        memcpy(sum, v, sizeof(sum));
        memcpy(weighted, v, sizeof(weighted));
        columns_add(&columns, j, -1.5, sum);
        columns_add_weighted(&columns, j, -1.5, h, weighted);
        for (size_t i = 0; i < N_ROWS; i++) {
            dot += (long double)cells[j][i] * v[i];
            square += (long double)cells[j][i] * cells[j][i] * h[i];
            ck_assert_double_eq_tol(sum[i], v[i] - 1.5 * cells[j][i], 1e-14);
            ck_assert_double_eq_tol(weighted[i], v[i] - 1.5 * cells[j][i] * h[i], 1e-14);
        }
        ck_assert_double_eq_tol(columns_dot(&columns, j, v), (double)dot, 1e-14);
        ck_assert_double_eq_tol(product[j], (double)dot, 1e-14);
        ck_assert_double_eq_tol(columns_square(&columns, j, h), (double)square, 1e-14);
    }
}
END_TEST

TCase *columns_test(void)
{
    TCase *tests = tcase_create("columns");
    tcase_add_loop_test(tests, products_and_sums_are_those_of_the_matrix, 0, 2);
    return tests;
}
