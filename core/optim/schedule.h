/*
 * How a learning rate changes from iteration to iteration. t counts iterations from 1 (of
 * a mini-batch method: epochs), T is the most there may be.
 *
 *   constant       η
 *   inverse_time   η/t            the sum diverges, the sum of squares does not
 *                                 (Robbins and Monro 1951)
 *   inverse_sqrt   η/√t
 *   step           η·½^⌊(t-1)/10⌋
 *   cosine         η·(1 + cos(π(t-1)/T))/2   (Loshchilov and Hutter 2017, one period)
 *   line_search    η, where the search begins; the objective decides
 */
#ifndef LOGITD_CORE_OPTIM_SCHEDULE_H
#define LOGITD_CORE_OPTIM_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

enum schedule {
    SCHEDULE_CONSTANT,
    SCHEDULE_INVERSE_TIME,
    SCHEDULE_INVERSE_SQRT,
    SCHEDULE_STEP,
    SCHEDULE_COSINE,
    SCHEDULE_LINE_SEARCH
};

/* By the contract's word; false, leaving *schedule alone, if there is none such. */
bool schedule_find(const char *word, enum schedule *schedule);

/* 1 ≤ t ≤ most. */
double schedule_rate(enum schedule schedule, double initial, uint64_t t, uint64_t most);

#endif
