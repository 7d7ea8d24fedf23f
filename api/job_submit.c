#include "api/job_submit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/dataset_table.h"
#include "api/idempotency.h"
#include "api/job_data.h"
#include "api/job_json.h"
#include "api/job_preview.h"
#include "api/job_request.h"
#include "api/job_validation.h"
#include "api/job_warm_start.h"
#include "api/service_internal.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

#define LIMIT_RETRY_SECONDS 5

struct submission {
    struct service *service;
    const struct request *http;
    struct problem_list problems;
    struct idempotency idempotency;
    struct job_data split;
    struct job_request request;
    struct dataset_table dataset; /* of a named dataset */
    struct buffer table;          /* of inline rows */
    struct summary table_summary;
    struct store_blob_writer *blob;
    struct job *job; /* prepared, not yet submitted */
};

static void submission_free(struct submission *submission)
{
    jobs_discard(submission->job);
    store_blob_abandon(submission->blob);
    summary_free(&submission->table_summary);
    buffer_free(&submission->table);
    dataset_table_close(&submission->dataset);
    job_request_free(&submission->request);
    job_data_free(&submission->split);
    idempotency_free(&submission->idempotency);
    problem_list_free(&submission->problems);
}

/* ---- reading and checking ---- */

static int read_body(struct submission *submission, struct error *err)
{
    const struct request *http = submission->http;
    struct job_data *split = &submission->split;
    if (job_data_split(split, http->body, http->body_bytes, err) < 0 ||
        job_request_read(&submission->request, split->rest.bytes, split->rest.n_bytes,
                         &submission->problems, err) < 0)
        return -1;
    if (!split->data)
        return 0;
    if (job_data_read(split, submission->service->store, &submission->table,
                      &submission->table_summary, &submission->problems, err) < 0)
        return -1;
    return job_request_outline_data(&submission->request, &submission->table_summary,
                                    err);
}

static int open_dataset(struct submission *submission, struct error *err)
{
    struct store *store = submission->service->store;
    const char *id = submission->request.dataset;
    const struct store_record *stored = store_find(store, STORE_DATASET, id);
    struct error why = {0};
    if (!stored) {
        problem_report(&submission->problems, ERROR_NOT_FOUND, "/dataset",
                       "there is no such dataset");
        return 0;
    }
    int result = dataset_table_open(store, stored, &submission->dataset, &why);
    store_release(stored);
    if (result == 0)
        return 0;
    if (why.code != ERROR_CORRUPT)
        return error_copy(err, &why);
    problem_report(&submission->problems, ERROR_INVALID, "/dataset",
                   "the dataset was found damaged and cannot be read; upload it again");
    return 0;
}

static void on_problem(void *context, const struct error *problem)
{
    problem_add(context, problem);
}

/* The rows that are fitted to. *own is to be closed: of inline rows the table is made. */
static const struct table *open_rows(const struct submission *submission,
                                     struct table **own, struct error *err)
{
    const struct buffer *rows = &submission->table;
    *own = NULL;
    if (!submission->split.data)
        return submission->dataset.table;
    return *own = table_open(rows->bytes, rows->n_bytes, err);
}

static int check_against_rows(struct submission *submission, struct error *err)
{
    struct table *own;
    const struct fit_request *fit = &submission->request.fit;
    if (submission->problems.n > 0 || (!fit->split.column && !fit->fold))
        return 0;
    const struct table *table = open_rows(submission, &own, err);
    if (!table)
        return -1;
    fit_check_rows(fit, table, on_problem, &submission->problems);
    table_close(own);
    return 0;
}

/* What the data says about the request, before it is queued. */
static int check_against_data(struct submission *submission, struct error *err)
{
    const struct summary *summary = NULL;
    if (job_warm_start_settle(submission->service, &submission->request,
                              &submission->problems, err) < 0 ||
        job_validation_settle(submission->service, &submission->request,
                              &submission->problems, err) < 0)
        return -1;
    if (submission->request.dataset && !submission->request.has_data) {
        if (open_dataset(submission, err) < 0)
            return -1;
        if (submission->dataset.table)
            summary = table_summary(submission->dataset.table);
    } else if (submission->table_summary.n_columns > 0) {
        summary = &submission->table_summary;
    }
    if (summary && (submission->request.fit.target || submission->request.fit.formula))
        fit_check(&submission->request.fit, summary, on_problem, &submission->problems);
    if (check_against_rows(submission, err) < 0)
        return -1;
    return submission->problems.n > 0 ? -1 : 0;
}

/* ---- making it durable ---- */

