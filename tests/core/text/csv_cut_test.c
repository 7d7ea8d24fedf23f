#include "core/text/csv_cut.h"

#include <check.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/random.h"
#include "core/text/csv_marks.h"

enum { ROWS = 400, COLUMNS = 9 };

/* Of an instruction set; NULL where the machine has it not. */
static csv_cut_fn *find_level(int level)
{
    if (level == 0)
        return __builtin_cpu_supports("avx2") ? csv_cut_avx2 : NULL;
    return __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw")
               ? csv_cut_avx512
               : NULL;
}

static struct csv_cut begin(const struct buffer *text, size_t n_columns, size_t most,
                            struct csv_field *fields)
{
    return (struct csv_cut){.text = text->bytes,
                            .delimiter = ',',
                            .quote = '"',
                            .n_columns = n_columns,
                            .most = most,
                            .fields = fields,
                            .row_end = n_columns - 1};
}

/* Holds what was cut of text[0..end) against a walk over its bytes. */
static void compare(const struct csv_cut *cut, size_t end)
{
    size_t n_fields = 0, n_rows = 0, start = 0, row_end = 0;
    for (size_t at = 0; at < end; at++) {
        char c = cut->text[at];
        if (c != ',' && c != '\n')
            continue;
        const struct csv_field *field = &cut->fields[n_fields++];
        if (field->start != start || field->end != at)
            ck_abort_msg("cell %zu is %u to %u, not %zu to %zu", n_fields, field->start,
                         field->end, start, at);
        start = at + 1;
        if (c == '\n') {
            n_rows++;
            row_end = start;
            ck_assert_uint_eq(n_fields, n_rows * cut->n_columns);
        }
    }
    ck_assert_uint_eq(cut->n_fields, n_fields);
    ck_assert_uint_eq(cut->n_rows, n_rows);
    ck_assert_uint_eq(cut->start, start);
    ck_assert_uint_eq(cut->end, row_end);
    ck_assert_uint_eq(cut->row_end, (n_rows + 1) * cut->n_columns - 1);
}

/* Cells of up to `most` digits. */
static void write_rows(struct buffer *text, struct random *random, size_t n_rows,
                       size_t n_columns, size_t most)
{
    for (size_t cell = 0; cell < n_rows * n_columns; cell++) {
        for (size_t n = random_below(random, most + 1); n > 0; n--)
            buffer_append_byte(text, (char)('0' + random_below(random, 10)));
        buffer_append_byte(text, (cell + 1) % n_columns == 0 ? '\n' : ',');
    }
}

START_TEST(cells_end_at_the_marks)
{
    static struct csv_field fields[ROWS * COLUMNS];
    struct random random = random_start(5, (uint64_t)_i);
    csv_cut_fn *cut_blocks = find_level(_i);
    if (!cut_blocks)
        return;
    for (int round = 0; round < 300; round++) {
        struct buffer text = BUFFER_EMPTY;
        size_t n_columns = 2 + random_below(&random, COLUMNS - 1);
        write_rows(&text, &random, ROWS, n_columns, (size_t)round % 40);
        struct csv_cut cut = begin(&text, n_columns, ROWS, fields);
        size_t end = cut_blocks(&cut, 0, text.n_bytes);
        ck_assert_uint_eq(end % CSV_MARKS_BLOCK, 0);
        compare(&cut, end);
        bool is_all = text.n_bytes - end < CSV_MARKS_BLOCK + CSV_PADDING,
             is_full = ROWS * n_columns - cut.n_fields < CSV_MARKS_BLOCK;
        if (!is_all && !is_full)
            ck_abort_msg("%zu of %zu bytes are cut", end, text.n_bytes);
        buffer_free(&text);
    }
}
END_TEST

START_TEST(a_block_with_anything_else_is_left_to_others)
{
    static const char others[] = " \"\r\t\x01\x80\xff\n,";
    static struct csv_field fields[ROWS * COLUMNS];
    struct random random = random_start(6, 1);
    csv_cut_fn *cut_blocks = find_level(_i);
    struct buffer text = BUFFER_EMPTY;
    if (!cut_blocks)
        return;
    for (size_t i = 0; i < 60; i++) /* whose only row ends are where they are seen */
        buffer_append_string(&text, "1234567,1234567\n");
    for (int round = 0; round < 500; round++) {
        size_t at = random_below(&random, 800);
        char was = text.bytes[at];
        if (was == ',' || was == '\n')
            continue;
        text.bytes[at] = others[(size_t)round % (sizeof(others) - 1)];
        struct csv_cut cut = begin(&text, 2, ROWS, fields);
        size_t end = cut_blocks(&cut, 0, text.n_bytes);
        if (end != at / CSV_MARKS_BLOCK * CSV_MARKS_BLOCK)
            ck_abort_msg("a %d at %zu: %zu", others[(size_t)round % 9], at, end);
        compare(&cut, end);
        text.bytes[at] = was;
    }
    buffer_free(&text);
}
END_TEST

START_TEST(rows_end_where_the_room_does)
{
    static struct csv_field fields[ROWS * COLUMNS];
    csv_cut_fn *cut_blocks = find_level(_i);
    struct buffer text = BUFFER_EMPTY;
    if (!cut_blocks)
        return;
    for (size_t i = 0; i < 200; i++)
        buffer_append_string(&text, "1,2\n");
    for (size_t most = 1; most < 150; most++) {
        struct csv_cut cut = begin(&text, 2, most, fields);
        compare(&cut, cut_blocks(&cut, 0, text.n_bytes));
        ck_assert_uint_lt(cut.n_rows, most);
    }
    buffer_free(&text);
}
END_TEST

TCase *csv_cut_test(void)
{
    TCase *tests = tcase_create("csv_cut");
    tcase_add_loop_test(tests, cells_end_at_the_marks, 0, 2);
    tcase_add_loop_test(tests, a_block_with_anything_else_is_left_to_others, 0, 2);
    tcase_add_loop_test(tests, rows_end_where_the_room_does, 0, 2);
    return tests;
}
