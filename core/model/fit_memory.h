/*
 * What an estimate takes in memory beside the design.
 */
#ifndef LOGITD_CORE_MODEL_FIT_MEMORY_H
#define LOGITD_CORE_MODEL_FIT_MEMORY_H

#include "core/model/algorithm.h"

/* SIZE_MAX if there is no counting it. */
size_t fit_memory_bytes(const struct algorithm_task *task, size_t n_threads);

#endif
