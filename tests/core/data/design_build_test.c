#include "core/data/design_build.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/data/design_entries.h"
#include "tests/support/csv_table.h"

static struct csv_table table;
static struct encoding *encoding;
static struct target target;
static struct design design;
static struct pool *pool;
static double log_coefficient;
static const double numbers_of_classes[] = {0, 1, 2, 3};
static struct design_source source;

static void setup(void)
{
    pool = pool_new(1, 0, NULL);
    ck_assert_ptr_nonnull(pool);
}

static void teardown(void)
{
    pool_free(pool);
    design_free(&design);
    encoding_free(encoding);
    encoding = NULL;
    target_free(&target);
    csv_table_free(&table);
}

/* Of the columns y, a, g and, where they are there, w, n, o. */
static void open_source(const char *csv, const unsigned char *keep, uint64_t n_kept)
{
    static const struct input_request requests[] = {{.name = "g", .type = -1},
                                                    {.name = "a", .type = -1}};
    csv_table_read(&table, csv);
    encoding = encoding_build(table.table, requests, 2, NULL, keep, NULL);
    ck_assert_ptr_nonnull(encoding);
    ck_assert_int_eq(target_find_classes(&target, table.table, 0, keep, n_kept, NULL), 0);
    source = (struct design_source){.table = table.table,
                                    .encoding = encoding,
                                    .keep = keep,
                                    .n_kept = n_kept,
                                    .target = &target,
                                    .y_of_class = numbers_of_classes,
                                    .successes = 0,
                                    .trials = summary_find(&table.summary, "n"),
                                    .weights = summary_find(&table.summary, "w"),
                                    .offset = summary_find(&table.summary, "o")};
}

static int build(struct error *err)
{
    return design_build(&source, pool, &design, &log_coefficient, err);
}

START_TEST(a_design_has_the_encoded_rows_and_their_classes)
{
    static const double x[] = {1, 5, 0, 6, 1, 7};
    static const double y[] = {1, 0, 1};
    open_source("y,a,g\nyes,5,v\nno,6,u\nyes,7,v\n", NULL, 3);
    ck_assert_int_eq(build(NULL), 0);
    ck_assert_uint_eq(design.n_rows, 3);
    ck_assert_uint_eq(design.n_columns, 2);
    ck_assert_uint_eq(design.n_blocks, 1);
    ck_assert_uint_eq(design.n_classes, 2);
    ck_assert(design.sum_weights == 3 && log_coefficient == 0);
    ck_assert_mem_eq(design.x, x, sizeof(x));
    ck_assert_mem_eq(design.y, y, sizeof(y));
    ck_assert_ptr_null(design.weights);
    ck_assert_ptr_null(design.offset);
}
END_TEST

START_TEST(rows_left_out_leave_no_gap)
{
    static const unsigned char keep[] = {0, 1, 0, 1, 1};
    static const double x[] = {0, 6, 1, 8, 0, 9};
    open_source("y,a,g,w,o\nyes,NA,v,1,0\nno,6,u,2,1\nyes,7,w,3,2\nyes,8,v,4,3\n"
                "no,9,u,0,4\n",
                keep, 3);
    ck_assert_int_eq(build(NULL), 0);
    ck_assert_mem_eq(design.x, x, sizeof(x));
    ck_assert(design.weights[0] == 2 && design.weights[1] == 4 && design.weights[2] == 0);
    ck_assert(design.offset[0] == 1 && design.offset[2] == 4);
    ck_assert(design.sum_weights == 6);
}
END_TEST

START_TEST(trials_make_the_target_a_count)
{
    open_source("y,a,g,w,n\n1,1,u,2,4\n3,2,v,1,3\n", NULL, 2);
    source.target = NULL;
    ck_assert_int_eq(build(NULL), 0);
    ck_assert_uint_eq(design.n_classes, 2);
    ck_assert(design.y[0] == 0.25 && design.y[1] == 1);
    ck_assert(design.weights[0] == 8 && design.weights[1] == 3);
    ck_assert(design.sum_weights == 11);
    ck_assert(log_coefficient > 2.77 && log_coefficient < 2.78); /* 2 log 4 */
}
END_TEST

