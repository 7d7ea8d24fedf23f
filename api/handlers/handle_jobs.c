#include "api/handlers/handle_jobs.h"

#include <stdio.h>

#include "api/job_filter.h"
#include "api/job_json.h"
#include "api/job_submit.h"
#include "api/prefer.h"
#include "api/record_list.h"
#include "api/service_internal.h"
#include "core/base/memory.h"

static bool has_ended(const struct job_record *record)
{
    return record->state != JOB_QUEUED && record->state != JOB_RUNNING;
}

static int write_found(struct service *service, const char *id, int live_status,
                       struct response *response, struct error *err)
{
    struct job_record record = {0};
    if (job_json_find(service, id, &record, err) < 0)
        return -1;
    response_start_json(response, has_ended(&record) ? 200 : live_status);
    struct json_writer json = json_write_start(&response->body);
    int result = job_json_write(service, &record, &json, err);
    job_record_free(&record);
    return result;
}

/* Finds the job and answers with it: 200, or `live_status` while it is live. */
static void respond_job(struct service *service, const char *id, int live_status,
                        struct exchange *exchange)
{
    struct error err = {0};
    if (write_found(service, id, live_status, &exchange->response, &err) < 0)
        problem_respond(exchange, &err);
}

/* ---- submitting ---- */

struct waiting {
    struct service *service;
    struct exchange *exchange;
    struct job_submitted submitted;
    unsigned seconds;
};

static void respond_submitted(const struct job_submitted *submitted,
                              struct exchange *exchange)
{
    response_start_json(&exchange->response, submitted->status);
    if (submitted->id[0])
        response_header(&exchange->response, "Location", "/v1/jobs/%s", submitted->id);
    buffer_append(&exchange->response.body, submitted->body.bytes,
                  submitted->body.n_bytes);
}

/* The job as it is now; of one that was deleted meanwhile what was said when it was made,
 * which is also what a repeated request with its key gets. */
static void respond_waited(const struct waiting *waiting)
{
    struct exchange *exchange = waiting->exchange;
    struct error err = {0};
    if (write_found(waiting->service, waiting->submitted.id, 202, &exchange->response,
                    &err) == 0) {
        response_header(&exchange->response, "Location", "/v1/jobs/%s",
                        waiting->submitted.id);
        response_header(&exchange->response, "Preference-Applied", "wait=%u",
                        waiting->seconds);
    } else if (err.code == ERROR_NOT_FOUND) {
        respond_submitted(&waiting->submitted, exchange);
    } else {
        problem_respond(exchange, &err);
    }
}

static void waiting_free(struct waiting *waiting)
{
    buffer_free(&waiting->submitted.body);
    memory_free(waiting);
}

static void on_done(void *context)
{
    struct waiting *waiting = context;
    struct exchange *exchange = waiting->exchange;
    respond_waited(waiting);
    waiting_free(waiting);
    exchange_complete(exchange);
}

/* 0: takes what was submitted, and answers when the job has ended or the time is up. */
static int wait_for(struct service *service, struct exchange *exchange,
                    const struct job_submitted *submitted, unsigned seconds)
{
    struct waiting *waiting = memory_new(1, sizeof(*waiting), NULL);
    if (!waiting)
        return -1;
    *waiting = (struct waiting){service, exchange, *submitted, seconds};
    int result =
        jobs_when_done(service->jobs, submitted->id, seconds, on_done, waiting, NULL);
    if (result < 0)
        memory_free(waiting);
    return result;
}

void handle_jobs_create(struct service *service, struct exchange *exchange)
{
    struct job_submitted submitted = {0};
    unsigned seconds = prefer_wait_seconds(&exchange->request);
    bool is_made = job_submit(service, exchange, &submitted) == 0;
    bool is_job = is_made && submitted.id[0];
    if (is_job && seconds > 0 && wait_for(service, exchange, &submitted, seconds) == 0)
        return;
    if (is_made)
        respond_submitted(&submitted, exchange);
    buffer_free(&submitted.body);
    exchange_complete(exchange);
}

/* ---- looking ---- */

void handle_jobs_show(struct service *service, struct exchange *exchange)
{
    respond_job(service, exchange->request.params[0], 200, exchange);
    exchange_complete(exchange);
}

static int write_job(struct service *service, const struct store_record *stored,
                     const void *context, struct json_writer *json, struct error *err)
{
    struct job_record record = {0};
    (void)context;
    int result = job_json_refresh(service, stored, &record, err);
    if (result == 0)
        result = job_json_write(service, &record, json, err);
    job_record_free(&record);
    return result;
}

void handle_jobs_list(struct service *service, struct exchange *exchange)
{
    struct problem_list problems = {0};
    const struct query_page page = query_read_page(&exchange->request, &problems);
    struct job_filter filter = job_filter_read(&exchange->request, &problems);
    const struct store_query query = {.kind = STORE_JOB,
                                      .after = page.after,
                                      .newest_first = true,
                                      .accept = job_filter_accept,
                                      .context = &filter};
    record_list_respond(service, exchange, &query, &page, &problems, write_job, NULL);
    problem_list_free(&problems);
    exchange_complete(exchange);
}

/* ---- steering ---- */

void handle_jobs_cancel(struct service *service, struct exchange *exchange)
{
    const char *id = exchange->request.params[0];
    struct error err = {0};
    if (jobs_cancel(service->jobs, id, &err) < 0)
        problem_respond(exchange, &err);
    else
        respond_job(service, id, 202, exchange);
    exchange_complete(exchange);
}

/* One that cannot be read is not live: it was not put back at the start. */
static int check_ended(const struct store_record *stored, struct error *err)
{
    struct job_record record = {0};
    struct error why = {0};
    bool is_over = true;
    if (job_record_unpack(&record, stored->meta, stored->meta_bytes, &why) == 0)
        is_over = has_ended(&record);
    else if (why.code == ERROR_NO_MEMORY)
        return error_copy(err, &why);
    job_record_free(&record);
    if (!is_over)
        return error_set(err, ERROR_CONFLICT, "the job has not ended; cancel it first");
    return 0;
}

static int delete (struct service *service, const struct store_record *stored,
                   struct error *err)
{
    const struct store_change change = {.deletes = true,
                                        .kind = STORE_JOB,
                                        .key = stored->key,
                                        .condition = STORE_IF_REVISION,
                                        .revision = stored->revision};
    if (check_ended(stored, err) < 0)
        return -1;
    return store_commit(service->store, &change, 1, err);
}

void handle_jobs_delete(struct service *service, struct exchange *exchange)
{
    struct error err = {0};
    const struct store_record *stored =
        store_find(service->store, STORE_JOB, exchange->request.params[0]);
    if (!stored)
        error_set(&err, ERROR_NOT_FOUND, "there is no such job");
    else if (delete (service, stored, &err) == 0)
        response_start(&exchange->response, 204, NULL);
    if (error_is_set(&err))
        problem_respond(exchange, &err);
    store_release(stored);
    exchange_complete(exchange);
}
