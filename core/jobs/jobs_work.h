/*
 * The workers: take the next job, make it durable as running, run it, make its end
 * durable.
 */
#ifndef LOGITD_CORE_JOBS_JOBS_WORK_H
#define LOGITD_CORE_JOBS_JOBS_WORK_H

#include "core/jobs/jobs_internal.h"

/* A worker's thread; the argument is the struct jobs. Ends when the queue is stopping. */
void *jobs_work_main(void *argument);

/* The record of a job that has crashed too often, as it ends. */
void jobs_work_crashed(struct job_record *end);

/* The job has ended, durably, as `end` tells: out of the list it is in, counted, told to
 * who waits, freed. With the lock held. */
void jobs_work_leave(struct jobs *jobs, struct job_list *list, struct job *job,
                     const struct job_record *end);

/* Saves running jobs as queued, the attempt not counted, or as cancelled: the process is
 * to end before they do. Under the lock, which it gives up while it saves. */
void jobs_work_leave_behind(struct jobs *jobs);

#endif
