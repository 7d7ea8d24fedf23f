#include "core/kernel/cross.h"

#include <check.h>

#include "core/base/random.h"

enum { ROWS = 37, A = 5, B = 3, STRIDE = 7 };

static double a[ROWS * A], b[ROWS * B], h[ROWS], scratch[ROWS * A];
static double made[(A + 1) * STRIDE], expected[(A + 1) * STRIDE];

/* Of the same numbers, most of them 0. */
struct sparse {
    size_t starts[ROWS + 1];
    uint32_t columns[ROWS * A];
    double values[ROWS * A];
};

static void setup(void)
{
    struct random random = random_start(8, 1);
    for (size_t i = 0; i < ROWS * A; i++)
        a[i] = random_uniform(&random) < 0.5 ? 0 : 2 * random_uniform(&random) - 1;
    for (size_t i = 0; i < ROWS * B; i++)
        b[i] = random_uniform(&random) < 0.5 ? 0 : 2 * random_uniform(&random) - 1;
    for (size_t i = 0; i < ROWS; i++)
        h[i] = random_uniform(&random);
    for (size_t i = 0; i < (A + 1) * STRIDE; i++)
        made[i] = expected[i] = random_uniform(&random);
}

static double cell(const double *x, size_t n_columns, bool intercept, size_t i, size_t j)
{
    return j < intercept ? 1 : x[i * n_columns + j - intercept];
}

static void expect(bool of_a, bool of_b, double sign)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t r = 0; r < (size_t)A + of_a; r++)
            for (size_t c = 0; c < (size_t)B + of_b; c++)
                expected[r * STRIDE + c] +=
                    sign * h[i] * cell(a, A, of_a, i, r) * cell(b, B, of_b, i, c);
}

static void check(void)
{
    for (size_t i = 0; i < (A + 1) * STRIDE; i++)
        ck_assert_double_eq_tol(made[i], expected[i], 1e-13);
}

static struct gram_rows make_sparse(const double *x, size_t n_columns,
                                    struct sparse *sparse)
{
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        sparse->starts[i] = n;
        for (size_t j = 0; j < n_columns; j++)
            if (x[i * n_columns + j] != 0) {
                sparse->columns[n] = (uint32_t)j;
                sparse->values[n++] = x[i * n_columns + j];
            }
    }
    sparse->starts[ROWS] = n;
    return (struct gram_rows){.n_rows = ROWS,
                              .n_columns = n_columns,
                              .starts = sparse->starts,
                              .columns = sparse->columns,
                              .values = sparse->values};
}

START_TEST(products_of_dense_rows_are_added)
{
    struct gram_rows rows_a = {.n_rows = ROWS, .n_columns = A, .x = a, .stride = A};
    struct gram_rows rows_b = {.n_rows = ROWS, .n_columns = B, .x = b, .stride = B};
    rows_a.intercept = _i & 1;
    rows_b.intercept = _i & 2;
    cross_add(&rows_a, &rows_b, h, -1, scratch, made, STRIDE);
    expect(rows_a.intercept, rows_b.intercept, -1);
    check();
}
END_TEST

START_TEST(products_of_sparse_rows_are_the_same)
{
    struct sparse sparse_a, sparse_b;
    struct gram_rows rows_a = make_sparse(a, A, &sparse_a);
    struct gram_rows rows_b = make_sparse(b, B, &sparse_b);
    rows_a.intercept = _i & 1;
    rows_b.intercept = _i & 2;
    cross_add(&rows_a, &rows_b, h, 1, NULL, made, STRIDE);
    expect(rows_a.intercept, rows_b.intercept, 1);
    check();
}
END_TEST

TCase *cross_test(void)
{
    TCase *tests = tcase_create("cross");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, products_of_dense_rows_are_added, 0, 4);
    tcase_add_loop_test(tests, products_of_sparse_rows_are_the_same, 0, 4);
    return tests;
}
