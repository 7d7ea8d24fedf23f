#include "api/train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/dataset_record.h"
#include "api/dataset_table.h"
#include "api/job_request.h"
#include "api/model_record.h"
#include "api/service_internal.h"
#include "core/base/memory.h"
#include "core/base/pool.h"
#include "core/model/model_file.h"

#define TRAINING_NICE 10
#define SMALLEST_GRADIENT 1e-10 /* where progress counts as done */

struct outcome {
    char name[REGISTRY_NAME_BYTES];
    struct model *model;
};

static void free_outcome(void *context, void *pointer)
{
    struct outcome *outcome = pointer;
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
    double first_gradient_norm;
    char sha256[CHECKSUM_HEX_BYTES]; /* of the dataset's upload; "" for inline rows */
};

static void training_free(struct training *training)
{
    pool_free(training->pool);
    dataset_table_close(&training->data);
    job_request_free(&training->request);
}

/* A guess: how far the gradient has come on its way to nothing, in orders of magnitude.
 */
static double fraction_done(const struct training *training,
                            const struct solver_step *step)
{
    double whole = log(training->first_gradient_norm / SMALLEST_GRADIENT);
    double done = log(training->first_gradient_norm / step->gradient_norm);
    double fraction = whole > 0 && isfinite(done) ? done / whole : 0;
    return fmin(fmax(fraction, 0), 0.99);
}

static int on_step(void *context, const struct solver_step *step)
{
    struct training *training = context;
    if (training->first_gradient_norm == 0)
        training->first_gradient_norm = step->gradient_norm;
    double fraction = fraction_done(training, step);
    const struct job_progress progress = {
        .fraction = fraction,
        .iteration = step->iteration,
        .objective = step->objective,
        .gradient_norm = step->gradient_norm,
        .eta_seconds =
            fraction > 0 ? step->seconds * (1 - fraction) / fraction : (double)NAN};
    job_report(training->job, &progress);
    return job_stop_reason(training->job) != JOB_GO_ON;
}

