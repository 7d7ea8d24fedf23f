#include "core/data/design.h"

#include <check.h>

#include "core/base/memory.h"

static double *numbers(size_t n)
{
    double *values = memory_new_aligned(n, sizeof *values, NULL);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < n; i++) {
        values[i] = (double)i;
    }
    return values;
}

START_TEST(design_cuts_rows_into_blocks_and_the_last_one_is_short)
{
    struct design design = {.n_rows = 2 * DESIGN_BLOCK_ROWS + 3, .n_columns = 2};
    design.n_blocks = 3;
    design.x = numbers(2 * (size_t)design.n_rows);
    design.y = numbers((size_t)design.n_rows);
    struct design_block block;
    design_block(&design, 0, &block);
    ck_assert_uint_eq(block.first_row, 0);
    ck_assert_uint_eq(block.n_rows, DESIGN_BLOCK_ROWS);
    ck_assert(block.x[0] == 0 && block.y[0] == 0);
    design_block(&design, 2, &block);
    ck_assert_uint_eq(block.first_row, 2 * DESIGN_BLOCK_ROWS);
    ck_assert_uint_eq(block.n_rows, 3);
    ck_assert(block.x[0] == 4.0 * DESIGN_BLOCK_ROWS);
    ck_assert(block.y[0] == 2.0 * DESIGN_BLOCK_ROWS);
    design_free(&design);
}
END_TEST

START_TEST(design_has_weights_and_offsets_only_where_they_were_given)
{
    struct design design = {.n_rows = 4, .n_columns = 1, .n_blocks = 1};
    design.x = numbers(4);
    design.y = numbers(4);
    struct design_block block;
    design_block(&design, 0, &block);
    ck_assert_ptr_null(block.weights);
    ck_assert_ptr_null(block.offset);
    design.weights = numbers(4);
    design.offset = numbers(4);
    design_block(&design, 0, &block);
    ck_assert(block.weights[3] == 3 && block.offset[3] == 3);
    design_free(&design);
    ck_assert_ptr_null(design.x);
    ck_assert_uint_eq(design.n_rows, 0);
}
END_TEST

TCase *design_test(void)
{
    TCase *tests = tcase_create("design");
    tcase_add_test(tests, design_cuts_rows_into_blocks_and_the_last_one_is_short);
    tcase_add_test(tests, design_has_weights_and_offsets_only_where_they_were_given);
    return tests;
}
