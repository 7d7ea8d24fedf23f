/*
 * Who follows a job's log. One thread tells them that it has grown, at most every
 * hundredth of a second, so that it costs the job next to nothing how many there are.
 * Thread-safe.
 */
#ifndef LOGITD_CORE_JOBS_JOBS_FOLLOW_H
#define LOGITD_CORE_JOBS_JOBS_FOLLOW_H

#include <stdint.h>

#include "core/jobs/job_log.h"

struct jobs_follow;

struct jobs_follower {
    struct job_log *log;
    void (*wake)(void *context); /* from the room's thread; must not block */
    void *context;

    uint64_t seen; /* the room's own: up to where it was told */
    bool was_over;
    struct jobs_follower *next, **link;
};

struct jobs_follow *jobs_follow_new(struct error *err) MUST_CHECK;
/* Nobody may follow any more. NULL is fine. */
void jobs_follow_free(struct jobs_follow *follow);

/* Log, wake and context are set; the memory stays the caller's. Tells of what comes from
 * now on, or came since the caller looked: it is called at least once. */
void jobs_follow_add(struct jobs_follow *follow, struct jobs_follower *follower);
/* After which it is not called. */
void jobs_follow_remove(struct jobs_follow *follow, struct jobs_follower *follower);

/* Some log has grown or was closed. Cheap. */
void jobs_follow_tell(struct jobs_follow *follow);

#endif
