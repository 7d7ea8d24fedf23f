/*
 * Scores all rows of a dataset into a file without a name, a piece at a time.
 */
#ifndef LOGITD_API_SCORE_DATA_H
#define LOGITD_API_SCORE_DATA_H

#include "api/score_request.h"

struct service;

struct score_file {
    int fd; /* the caller's, to be closed; -1: there is none */
    uint64_t n_bytes;
};

/* 0, with a file or with what is wrong among the problems; -1: no memory, no space,
 * ERROR_MEMORY_BUDGET and ERROR_TOO_LARGE, the store; ERROR_CANCELLED, where a drain has
 * stopped it (service_work_stop). */
int score_data_run(struct service *service, const struct model *model,
                   const struct score_request *request, struct score_file *file,
                   struct problem_list *problems, struct error *err) MUST_CHECK;

#endif
