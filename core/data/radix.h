/*
 * Numbers put in order by the digits of their bits: all of them, or only what stands at
 * some places. None is NaN; -0 comes before 0. The caller locks.
 */
#ifndef LOGITD_CORE_DATA_RADIX_H
#define LOGITD_CORE_DATA_RADIX_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/* To work in. */
struct radix_room { /* all zero: none */
    double *values;
    uint32_t *counts;
};
/* Of up to n numbers. */
int radix_room_make(struct radix_room *room, size_t n, struct error *err) MUST_CHECK;
size_t radix_room_bytes(size_t n);
void radix_room_free(struct radix_room *room);

/* values[n], ascending. */
void radix_sort(double *values, size_t n, const struct radix_room *room);

/* found[i]: what would stand at places[i] < n if values[n] were sorted. They are
 * overwritten. */
#define RADIX_MOST_PLACES 32U
void radix_select(double *values, size_t n, const size_t *places, size_t n_places,
                  double *found, const struct radix_room *room);

#endif
