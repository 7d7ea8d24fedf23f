#include "core/kernel/gram_entries.h"

#include <check.h>

#include "core/base/random.h"

#define MOST_BLOCKS 70U
#define COLUMNS 11U
#define ENTRIES 9U

static double terms[COLUMNS * MOST_BLOCKS + 1], expected[COLUMNS * MOST_BLOCKS + 1];
static double z[MOST_BLOCKS + 1], expected_z[MOST_BLOCKS + 1];
static double values[ENTRIES], v[MOST_BLOCKS];
/* Of the last column, too: nothing may be read or written behind it. */
static const uint32_t columns[ENTRIES] = {0, 1, 3, 4, 5, 7, 8, 9, 10};

static void draw(void)
{
    struct random random = random_start(43, 0);
    for (size_t i = 0; i <= COLUMNS * MOST_BLOCKS; i++)
        terms[i] = expected[i] = random_normal(&random);
    for (size_t k = 0; k <= MOST_BLOCKS; k++)
        z[k] = expected_z[k] = random_normal(&random);
    for (size_t k = 0; k < MOST_BLOCKS; k++)
        v[k] = random_normal(&random);
    for (size_t e = 0; e < ENTRIES; e++)
        values[e] = random_normal(&random);
}

/* One class at a time, each product and each sum rounded. */
static void expect(size_t n_blocks)
{
    for (size_t k = 0; k < n_blocks; k++)
        for (size_t e = 0; e < ENTRIES; e++) {
            size_t at = columns[e] * n_blocks + k;
            volatile double product = values[e] * terms[at];
            expected_z[k] += product;
            product = values[e] * v[k];
            expected[at] += product;
        }
}

START_TEST(every_instruction_set_gives_the_bits_of_single_sums)
{
    size_t n_blocks = (size_t)_i;
    for (int set = 0; set <= (int)instructions_best(); set++) {
        const struct gram_entries *entries = gram_entries_of((enum instructions)set);
        draw();
        expect(n_blocks);
        entries->margins(ENTRIES, columns, values, n_blocks, terms, z);
        entries->product(ENTRIES, columns, values, n_blocks, v, terms);
        ck_assert_mem_eq(z, expected_z, sizeof(z));
        ck_assert_mem_eq(terms, expected, sizeof(terms));
    }
}
END_TEST

START_TEST(a_row_without_entries_changes_nothing)
{
    for (int set = 0; set <= (int)instructions_best(); set++) {
        const struct gram_entries *entries = gram_entries_of((enum instructions)set);
        draw();
        entries->margins(0, columns, values, 5, terms, z);
        entries->product(0, columns, values, 5, v, terms);
        ck_assert_mem_eq(z, expected_z, sizeof(z));
        ck_assert_mem_eq(terms, expected, sizeof(terms));
    }
}
END_TEST

TCase *gram_entries_test(void)
{
    TCase *tests = tcase_create("gram_entries");
    tcase_add_loop_test(tests, every_instruction_set_gives_the_bits_of_single_sums, 1,
                        (int)MOST_BLOCKS + 1);
    tcase_add_test(tests, a_row_without_entries_changes_nothing);
    return tests;
}
