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

#endif