static const struct {
    const char *csv;
    enum error_code code;
    const char *place;
} refused[] = {
    {"y,a,g,w\n1,1,u,1\n0,2,v,-1\n", ERROR_BAD_WEIGHT, "row 2, column w"},
    {"y,a,g,w\n1,1,u,0\n0,2,v,0\n", ERROR_BAD_WEIGHT, ""},
    {"y,a,g,w\n1,1,u,1e308\n0,2,v,1e308\n", ERROR_BAD_WEIGHT, ""},
    {"y,a,g,w\n1,1,u,1\n0,2,v,NA\n", ERROR_BAD_WEIGHT, "row 2, column w"},
    {"y,a,g\n1,1,u\n0,2,NA\n", ERROR_MISSING_VALUE, "row 2, column g"},
    {"y,a,g\n1,NA,u\n0,2,NA\n", ERROR_MISSING_VALUE, "row 1, column a"},
};

START_TEST(bad_cells_are_refused_with_their_place)
{
    struct error err = {0};
    open_source(refused[_i].csv, NULL, 2);
    ck_assert_int_eq(build(&err), -1);
    ck_assert_msg(err.code == refused[_i].code, "%s", err.message);
    ck_assert_str_eq(err.place, refused[_i].place);
}
END_TEST

START_TEST(a_level_that_the_encoding_does_not_know_is_refused)
{
    struct csv_table other = {0};
    struct error err = {0};
    open_source("y,a,g\n1,1,u\n0,2,v\n", NULL, 2);
    csv_table_read(&other, "y,a,g\n1,1,u\n0,2,z\n");
    source.table = other.table;
    ck_assert_int_eq(build(&err), -1);
    ck_assert_int_eq(err.code, ERROR_UNKNOWN_LEVEL);
    ck_assert_str_eq(err.place, "row 2, column g");
    csv_table_free(&other);
}
END_TEST

enum { MANY = 20000 };

static void open_many(unsigned char *keep)
{
    struct buffer csv = BUFFER_EMPTY;
    uint64_t n_kept = 0;
    buffer_append_string(&csv, "y,a,g\n");
    for (unsigned i = 0; i < MANY; i++) {
        buffer_printf(&csv, "%u,%u,l%u\n", i % 2, i, i % 5);
        keep[i] = i % 7 != 0;
        n_kept += keep[i];
    }
    open_source(csv.bytes, keep, n_kept);
    buffer_free(&csv);
}

START_TEST(any_number_of_threads_makes_the_same_design)
{
    static unsigned char keep[MANY];
    open_many(keep);
    ck_assert_int_eq(build(NULL), 0);
    struct design alone = design;
    design = (struct design){0};
    pool_free(pool);
    pool = pool_new(4, 0, NULL);
    ck_assert_int_eq(build(NULL), 0);
    ck_assert_uint_eq(design.n_rows, alone.n_rows);
    ck_assert_mem_eq(design.x, alone.x,
                     sizeof(double) * design.n_rows * design.n_columns);
    ck_assert_mem_eq(design.y, alone.y, sizeof(double) * design.n_rows);
    for (uint64_t i = 0, row = 0; row < MANY; row++)
        if (keep[row])
            ck_assert(design.x[5 * i++ + 4] == (double)row);
    design_free(&alone);
}
END_TEST

START_TEST(the_bytes_that_a_design_needs_are_told)
{
    static unsigned char keep[MANY];
    open_many(keep);
    size_t least = sizeof(double) * source.n_kept * (encoding->n_columns + 1);
    ck_assert_uint_ge(design_build_bytes(&source), least);
    ck_assert_uint_le(design_build_bytes(&source), least + (1U << 20));
    source.n_kept = SIZE_MAX / 16;
    ck_assert_uint_eq(design_build_bytes(&source), SIZE_MAX);
}
END_TEST

