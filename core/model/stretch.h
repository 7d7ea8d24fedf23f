/*
 * How many blocks of a design's rows are summed up at once. Adding up the sums of two
 * blocks takes time, too: where columns are many, of which each row tells few, what is
 * added up is longer stretches of rows. They depend on the design alone, and so do the
 * bits of the sums; where rows are dense a stretch is one block.
 */
#ifndef LOGITD_CORE_MODEL_STRETCH_H
#define LOGITD_CORE_MODEL_STRETCH_H

#include "core/data/design.h"

/* Blocks of a stretch, of sums over rows of so many terms. */
size_t stretch_blocks(const struct design *design, size_t n_terms);
/* How many stretches of n_blocks there are; the i-th has blocks *first…*end - 1. */
size_t stretch_count(const struct design *design, size_t n_blocks);
void stretch_find(const struct design *design, size_t n_blocks, size_t i, size_t *first,
                  size_t *end);

#endif