/* Fits of many columns take seconds between two steps. */
static bool is_over(void *context)
{
    struct training *training = context;
    return job_stop_reason(training->job) != JOB_GO_ON;
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

static int open_training(struct training *training, struct error *err)
{
    size_t n_bytes;
    const void *request = job_request(training->job, &n_bytes);
    if (job_request_unpack(&training->request, request, n_bytes, err) < 0)
        return -1;
    if (training->request.time_limit_seconds > 0)
        job_set_time_limit(training->job, training->request.time_limit_seconds);
    if (open_data(training, err) < 0)
        return -1;
    training->pool = pool_new(training->service->options.n_threads, TRAINING_NICE, err);
    if (!training->pool)
        return -1;
    pool_watch(training->pool, is_over, training);
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

static int fit(struct training *training, struct outcome *outcome, struct error *err)
{
    const struct solver_watch watch = {
        .on_step = on_step, .context = training, .is_over = is_over};
    struct error why = {0};
    snprintf(outcome->name, sizeof(outcome->name), "%s", training->request.model);
    outcome->model = fit_run(&training->request.fit, training->data.table,
                             &training->service->budget, training->pool, &watch, &why);
    if (!outcome->model)
        return tell_stop(training, &why, err);
    /* It may have come to its end with the very step that was told. */
    if (job_stop_reason(training->job) == JOB_STOP_CANCELLED)
        return error_set(err, ERROR_CANCELLED, "the job was cancelled");
    report_done(training, &outcome->model->report);
    return sign(outcome->model, training, err);
}

static int run(void *context, struct job *job, void **result, struct error *err)
{
    struct training training = {.service = context, .job = job};
    struct outcome *outcome = memory_new(1, sizeof(*outcome), err);
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

/* ---- saving ---- */

static int save_record(struct service *service, const struct job_record *record,
                       struct error *err)
{
    struct buffer meta = BUFFER_EMPTY;
    job_record_pack(record, &meta);
    const struct store_change change = {.kind = STORE_JOB,
                                        .key = record->id,
                                        .meta = meta.bytes,
                                        .meta_bytes = meta.n_bytes,
                                        .condition = STORE_IF_PRESENT};
    int result = buffer_check(&meta, err);
    if (result == 0)
        result = store_commit(service->store, &change, 1, err);
    buffer_free(&meta);
    return result;
}

/* The next number is above every one that was ever given, and above those that are there
 * even if the model's record was lost. */
static int next_version(struct service *service, const char *name, uint64_t *version,
                        struct error *err)
{
    struct registry_listing listing = {0};
    struct error why = {0};
    uint64_t highest = model_record_highest(service->store, name);
    if (registry_list(service->registry, name, &listing, &why) < 0 &&
        why.code != ERROR_NOT_FOUND)
        return error_copy(err, &why);
    if (listing.n_versions > 0 && listing.versions[listing.n_versions - 1] > highest)
        highest = listing.versions[listing.n_versions - 1];
    registry_listing_free(&listing);
    *version = highest + 1;
    return 0;
}

static struct store_blob_writer *seal_model(struct service *service,
                                            const struct model *model, const char *key,
                                            struct error *err)
{
    struct buffer bytes = BUFFER_EMPTY;
    struct store_blob_writer *blob = NULL;
    model_file_write(model, &bytes);
    if (buffer_check(&bytes, err) == 0)
        blob = store_blob_begin(service->store, STORE_VERSION, err);
    if (blob && (store_blob_write(blob, bytes.bytes, bytes.n_bytes, err) < 0 ||
                 store_blob_seal(blob, key, NULL, 0, err) < 0)) {
        store_blob_abandon(blob);
        blob = NULL;
    }
    buffer_free(&bytes);
    return blob;
}

/* Version, model and job in one transaction. */
static int commit_version(struct service *service, const struct outcome *outcome,
                          uint64_t version, const struct job_record *record,
                          struct store_blob_writer *blob, struct error *err)
{
    struct buffer job = BUFFER_EMPTY, highest = BUFFER_EMPTY;
    job_record_pack(record, &job);
    model_record_pack(version, &highest);
    const struct store_change changes[] = {
        {.kind = STORE_VERSION,
         .key = record->result,
         .blob = blob,
         .condition = STORE_IF_ABSENT},
        {.kind = STORE_MODEL,
         .key = outcome->name,
         .meta = highest.bytes,
         .meta_bytes = highest.n_bytes},
        {.kind = STORE_JOB,
         .key = record->id,
         .meta = job.bytes,
         .meta_bytes = job.n_bytes,
         .condition = STORE_IF_PRESENT},
    };
    int result = buffer_check(&job, err);
    if (result == 0)
        result = buffer_check(&highest, err);
    if (result == 0)
        result = store_commit(service->store, changes, sizeof(changes) / sizeof(*changes),
                              err);
    buffer_free(&job);
    buffer_free(&highest);
    return result;
}

/* With the catalogue held. */
static int keep_version(struct service *service, const struct outcome *outcome,
                        struct job_record *record, struct error *err)
{
    char key[REGISTRY_NAME_BYTES + 24];
    uint64_t version = 0;
    if (next_version(service, outcome->name, &version, err) < 0 ||
        registry_reserve(service->registry, outcome->name, err) < 0)
        return -1;
    snprintf(key, sizeof(key), "%s/%llu", outcome->name, (unsigned long long)version);
    struct store_blob_writer *blob = seal_model(service, outcome->model, key, err);
    record->result = blob ? memory_copy_string(key, err) : NULL;
    if (!record->result ||
        commit_version(service, outcome, version, record, blob, err) < 0) {
        store_blob_abandon(blob);
        memory_free(record->result);
        record->result = NULL;
        return -1;
    }
    registry_publish(service->registry, outcome->name, version, outcome->model);
    return 0;
}

static int save(void *context, struct job_record *record, void *outcome,
                struct error *err)
{
    struct service *service = context;
    if (!outcome)
        return save_record(service, record, err);
    pthread_mutex_lock(&service->catalogue);
    int result = keep_version(service, outcome, record, err);
    pthread_mutex_unlock(&service->catalogue);
    return result;
}

struct jobs_hooks train_hooks(struct service *service)
{
    return (struct jobs_hooks){run, save, free_outcome, service};
}
