/*
 * What an estimate takes in memory beside the design.
 */
#ifndef LOGITD_CORE_MODEL_FIT_MEMORY_H
#define LOGITD_CORE_MODEL_FIT_MEMORY_H

#include "core/model/algorithm.h"

/* SIZE_MAX if there is no counting it. */
size_t fit_memory_bytes(const struct algorithm_task *task, size_t n_threads);

/* The same of arrays that are where the design's are (design_array_new): what points keep
 * of each row, the weights of folds, the response of numbers in its own scale, of
 * n_held_out rows that are judged on, too. */
size_t fit_memory_array_bytes(const struct algorithm_task *task, size_t n_folds,
                              uint64_t n_held_out);

#endif
