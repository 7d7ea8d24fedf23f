/*
 * What becomes of a job, made durable: its record alone, or in one transaction the
 * version that it made, the model's highest version number, and the job. A checkpoint
 * goes with the job's end.
 */
#ifndef LOGITD_API_TRAIN_SAVE_H
#define LOGITD_API_TRAIN_SAVE_H

#include "api/registry.h"
#include "api/service.h"
#include "core/jobs/job_record.h"

/* What a run leaves. */
struct train_outcome {
    char name[REGISTRY_NAME_BYTES];
    struct model *model;
};

/* As the save hook of core/jobs/jobs.h; outcome NULL: the record alone. */
int train_save(struct service *service, struct job_record *record,
               const struct train_outcome *outcome, struct error *err) MUST_CHECK;

#endif
