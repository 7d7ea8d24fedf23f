/*
 * A sample of a design's rows, as a small design of its own: of each run of `stride` rows
 * one, chosen by a random number that is a function of the run alone. So rows that are
 * sorted or repeat themselves are sampled fairly, and the same design gives the same
 * sample. What is left behind the last whole run is left out.
 */
#ifndef LOGITD_CORE_DATA_DESIGN_SAMPLE_H
#define LOGITD_CORE_DATA_DESIGN_SAMPLE_H

#include "core/base/pool.h"
#include "core/data/design.h"

/* The row that the i-th of the sample is. */
uint64_t design_sample_row(uint64_t i, size_t stride);

/* Into an all-zero design, whose arrays are where the design's are; to be freed with
 * design_free. stride: from 1 to n_rows. */
int design_sample(const struct design *design, size_t stride, struct pool *pool,
                  struct design *sample, struct error *err) MUST_CHECK;

#endif
