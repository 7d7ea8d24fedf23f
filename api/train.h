/*
 * What a job does: fit a model to a table and keep it as the next version of its model.
 * The hooks of core/jobs for that. A fit that takes long leaves a checkpoint every now
 * and then, from which its job goes on after a restart.
 *
 * The outcome of a run becomes durable in one transaction with the job's end: the
 * version's blob, the model's highest version number, the job. Only then does the
 * registry serve it.
 */
#ifndef LOGITD_API_TRAIN_H
#define LOGITD_API_TRAIN_H

#include "api/service.h"
#include "core/jobs/jobs.h"

/* The service is borrowed for as long as the queue lives. */
struct jobs_hooks train_hooks(struct service *service);

#endif
