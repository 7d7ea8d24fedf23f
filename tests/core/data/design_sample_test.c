#include "core/data/design_sample.h"

#include <check.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define N_ROWS 5003U
#define N_COLUMNS 3U

static struct design design, sparse, sample;
static struct pool *pool;

static void make_dense(void)
{
    struct random random = random_start(3, 0);
    design = (struct design){.storage = DESIGN_DENSE_F64,
                             .n_rows = N_ROWS,
                             .n_columns = N_COLUMNS,
                             .n_blocks = N_ROWS / DESIGN_BLOCK_ROWS + 1,
                             .n_classes = 2};
    design.x = memory_new_aligned(N_ROWS * N_COLUMNS, sizeof(double), NULL);
    design.y = memory_new_aligned(N_ROWS, sizeof(double), NULL);
    design.weights = memory_new_aligned(N_ROWS, sizeof(double), NULL);
    design.offset = memory_new_aligned(N_ROWS, sizeof(double), NULL);
    for (size_t i = 0; i < N_ROWS * N_COLUMNS; i++)
        design.x[i] = random_normal(&random);
    for (size_t i = 0; i < N_ROWS; i++) {
        design.y[i] = (double)(i % 3 == 0);
        design.weights[i] = (double)(i % 5);
        design.offset[i] = (double)i;
    }
}

/* Row i has an entry in each of its first i % 4 columns, without weights and offset. */
static void make_sparse(void)
{
    sparse = (struct design){.storage = DESIGN_CSR_F64,
                             .n_rows = N_ROWS,
                             .n_columns = N_COLUMNS,
                             .n_blocks = design.n_blocks,
                             .n_classes = 2};
    sparse.y = memory_new_aligned(N_ROWS, sizeof(double), NULL);
    sparse.starts = memory_new_aligned(N_ROWS + 1, sizeof(*sparse.starts), NULL);
    sparse.columns =
        memory_new_aligned(N_ROWS * N_COLUMNS, sizeof(*sparse.columns), NULL);
    sparse.values = memory_new_aligned(N_ROWS * N_COLUMNS, sizeof(double), NULL);
    for (size_t i = 0; i < N_ROWS; i++) {
        uint64_t at = sparse.starts[i];
        for (uint32_t j = 0; j < i % 4; j++) {
            sparse.columns[at] = j;
            sparse.values[at++] = (double)(10 * i + j);
        }
        sparse.starts[i + 1] = at;
    }
}

static void setup(void)
{
    pool = pool_new(2, 0, NULL);
    make_dense();
    make_sparse();
}

static void teardown(void)
{
    design_free(&design);
    design_free(&sparse);
    design_free(&sample);
    pool_free(pool);
}

START_TEST(of_each_run_one_row_is_taken)
{
    size_t n_at[7] = {0};
    for (uint64_t i = 0; i < 7000; i++) {
        uint64_t row = design_sample_row(i, 7);
        ck_assert_uint_eq(row / 7, i);
        n_at[row % 7]++;
    }
    for (size_t k = 0; k < 7; k++) /* 1000, give or take five standard deviations */
        ck_assert(n_at[k] > 850 && n_at[k] < 1150);
}
END_TEST

START_TEST(its_rows_are_those_of_the_design)
{
    double sum = 0;
    ck_assert_int_eq(design_sample(&design, 4, pool, &sample, NULL), 0);
    ck_assert_uint_eq(sample.n_rows, N_ROWS / 4);
    ck_assert_uint_eq(sample.n_blocks, 2);
    for (uint64_t i = 0; i < sample.n_rows; i++) {
        uint64_t row = design_sample_row(i, 4);
        if (memcmp(sample.x + i * N_COLUMNS, design.x + row * N_COLUMNS,
                   N_COLUMNS * sizeof(double)) != 0 ||
            sample.y[i] != design.y[row] || sample.weights[i] != design.weights[row] ||
            sample.offset[i] != design.offset[row])
            ck_abort_msg("row %d is another one", (int)i);
        sum += sample.weights[i];
    }
    ck_assert_double_eq(sample.sum_weights, sum);
}
END_TEST

START_TEST(a_sparse_design_has_a_sparse_sample)
{
    ck_assert_int_eq(design_sample(&sparse, 8, pool, &sample, NULL), 0);
    ck_assert_int_eq(sample.storage, DESIGN_CSR_F64);
    for (uint64_t i = 0; i < sample.n_rows; i++) {
        uint64_t row = design_sample_row(i, 8);
        size_t n = sparse.starts[row + 1] - sparse.starts[row];
        if (sample.starts[i + 1] - sample.starts[i] != n || n > sample.longest_row ||
            memcmp(sample.columns + sample.starts[i], sparse.columns + sparse.starts[row],
                   n * sizeof(uint32_t)) != 0 ||
            memcmp(sample.values + sample.starts[i], sparse.values + sparse.starts[row],
                   n * sizeof(double)) != 0)
            ck_abort_msg("row %d is another one", (int)i);
    }
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    const struct design *from = _i == 0 ? &design : &sparse;
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int status = design_sample(from, 4, pool, &sample, &err);
        memory_fail_after(-1);
        if (status == 0) {
            ck_assert_int_gt(n, 3);
            break;
        }
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *design_sample_test(void)
{
    TCase *tests = tcase_create("design_sample");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, of_each_run_one_row_is_taken);
    tcase_add_test(tests, its_rows_are_those_of_the_design);
    tcase_add_test(tests, a_sparse_design_has_a_sparse_sample);
    tcase_add_loop_test(tests, each_failed_allocation_is_told, 0, 2);
    return tests;
}
