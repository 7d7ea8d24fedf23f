/*
 * The answer to a job that asks for a dry run: what the fit would be. Nothing is kept.
 */
#ifndef LOGITD_API_JOB_PREVIEW_H
#define LOGITD_API_JOB_PREVIEW_H

#include "api/job_request.h"
#include "api/service.h"

/*
 * Reads the rows as far as a fit does before it begins, on the calling thread, and
 * appends the answer as JSON. Errors of fit_run; ERROR_BUSY when the service stops
 * meanwhile. Takes a pass over the table and the memory of the design.
 */
int job_preview_write(struct service *service, const struct job_request *request,
                      const struct table *table, struct buffer *out,
                      struct error *err) MUST_CHECK;

#endif
