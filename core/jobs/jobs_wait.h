/*
 * Who waits for the end of a job, and until when. One thread calls them, so that neither
 * a worker nor whoever cancels a job is held up; and, about once a minute, somebody who
 * tidies up. Thread-safe.
 */
#ifndef LOGITD_CORE_JOBS_JOBS_WAIT_H
#define LOGITD_CORE_JOBS_JOBS_WAIT_H

#include "core/base/error.h"

struct jobs_wait;

/* tidy NULL: there is nothing to be tidied up. */
struct jobs_wait *jobs_wait_new(void (*tidy)(void *context), void *context,
                                struct error *err) MUST_CHECK;
/* Calls all that still wait, ends the thread. NULL is fine. */
void jobs_wait_free(struct jobs_wait *wait);

/* `done` is called once: after jobs_wait_end with this id, after the seconds, or at the
 * end. -1 only without memory. */
int jobs_wait_add(struct jobs_wait *wait, const char *id, double seconds,
                  void (*done)(void *context), void *context,
                  struct error *err) MUST_CHECK;
void jobs_wait_end(struct jobs_wait *wait, const char *id);
/* Returns when all that waited have been called. Not for a `done`. */
void jobs_wait_end_all(struct jobs_wait *wait);

#endif
