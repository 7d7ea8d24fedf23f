/* What the files of spool_count.h are made of, once for each instruction set. */
#ifndef LOGITD_CORE_DATA_SPOOL_COUNT_BODY_H
#define LOGITD_CORE_DATA_SPOOL_COUNT_BODY_H

#include <string.h>

#include "core/data/spool_count.h"

#define LANES 8U
typedef double numbers __attribute__((vector_size(LANES * sizeof(double))));
typedef float singles __attribute__((vector_size(LANES * sizeof(float))));
typedef int64_t masks __attribute__((vector_size(LANES * sizeof(int64_t))));

static inline void count_one(uint64_t bits, struct spool_counts *counts)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    counts->n_numbers += x == x;
    counts->n_codes += bits >= SPOOL_CODE;
    counts->has_doubles = counts->has_doubles || (x == x && (double)(float)x != x);
}

static inline void count_cells(const uint64_t *cells, size_t n,
                               struct spool_counts *counts)
{
    masks n_numbers = {0}, n_negative = {0}, are_doubles = {0};
    size_t i = 0;
    *counts = (struct spool_counts){0};
    for (; i + LANES <= n; i += LANES) {
        numbers x;
        memcpy(&x, cells + i, sizeof(x));
        numbers rounded =
            __builtin_convertvector(__builtin_convertvector(x, singles), numbers);
        masks is_number = x == x;
        n_numbers -= is_number;
        n_negative -= ~is_number & ((masks)x < 0); /* SPOOL_ABSENT has no sign */
        are_doubles |= is_number & (rounded != x);
    }
    for (size_t k = 0; k < LANES; k++) {
        counts->n_numbers += (uint64_t)n_numbers[k];
        counts->n_codes += (uint64_t)n_negative[k];
        counts->has_doubles = counts->has_doubles || are_doubles[k];
    }
    for (; i < n; i++)
        count_one(cells[i], counts);
}

static inline void round_cells(const uint64_t *cells, size_t n, unsigned char *to)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        numbers x;
        memcpy(&x, cells + i, sizeof(x));
        singles single = __builtin_convertvector(x, singles);
        memcpy(to + i * sizeof(float), &single, sizeof(single));
    }
    for (; i < n; i++) {
        double x;
        memcpy(&x, cells + i, sizeof(x));
        float single = (float)x;
        memcpy(to + i * sizeof(single), &single, sizeof(single));
    }
}

/* ---- eight columns at once ---- */

_Static_assert(LANES == SPOOL_COUNT_COLUMNS, "a row of them is a vector");

/* Adds to the counts of each column; what is not exactly a float, or no number, is told
 * by bits of `others`. */
static inline void round_row(const uint64_t *cells, masks *counts, masks *others,
                             singles *found)
{
    numbers x;
    memcpy(&x, cells, sizeof(x));
    *found = __builtin_convertvector(x, singles);
    masks is_number = x == x;
    *counts -= is_number;
    *others |= (is_number & (__builtin_convertvector(*found, numbers) != x)) |
               (~is_number & ((masks)x < 0));
}

static inline void zip(const singles *a, const singles *b, singles *to)
{
    to[0] = __builtin_shufflevector(*a, *b, 0, 8, 1, 9, 2, 10, 3, 11);
    to[1] = __builtin_shufflevector(*a, *b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/* Eight rows as eight columns, by three perfect shuffles. */
static inline void transpose(singles *rows)
{
    for (int i = 0; i < 3; i++) {
        singles next[LANES];
        for (size_t k = 0; k < LANES / 2; k++)
            zip(&rows[k], &rows[k + LANES / 2], &next[2 * k]);
        memcpy(rows, next, sizeof(next));
    }
}

static inline bool has_any(const masks *lanes)
{
    int64_t all = 0;
    for (size_t k = 0; k < LANES; k++)
        all |= (*lanes)[k];
    return all != 0;
}

static inline bool pack_singles(const uint64_t *cells, size_t n_rows, size_t stride,
                                unsigned char *to, size_t apart, uint64_t *counts)
{
    masks n_numbers = {0}, others = {0};
    singles rows[LANES];
    size_t i = 0;
    for (; i + LANES <= n_rows; i += LANES) {
        for (size_t k = 0; k < LANES; k++)
            round_row(cells + (i + k) * stride, &n_numbers, &others, &rows[k]);
        if (has_any(&others))
            return false;
        transpose(rows);
        for (size_t k = 0; k < LANES; k++)
            memcpy(to + k * apart + i * sizeof(float), &rows[k], sizeof(rows[k]));
    }
    for (; i < n_rows; i++) {
        round_row(cells + i * stride, &n_numbers, &others, rows);
        for (size_t k = 0; k < LANES; k++)
            memcpy(to + k * apart + i * sizeof(float), (float *)rows + k, sizeof(float));
    }
    masks is_none = n_numbers == 0;
    memcpy(counts, &n_numbers, sizeof(n_numbers));
    return !has_any(&others) && !has_any(&is_none);
}

#endif
