#include "core/kernel/tally_rows.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/random.h"

#define ROWS 37U
#define LEVELS 5U /* places of a table */
#define PLACES (TALLY_MOST_TABLES * LEVELS)
#define COLUMNS 19U
#define ENTRIES 6U
#define N TALLY_NUMBERS

static uint16_t places[ROWS * TALLY_MOST_TABLES];
static double numbers[ROWS * N], v[ROWS];
static double of_place[PLACES], of_number[N], z[ROWS];
static struct sums {
    double places[PLACES], mixed[PLACES * N], numbers[N], squares[N * N];
} sums, expected;
static struct tally_rows rows;

static size_t stride_of(size_t n_tables)
{
    return (n_tables + 7) / 8 * 8;
}

static void draw(size_t n_tables, bool has_numbers)
{
    struct random random = random_start(47, n_tables);
    rows = (struct tally_rows){.n_rows = ROWS,
                               .n_tables = n_tables,
                               .n_parts = (n_tables + 2) / 3,
                               .stride = stride_of(n_tables),
                               .places = places,
                               .numbers = has_numbers ? numbers : NULL};
    for (size_t i = 0; i < ROWS; i++)
        for (size_t t = 0; t < n_tables; t++)
            places[i * rows.stride + t] =
                (uint16_t)(t * LEVELS + random_u64(&random) % LEVELS);
    for (size_t i = 0; i < ROWS * N; i++)
        numbers[i] = random_normal(&random);
    for (size_t i = 0; i < ROWS; i++) {
        v[i] = random_normal(&random);
        z[i] = random_normal(&random);
    }
    for (size_t i = 0; i < PLACES; i++)
        of_place[i] = random_normal(&random);
    for (size_t k = 0; k < N; k++)
        of_number[k] = random_normal(&random);
}

static bool are_close(size_t n, const double *a, const double *b)
{
    bool are = true;
    for (size_t i = 0; i < n; i++)
        are = are && fabs(a[i] - b[i]) <= 1e-13 * (1 + fabs(b[i]));
    return are;
}

static long double margin_of(size_t i)
{
    long double sum = z[i];
    for (size_t t = 0; t < rows.n_parts; t++)
        sum += of_place[places[i * rows.stride + t]];
    for (size_t k = 0; rows.numbers && k < N; k++)
        sum += (long double)numbers[i * N + k] * of_number[k];
    return sum;
}

START_TEST(margins_are_those_in_long_double)
{
    double first[ROWS];
    for (int set = 0; set <= (int)instructions_best(); set++) {
        draw((size_t)_i / 2 + 1, _i & 1);
        long double wanted[ROWS];
        for (size_t i = 0; i < ROWS; i++)
            wanted[i] = margin_of(i);
        tally_rows_of((enum instructions)set)->margins(&rows, of_place, of_number, z);
        for (size_t i = 0; i < ROWS; i++)
            if (!(fabsl(z[i] - wanted[i]) <= 1e-14L * (1 + fabsl(wanted[i]))))
                ck_abort_msg("%.17g is not %.17Lg", z[i], wanted[i]);
        if (set == 0)
            memcpy(first, z, sizeof(z));
        ck_assert_mem_eq(z, first, sizeof(z));
    }
}
END_TEST

static void expect(void)
{
    expected = (struct sums){0};
    for (size_t i = 0; i < ROWS; i++)
        for (size_t t = 0; t < rows.n_tables; t++) {
            size_t place = places[i * rows.stride + t];
            expected.places[place] += v[i];
            for (size_t k = 0; rows.numbers && t < rows.n_parts && k < N; k++)
                expected.mixed[place * N + k] += v[i] * numbers[i * N + k];
        }
    for (size_t i = 0; rows.numbers && i < ROWS; i++)
        for (size_t k = 0; k < N; k++) {
            expected.numbers[k] += v[i] * numbers[i * N + k];
            for (size_t l = 0; l < N; l++)
                expected.squares[k * N + l] +=
                    v[i] * numbers[i * N + k] * numbers[i * N + l];
        }
}

