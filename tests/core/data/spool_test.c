#include "core/data/spool.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "tests/support/csv_table.h"

enum { COLUMNS = 3, MANY = 200000 };
#define FIRST UINT64_C(0x3ff0000000000001) /* of doubles that are no floats */

static struct spool spool;
static int fd;

static void setup(void)
{
    fd = csv_table_scratch();
    ck_assert_int_eq(spool_start(&spool, COLUMNS, fd, NULL), 0);
}

static void teardown(void)
{
    spool_free(&spool);
    close(fd);
}

/* Cell (i, j) has the bits FIRST + 3i + j; every fifth row keeps the text of its middle
 * cell. */
static int fill(uint64_t n_rows, struct error *err)
{
    for (uint64_t i = 0; i < n_rows; i++) {
        uint64_t *row = spool_begin_row(&spool, err);
        if (!row)
            return -1;
        for (size_t j = 0; j < COLUMNS; j++)
            row[j] = FIRST + COLUMNS * i + j;
        char text[24];
        int n = snprintf(text, sizeof(text), "text %llu", (unsigned long long)i);
        if (i % 5 == 0 && spool_add_text(&spool, 1, text, (size_t)n, err) < 0)
            return -1;
        spool_end_row(&spool);
    }
    return 0;
}

struct seen {
    uint64_t n_rows;
    uint64_t add;  /* what cells have more than fill gave them */
    bool increase; /* adds one to every cell */
};

/* A cell that is packed as a double, or absent. */
static uint64_t cell_of(const struct spool_chunk *chunk, size_t row, size_t column,
                        uint64_t add)
{
    enum spool_form form;
    unsigned char *cells = spool_column_cells(chunk, column, &form);
    if (!cells)
        return SPOOL_ABSENT;
    if (form != SPOOL_DOUBLES)
        ck_abort_msg("form %d", (int)form);
    uint64_t bits = spool_block_cell(form, cells, row), more = bits + add;
    memcpy(cells + row * sizeof(more), &more, sizeof(more));
    return bits;
}

static int look(void *context, struct spool_chunk *chunk, struct error *err)
{
    struct seen *seen = context;
    (void)err;
    for (size_t i = 0; i < chunk->n_rows; i++, seen->n_rows++)
        for (size_t j = 0; j < COLUMNS; j++) {
            uint64_t cell = cell_of(chunk, i, j, seen->increase);
            size_t n;
            const char *text = spool_find_text(chunk, i, j, &n);
            char expected[24];
            if (cell != FIRST + COLUMNS * seen->n_rows + j + seen->add)
                ck_abort_msg("row %llu", (unsigned long long)seen->n_rows);
            if ((text != NULL) != (j == 1 && seen->n_rows % 5 == 0))
                ck_abort_msg("row %llu", (unsigned long long)seen->n_rows);
            if (!text)
                continue;
            snprintf(expected, sizeof(expected), "text %llu",
                     (unsigned long long)seen->n_rows);
            if (n != strlen(expected) || memcmp(text, expected, n) != 0)
                ck_abort_msg("%s", expected);
        }
    chunk->changed = seen->increase;
    return 0;
}

START_TEST(rows_come_back_in_order_with_their_texts)
{
    struct seen seen = {0};
    ck_assert_int_eq(fill(MANY, NULL), 0);
    spool_end_rows(&spool);
    ck_assert_int_eq(spool_replay(&spool, true, look, &seen, NULL), 0);
    ck_assert_uint_eq(seen.n_rows, MANY);
    ck_assert_uint_gt(spool.end, 0);
}
END_TEST

START_TEST(changes_last_until_the_next_replay)
{
    struct seen seen = {.increase = true}, again = {.add = 1};
    ck_assert_int_eq(fill(MANY, NULL), 0);
    spool_end_rows(&spool);
    ck_assert_int_eq(spool_replay(&spool, true, look, &seen, NULL), 0);
    spool_end_rows(&spool);
    ck_assert_int_eq(spool_replay(&spool, true, look, &again, NULL), 0);
    ck_assert_uint_eq(again.n_rows, MANY);
}
END_TEST

START_TEST(few_rows_never_touch_the_file)
{
    struct seen seen = {0};
    ck_assert_int_eq(fill(100, NULL), 0);
    spool_end_rows(&spool);
    ck_assert_int_eq(spool_replay(&spool, true, look, &seen, NULL), 0);
    ck_assert_uint_eq(seen.n_rows, 100);
    ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
}
END_TEST

START_TEST(long_texts_cut_chunks_short)
{
    static char text[100000];
    struct error err = {0};
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < 100; i++) {
        uint64_t *row = spool_begin_row(&spool, &err);
        ck_assert_ptr_nonnull(row);
        memset(row, 0, COLUMNS * sizeof(*row));
        ck_assert_int_eq(spool_add_text(&spool, 0, text, sizeof(text), &err), 0);
        spool_end_row(&spool);
        ck_assert_uint_lt(spool.texts.n_bytes, 1200000);
    }
}
END_TEST

static const size_t text_bytes[] = {0, 1, 254, 255, 70000};

