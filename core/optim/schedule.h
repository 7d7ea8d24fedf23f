/*
 * How a learning rate changes from iteration to iteration. t counts iterations from 1 (of
 * a mini-batch method: epochs), T is the most there may be.
 *
 *   constant       η
 *   inverse_time   η/t            the sum diverges, the sum of squares does not
 *                                 (Robbins and Monro 1951)
 *   inverse_sqrt   η/√t
 *   step           η·½^⌊(t-1)/10⌋
 *   cosine         η·(1 + cos(πs))/2, s from 0 to 1 in each of R periods of T/R
 * iterations: s = (t-1)R/T mod 1: with R > 1, warm restarts (Loshchilov and Hutter,
 * "SGDR", ICLR 2017, with T_mult = 1) line_search    η, where the search begins; the
 * objective decides
 */
#ifndef LOGITD_CORE_OPTIM_SCHEDULE_H
#define LOGITD_CORE_OPTIM_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

enum schedule {
    SCHEDULE_USUAL, /* none was named: constant, unless who asks knows better */
    SCHEDULE_CONSTANT,
    SCHEDULE_INVERSE_TIME,
    SCHEDULE_INVERSE_SQRT,
    SCHEDULE_STEP,
    SCHEDULE_COSINE,
    SCHEDULE_LINE_SEARCH
};

/* By the contract's word; false, leaving *schedule alone, if there is none such. */
bool schedule_find(const char *word, enum schedule *schedule);

/* 1 ≤ t ≤ most; n_periods (R) ≤ most, 0 is 1. */
double schedule_rate(enum schedule schedule, double initial, uint64_t t, uint64_t most,
                     uint64_t n_periods);

#endif