START_TEST(weights_are_added_at_each_place_and_to_numbers)
{
    struct sums first;
    for (int set = 0; set <= (int)instructions_best(); set++) {
        draw((size_t)_i / 2 + 1, _i & 1);
        expect();
        sums = (struct sums){0};
        tally_rows_of((enum instructions)set)
            ->weigh(&rows, v, sums.places, sums.mixed, sums.squares);
        ck_assert_mem_eq(sums.places, expected.places, sizeof(sums.places));
        ck_assert(are_close(PLACES * N, sums.mixed, expected.mixed));
        ck_assert(are_close(N * N, sums.squares, expected.squares));
        if (set == 0)
            first = sums;
        ck_assert_mem_eq(&sums, &first, sizeof(sums));
    }
}
END_TEST

START_TEST(a_product_is_added_at_the_places_of_the_parts)
{
    for (int set = 0; set <= (int)instructions_best(); set++) {
        draw((size_t)_i / 2 + 1, _i & 1);
        rows.n_tables = rows.n_parts;
        expect();
        rows.n_tables = (size_t)_i / 2 + 1;
        sums = (struct sums){0};
        tally_rows_of((enum instructions)set)
            ->product(&rows, v, sums.places, sums.numbers);
        ck_assert_mem_eq(sums.places, expected.places, sizeof(sums.places));
        ck_assert(are_close(N, sums.numbers, expected.numbers));
    }
}
END_TEST

/* ---- places from entries ---- */

static uint16_t first_places[TALLY_MOST_TABLES], steps[COLUMNS * TALLY_MOST_TABLES];
static uint8_t number[COLUMNS];
static uint64_t starts[ROWS + 1];
static uint32_t entries[ROWS * ENTRIES];
static double values[ROWS * ENTRIES];
static const struct tally_columns columns = {first_places, steps, number};

/* Row i has up to ENTRIES; every third column is a number. */
static void draw_entries(size_t stride)
{
    struct random random = random_start(53, stride);
    for (size_t i = 0; i < COLUMNS * stride; i++)
        steps[i] = (uint16_t)(random_u64(&random) % 100);
    for (size_t t = 0; t < stride; t++)
        first_places[t] = (uint16_t)(1000 * t);
    for (size_t j = 0; j < COLUMNS; j++)
        number[j] = (uint8_t)(j % 3 == 0 && j / 3 < N ? j / 3 : N);
    for (size_t i = 0; i < ROWS; i++) {
        size_t at = starts[i], column = i % 3;
        for (size_t e = 0; e < i % (ENTRIES + 1); e++, column += 1 + (i + e) % 3) {
            entries[at] = (uint32_t)column;
            values[at++] = number[column] < N ? random_normal(&random) : 1;
        }
        starts[i + 1] = at;
    }
}

static void check_row(size_t i, size_t stride)
{
    double wanted[N] = {0};
    for (size_t t = 0; t < stride; t++) {
        size_t place = first_places[t];
        for (size_t e = starts[i]; e < starts[i + 1]; e++)
            place += steps[entries[e] * stride + t];
        if (places[i * stride + t] != place)
            ck_abort_msg("row %zu, table %zu", i, t);
    }
    for (size_t e = starts[i]; e < starts[i + 1]; e++)
        if (number[entries[e]] < N)
            wanted[number[entries[e]]] = values[e];
    ck_assert_mem_eq(numbers + i * N, wanted, sizeof(wanted));
}

START_TEST(entries_move_the_places_of_their_row)
{
    size_t stride = 8 * (size_t)_i;
    for (int set = 0; set <= (int)instructions_best(); set++) {
        draw(stride, true);
        draw_entries(stride);
        tally_rows_of((enum instructions)set)
            ->fill(&rows, &columns, starts, entries, values);
        for (size_t i = 0; i < ROWS; i++)
            check_row(i, stride);
    }
}
END_TEST

TCase *tally_rows_test(void)
{
    TCase *tests = tcase_create("tally_rows");
    int end = 2 * (int)TALLY_MOST_TABLES;
    tcase_add_loop_test(tests, margins_are_those_in_long_double, 0, end);
    tcase_add_loop_test(tests, weights_are_added_at_each_place_and_to_numbers, 0, end);
    tcase_add_loop_test(tests, a_product_is_added_at_the_places_of_the_parts, 0, end);
    tcase_add_loop_test(tests, entries_move_the_places_of_their_row, 1,
                        (int)TALLY_MOST_TABLES / 8 + 1);
    return tests;
}