START_TEST(each_failed_allocation_is_told)
{
    open_source("y,a,g,w,n,o\n1,1,u,2,4,0\n3,2,v,1,3,0\n", NULL, 2);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = build(&err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(design.x);
    }
}
END_TEST

/* ---- sparse ---- */

enum { LEVELS = 40, ROWS_SPARSE = 3000 };

static unsigned level_of(uint64_t row)
{
    return (unsigned)(row * row + row / 7) % LEVELS;
}

/* A categorical column of many levels between y and a number that is 0 now and then. */
static void open_levels(unsigned char *keep)
{
    struct buffer csv = BUFFER_EMPTY;
    uint64_t n_kept = 0;
    buffer_append_string(&csv, "y,a,g\n");
    for (unsigned i = 0; i < ROWS_SPARSE; i++) {
        buffer_printf(&csv, "%u,%u,l%02u\n", i % 2, i % 10, level_of(i));
        keep[i] = i % 7 != 0;
        n_kept += keep[i];
    }
    open_source(csv.bytes, keep, n_kept);
    buffer_free(&csv);
}

START_TEST(many_levels_make_a_sparse_design_of_what_is_not_0)
{
    static unsigned char keep[ROWS_SPARSE];
    pool_free(pool);
    pool = pool_new((size_t)_i, 0, NULL);
    open_levels(keep);
    ck_assert_int_eq(design_build_storage(&source), DESIGN_CSR_F64);
    ck_assert_int_eq(build(NULL), 0);
    ck_assert_int_eq(design.storage, DESIGN_CSR_F64);
    ck_assert_ptr_null(design.x);
    size_t n_levels = encoding->inputs[0].n_levels;
    uint64_t at = 0, row = 0;
    for (uint64_t i = 0; i < ROWS_SPARSE; i++) {
        if (!keep[i])
            continue;
        uint32_t column = UINT32_MAX;
        for (size_t k = 0; k < n_levels; k++)
            if (atoi(encoding->inputs[0].levels[k].text + 1) == (int)level_of(i))
                column = (uint32_t)k - 1; /* the first one is the reference */
        ck_assert_uint_eq(design.starts[row], at);
        if (column != UINT32_MAX) {
            ck_assert_uint_eq(design.columns[at], column);
            ck_assert_double_eq(design.values[at++], 1);
        }
        if (i % 10 != 0) {
            ck_assert_uint_eq(design.columns[at], n_levels - 1);
            ck_assert_double_eq(design.values[at++], (double)(i % 10));
        }
        row++;
    }
    ck_assert_uint_eq(row, design.n_rows);
    ck_assert_uint_eq(design.starts[row], at);
    ck_assert_uint_eq(design_n_entries(&design), at);
    ck_assert_uint_eq(design.longest_row, 2);
    struct design_block block;
    design_block(&design, 1, &block);
    ck_assert_uint_eq(block.starts[0], design.starts[DESIGN_BLOCK_ROWS]);
    ck_assert_ptr_null(block.x);
}
END_TEST

/* Of numbers that are 0 or another one the summary tells how many there are; of three
 * classes rows stay dense, and of more, if columns are not few. */
