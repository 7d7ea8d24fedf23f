/*
 * Live jobs in a row, each in one list at a time. The caller locks.
 */
#ifndef LOGITD_CORE_JOBS_JOB_LIST_H
#define LOGITD_CORE_JOBS_JOB_LIST_H

#include <stddef.h>

struct job;

struct job_list {
    struct job *first;
    size_t n;
};

void job_list_append(struct job_list *list, struct job *job);
void job_list_prepend(struct job_list *list, struct job *job);
/* The job must be in it. */
void job_list_remove(struct job_list *list, struct job *job);
/* NULL if none has this id. */
struct job *job_list_find(const struct job_list *list, const char *id);

#endif
