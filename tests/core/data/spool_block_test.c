#include "core/data/spool_block.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/random.h"
#include "core/data/spool_count.h"
#include "core/kernel/instructions.h"

enum { ROWS = 1003, COLUMNS = 21 };

static uint64_t cells[ROWS * COLUMNS];
static uint64_t room[ROWS * 8];
static struct spool_column columns[COLUMNS];
static unsigned char *bytes;
static size_t places[COLUMNS];

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static size_t pack(size_t n_rows, size_t n_columns)
{
    size_t most = spool_block_most(n_rows, n_columns);
    free(bytes);
    bytes = malloc(most);
    memset(columns, 0, sizeof(columns));
    size_t n = spool_block_pack(cells, n_rows, n_columns, room, columns, bytes);
    ck_assert_uint_le(n, most);
    spool_block_place(bytes, n_rows, n_columns, places);
    return n;
}

static void expect_back(size_t n_rows, size_t n_columns)
{
    for (size_t j = 0; j < n_columns; j++)
        for (size_t i = 0; i < n_rows; i++)
            if (spool_block_cell(spool_block_form(bytes, j), bytes + places[j], i) !=
                cells[i * n_columns + j])
                ck_abort_msg("row %zu, column %zu", i, j);
}

/* What column j has: cells of one kind, perhaps absent ones, perhaps of another kind. */
static uint64_t cell_of(struct random *random, size_t j)
{
    bool is_rare = random_below(random, 50) == 0;
    switch (j % 7) {
    case 0:
        return bits_of(0.1 + random_uniform(random));
    case 1:
        return bits_of((double)random_below(random, 1000) - 500);
    case 2:
        return is_rare ? SPOOL_ABSENT : bits_of(0.5);
    case 3:
        return is_rare ? SPOOL_ABSENT : SPOOL_CODE | (uint32_t)random_below(random, 9);
    case 4:
        return is_rare ? SPOOL_CODE | 7 : bits_of(random_below(random, 2) ? 2.0 : 0.1);
    case 5:
        return SPOOL_ABSENT;
    default:
        return is_rare ? SPOOL_ABSENT : bits_of(-0.0);
    }
}

static void fill(size_t n_rows, size_t n_columns)
{
    struct random random = random_start(3, 0);
    for (size_t i = 0; i < n_rows; i++)
        for (size_t j = 0; j < n_columns; j++)
            cells[i * n_columns + j] = cell_of(&random, j);
}

START_TEST(all_cells_come_back_whatever_the_shape)
{
    static const size_t shapes[][2] = {{1, 1},  {1, 21},    {7, 8},  {8, 9},
                                       {9, 16}, {1003, 21}, {64, 3}, {1000, 8}};
    size_t n_rows = shapes[_i][0], n_columns = shapes[_i][1];
    fill(n_rows, n_columns);
    pack(n_rows, n_columns);
    expect_back(n_rows, n_columns);
}
END_TEST

START_TEST(a_column_takes_no_more_than_its_cells_need)
{
    static const enum spool_form forms[7] = {SPOOL_DOUBLES, SPOOL_SINGLES, SPOOL_SINGLES,
                                             SPOOL_CODES,   SPOOL_MIXED,   SPOOL_NOTHING,
                                             SPOOL_SINGLES};
    fill(1000, 7);
    ck_assert_uint_eq(pack(1000, 7), 16 + 1000 * (8 + 4 + 4 + 4 + 8 + 0 + 4));
    for (size_t j = 0; j < 7; j++)
        ck_assert_int_eq(spool_block_form(bytes, j), forms[j]);
}
END_TEST

START_TEST(what_was_in_columns_adds_up)
{
    struct spool_column all[2] = {{0}};
    bytes = realloc(bytes, spool_block_most(ROWS, 2));
    uint64_t n_numbers = 0;
    for (size_t i = 0; i < ROWS; i++) {
        cells[2 * i] = i % 3 ? bits_of((double)i) : SPOOL_ABSENT;
        cells[2 * i + 1] = SPOOL_CODE | (uint32_t)i;
        n_numbers += i % 3 != 0;
    }
    spool_block_pack(cells, ROWS, 2, room, all, bytes);
    ck_assert(!all[0].has_doubles);
    cells[2 * (ROWS - 2)] = bits_of(1e-300); /* a float would be 0 */
    spool_block_pack(cells, ROWS, 2, room, all, bytes);
    ck_assert_uint_eq(all[0].n_numbers, 2 * n_numbers + ((ROWS - 2) % 3 == 0));
    ck_assert(all[0].has_doubles);
    ck_assert_uint_eq(all[1].n_numbers, 0);
}
END_TEST