START_TEST(numbers_that_are_mostly_0_make_a_sparse_design)
{
    struct buffer csv = BUFFER_EMPTY;
    unsigned n_classes = (unsigned)_i + 2;
    bool is_sparse = n_classes != 3;
    uint64_t n_entries = 0;
    buffer_printf(&csv, "y,a,g\n");
    for (unsigned i = 0; i < ROWS_SPARSE; i++) {
        bool has_a = i % 9 == 0, has_g = i % 5 == 1;
        buffer_printf(&csv, "%u,%s,%s\n", i % n_classes, has_a ? "1" : "0",
                      has_g ? "-2.5" : "0");
        n_entries += has_a + has_g;
    }
    open_source(csv.bytes, NULL, ROWS_SPARSE);
    buffer_free(&csv);
    ck_assert_int_eq(design_build_storage(&source),
                     is_sparse ? DESIGN_CSR_F64 : DESIGN_DENSE_F64);
    if (!is_sparse)
        return;
    ck_assert_uint_ge(design_entries_most(&source), n_entries);
    ck_assert_uint_le(design_entries_most(&source), n_entries + 4);
    ck_assert_int_eq(build(NULL), 0);
    ck_assert_uint_eq(design_n_entries(&design), n_entries);
    for (uint64_t i = 0; i < ROWS_SPARSE; i++)
        for (uint64_t e = design.starts[i]; e < design.starts[i + 1]; e++)
            ck_assert_double_eq(design.values[e], design.columns[e] == 0 ? -2.5 : 1);
}
END_TEST

/* Images have one number in five that is not 0, and as cells many times faster fits. */
START_TEST(a_sixth_of_all_cells_and_more_make_a_dense_design)
{
    static const struct {
        unsigned one_of;
        enum design_storage storage;
    } cases[] = {{5, DESIGN_DENSE_F64}, {8, DESIGN_CSR_F64}};
    struct buffer csv = BUFFER_EMPTY;
    buffer_printf(&csv, "y,a,g\n");
    for (unsigned i = 0; i < ROWS_SPARSE; i++)
        buffer_printf(&csv, "%u,%d,%d\n", i % 2, i % cases[_i].one_of == 0,
                      i % cases[_i].one_of == 1);
    open_source(csv.bytes, NULL, ROWS_SPARSE);
    buffer_free(&csv);
    ck_assert_int_eq(design_build_storage(&source), cases[_i].storage);
}
END_TEST

START_TEST(a_sparse_design_takes_less_than_half_of_a_dense_one)
{
    static unsigned char keep[ROWS_SPARSE];
    open_levels(keep);
    size_t cells = sizeof(double) * source.n_kept * encoding->n_columns;
    ck_assert_uint_lt(design_build_bytes(&source), cells / 2 + (512U << 10));
    ck_assert_uint_ge(design_build_bytes(&source), source.n_kept * (8 + 8 + 2 * 12));
}
END_TEST

START_TEST(each_failed_allocation_of_a_sparse_design_is_told)
{
    static unsigned char keep[ROWS_SPARSE];
    open_levels(keep);
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = build(&err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
        ck_assert_ptr_null(design.values);
    }
}
END_TEST

TCase *design_build_test(void)
{
    TCase *tests = tcase_create("design_build");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_design_has_the_encoded_rows_and_their_classes);
    tcase_add_test(tests, rows_left_out_leave_no_gap);
    tcase_add_test(tests, trials_make_the_target_a_count);
    tcase_add_loop_test(tests, bad_cells_are_refused_with_their_place, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(tests, a_level_that_the_encoding_does_not_know_is_refused);
    tcase_add_test(tests, any_number_of_threads_makes_the_same_design);
    tcase_add_test(tests, the_bytes_that_a_design_needs_are_told);
    tcase_add_test(tests, each_failed_allocation_is_told);
    tcase_add_loop_test(tests, many_levels_make_a_sparse_design_of_what_is_not_0, 1, 4);
    tcase_add_loop_test(tests, a_sixth_of_all_cells_and_more_make_a_dense_design, 0, 2);
    tcase_add_test(tests, a_sparse_design_takes_less_than_half_of_a_dense_one);
    tcase_add_loop_test(tests, numbers_that_are_mostly_0_make_a_sparse_design, 0, 3);
    tcase_add_test(tests, each_failed_allocation_of_a_sparse_design_is_told);
    return tests;
}