START_TEST(texts_of_any_length_come_back_however_far_apart)
{
    static char text[70000];
    size_t n;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < 1000; i++) {
        uint64_t *row = spool_begin_row(&spool, NULL);
        memset(row, 0, COLUMNS * sizeof(*row));
        if (i % 200 == 199)
            ck_assert_int_eq(spool_add_text(&spool, 2, text, text_bytes[i / 200], NULL),
                             0);
        spool_end_row(&spool);
    }
    spool_end_rows(&spool);
    struct spool_chunk *chunk = &spool.last; /* not in the file yet */
    chunk->texts = spool.texts.bytes;
    chunk->n_text_bytes = spool.texts.n_bytes;
    for (size_t i = 0; i < 1000; i++) {
        const char *found = spool_find_text(chunk, i, 2, &n);
        if ((found != NULL) != (i % 200 == 199) ||
            (found && (n != text_bytes[i / 200] || memcmp(found, text, n) != 0)))
            ck_abort_msg("row %zu", i);
    }
}
END_TEST

/* Row i has FIRST + i % 3 as each cell and "i" as the text of its last one. */
static int fill_narrow(uint64_t n_rows, struct error *err)
{
    for (uint64_t i = 0; i < n_rows; i++) {
        uint64_t *row = spool_begin_row(&spool, err);
        char text[24];
        int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)i);
        if (!row || spool_add_text(&spool, spool.n_columns - 1, text, (size_t)n, err) < 0)
            return -1;
        for (size_t j = 0; j < spool.n_columns; j++)
            row[j] = FIRST + i % 3;
        spool_end_row(&spool);
    }
    return 0;
}

enum { WIDE = 3000 };
static const size_t widths[] = {COLUMNS, COLUMNS + 1, 100, WIDE};
static const uint64_t rows_of_width[] = {50000, 1, 20000, 500};

struct widths_seen {
    size_t which; /* of the widths */
    uint64_t row; /* of that one */
    uint64_t add;
};

static void look_at_row(struct widths_seen *seen, struct spool_chunk *chunk, size_t i)
{
    size_t width = widths[seen->which], n;
    for (size_t j = 0; j < WIDE; j++) {
        uint64_t expected = j < width ? FIRST + seen->row % 3 + seen->add : SPOOL_ABSENT;
        if (cell_of(chunk, i, j, 1) != expected)
            ck_abort_msg("width %zu, row %llu, column %zu", width,
                         (unsigned long long)seen->row, j);
    }
    char expected[24];
    snprintf(expected, sizeof(expected), "%llu", (unsigned long long)seen->row);
    const char *text = spool_find_text(chunk, i, width - 1, &n);
    if (!text || n != strlen(expected) || memcmp(text, expected, n) != 0 ||
        (width < WIDE && spool_find_text(chunk, i, width, &n)))
        ck_abort_msg("width %zu, row %s", width, expected);
}

static int look_wide(void *context, struct spool_chunk *chunk, struct error *err)
{
    struct widths_seen *seen = context;
    (void)err;
    for (size_t i = 0; i < chunk->n_rows; i++) {
        look_at_row(seen, chunk, i);
        if (++seen->row == rows_of_width[seen->which]) {
            seen->which++;
            seen->row = 0;
        }
    }
    chunk->changed = true;
    return 0;
}

START_TEST(rows_from_before_a_column_came_lack_its_cell)
{
    struct widths_seen first = {0}, second = {.add = 1};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(spool_widen(&spool, widths[i], NULL), 0);
        ck_assert_int_eq(fill_narrow(rows_of_width[i], NULL), 0);
    }
    spool_end_rows(&spool);
    ck_assert_int_eq(spool_replay(&spool, true, look_wide, &first, NULL), 0);
    ck_assert_uint_eq(first.which, 4);
    /* The rows in memory are as the callback left them; so are those in the file. */
    spool_end_rows(&spool);
    ck_assert_int_eq(spool_replay(&spool, true, look_wide, &second, NULL), 0);
    ck_assert_uint_eq(second.which, 4);
}
END_TEST

START_TEST(a_file_that_lost_bytes_is_an_io_error)
{
    struct seen seen = {0};
    struct error err = {0};
    ck_assert_int_eq(fill(MANY, NULL), 0);
    ck_assert_int_eq(ftruncate(fd, 1000), 0);
    spool_end_rows(&spool);
    ck_assert_int_eq(spool_replay(&spool, true, look, &seen, &err), -1);
    ck_assert_int_eq(err.code, ERROR_IO);
}
END_TEST

static int run(struct error *err)
{
    struct seen seen = {0};
    teardown();
    fd = csv_table_scratch();
    if (spool_start(&spool, COLUMNS, fd, err) < 0 || fill(MANY, err) < 0)
        return -1;
    spool_end_rows(&spool);
    return spool_replay(&spool, true, look, &seen, err);
}

START_TEST(each_failed_allocation_is_told)
{
    for (long n = 0;; n++) {
        struct error err = {0};
        memory_fail_after(n);
        int result = run(&err);
        memory_fail_after(-1);
        if (result == 0)
            break;
        ck_assert_int_eq(err.code, ERROR_NO_MEMORY);
    }
}
END_TEST

TCase *spool_test(void)
{
    TCase *tests = tcase_create("spool");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_come_back_in_order_with_their_texts);
    tcase_add_test(tests, changes_last_until_the_next_replay);
    tcase_add_test(tests, few_rows_never_touch_the_file);
    tcase_add_test(tests, long_texts_cut_chunks_short);
    tcase_add_test(tests, texts_of_any_length_come_back_however_far_apart);
    tcase_add_test(tests, rows_from_before_a_column_came_lack_its_cell);
    tcase_add_test(tests, a_file_that_lost_bytes_is_an_io_error);
    tcase_add_test(tests, each_failed_allocation_is_told);
    return tests;
}
