#include "core/model/online_rows.h"

#include <check.h>

#include "core/base/memory.h"
#include "tests/support/online_stream.h"

static struct online_stream stream;
static struct design dense;

static void forget(void)
{
    design_free(&dense);
    online_stream_free(&stream);
}

/* Twenty levels: more columns than twice the terms, so that rows are entries. */
static void draw_levels(void)
{
    struct buffer csv = BUFFER_EMPTY;
    buffer_append_string(&csv, "y,x,g\n");
    for (int i = 0; i < 200; i++)
        buffer_printf(&csv, "%d,%d,g%d\n", i * 7 % 3 > 0, i % 11, i * 13 % 20);
    budget_start(&stream.budget, SIZE_MAX);
    stream.pool = pool_new(1, 0, NULL);
    csv_table_read(&stream.table, csv.bytes);
    stream.request = fit_defaults;
    stream.request.target = "y";
    stream.request.l2 = 0.01;
    buffer_free(&csv);
    online_stream_fit(&stream);
}

START_TEST(many_levels_become_entries_that_say_the_same)
{
    draw_levels();
    const struct design *rows = &stream.rows;
    size_t d = rows->n_columns;
    ck_assert(online_is_sparse(stream.model));
    ck_assert_int_eq(rows->storage, DESIGN_CSR_F64);
    double *x = memory_new(200 * d, sizeof(double), NULL);
    encoding_expand(stream.model->encoding, stream.cells, 200, x);
    for (size_t i = 0; i < 200; i++) {
        for (uint64_t e = rows->starts[i]; e < rows->starts[i + 1]; e++) {
            double *cell = &x[i * d + rows->columns[e]];
            if (*cell != rows->values[e])
                ck_abort_msg("row %zu, column %u", i, rows->columns[e]);
            *cell = 0;
        }
        ck_assert_uint_le(rows->starts[i + 1] - rows->starts[i], rows->longest_row);
    }
    for (size_t i = 0; i < 200 * d; i++)
        if (x[i] != 0)
            ck_abort_msg("a cell was left out");
    memory_free(x);
}
END_TEST

START_TEST(a_design_takes_what_was_said)
{
    size_t n_bytes;
    draw_levels();
    ck_assert(online_rows_bytes(stream.model, &stream.source, &n_bytes));
    ck_assert_uint_ge(n_bytes, design_n_bytes(&stream.rows));
}
END_TEST

START_TEST(labels_are_those_of_a_fit)
{
    online_stream_draw(&stream, 1, 100, 3);
    stream.request.family = "multinomial";
    stream.request.reference = "c1";
    online_stream_fit(&stream);
    ck_assert_double_eq(online_rows_label(stream.model, 1), 0);
    ck_assert_double_eq(online_rows_label(stream.model, 0), 1);
    ck_assert_double_eq(online_rows_label(stream.model, 2), 2);
}
END_TEST

START_TEST(memory_that_fails_is_told)
{
    struct error err = {0};
    if (_i == 0)
        draw_levels();
    else {
        online_stream_draw(&stream, 1, 100, 2);
        online_stream_fit(&stream);
    }
    for (long n = 0, status = -1; status < 0; n++) {
        memory_fail_after(n);
        status = online_rows_make(&dense, stream.model, &stream.source, &err);
        memory_fail_after(-1);
        ck_assert(status == 0 || err.code == ERROR_NO_MEMORY);
        design_free(&dense);
        error_clear(&err);
    }
}
END_TEST

TCase *online_rows_test(void)
{
    TCase *tcase = tcase_create("online_rows");
    tcase_add_checked_fixture(tcase, NULL, forget);
    tcase_add_test(tcase, many_levels_become_entries_that_say_the_same);
    tcase_add_test(tcase, a_design_takes_what_was_said);
    tcase_add_test(tcase, labels_are_those_of_a_fit);
    tcase_add_loop_test(tcase, memory_that_fails_is_told, 0, 2);
    return tcase;
}
