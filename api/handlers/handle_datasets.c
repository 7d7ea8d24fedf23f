#include "api/handlers/handle_datasets.h"

#include "api/dataset_record.h"
#include "api/dataset_rows.h"
#include "api/dataset_table.h"
#include "api/dataset_upload.h"
#include "api/job_request.h"
#include "api/query.h"
#include "api/record_list.h"
#include "api/service_internal.h"

/* ---- upload ---- */

static void *upload_begin(struct service *service, struct exchange *exchange)
{
    return dataset_upload_begin(service, exchange);
}

static int upload_write(void *state, struct exchange *exchange, const char *bytes,
                        size_t n)
{
    return dataset_upload_write(state, exchange, bytes, n);
}

static void upload_digest(void *state, const char *bytes, size_t n)
{
    dataset_upload_digest(state, bytes, n);
}

static void upload_finish(void *state, struct exchange *exchange)
{
    dataset_upload_finish(state, exchange);
    dataset_upload_free(state);
    exchange_settle(exchange);
}

static void upload_abandon(void *state)
{
    dataset_upload_free(state);
}

const struct route_stream handle_datasets_upload = {
    upload_begin, upload_write, upload_digest, upload_finish, upload_abandon};

/* ---- looking ---- */

/* NULL with the answer made. */
static const struct store_record *find(struct service *service, struct exchange *exchange)
{
    const struct store_record *stored =
        store_find(service->store, STORE_DATASET, exchange->request.params[0]);
    if (!stored)
        problem_respond_status(exchange, 404, "not_found", "there is no such dataset");
    return stored;
}

static int write_dataset(const struct store_record *stored, struct json_writer *json,
                         struct error *err)
{
    struct dataset_record record = {0};
    if (dataset_record_unpack(&record, stored, err) < 0)
        return -1;
    dataset_record_write_json(&record, stored, json);
    dataset_record_free(&record);
    return 0;
}

void handle_datasets_show(struct service *service, struct exchange *exchange)
{
    const struct store_record *stored = find(service, exchange);
    struct error err = {0};
    if (stored) {
        response_start_json(&exchange->response, 200);
        struct json_writer json = json_write_start(&exchange->response.body);
        if (write_dataset(stored, &json, &err) < 0)
            problem_respond(exchange, &err);
    }
    store_release(stored);
    exchange_complete(exchange);
}

static int write_entry(struct service *service, const struct store_record *stored,
                       const void *context, struct json_writer *json, struct error *err)
{
    (void)service, (void)context;
    return write_dataset(stored, json, err);
}

void handle_datasets_list(struct service *service, struct exchange *exchange)
{
    struct problem_list problems = {0};
    const struct query_page page = query_read_page(&exchange->request, &problems);
    const struct store_query query = {.kind = STORE_DATASET, .after = page.after};
    record_list_respond(service, exchange, &query, &page, &problems, write_entry, NULL);
    problem_list_free(&problems);
    exchange_complete(exchange);
}

/* ---- rows ---- */

static int respond_rows(struct service *service, const struct store_record *stored,
                        size_t after, size_t limit, struct exchange *exchange,
                        struct error *err)
{
    struct dataset_table opened = {0};
    if (dataset_table_open(service->store, stored, &opened, err) < 0)
        return -1;
    response_start_json(&exchange->response, 200);
    struct json_writer json = json_write_start(&exchange->response.body);
    struct error why = {0};
    int result = dataset_rows_write(opened.table, after, limit, &json, &why);
    if (dataset_table_check(&opened, "the dataset", err) < 0 || result < 0)
        result = error_copy(err, &why);
    dataset_table_close(&opened);
    return result;
}

void handle_datasets_rows(struct service *service, struct exchange *exchange)
{
    struct problem_list problems = {0};
    struct error err = {0};
    size_t limit = query_integer(&exchange->request, "limit", 1, QUERY_LIMIT_MOST,
                                 QUERY_LIMIT_DEFAULT, &problems);
    size_t after = query_integer(&exchange->request, "after", 0, INT64_MAX, 0, &problems);
    const struct store_record *stored = find(service, exchange);
    if (stored && problems.n > 0)
        problem_respond_list(exchange, &problems);
    else if (stored && respond_rows(service, stored, after, limit, exchange, &err) < 0)
        problem_respond(exchange, &err);
    store_release(stored);
    problem_list_free(&problems);
    exchange_complete(exchange);
}

/* ---- deleting ---- */

static bool is_live_user(void *context, const struct store_record *job)
{
    return job_request_is_live_on(job, context);
}

/* A job that is queued or running and reads this dataset; NULL if none does. */
static const struct store_record *find_user(struct service *service, char *dataset)
{
    const struct store_query query = {.kind = STORE_JOB,
                                      .newest_first = true,
                                      .accept = is_live_user,
                                      .context = dataset};
    const struct store_record *job = NULL;
    bool has_more;
    return store_list(service->store, &query, 1, &job, &has_more) > 0 ? job : NULL;
}

static int delete (struct service *service, char *dataset, struct error *err)
{
    const struct store_change change = {.deletes = true,
                                        .kind = STORE_DATASET,
                                        .key = dataset,
                                        .condition = STORE_IF_PRESENT};
    int result;
    pthread_rwlock_wrlock(&service->datasets);
    const struct store_record *user = find_user(service, dataset);
    if (user)
        result = error_set(err, ERROR_CONFLICT,
                           "the dataset is needed by %s; cancel that job or wait for it",
                           user->key);
    else
        result = store_commit(service->store, &change, 1, err);
    pthread_rwlock_unlock(&service->datasets);
    store_release(user);
    return result;
}

void handle_datasets_delete(struct service *service, struct exchange *exchange)
{
    struct error err = {0};
    const struct store_record *stored = find(service, exchange);
    if (stored && delete (service, exchange->request.params[0], &err) < 0)
        problem_respond(exchange, &err);
    else if (stored)
        response_start(&exchange->response, 204, NULL);
    store_release(stored);
    exchange_complete(exchange);
}
