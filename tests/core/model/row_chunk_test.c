#include "core/model/row_chunk.h"

#include <check.h>

#include "core/base/memory.h"

#define ROWS 1000

static double x[ROWS * 2], y[ROWS], weights[ROWS], offset[ROWS];

/* Two columns: halved and shifted by 1; times 4. */
static double factor[] = {0.5, 4}, centre[] = {1, 0};
static size_t columns[] = {0, 1};
static bool aliased[2];
static const struct basis basis = {.intercept = true,
                                   .n_columns = 2,
                                   .n_active = 2,
                                   .n_terms = 3,
                                   .columns = columns,
                                   .aliased = aliased,
                                   .factor = factor,
                                   .centre = centre};

static const struct design design = {.n_rows = ROWS, .n_columns = 2};

static struct design_block make_block(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        x[2 * i] = (double)i;
        x[2 * i + 1] = -(double)i;
        y[i] = (double)(i % 2);
        weights[i] = (double)(i % 3);
        offset[i] = (double)i / 8;
    }
    return (struct design_block){
        .n_rows = ROWS, .x = x, .y = y, .weights = weights, .offset = offset};
}

START_TEST(chunks_hold_the_rows_with_weight_in_the_basis)
{
    struct design_block block = make_block();
    struct row_chunk chunk;
    size_t next = 0, row = 0;
    struct basis many = basis; /* small chunks */
    many.n_active = 600;
    ck_assert_int_eq(row_chunk_new(&chunk, &design, &many, NULL), 0);
    ck_assert_uint_lt(chunk.capacity, 100);
    while (row_chunk_load(&chunk, &basis, &block, &next))
        for (size_t i = 0; i < chunk.n_rows; i++, row++) {
            row += row % 3 == 0;
            ck_assert_double_eq(chunk.u[chunk.stride * i], (double)row / 2 - 1);
            ck_assert_double_eq(chunk.u[chunk.stride * i + 1], -4 * (double)row);
            ck_assert_double_eq(chunk.u[chunk.stride * i + 2], 0);
            ck_assert_double_eq(chunk.y[i], y[row]);
            ck_assert_double_eq(chunk.weights[i], weights[row]);
            ck_assert_double_eq(chunk.offset[i], offset[row]);
        }
    ck_assert_uint_eq(row, ROWS - 1); /* the last one has no weight */
    ck_assert_uint_eq(next, ROWS);
    row_chunk_free(&chunk);
}
END_TEST

START_TEST(weights_of_1_and_offsets_of_0_are_written_out)
{
    struct design_block block = make_block();
    struct row_chunk chunk;
    size_t next = 0;
    block.weights = block.offset = NULL;
    ck_assert_int_eq(row_chunk_new(&chunk, &design, &basis, NULL), 0);
    ck_assert(row_chunk_load(&chunk, &basis, &block, &next));
    ck_assert_uint_eq(chunk.n_rows, ROWS);
    ck_assert(chunk.weights[7] == 1 && chunk.offset[7] == 0);
    ck_assert(!row_chunk_load(&chunk, &basis, &block, &next));
    struct gram_rows rows = row_chunk_rows(&chunk, &basis);
    ck_assert(rows.n_columns == 2 && rows.intercept && rows.x == chunk.u);
    ck_assert_uint_eq(rows.stride, 8);
    row_chunk_free(&chunk);
}
END_TEST

START_TEST(rows_of_a_whole_design_stay_until_others_are_taken)
{
    struct design_block block = make_block();
    struct row_chunk chunk;
    size_t next = 0;
    ck_assert_int_eq(row_chunk_new(&chunk, &design, &basis, NULL), 0);
    ck_assert(row_chunk_load_whole(&chunk, &basis, &block, &next));
    ck_assert(!row_chunk_load_whole(&chunk, &basis, &block, &next));
    size_t n_rows = chunk.n_rows;
    double first = chunk.u[0];
    chunk.u[0] = 1234;
    next = 0;
    ck_assert(row_chunk_load_whole(&chunk, &basis, &block, &next));
    ck_assert_uint_eq(next, ROWS);
    ck_assert_uint_eq(chunk.n_rows, n_rows);
    ck_assert_double_eq(chunk.u[0], 1234);
    next = 1;
    ck_assert(row_chunk_load(&chunk, &basis, &block, &next));
    next = 0;
    ck_assert(row_chunk_load_whole(&chunk, &basis, &block, &next));
    ck_assert_uint_eq(chunk.n_rows, n_rows);
    ck_assert_double_eq(chunk.u[0], first);
    row_chunk_free(&chunk);
}
END_TEST