static int prepare_job(struct submission *submission, struct error *err)
{
    struct buffer packed = BUFFER_EMPTY;
    struct job_record record = {
        .state = JOB_QUEUED,
        .created_at = clock_wall_microseconds(),
        .progress = {.objective = NAN, .gradient_norm = NAN, .eta_seconds = NAN}};
    const char *owner = submission->http->principal.name;
    job_request_pack(&submission->request, &packed);
    if (jobs_new_id(record.id, err) == 0 &&
        (!owner || (record.owner = memory_copy_string(owner, err))) &&
        (record.request = buffer_take(&packed, &record.request_bytes, err)))
        submission->job = jobs_prepare(&record, err);
    buffer_free(&packed);
    job_record_free(&record);
    return submission->job ? 0 : -1;
}

static int seal_rows(struct submission *submission, const char *id, struct error *err)
{
    if (!submission->split.data)
        return 0;
    submission->blob = store_blob_begin(submission->service->store, STORE_JOB,
                                        STORE_DIGEST_PAYLOAD, err);
    if (!submission->blob || store_blob_write(submission->blob, submission->table.bytes,
                                              submission->table.n_bytes, err) < 0)
        return -1;
    return store_blob_seal(submission->blob, id, NULL, 0, err);
}

static int commit(struct submission *submission, const struct job_record *record,
                  const struct job_submitted *submitted, struct error *err)
{
    struct store_change changes[1 + IDEMPOTENCY_MAX_CHANGES];
    struct buffer meta = BUFFER_EMPTY;
    size_t n_remembered;
    job_record_pack(record, &meta);
    changes[0] = (struct store_change){.kind = STORE_JOB,
                                       .key = record->id,
                                       .meta = meta.bytes,
                                       .meta_bytes = meta.n_bytes,
                                       .blob = submission->blob,
                                       .condition = STORE_IF_ABSENT};
    int result = buffer_check(&meta, err);
    if (result == 0)
        result = idempotency_remember(
            &submission->idempotency, submission->service->store, submitted->status,
            record->id, submitted->body.bytes, changes + 1, &n_remembered, err);
    if (result == 0)
        result = store_commit(submission->service->store, changes, 1 + n_remembered, err);
    if (result == 0)
        submission->blob = NULL; /* the store's now */
    buffer_free(&meta);
    return result;
}

static int write_accepted(struct submission *submission, const struct job_record *record,
                          struct job_submitted *submitted, struct error *err)
{
    struct json_writer json = json_write_start(&submitted->body);
    snprintf(submitted->id, sizeof(submitted->id), "%s", record->id);
    submitted->status = 202;
    if (job_json_write(submission->service, record, &json, err) < 0)
        return -1;
    return buffer_check(&submitted->body, err);
}

/* All that may fail before the job is handed in. */
static int make_ready(struct submission *submission, struct job_submitted *submitted,
                      struct error *err)
{
    if (prepare_job(submission, err) < 0)
        return -1;
    const struct job_record *record = jobs_prepared_record(submission->job);
    if (write_accepted(submission, record, submitted, err) < 0)
        return -1;
    return seal_rows(submission, record->id, err);
}

/* In the queue before it is in the store: who finds it there can steer it. */
static int hand_in(struct submission *submission, const struct job_submitted *submitted,
                   struct error *err)
{
    struct jobs *jobs = submission->service->jobs;
    struct job *job = submission->job;
    submission->job = NULL;
    jobs_submit(jobs, job);
    if (commit(submission, jobs_prepared_record(job), submitted, err) < 0) {
        jobs_withdraw(jobs, job);
        return -1;
    }
    jobs_confirm(jobs, job);
    return 0;
}

static int enqueue(struct submission *submission, struct job_submitted *submitted,
                   struct error *err)
{
    struct jobs *jobs = submission->service->jobs;
    const char *owner = submission->http->principal.name;
    if (jobs_reserve(jobs, owner, err) < 0)
        return -1;
    if (make_ready(submission, submitted, err) < 0) {
        jobs_cancel_reservation(jobs, owner);
        return -1;
    }
    return hand_in(submission, submitted, err);
}

/* ---- the caller's own limit ---- */

struct count {
    const char *owner;
    size_t n;
};

/* Counts and passes over, so that the list itself stays empty. */
static bool count_live_job(void *context, const struct store_record *stored)
{
    struct count *count = context;
    struct job_record job = {0};
    if (job_record_unpack(&job, stored->meta, stored->meta_bytes, NULL) == 0 &&
        (job.state == JOB_QUEUED || job.state == JOB_RUNNING) && job.owner &&
        strcmp(job.owner, count->owner) == 0)
        count->n++;
    job_record_free(&job);
    return false;
}

