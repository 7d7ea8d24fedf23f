#include "core/kernel/gram.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "core/base/random.h"

#define MOST_ROWS 70
#define MOST_COLUMNS 61
#define STRIDE 64

static double x[MOST_ROWS * STRIDE], h[MOST_ROWS], v[3 * STRIDE + 3 * MOST_ROWS];
static double scratch[MOST_ROWS * (MOST_COLUMNS + 8)];

static const struct {
    size_t n_rows, n_columns;
    bool intercept, is_sparse;
} shapes[] = {{70, 9, true, false},  {70, 9, false, false},  {1, 3, true, false},
              {5, 1, false, false},  {33, 0, true, false},   {33, 0, false, false},
              {64, 8, true, false},  {0, 4, true, false},    {70, 9, true, true},
              {69, 61, true, false}, {67, 30, false, false}, {3, 48, true, false},
              {70, 9, false, true},  {1, 3, true, true},     {33, 0, false, true},
              {0, 4, true, true}};

#define N_SHAPES (int)(sizeof(shapes) / sizeof(shapes[0]))

/* What the rows are, however they are stored: x̂ with the column of ones, if any, first.
 */
static double expected_cells[MOST_ROWS][STRIDE];

static long double cell(size_t i, size_t j)
{
    return expected_cells[i][j];
}

static struct gram_rows make_sparse(const struct gram_rows *dense)
{
    static size_t starts[MOST_ROWS + 1];
    static uint32_t columns[MOST_ROWS * MOST_COLUMNS];
    static double values[MOST_ROWS * MOST_COLUMNS];
    size_t d = dense->n_columns, n = 0;
    for (size_t i = 0; i < dense->n_rows; i++) {
        starts[i] = n;
        for (size_t j = 0; j < d; j++)
            if (dense->x[i * dense->stride + j] != 0) {
                columns[n] = (uint32_t)j;
                values[n++] = dense->x[i * dense->stride + j];
            }
    }
    starts[dense->n_rows] = n;
    return (struct gram_rows){.n_rows = dense->n_rows,
                              .n_columns = d,
                              .starts = starts,
                              .columns = columns,
                              .values = values,
                              .intercept = dense->intercept};
}

/* Dense; or, of the last shapes, sparse, with empty rows, full ones, and rows of
 * ones alone. */
static struct gram_rows make_rows(int shape)
{
    struct random random = random_start(7, 0);
    bool is_sparse = shapes[shape].is_sparse;
    size_t d = shapes[shape].n_columns, stride = gram_stride(d);
    memset(x, 0, sizeof(x));
    for (size_t i = 0; i < MOST_ROWS; i++)
        for (size_t j = 0; j < d; j++)
            if (!is_sparse || i % 7 == 0 ||
                random_uniform(&random) >= (i % 7 == 1 ? 1 : 0.7))
                x[i * stride + j] = is_sparse && i % 5 == 2 ? 1 : random_normal(&random);
    for (size_t i = 0; i < MOST_ROWS; i++)
        h[i] = random_uniform(&random);
    for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
        v[i] = random_normal(&random);
    struct gram_rows rows = {.n_rows = shapes[shape].n_rows,
                             .n_columns = d,
                             .x = x,
                             .stride = stride,
                             .intercept = shapes[shape].intercept};
    for (size_t i = 0; i < rows.n_rows; i++)
        for (size_t j = 0; j < d + rows.intercept; j++)
            expected_cells[i][j] =
                rows.intercept && j == 0 ? 1 : x[i * stride + j - rows.intercept];
    return is_sparse ? make_sparse(&rows) : rows;
}

START_TEST(gram_adds_weighted_cross_products_to_the_lower_triangle)
{
    struct gram_rows rows = make_rows(_i);
    size_t p = rows.n_columns + rows.intercept;
    static double gram[STRIDE * STRIDE];
    for (int sign = -1; sign <= 1; sign += 2) {
        for (size_t i = 0; i < STRIDE * STRIDE; i++)
            gram[i] = 0.25;
        gram_add(&rows, h, sign, scratch, gram, STRIDE);
        for (size_t j = 0; j < STRIDE; j++)
            for (size_t k = 0; k < STRIDE; k++) {
                long double sum = 0.25;
                for (size_t i = 0; j < p && k <= j && i < rows.n_rows; i++)
                    sum += sign * h[i] * cell(i, j) * cell(i, k);
                if (!(fabs(gram[j * STRIDE + k] - (double)sum) <= 1e-13))
                    ck_abort_msg("place %zu, %zu", j, k);
            }
    }
}
END_TEST

START_TEST(squares_are_the_diagonal_of_weighted_cross_products)
{
    struct gram_rows rows = make_rows(_i);
    double squares[STRIDE];
    for (size_t j = 0; j < STRIDE; j++)
        squares[j] = 0.25;
    gram_add_squares(&rows, h, squares);
    for (size_t j = 0; j < STRIDE; j++) {
        long double sum = 0.25;
        for (size_t i = 0; j < rows.n_columns + rows.intercept && i < rows.n_rows; i++)
            sum += h[i] * cell(i, j) * cell(i, j);
        ck_assert_double_eq_tol(squares[j], (double)sum, 1e-13);
    }
}
END_TEST

