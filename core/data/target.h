/*
 * What a fit is to predict: the classes of a column and the number that stands for each
 * row's, or counts of successes out of trials.
 */
#ifndef LOGITD_CORE_DATA_TARGET_H
#define LOGITD_CORE_DATA_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/data/design.h"
#include "core/data/table.h"

#define TARGET_MAX_CLASSES 1000U

/* The classes of a column, sorted (numbers by value, in their shortest text). */
struct target {
    const struct table *table; /* borrowed */
    size_t column;
    /* [n_rows of the table], 0: the row is left out; NULL: none is; borrowed */
    const unsigned char *keep;
    uint64_t n_kept; /* rows that are not */
    size_t n_classes;
    struct level *classes; /* with their numbers of rows */
    bool are_numbers;      /* the column is numeric */
    bool are_whole;        /* and all its numbers are whole */
};

/*
 * Into an all-zero target. The column may have no missing cell in a row that is kept.
 * ERROR_TOO_LARGE: more than TARGET_MAX_CLASSES different cells.
 */
int target_find_classes(struct target *target, const struct table *table, size_t column,
                        const unsigned char *keep, uint64_t n_kept,
                        struct error *err) MUST_CHECK;
void target_free(struct target *target);

/* y[n_kept]: for each row that is kept, the number in y_of_class [n_classes]; an array of
 * the file's, or with NULL in memory. */
int target_code(const struct target *target, const double *y_of_class,
                struct array_file *file, double *y, struct error *err) MUST_CHECK;

/*
 * Counts, of a design's rows: y = successes / trials (0 where there are no trials);
 * weights are multiplied by trials; *log_coefficient = Σ ω·log(trials over successes),
 * what log-likelihoods of counts have beside the Bernoulli ones. Both columns are
 * numeric. ERROR_BAD_COUNT with the place "row R, column NAME" for negative, fractional
 * or too many successes; ERROR_BAD_TARGET where there is no trial at all; where both are
 * needed ERROR_SINGLE_CLASS if there is no success or no failure.
 */
int target_code_counts(const struct table *table, size_t successes, size_t trials,
                       const unsigned char *keep, bool needs_both, struct design *design,
                       double *log_coefficient, struct error *err) MUST_CHECK;

#endif
