/*
 * Early stopping: a loss on rows that are not fitted to is followed from iteration to
 * iteration; once it has not been lower than its least for `most` of them, it is enough.
 *
 * Prechelt, "Early stopping - but when?", 1998: his third criterion, by iterations.
 */
#ifndef LOGITD_CORE_OPTIM_PATIENCE_H
#define LOGITD_CORE_OPTIM_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct patience {
    uint64_t most; /* iterations without a lower loss; 0: without end */
    uint64_t n_seen, n_without;
    double least; /* loss so far; NaN: none */
};

struct patience patience_start(uint64_t most);

/* The loss after another iteration: is it the least? One that is not finite never is. */
bool patience_improves(struct patience *patience, double loss);
bool patience_is_over(const struct patience *patience);

#endif