/* Of rows of others that the chunk had before nothing is left. */
START_TEST(weights_and_offsets_are_those_of_the_rows_taken_last)
{
    struct design_block block = make_block();
    struct row_chunk chunk;
    size_t next = 0;
    ck_assert_int_eq(row_chunk_new(&chunk, &design, &basis, NULL), 0);
    ck_assert(row_chunk_load(&chunk, &basis, &block, &next));
    block.weights = block.offset = NULL;
    next = 0;
    ck_assert(row_chunk_load(&chunk, &basis, &block, &next));
    for (size_t i = 0; i < chunk.n_rows; i++)
        if (chunk.weights[i] != 1 || chunk.offset[i] != 0)
            ck_abort_msg("row %zu", i);
    row_chunk_free(&chunk);
}
END_TEST

START_TEST(a_chunk_stays_in_the_cache)
{
    ck_assert_uint_eq(row_chunk_cached_rows(0), DESIGN_BLOCK_ROWS);
    ck_assert_uint_eq(row_chunk_cached_rows(30), DESIGN_BLOCK_ROWS);
    for (size_t n = 31; n < 500; n++)
        ck_assert_uint_le(row_chunk_cached_rows(n) * n * sizeof(double), 1U << 18);
    ck_assert_uint_eq(row_chunk_cached_rows(100000), 64);
}
END_TEST

START_TEST(a_shortened_chunk_takes_fewer_rows)
{
    struct design_block block = make_block();
    struct row_chunk chunk;
    size_t next = 0, n_rows = 0;
    ck_assert_int_eq(row_chunk_new(&chunk, &design, &basis, NULL), 0);
    row_chunk_shorten(&chunk, &basis);
    ck_assert_uint_lt(chunk.capacity, ROWS / 2);
    for (block.weights = NULL; row_chunk_load(&chunk, &basis, &block, &next);) {
        ck_assert_uint_le(chunk.n_rows, chunk.capacity);
        n_rows += chunk.n_rows;
    }
    ck_assert_uint_eq(n_rows, ROWS);
    row_chunk_free(&chunk);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0; n < 4; n++) {
        struct row_chunk chunk;
        struct error err = {0};
        memory_fail_after(n);
        ck_assert_int_lt(row_chunk_new(&chunk, &design, &basis, &err), 0);
        memory_fail_after(-1);
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(views_are_runs_of_sparse_rows_with_weight)
{
    static uint64_t starts[ROWS + 1];
    static uint32_t places[ROWS];
    struct design_block block = make_block();
    struct row_chunk chunk;
    size_t next = 0, row = 0;
    for (size_t i = 0; i < ROWS; i++) {
        starts[i + 1] = i + 1;
        places[i] = (uint32_t)(i % 2);
    }
    block.x = NULL;
    block.starts = starts;
    block.columns = places;
    block.values = offset;
    ck_assert_int_eq(row_chunk_new(&chunk, &design, &basis, NULL), 0);
    while (row_chunk_view(&chunk, &block, &next)) {
        struct gram_rows rows = row_chunk_rows(&chunk, &basis);
        for (size_t i = 0; i < rows.n_rows; i++, row++) {
            row += row % 3 == 0;
            ck_assert_uint_eq(rows.columns[rows.starts[i]], row % 2);
            ck_assert_double_eq(rows.values[rows.starts[i]], offset[row]);
            ck_assert_double_eq(chunk.weights[i], weights[row]);
            ck_assert_double_eq(chunk.y[i], y[row]);
        }
    }
    ck_assert_uint_eq(row, ROWS - 1);
    row_chunk_free(&chunk);
}
END_TEST

START_TEST(views_of_dense_rows_are_where_these_lie)
{
    struct design_block block = make_block();
    struct row_chunk chunk;
    size_t next = 0, row = 0;
    ck_assert_int_eq(row_chunk_new(&chunk, &design, &basis, NULL), 0);
    while (row_chunk_view(&chunk, &block, &next)) {
        struct gram_rows rows = row_chunk_rows(&chunk, &basis);
        row += row % 3 == 0;
        ck_assert_ptr_eq(rows.x, block.x + row * basis.n_columns);
        ck_assert_uint_eq(rows.stride, basis.n_columns);
        ck_assert_ptr_null(rows.starts);
        row += rows.n_rows;
    }
    ck_assert_uint_eq(row, ROWS - 1);
    row_chunk_free(&chunk);
}
END_TEST

TCase *row_chunk_test(void)
{
    TCase *tests = tcase_create("row_chunk");
    tcase_add_test(tests, chunks_hold_the_rows_with_weight_in_the_basis);
    tcase_add_test(tests, weights_of_1_and_offsets_of_0_are_written_out);
    tcase_add_test(tests, rows_of_a_whole_design_stay_until_others_are_taken);
    tcase_add_test(tests, weights_and_offsets_are_those_of_the_rows_taken_last);
    tcase_add_test(tests, a_chunk_stays_in_the_cache);
    tcase_add_test(tests, a_shortened_chunk_takes_fewer_rows);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_test(tests, views_of_dense_rows_are_where_these_lie);
    tcase_add_test(tests, views_are_runs_of_sparse_rows_with_weight);
    return tests;
}
