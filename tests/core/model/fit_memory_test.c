#include "core/model/fit_memory.h"

#include <check.h>

/* Of sparse rows under |w| (likelihood_margins.h): values and places of all entries, of
 * which a column that is filled by half has twice as many. */
START_TEST(a_copy_of_sparse_columns_is_counted)
{
    struct algorithm_task task = {.name = "coordinate_descent",
                                  .n_rows = 1000,
                                  .n_entries = 1000,
                                  .n_blocks = 1,
                                  .n_terms = 9000,
                                  .has_l1 = true};
    size_t few = fit_memory_bytes(&task, 2);
    task.n_entries = 2001000;
    size_t many = fit_memory_bytes(&task, 2);
    ck_assert_uint_eq(many - few, (size_t)2000000 * 2 * 12);
    task.n_rows = 36004; /* one for more than four columns: there is no copy */
    many = fit_memory_bytes(&task, 2);
    task.n_entries = 1000;
    ck_assert_uint_eq(fit_memory_bytes(&task, 2), many);
}
END_TEST

TCase *fit_memory_test(void)
{
    TCase *tests = tcase_create("fit_memory");
    tcase_add_test(tests, a_copy_of_sparse_columns_is_counted);
    return tests;
}
