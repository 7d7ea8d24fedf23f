/*
 * About how long a fit takes, by the counts and constants of cost.h: what its solver does
 * on one core, over the threads where these share the work, for each of the fits of a
 * path and its folds. Within a factor of two or three where the data are kind; ill
 * conditioned or separated ones take longer.
 *
 * Methods that go to their limit of epochs or iterations, unless they are done before,
 * have a bound in place of a guess. Pure: thread-safe.
 */
#ifndef LOGITD_CORE_MODEL_FIT_TIME_H
#define LOGITD_CORE_MODEL_FIT_TIME_H

#include "core/model/algorithm.h"
#include "core/model/path.h"

struct fit_time {
    double seconds; /* of all searches and what they end with */
    bool is_bound;  /* it takes so long at the most */
};

struct fit_time fit_time_guess(const struct algorithm_task *task,
                               const struct algorithm *algorithm,
                               const struct estimate_options *options,
                               const struct path_options *path, size_t n_threads);

#endif
