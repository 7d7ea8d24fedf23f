/*
 * Which rows of a table are held out of a fit: a share of each class, drawn from a seed.
 */
#ifndef LOGITD_CORE_DATA_SPLIT_H
#define LOGITD_CORE_DATA_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/*
 * class_of[n_kept]: a whole number below n_classes for each row that is kept, in order;
 * NULL: all are of one class (n_classes 1). held_out[n_rows] becomes 1 for rows held out,
 * 0 else; returns how many. Of each class it is the share within one row, and rounded in
 * all of them together, but that a row of each class stays. Draws from a stream of the
 * seed that nothing else draws from: the same rows on every machine.
 *
 * Within a class by Knuth's algorithm S (The Art of Computer Programming 2, 3.4.2): in
 * the rows' order, each with the chance that what is still wanted has among what is left.
 * -1 without memory.
 */
int split_rows(const unsigned char *keep, uint64_t n_rows, const double *class_of,
               size_t n_classes, double share, uint64_t seed, unsigned char *held_out,
               uint64_t *n_held_out, struct error *err) MUST_CHECK;

#endif