/* One cell that differs, at each place of a vector and behind the last. */
START_TEST(every_instruction_set_counts_the_same)
{
    static spool_count_fn *const counting[INSTRUCTIONS_N] = {
        spool_count_plain_cells, spool_count_avx2_cells, spool_count_avx512_cells};
    static spool_round_fn *const rounding[INSTRUCTIONS_N] = {
        spool_count_plain_round, spool_count_avx2_round, spool_count_avx512_round};
    const uint64_t others[] = {SPOOL_ABSENT, SPOOL_CODE,     SPOOL_CODE | UINT32_MAX,
                               bits_of(0.1), bits_of(1e300), bits_of(1e-45)};
    for (size_t other = 0; other < 6; other++)
        for (size_t at = 0; at < 19; at++) {
            for (size_t i = 0; i < 19; i++)
                cells[i] = i == at ? others[other] : bits_of((double)i);
            for (enum instructions set = 0; set <= instructions_best(); set++) {
                struct spool_counts counts;
                counting[set](cells, 19, &counts);
                ck_assert_uint_eq(counts.n_numbers, 18 + (other >= 3));
                ck_assert_uint_eq(counts.n_codes, other == 1 || other == 2);
                ck_assert_int_eq(counts.has_doubles, other >= 3);
            }
        }
    for (size_t i = 0; i < 19; i++)
        cells[i] = i == 5 ? SPOOL_ABSENT : bits_of(0.5 * (double)i);
    for (enum instructions set = 0; set <= instructions_best(); set++) {
        float singles[19];
        rounding[set](cells, 19, (unsigned char *)singles);
        for (size_t i = 0; i < 19; i++)
            ck_assert(i == 5 ? isnan(singles[i]) : (double)singles[i] == 0.5 * (double)i);
    }
}
END_TEST

static const uint64_t *wanted_cell(size_t row, size_t column)
{
    return &cells[row * 9 + 1 + column];
}

static void expect_singles(const unsigned char *packed, size_t n_rows)
{
    for (size_t k = 0; k < 8; k++)
        for (size_t i = 0; i < n_rows; i++)
            if (spool_block_cell(SPOOL_SINGLES, packed + k * 80, i) != *wanted_cell(i, k))
                ck_abort_msg("row %zu of %zu, column %zu", i, n_rows, k);
}

/* Eight of nine columns; in every number of rows, and with one cell that differs. */
START_TEST(every_instruction_set_packs_eight_columns_the_same)
{
    static spool_singles_fn *const packing[INSTRUCTIONS_N] = {
        spool_count_plain_singles, spool_count_avx2_singles, spool_count_avx512_singles};
    const uint64_t others[] = {SPOOL_CODE,    SPOOL_CODE | UINT32_MAX, bits_of(0.1),
                               bits_of(-0.1), bits_of(1e300),          bits_of(1e-45)};
    unsigned char packed[8 * 80];
    uint64_t counts[8];
    for (enum instructions set = 0; set <= instructions_best(); set++)
        for (size_t n_rows = 1; n_rows < 20; n_rows++) {
            for (size_t i = 0; i < n_rows * 9; i++)
                cells[i] = i % 11 ? bits_of((double)i - 50) : SPOOL_ABSENT;
            ck_assert(n_rows == 1 ||
                      packing[set](cells + 1, n_rows, 9, packed, 80, counts));
            for (size_t k = 0; k < 8 && n_rows > 1; k++) {
                uint64_t n = 0;
                for (size_t i = 0; i < n_rows; i++)
                    n += *wanted_cell(i, k) != SPOOL_ABSENT;
                ck_assert_uint_eq(counts[k], n);
            }
            if (n_rows > 1)
                expect_singles(packed, n_rows);
            for (size_t at = 0; at < 8 * n_rows; at++) {
                uint64_t *cell = &cells[at / 8 * 9 + 1 + at % 8], was = *cell;
                *cell = others[at % 6];
                ck_assert(!packing[set](cells + 1, n_rows, 9, packed, 80, counts));
                *cell = was;
            }
            for (size_t i = 0; i < n_rows; i++)
                cells[i * 9 + 8] = SPOOL_ABSENT;
            ck_assert(!packing[set](cells + 1, n_rows, 9, packed, 80, counts));
        }
}
END_TEST

START_TEST(a_column_that_became_codes_is_read_as_such)
{
    fill(100, 1);
    pack(100, 1);
    ck_assert_int_eq(spool_block_form(bytes, 0), SPOOL_DOUBLES);
    for (uint32_t i = 0; i < 100; i++)
        memcpy(bytes + places[0] + i * sizeof(i), &i, sizeof(i));
    spool_block_turn(bytes, 0);
    ck_assert_uint_eq(spool_block_cell(spool_block_form(bytes, 0), bytes + places[0], 99),
                      SPOOL_CODE | 99);
}
END_TEST

static void teardown(void)
{
    free(bytes);
    bytes = NULL;
}

TCase *spool_block_test(void)
{
    TCase *tests = tcase_create("spool_block");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_loop_test(tests, all_cells_come_back_whatever_the_shape, 0, 8);
    tcase_add_test(tests, a_column_takes_no_more_than_its_cells_need);
    tcase_add_test(tests, what_was_in_columns_adds_up);
    tcase_add_test(tests, every_instruction_set_counts_the_same);
    tcase_add_test(tests, every_instruction_set_packs_eight_columns_the_same);
    tcase_add_test(tests, a_column_that_became_codes_is_read_as_such);
    return tests;
}
