/*
 * Between a fit and its job: tells the job what it is at, how far it has come and how
 * long it may still take, tells the fit when to stop and
 * whether what there is then is wanted, keeps checkpoints, and hands the last one back
 * after a restart.
 */
#ifndef LOGITD_API_TRAIN_WATCH_H
#define LOGITD_API_TRAIN_WATCH_H

#include <stdatomic.h>

#include "api/job_request.h"
#include "api/train_eta.h"
#include "api/service.h"
#include "core/jobs/jobs.h"
#include "core/optim/solver.h"
#include "core/store/store.h"

struct train_watch {
    struct service *service;
    struct job *job;
    const struct job_request *request;
    const struct dataset_table *data; /* that is fitted to */
    bool has_begun;                   /* a step was told */
    struct train_eta eta;
    double fraction;         /* that was told last */
    double began_at;         /* by clock_seconds() */
    double kept_seconds;     /* when the last checkpoint was kept, or the start */
    struct store_blob state; /* what an earlier process left; all zero: nothing */
    atomic_bool is_kept;     /* it was stopped, and what there is is being kept */
};

/* Into an all-zero one; all else is borrowed, and data may be opened later. Sets the
 * job's time limit. */
void train_watch_open(struct train_watch *watch, struct service *service, struct job *job,
                      const struct job_request *request,
                      const struct dataset_table *data);
void train_watch_close(struct train_watch *watch); /* all-zero is fine */

/* For the fit; borrows the watch. */
struct solver_watch train_watch_solver(struct train_watch *watch);

/* After the fit, and whatever came of it: could all of its data be read?
 * ERROR_UNREADABLE.
 */
int train_watch_check_data(const struct train_watch *watch, struct error *err) MUST_CHECK;

/* Shall the work be given up? For pools, on any thread; context: the watch. */
bool train_watch_is_over(void *context);

#endif
