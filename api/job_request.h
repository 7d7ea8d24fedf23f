/*
 * What POST /v1/jobs asks for (contract.md "Jobs"): the body read field by field into a
 * fit_request, and the form in which it is kept with the job.
 */
#ifndef LOGITD_API_JOB_REQUEST_H
#define LOGITD_API_JOB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "api/dataset_table.h"
#include "api/level_list.h"
#include "api/problem.h"
#include "core/base/buffer.h"
#include "core/model/fit.h"
#include "core/store/store.h"

struct job_request {
    json_t *json; /* owned; all text below points into it */
    const char *model;
    const char *dataset;            /* NULL with has_data */
    bool has_data;                  /* rows came inline; the job's own blob keeps them */
    struct fit_request fit;         /* as fit_defaults where nothing was said */
    char *metadata;                 /* JSON text, owned; NULL: none */
    double time_limit_seconds;      /* 0: none */
    bool dry_run;                   /* nothing is to be made */
    const char *warm_start;         /* "model/3", or "model" as it came; NULL: none */
    struct model *start_model;      /* that; owned, once it is found (job_warm_start.h) */
    const char *validation_dataset; /* NULL: none */
    struct dataset_table validation_data; /* that; once it is found (job_validation.h) */
    bool keep_on_time_limit;              /* the best iterate then; else the job fails */
    bool publish_on_cancel; /* the same of a running job that is cancelled */
    const char **features;  /* owned; what fit points to */
    struct fit_column *columns;
    struct fit_factor *factors;
    struct level_list held_out, fitted;
    double *lambdas;
    double *rates;
};

/*
 * Reads a body whose "data" is at most an empty stand-in (api/job_data.h takes the rows
 * out first). Every field of the contract is known; one that asks for what is not offered
 * yet is reported as ERROR_UNSUPPORTED. All problems are reported, with pointers; the
 * request is then as good as could be made of the rest. -1: malformed, or no memory. Into
 * an all-zero request.
 */
int job_request_read(struct job_request *request, const char *body, size_t n_bytes,
                     struct problem_list *problems, struct error *err) MUST_CHECK;
void job_request_free(struct job_request *request);

/* Replaces "data" by its outline for the echo: {"columns":[…],"n_rows":n}. */
int job_request_outline_data(struct job_request *request, const struct summary *summary,
                             struct error *err) MUST_CHECK;

/* As opaque bytes of a job_record, and back (that which was accepted is accepted again).
 */
void job_request_pack(const struct job_request *request, struct buffer *out);
int job_request_unpack(struct job_request *request, const void *bytes, size_t n_bytes,
                       struct error *err) MUST_CHECK;

/* What can be told of packed bytes without parsing; texts are to be freed with
 * memory_free. */
struct job_request_head {
    char *model;
    char *dataset;    /* NULL: inline data */
    char *validation; /* the dataset to judge by; NULL: none */
    char *echo;       /* the request as JSON text */
};
int job_request_read_head(struct job_request_head *head, const void *bytes,
                          size_t n_bytes, struct error *err) MUST_CHECK;
void job_request_free_head(struct job_request_head *head);

/* Is this a STORE_JOB record of a job that has not ended and reads the dataset? */
bool job_request_is_live_on(const struct store_record *job, const char *dataset);

#endif
