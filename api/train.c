#include "api/train.h"

#include <stdio.h>
#include <string.h>

#include "api/dataset_record.h"
#include "api/dataset_table.h"
#include "api/job_request.h"
#include "api/job_retention.h"
#include "api/job_validation.h"
#include "api/job_warm_start.h"
#include "api/service_internal.h"
#include "api/train_save.h"
#include "api/train_watch.h"
#include "core/base/memory.h"
#include "core/base/pool.h"

#define TRAINING_NICE 10

static void free_outcome(void *context, void *pointer)
{
    struct train_outcome *outcome = pointer;
    (void)context;
    if (!outcome)
        return;
    model_release(outcome->model);
    memory_free(outcome);
}

/* ---- running ---- */

struct training {
    struct service *service;
    struct job *job;
    struct job_request request;
    struct dataset_table data;
    struct pool *pool;
    struct train_watch watch;
    char sha256[CHECKSUM_HEX_BYTES]; /* of the dataset's upload; "" for inline rows */
};

static void training_free(struct training *training)
{
    pool_free(training->pool);
    train_watch_close(&training->watch);
    dataset_table_close(&training->data);
    job_request_free(&training->request);
}

static void report_done(struct training *training, const struct report *report)
{
    const struct job_progress progress = {.fraction = 1,
                                          .iteration = report->iterations,
                                          .objective = report->objective,
                                          .gradient_norm = report->gradient_norm,
                                          .eta_seconds = 0};
    job_report(training->job, &progress);
}

static void tell_warnings(struct training *training, const struct report *report)
{
    for (size_t i = 0; i < report->n_warnings; i++)
        job_tell_warning(training->job, report->warnings[i].code,
                         report->warnings[i].detail);
}

static int read_upload_hash(struct training *training, const struct store_record *stored,
                            struct error *err)
{
    struct dataset_record record = {0};
    if (dataset_record_unpack(&record, stored, err) < 0)
        return -1;
    snprintf(training->sha256, sizeof(training->sha256), "%s", record.sha256);
    dataset_record_free(&record);
    return 0;
}

/* The named dataset, or the rows that came with the job and lie in its own blob. */
static int open_data(struct training *training, struct error *err)
{
    struct store *store = training->service->store;
    const char *dataset = training->request.dataset;
    const struct store_record *stored =
        dataset ? store_find(store, STORE_DATASET, dataset)
                : store_find(store, STORE_JOB, job_id(training->job));
    if (!stored)
        return error_set(err, ERROR_NOT_FOUND, "the job's data is not there any more");
    int result = dataset ? read_upload_hash(training, stored, err) : 0;
    if (result == 0)
        result = dataset_table_open(store, stored, &training->data, err);
    store_release(stored);
    return result;
}

/* Of each fit, so that all of them leave a core. One thread goes on in any case. */
static size_t n_threads_beside_requests(const struct service *service)
{
    const struct service_options *options = &service->options;
    size_t n = options->n_cores > 0 ? (options->n_cores - 1) / options->n_jobs
                                    : options->n_threads;
    return n == 0 ? 1 : n < options->n_threads ? n : options->n_threads;
}

static int open_training(struct training *training, struct error *err)
{
    size_t n_bytes;
    const void *request = job_request(training->job, &n_bytes);
    if (job_request_unpack(&training->request, request, n_bytes, err) < 0)
        return -1;
    train_watch_open(&training->watch, training->service, training->job,
                     &training->request, &training->data);
    if (job_warm_start_find(training->service, &training->request, err) < 0 ||
        job_validation_find(training->service, &training->request, err) < 0 ||
        open_data(training, err) < 0)
        return -1;
    training->pool = pool_new(training->service->options.n_threads, TRAINING_NICE, err);
    if (!training->pool)
        return -1;
    pool_watch(training->pool, train_watch_is_over, &training->watch);
    pool_give_way(training->pool, n_threads_beside_requests(training->service),
                  service_is_asked, training->service);
    return 0;
}

/* A fit that was told to stop says only that; the job knows by whom. */
static int tell_stop(struct training *training, const struct error *why,
                     struct error *err)
{
    if (why->code == ERROR_CANCELLED &&
        job_stop_reason(training->job) == JOB_STOP_TIME_LIMIT)
        return error_set(err, ERROR_TIME_LIMIT,
                         "the time limit of %g seconds was reached",
                         training->request.time_limit_seconds);
    return error_copy(err, why);
}

/* Where the model comes from; it is not shared yet. */
static int sign(struct model *model, const struct training *training, struct error *err)
{
    const struct job_request *request = &training->request;
    if ((request->dataset &&
         !(model->dataset = memory_copy_string(request->dataset, err))) ||
        (training->sha256[0] &&
         !(model->dataset_sha256 = memory_copy_string(training->sha256, err))) ||
        (request->metadata &&
         !(model->metadata = memory_copy_string(request->metadata, err))))
        return -1;
    return 0;
}

static int fit(struct training *training, struct train_outcome *outcome,
               struct error *err)
{
    const struct solver_watch watch = train_watch_solver(&training->watch);
    const struct fit_room room = service_fit_room(training->service);
    struct error why = {0};
    snprintf(outcome->name, sizeof(outcome->name), "%s", training->request.model);
    outcome->model = fit_run(&training->request.fit, training->data.table, &room,
                             training->pool, &watch, &why);
    if (train_watch_check_data(&training->watch, err) < 0)
        return -1;
    if (!outcome->model)
        return tell_stop(training, &why, err);
    /* It may have come to its end with the very step that was told. */
    if (job_stop_reason(training->job) == JOB_STOP_CANCELLED &&
        !training->request.publish_on_cancel)
        return error_set(err, ERROR_CANCELLED, "the job was cancelled");
    latency_count(&training->service->fits, outcome->model->report.total_seconds);
    report_done(training, &outcome->model->report);
    tell_warnings(training, &outcome->model->report);
    return sign(outcome->model, training, err);
}

static int run(void *context, struct job *job, void **result, struct error *err)
{
    struct training training = {.service = context, .job = job};
    struct train_outcome *outcome = memory_new(1, sizeof(*outcome), err);
    int status = -1;
    if (outcome && open_training(&training, err) == 0)
        status = fit(&training, outcome, err);
    training_free(&training);
    if (status == 0)
        *result = outcome;
    else
        free_outcome(NULL, outcome);
    return status;
}

/* ---- the hooks ---- */

static int save(void *context, struct job_record *record, void *outcome,
                struct error *err)
{
    return train_save(context, record, outcome, err);
}

static void tidy(void *context)
{
    job_retention_sweep(context);
}

struct jobs_hooks train_hooks(struct service *service)
{
    return (struct jobs_hooks){run, save, free_outcome, tidy, service};
}
