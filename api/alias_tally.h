/*
 * What has come of an alias since it was put, or the start: which of its random numbers
 * is the next, and how the shadow's scores compare. Counted: whoever scores in a shadow
 * may do so after the alias was moved. Thread-safe; nobody waits for anything but a few
 * additions.
 */
#ifndef LOGITD_API_ALIAS_TALLY_H
#define LOGITD_API_ALIAS_TALLY_H

#include <stdint.h>

#include "core/base/error.h"

struct alias_tally;

/* With one reference. */
struct alias_tally *alias_tally_new(struct error *err) MUST_CHECK;
struct alias_tally *alias_tally_retain(struct alias_tally *tally);
void alias_tally_release(struct alias_tally *tally); /* NULL is fine */

/* 0, 1, 2, … */
uint64_t alias_tally_next(struct alias_tally *tally);

/* Rows, by what came of them in the shadow. */
struct alias_tally_counts {
    uint64_t n_compared;
    uint64_t n_skipped;            /* the machine was busy */
    uint64_t n_unusable;           /* the shadow has no such inputs or levels */
    uint64_t n_labels, n_disagree; /* compared ones with a label; where labels differ */
    /* Of probabilities the mean over the classes, of numbers predicted these themselves:
     * of so many rows the sum of |difference|, and the largest. */
    uint64_t n_differences;
    double sum_difference, largest_difference;
};
void alias_tally_add(struct alias_tally *tally, const struct alias_tally_counts *more);
struct alias_tally_counts alias_tally_read(struct alias_tally *tally);

#endif