static bool is_within_limit(struct submission *submission)
{
    const struct principal *caller = &submission->http->principal;
    const struct store_record *none;
    struct count count = {.owner = caller->name};
    const struct store_query query = {
        .kind = STORE_JOB, .accept = count_live_job, .context = &count};
    bool has_more;
    store_list(submission->service->store, &query, 1, &none, &has_more);
    return count.n < caller->n_jobs_most;
}

static void respond_limit(const struct principal *caller, struct exchange *exchange)
{
    problem_respond_status(
        exchange, 429, "too_many_jobs",
        "this key may have %zu jobs queued or running; wait for one to "
        "end or cancel it",
        caller->n_jobs_most);
    response_header(&exchange->response, "Retry-After", "%d", LIMIT_RETRY_SECONDS);
}

/* Only callers with a limit wait for one another. -1 with err set, or with the answer
 * made. */
static int enqueue_within_limit(struct submission *submission, struct exchange *exchange,
                                struct job_submitted *submitted, struct error *err)
{
    const struct principal *caller = &submission->http->principal;
    if (!caller->name || caller->n_jobs_most == 0)
        return enqueue(submission, submitted, err);
    int result = -1;
    pthread_mutex_lock(&submission->service->owners);
    if (is_within_limit(submission))
        result = enqueue(submission, submitted, err);
    else
        respond_limit(caller, exchange);
    pthread_mutex_unlock(&submission->service->owners);
    return result;
}

/* ---- a dry run ---- */

/* Without the lock on datasets: what is mapped stays, whoever deletes it. */
static int preview(struct submission *submission, struct job_submitted *submitted,
                   struct error *err)
{
    struct table *own;
    const struct table *table = open_rows(submission, &own, err);
    if (!table)
        return -1;
    submitted->status = 200;
    struct error why = {0};
    int result = job_preview_write(submission->service, &submission->request, table,
                                   &submitted->body, &why);
    table_close(own);
    if (dataset_table_check(&submission->dataset, "the dataset", err) < 0 || result < 0)
        return error_copy(err, &why);
    return 0;
}

/* ---- the whole ---- */

/* 1: answered before, 0: new, -1. */
static int replay(struct submission *submission, struct job_submitted *submitted,
                  struct error *err)
{
    struct idempotency_answer answer = {0};
    int found = idempotency_find(&submission->idempotency, submission->service->store,
                                 &answer, err);
    if (found == 1) {
        submitted->status = answer.status;
        snprintf(submitted->id, sizeof(submitted->id), "%s", answer.subject);
        buffer_clear(&submitted->body);
        buffer_append_string(&submitted->body, answer.body);
        if (buffer_check(&submitted->body, err) < 0)
            found = -1;
    }
    idempotency_free_answer(&answer);
    return found;
}

static int make(struct submission *submission, struct exchange *exchange,
                struct job_submitted *submitted, struct error *err)
{
    pthread_rwlock_t *datasets = &submission->service->datasets;
    int result = -1;
    pthread_rwlock_rdlock(datasets);
    bool is_sound = read_body(submission, err) == 0 &&
                    check_against_data(submission, err) == 0 &&
                    dataset_table_check(&submission->dataset, "the dataset", err) == 0;
    if (is_sound && !submission->request.dry_run)
        result = enqueue_within_limit(submission, exchange, submitted, err);
    pthread_rwlock_unlock(datasets);
    return is_sound && submission->request.dry_run ? preview(submission, submitted, err)
                                                   : result;
}

static int submit(struct submission *submission, struct exchange *exchange,
                  struct job_submitted *submitted, struct error *err)
{
    if (idempotency_start(&submission->idempotency, submission->http, err) < 0)
        return -1;
    int found = replay(submission, submitted, err);
    if (found != 0)
        return found > 0 ? 0 : -1;
    int result = make(submission, exchange, submitted, err);
    if (result < 0 && err->code == ERROR_CONFLICT && submission->idempotency.is_asked) {
        error_clear(err); /* the same key came twice at the same time */
        if (replay(submission, submitted, err) == 1)
            return 0;
        error_set(err, ERROR_CONFLICT, "the same idempotency key is in use right now");
    }
    return result;
}

int job_submit(struct service *service, struct exchange *exchange,
               struct job_submitted *submitted)
{
    struct submission submission = {.service = service, .http = &exchange->request};
    struct error err = {0};
    if (!problem_require_json(exchange))
        return -1;
    int result = submit(&submission, exchange, submitted, &err);
    if (result < 0 && error_is_set(&err))
        problem_respond(exchange, &err);
    else if (result < 0 && submission.problems.n > 0)
        problem_respond_list(exchange, &submission.problems);
    submission_free(&submission);
    return result;
}
