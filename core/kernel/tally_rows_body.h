/*
 * What tally_rows_plain.c, tally_rows_avx2.c and tally_rows_avx512.c are made of. Places
 * are scattered, so vectors are of the numbers of a row and of the places of an entry:
 * which the compiler makes for each set of instructions.
 */
#include <string.h>

static inline double margin_of(size_t n, const uint16_t *restrict places,
                               const double *restrict of_place)
{
    double sum = of_place[places[0]];
    for (size_t t = 1; t < n; t++)
        sum += of_place[places[t]];
    return sum;
}

/* In pairs, so that an addition need not wait for the one before. */
static inline double margin_of_numbers(const double *restrict numbers,
                                       const double *restrict of_number)
{
    double p[TALLY_NUMBERS];
    for (size_t k = 0; k < TALLY_NUMBERS; k++)
        p[k] = numbers[k] * of_number[k];
    return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
}

static void all_margins(const struct tally_rows *rows, const double *of_place,
                        const double *of_number, double *z)
{
    const uint16_t *places = rows->places;
    for (size_t i = 0; i < rows->n_rows; i++, places += rows->stride)
        z[i] += margin_of(rows->n_parts, places, of_place);
    for (size_t i = 0; rows->numbers && i < rows->n_rows; i++)
        z[i] += margin_of_numbers(rows->numbers + i * TALLY_NUMBERS, of_number);
}

/* Of different tables, so no two places are the same. */
static inline __attribute__((always_inline)) void add_to_places(
    size_t n, const uint16_t *restrict places, double a, double *restrict sums)
{
    size_t t = 0;
    for (; t + 4 <= n; t += 4) {
        double *at = sums + places[t], *second = sums + places[t + 1];
        double *third = sums + places[t + 2], *fourth = sums + places[t + 3];
        double b = *at + a, c = *second + a, d = *third + a, e = *fourth + a;
        *at = b;
        *second = c;
        *third = d;
        *fourth = e;
    }
    for (; t < n; t++)
        sums[places[t]] += a;
}

static inline __attribute__((always_inline)) void add_numbers(
    const double *restrict numbers, double *restrict sums)
{
    for (size_t k = 0; k < TALLY_NUMBERS; k++)
        sums[k] += numbers[k];
}

static inline __attribute__((always_inline)) void scale_numbers(
    const double *restrict numbers, double a, double *restrict scaled)
{
    for (size_t k = 0; k < TALLY_NUMBERS; k++)
        scaled[k] = a * numbers[k];
}

static void all_product(const struct tally_rows *rows, const double *v, double *places,
                        double *numbers)
{
    const uint16_t *row = rows->places;
    double sums[TALLY_NUMBERS] = {0}, scaled[TALLY_NUMBERS];
    for (size_t i = 0; i < rows->n_rows; i++, row += rows->stride)
        add_to_places(rows->n_parts, row, v[i], places);
    if (!rows->numbers)
        return;
    for (size_t i = 0; i < rows->n_rows; i++) {
        scale_numbers(rows->numbers + i * TALLY_NUMBERS, v[i], scaled);
        add_numbers(scaled, sums);
    }
    add_numbers(sums, numbers);
}

static inline void add_mixed(const struct tally_rows *rows, size_t i, double h,
                             double *mixed, double *restrict squares)
{
    const double *numbers = rows->numbers + i * TALLY_NUMBERS;
    double weighted[TALLY_NUMBERS], scaled[TALLY_NUMBERS];
    scale_numbers(numbers, h, weighted);
    for (size_t t = 0; t < rows->n_parts; t++)
        add_numbers(weighted,
                    mixed + (size_t)rows->places[i * rows->stride + t] * TALLY_NUMBERS);
    for (size_t k = 0; k < TALLY_NUMBERS; k++) {
        scale_numbers(weighted, numbers[k], scaled);
        add_numbers(scaled, squares + k * TALLY_NUMBERS);
    }
}

static void all_weigh(const struct tally_rows *rows, const double *h, double *places,
                      double *mixed, double *squares)
{
    const uint16_t *row = rows->places;
    double sums[TALLY_NUMBERS * TALLY_NUMBERS] = {0};
    for (size_t i = 0; i < rows->n_rows; i++, row += rows->stride)
        add_to_places(rows->n_tables, row, h[i], places);
    if (!rows->numbers)
        return;
    for (size_t i = 0; i < rows->n_rows; i++)
        add_mixed(rows, i, h[i], mixed, sums);
    for (size_t k = 0; k < TALLY_NUMBERS; k++)
        add_numbers(sums + k * TALLY_NUMBERS, squares + k * TALLY_NUMBERS);
}

/* Places of a row, so many at once. */
#define LANES 8U
typedef uint16_t lanes __attribute__((vector_size(LANES * sizeof(uint16_t))));

static inline lanes load_lanes(const uint16_t *from)
{
    lanes loaded;
    memcpy(&loaded, from, sizeof(loaded));
    return loaded;
}

/* Of n·LANES tables, whose places stay in registers while the row's entries pass. */
static inline __attribute__((always_inline)) void fill_row(
    size_t n, const struct tally_columns *columns, size_t n_entries,
    const uint32_t *entries, uint16_t *places)
{
    lanes sums[TALLY_MOST_TABLES / LANES];
    for (size_t i = 0; i < n; i++)
        sums[i] = load_lanes(columns->first + i * LANES);
    for (size_t e = 0; e < n_entries; e++) {
        const uint16_t *steps = columns->steps + entries[e] * n * LANES;
        for (size_t i = 0; i < n; i++)
            sums[i] += load_lanes(steps + i * LANES);
    }
    memcpy(places, sums, n * sizeof(*sums));
}

static inline void fill_places(size_t stride, const struct tally_columns *columns,
                               size_t n_entries, const uint32_t *entries,
                               uint16_t *places)
{
    switch (stride / LANES) {
    case 1:
        fill_row(1, columns, n_entries, entries, places);
        break;
    case 2:
        fill_row(2, columns, n_entries, entries, places);
        break;
    case 3:
        fill_row(3, columns, n_entries, entries, places);
        break;
    case 4:
        fill_row(4, columns, n_entries, entries, places);
        break;
    case 5:
        fill_row(5, columns, n_entries, entries, places);
        break;
    default:
        fill_row(6, columns, n_entries, entries, places);
    }
}

static void fill_numbers(const struct tally_columns *columns, size_t n_entries,
                         const uint32_t *entries, const double *values, double *numbers)
{
    double row[TALLY_NUMBERS + 1] = {0}; /* the last: of no number */
    for (size_t e = 0; e < n_entries; e++)
        row[columns->number[entries[e]]] = values[e];
    memcpy(numbers, row, TALLY_NUMBERS * sizeof(*numbers));
}

static void all_fill(const struct tally_rows *rows, const struct tally_columns *columns,
                     const uint64_t *starts, const uint32_t *entries,
                     const double *values)
{
    for (size_t i = 0; i < rows->n_rows; i++) {
        size_t first = starts[i], n = starts[i + 1] - first;
        fill_places(rows->stride, columns, n, entries + first,
                    rows->places + i * rows->stride);
        if (rows->numbers)
            fill_numbers(columns, n, entries + first, values + first,
                         rows->numbers + i * TALLY_NUMBERS);
    }
}
