/*
 * The design matrix as a fit sees it: blocks of DESIGN_BLOCK_ROWS rows, whatever the
 * number of threads, each with labels, weights and offsets. The intercept is not a
 * column: the losses add it. Immutable while a fit runs: thread-safe.
 *
 * Its arrays are in memory, or in a file of which few pages stay resident: who asks for
 * rows brings them in. Rows are the same either way.
 */
#ifndef LOGITD_CORE_DATA_DESIGN_H
#define LOGITD_CORE_DATA_DESIGN_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/data/array_file.h"

#define DESIGN_BLOCK_ROWS 1024U

enum design_storage { DESIGN_DENSE_F64, DESIGN_CSR_F64 };

struct design_block {
    uint64_t first_row;
    size_t n_rows;
    /* DESIGN_DENSE_F64: [n_rows × n_columns] row-major, row stride n_columns; or NULL */
    const double *x;
    /* DESIGN_CSR_F64, or NULL: row i has the entries starts[i]…starts[i+1]-1 of columns
     * and values; [n_rows + 1]. Columns ascend in a row; where it has none it is 0. */
    const uint64_t *starts;
    const uint32_t *columns;
    const double *values;
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
    uint64_t *starts; /* [n_rows + 1] */
    uint32_t *columns;
    double *values;
    size_t longest_row;      /* entries of the row that has most */
    struct array_file *file; /* borrowed: what has the arrays; NULL: they are owned */
};

void design_block(const struct design *design, size_t i, struct design_block *block);
/* The same of any rows. */
void design_rows(const struct design *design, uint64_t first, size_t n_rows,
                 struct design_block *block);
void design_free(struct design *design); /* what it owns; and back to all zero */

/* Of one row: its label, its weight (1 without), its offset (0 without). */
double design_label(const struct design *design, uint64_t row);
double design_weight(const struct design *design, uint64_t row);
double design_offset(const struct design *design, uint64_t row);

/* Arrays that grow with the rows are where the design's are: n elements, zeroed, or with
 * anything in them for who fills them as a whole. */
void *design_array_new(const struct design *design, size_t n, size_t size,
                       struct error *err) MUST_CHECK;
void *design_array_take(const struct design *design, size_t n, size_t size,
                        struct error *err) MUST_CHECK;
void design_array_free(const struct design *design, void *array); /* NULL is fine */
/* This one has places of others, none of which may be made up (core/data/array_file.h).
 */
void design_array_expose(const struct design *design, const void *array);
/* Before these bytes of one are read or written. */
void design_array_touch(const struct design *design, const void *from, size_t n_bytes);

/* What the storage holds: n_rows × n_columns, or the entries of a sparse one. */
uint64_t design_n_entries(const struct design *design);
/* And its bytes, with labels, weights and offsets. */
uint64_t design_n_bytes(const struct design *design);

#endif
