#include "core/model/stretch.h"

#include <check.h>

static struct design design_of(size_t n_blocks, size_t n_columns, uint64_t entries_a_row)
{
    struct design design = {.storage = DESIGN_CSR_F64,
                            .n_rows = n_blocks * DESIGN_BLOCK_ROWS,
                            .n_columns = n_columns,
                            .n_blocks = n_blocks};
    static uint64_t starts[200 * DESIGN_BLOCK_ROWS + 1];
    design.starts = starts;
    starts[design.n_rows] = entries_a_row * design.n_rows;
    return design;
}

START_TEST(stretches_are_longer_where_rows_tell_few_of_many_terms)
{
    struct design design = design_of(200, 1000000, 4);
    ck_assert_uint_eq(stretch_blocks(&design, 100), 1);
    ck_assert_uint_eq(stretch_blocks(&design, 10 * 1024), 3);
    ck_assert_uint_eq(stretch_blocks(&design, 1000000), 7); /* of 32 stretches or so */
}
END_TEST

START_TEST(a_stretch_of_a_dense_design_is_a_block)
{
    const struct design design = {.storage = DESIGN_DENSE_F64,
                                  .n_rows = 200 * DESIGN_BLOCK_ROWS,
                                  .n_columns = 5000,
                                  .n_blocks = 200};
    ck_assert_uint_eq(stretch_blocks(&design, 5001), 1);
}
END_TEST

START_TEST(stretches_follow_each_other_to_the_last_block)
{
    for (size_t n_blocks = 1; n_blocks < 20; n_blocks++)
        for (size_t n = 1; n < 9; n++) {
            struct design design = design_of(n_blocks, 10, 1);
            size_t next = 0, first, end;
            for (size_t i = 0; i < stretch_count(&design, n); i++) {
                stretch_find(&design, n, i, &first, &end);
                ck_assert(first == next && end > first && end - first <= n);
                next = end;
            }
            ck_assert_uint_eq(next, n_blocks);
        }
}
END_TEST

TCase *stretch_test(void)
{
    TCase *tests = tcase_create("stretch");
    tcase_add_test(tests, stretches_are_longer_where_rows_tell_few_of_many_terms);
    tcase_add_test(tests, a_stretch_of_a_dense_design_is_a_block);
    tcase_add_test(tests, stretches_follow_each_other_to_the_last_block);
    return tests;
}
