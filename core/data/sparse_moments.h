/*
 * Moments of sparse columns, entry by entry: those of the entries about the first of
 * them, to which the zeros of all other rows are added at the end (Chan, Golub and
 * LeVeque, as in core/data/moments.h). Sums are doubles with what their roundings lose
 * (Knuth's two-sum). Where a square would leave the range of doubles, all columns turn to
 * extended precision, in which no number of a double's range is lost.
 */
#ifndef LOGITD_CORE_DATA_SPARSE_MOMENTS_H
#define LOGITD_CORE_DATA_SPARSE_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/data/summary.h"

typedef double sparse_moments_pair __attribute__((vector_size(2 * sizeof(double))));

struct sparse_moments { /* all zero: no entry yet; one line of a cache */
    uint64_t n;
    double centre; /* the first entry */
    union {
        struct {
            sparse_moments_pair least; /* entry, and its negative */
            sparse_moments_pair sums;  /* of d = value - centre, and of d² */
            sparse_moments_pair rests; /* what belongs to them besides */
        } narrow;
        struct {
            double min, max;
            long double sum, squares;
        } wide;
    } of;
};

/* Squares within these are added in doubles. */
#define SPARSE_MOMENTS_LEAST 0x1p-1000
#define SPARSE_MOMENTS_MOST 0x1p1000

/* A value of a narrow column; false if it takes a wide one. Most entries of most sparse
 * columns are the same number, and then cost next to nothing. */
static inline bool sparse_moments_add(struct sparse_moments *moments, double value)
{
    const sparse_moments_pair both = {value, -value};
    if (moments->n == 0) {
        moments->centre = value;
        moments->of.narrow.least = both;
    }
    if (value == moments->centre) {
        moments->n++;
        return true;
    }
    double distance = value - moments->centre, back = distance - value;
    double square = distance * distance;
    if (!(square >= SPARSE_MOMENTS_LEAST && square <= SPARSE_MOMENTS_MOST))
        return false;
    sparse_moments_pair added = {distance, square}, sums = moments->of.narrow.sums;
    sparse_moments_pair lost = {(value - (distance - back)) - (moments->centre + back),
                                0};
    sparse_moments_pair sum = sums + added, part = sum - sums;
    moments->of.narrow.rests += (sums - (sum - part)) + (added - part) + lost;
    moments->of.narrow.sums = sum;
    for (int k = 0; k < 2; k++)
        if (both[k] < moments->of.narrow.least[k])
            moments->of.narrow.least[k] = both[k];
    moments->n++;
    return true;
}

/* From a narrow one to a wide one, and a value of such. */
void sparse_moments_widen(struct sparse_moments *moments);
void sparse_moments_add_wide(struct sparse_moments *moments, double value);

/* Fills in min, max, mean and std over all rows, n_rows of them, at least one, of a wide
 * one. */
void sparse_moments_finish(const struct sparse_moments *moments, uint64_t n_rows,
                           struct column_summary *column);

#endif