static void check_products(const struct gram_rows *rows, size_t v_stride, size_t z_stride)
{
    size_t p = rows->n_columns + rows->intercept;
    double product[STRIDE], margins[2 * MOST_ROWS], *beta = h;
    for (size_t j = 0; j < STRIDE; j++)
        product[j] = 1;
    for (size_t i = 0; i < 2 * MOST_ROWS; i++)
        margins[i] = 2;
    gram_add_product(rows, v, v_stride, product);
    gram_add_margins(rows, beta, margins, z_stride);
    for (size_t j = 0; j < STRIDE; j++) {
        long double sum = 1;
        for (size_t i = 0; j < p && i < rows->n_rows; i++)
            sum += v[v_stride * i] * cell(i, j);
        ck_assert_double_eq_tol(product[j], (double)sum, 1e-13);
    }
    for (size_t i = 0; i < 2 * MOST_ROWS; i++) {
        long double sum = 2;
        for (size_t j = 0; i % z_stride == 0 && i / z_stride < rows->n_rows && j < p; j++)
            sum += beta[j] * cell(i / z_stride, j);
        ck_assert_double_eq_tol(margins[i], (double)sum, 1e-13);
    }
}

START_TEST(products_and_margins_are_those_of_the_matrix)
{
    struct gram_rows rows = make_rows(_i);
    check_products(&rows, 1, 1);
    check_products(&rows, 3, 2);
}
END_TEST

/* Three blocks, in places between which nothing may change. */
START_TEST(numbers_of_many_classes_are_those_of_each)
{
    enum { BLOCKS = 3, Z_STRIDE = 5 };
    struct gram_rows rows = make_rows(_i);
    size_t p = rows.n_columns + rows.intercept;
    static double z[Z_STRIDE * MOST_ROWS], expected_z[Z_STRIDE * MOST_ROWS];
    static double sizes[MOST_ROWS], expected_sizes[MOST_ROWS];
    double product[BLOCKS * STRIDE], expected[BLOCKS * STRIDE];
    double squares[BLOCKS * STRIDE], expected_squares[BLOCKS * STRIDE], *beta = v;
    for (size_t i = 0; i < Z_STRIDE * MOST_ROWS; i++)
        z[i] = expected_z[i] = 2;
    for (size_t i = 0; i < MOST_ROWS; i++)
        sizes[i] = expected_sizes[i] = 3;
    for (size_t j = 0; j < BLOCKS * STRIDE; j++)
        product[j] = expected[j] = squares[j] = expected_squares[j] = 1;
    gram_add_margins_classes(&rows, beta, BLOCKS, z + 1, Z_STRIDE);
    gram_add_product_classes(&rows, v, BLOCKS, 3, product);
    gram_add_squares_classes(&rows, v, BLOCKS, 3, squares);
    gram_add_sizes(&rows, beta, BLOCKS, sizes);
    for (size_t k = 0; k < BLOCKS; k++)
        for (size_t i = 0; i < rows.n_rows; i++)
            for (size_t j = 0; j < p; j++) {
                double cell_ij = (double)cell(i, j);
                expected_z[i * Z_STRIDE + 1 + k] += beta[j * BLOCKS + k] * cell_ij;
                expected_sizes[i] += fabs(beta[j * BLOCKS + k] * cell_ij);
                expected[j * BLOCKS + k] += v[3 * i + k] * cell_ij;
                expected_squares[j * BLOCKS + k] += v[3 * i + k] * cell_ij * cell_ij;
            }
    for (size_t i = 0; i < Z_STRIDE * MOST_ROWS; i++)
        ck_assert_double_eq_tol(z[i], expected_z[i], 1e-13);
    for (size_t i = 0; i < MOST_ROWS; i++)
        ck_assert_double_eq_tol(sizes[i], expected_sizes[i], 1e-12);
    for (size_t j = 0; j < BLOCKS * STRIDE; j++) {
        ck_assert_double_eq_tol(product[j], expected[j], 1e-13);
        ck_assert_double_eq_tol(squares[j], expected_squares[j], 1e-13);
    }
}
END_TEST

#define FEW 12
#define MANY 400

/* One more than are taken by themselves, and fewer. */
START_TEST(margins_of_few_columns_of_many_are_those_of_all)
{
    static double wide[FEW * MANY], beta[MANY + 1];
    struct gram_rows rows = {
        .n_rows = FEW, .n_columns = MANY, .x = wide, .stride = MANY, .intercept = true};
    struct random random = random_start(5, 0);
    double z[FEW] = {0};
    for (size_t i = 0; i < FEW * MANY; i++)
        wide[i] = random_normal(&random);
    for (int k = 0; k <= _i; k++)
        beta[k * 15 % (MANY + 1)] = random_normal(&random);
    gram_add_margins(&rows, beta, z, 1);
    for (size_t i = 0; i < FEW; i++) {
        long double sum = beta[0];
        for (size_t j = 0; j < MANY; j++)
            sum += (long double)wide[i * MANY + j] * beta[1 + j];
        ck_assert_double_eq_tol(z[i], (double)sum, 1e-13);
    }
}
END_TEST

TCase *gram_test(void)
{
    TCase *tests = tcase_create("gram");
    tcase_add_loop_test(tests, gram_adds_weighted_cross_products_to_the_lower_triangle, 0,
                        N_SHAPES);
    tcase_add_loop_test(tests, squares_are_the_diagonal_of_weighted_cross_products, 0,
                        N_SHAPES);
    tcase_add_loop_test(tests, products_and_margins_are_those_of_the_matrix, 0, N_SHAPES);
    tcase_add_loop_test(tests, margins_of_few_columns_of_many_are_those_of_all, 0, 27);
    tcase_add_loop_test(tests, numbers_of_many_classes_are_those_of_each, 0, N_SHAPES);
    return tests;
}
