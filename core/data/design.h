/*
 * The design matrix as a fit sees it: blocks of DESIGN_BLOCK_ROWS rows, whatever the
 * number of threads, each with labels, weights and offsets. The intercept is not a
 * column: the losses add it. Immutable while a fit runs: thread-safe.
 */
#ifndef LOGITD_CORE_DATA_DESIGN_H
#define LOGITD_CORE_DATA_DESIGN_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define DESIGN_BLOCK_ROWS 1024U

enum design_storage { DESIGN_DENSE_F64 /* , dense f32, CSR: "The solver library" */ };

struct design_block {
    uint64_t first_row;
    size_t n_rows;
    const double
        *x; /* DESIGN_DENSE_F64: [n_rows × n_columns] row-major, row stride n_columns */
    const double *y; /* binomial: successes/trials in 0…1; multinomial: class index;
                        gaussian: number */
    const double *weights; /* ω_i ≥ 0 (with trials: ω·trials); NULL: all 1 */
    const double *offset;  /* NULL: all 0 */
};

struct design {
    enum design_storage storage;
    uint64_t n_rows;
    size_t n_columns;
    size_t n_blocks;
    size_t n_classes;   /* 0 if y is a number */
    double sum_weights; /* Σ ω_i; n_rows without weights */
    /* Owned by whoever made it; what design_block() reads. */
    double *x, *y, *weights, *offset;
};

void design_block(const struct design *design, size_t i, struct design_block *block);
void design_free(struct design *design); /* what it owns; and back to all zero */

#endif
