/*
 * From rows of a table to the design of a fit.
 */
#ifndef LOGITD_CORE_DATA_DESIGN_BUILD_H
#define LOGITD_CORE_DATA_DESIGN_BUILD_H

#include "core/base/pool.h"
#include "core/data/design.h"
#include "core/data/encoding.h"
#include "core/data/target.h"

#define DESIGN_BUILD_NONE SIZE_MAX

/* Columns of the table; weights, trials, offset: DESIGN_BUILD_NONE or numeric without
 * missing cells in kept rows. Everything is borrowed, the file by the design, too. */
struct design_source {
    const struct table *table;
    const struct encoding *encoding;
    const unsigned char *keep; /* [n_rows of the table], 0: left out; NULL: none */
    uint64_t n_kept;
    const struct target *target; /* classes; NULL with trials or of numbers */
    const double *y_of_class;    /* [n_classes]: the y of each */
    size_t successes, trials;    /* counts instead of classes; of numbers: successes is
                                  * their column, and there are no trials */
    size_t weights, offset;
    /* Of whose fit these rows are held out: they are stored in the same way, and may be
     * of a single class; NULL: they are to be fitted to. */
    const struct design *fitted;
    struct array_file *file; /* where the design's arrays go; NULL: memory */
};

/* Sparse where that takes half of the memory or less, by what is known before rows are
 * read. */
enum design_storage design_build_storage(const struct design_source *source);

/* What design_build needs: for arrays, of the design and while it works, in memory or in
 * a file; and for its threads in memory. SIZE_MAX if it cannot be counted. */
size_t design_build_bytes(const struct design_source *source);
size_t design_build_room_bytes(const struct design_source *source, size_t n_threads);

/* Of the largest block of rows: what a thread holds of a file at once. */
size_t design_build_block_bytes(const struct design_source *source);

/*
 * Into an all-zero design (n_classes: 2 with trials). *log_coefficient: see
 * target_code_counts; 0 without trials. Every sum passes over rows in order: the same
 * bits for any pool. Errors, with the place "row R, column NAME" (row 1 is the data's
 * first): ERROR_BAD_WEIGHT (negative; all zero, without a row), ERROR_BAD_COUNT,
 * ERROR_MISSING_VALUE, ERROR_UNKNOWN_LEVEL; those of target_code_counts and
 * cell_reader_new.
 */
int design_build(const struct design_source *source, struct pool *pool,
                 struct design *design, double *log_coefficient,
                 struct error *err) MUST_CHECK;

#endif
