/*
 * A job as the contract's JSON (contract.md "Jobs"), and where its record is to be found.
 */
#ifndef LOGITD_API_JOB_JSON_H
#define LOGITD_API_JOB_JSON_H

#include "api/service.h"
#include "core/jobs/job_record.h"
#include "core/store/store.h"
#include "core/text/json_write.h"

/* The job as it is now: live from the queue, else as the store keeps it. Into an all-zero
 * record; job_record_free it. ERROR_NOT_FOUND. */
int job_json_find(struct service *service, const char *id, struct job_record *record,
                  struct error *err) MUST_CHECK;
/* The same of a stored record. */
int job_json_refresh(struct service *service, const struct store_record *stored,
                     struct job_record *record, struct error *err) MUST_CHECK;

/* The job as one value. "fit" is that of the version it made, null once that was deleted.
 */
int job_json_write(struct service *service, const struct job_record *record,
                   struct json_writer *json, struct error *err) MUST_CHECK;

/* The member "error": null where there is none. */
void job_json_write_error(struct json_writer *json, const struct error *error);

#endif
