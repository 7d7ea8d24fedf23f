#include "api/update_learn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/precondition.h"
#include "api/problem.h"
#include "api/service_internal.h"
#include "api/update_copy.h"
#include "api/update_json.h"
#include "api/update_request.h"
#include "api/update_rows.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

struct learning {
    struct service *service;
    struct exchange *exchange;
    struct idempotency *idempotency;
    struct problem_list *problems;
    const char *name;
    struct update_request request;
    struct update_copy copy;
    bool is_new; /* the copy begins here */
    struct registry_found base;
    struct update_rows rows;
    struct online online;
    struct online_tally call;
    size_t reserved_bytes;
};

/* ---- where it begins ---- */

static bool exists(const struct learning *learning)
{
    struct registry *registry = learning->service->registry;
    return registry_name_is_valid(learning->name) &&
           registry_has(registry, learning->name);
}

/* A version that is not there is the body's fault where the body names it. */
static int find_version(struct learning *learning, uint64_t version, struct error *err)
{
    struct error why = {0};
    if (registry_find_version(learning->service->registry, learning->name, version,
                              &learning->base, &why) == 0)
        return 0;
    if (!learning->is_new)
        return error_set(err, ERROR_CONFLICT,
                         "version %" PRIu64 ", on which the working copy stands, is not "
                         "served any more; \"reset\":true begins anew",
                         version);
    problem_report(learning->problems, ERROR_NOT_FOUND, "/from", "%s", why.message);
    return 0;
}

/* base.model stays NULL where a problem is told. */
static int find_base(struct learning *learning, struct error *err)
{
    struct registry *registry = learning->service->registry;
    learning->is_new = !learning->copy.stored || learning->request.resets;
    if (!learning->is_new) {
        if (update_copy_check(&learning->copy, err) < 0)
            return -1;
        update_request_check(&learning->request, &learning->copy.head.plan,
                             learning->copy.from, learning->problems);
        return find_version(learning, update_copy_base(&learning->copy), err);
    }
    return learning->request.from > 0
               ? find_version(learning, learning->request.from, err)
               : registry_find(registry, learning->name, &learning->base, err);
}

/* ---- learning ---- */

/* The copy, what learning takes, and the numbers as bytes. */
static int reserve(struct learning *learning, double l1, struct error *err)
{
    const struct model *model = learning->base.model;
    size_t copy, more, n_bytes;
    if (!online_bytes(model, l1, &copy) || !online_learn_bytes(model, l1, &more) ||
        !memory_sum(copy, more, &n_bytes) || !memory_sum(n_bytes, copy, &n_bytes))
        return error_no_memory(err, SIZE_MAX);
    if (budget_reserve(&learning->service->budget, n_bytes, err) < 0)
        return -1;
    learning->reserved_bytes = n_bytes;
    return 0;
}

static int begin(struct learning *learning, struct error *err)
{
    struct online_plan plan = {.algorithm = ONLINE_ADAGRAD, .schedule = SCHEDULE_USUAL};
    const struct model *model = learning->base.model;
    update_request_apply(&learning->request, &plan);
    if (reserve(learning, plan.l1, err) < 0 ||
        online_begin(&learning->online, model, &plan, &learning->rows.design, err) < 0)
        return -1;
    learning->copy.from = learning->base.version;
    learning->copy.published = 0;
    learning->copy.created_at = clock_wall_microseconds();
    return 0;
}

static int go_on(struct learning *learning, struct error *err)
{
    struct online *online = &learning->online;
    if (reserve(learning, learning->copy.head.plan.l1, err) < 0 ||
        update_copy_open(learning->service->store, &learning->copy, learning->base.model,
                         online, err) < 0)
        return -1;
    update_request_apply(&learning->request, &online->head.plan);
    return 0;
}

static int learn(struct learning *learning, struct error *err)
{
    const struct design *rows = &learning->rows.design;
    size_t n_batch = learning->request.batch_size;
    if ((learning->is_new ? begin : go_on)(learning, err) < 0)
        return -1;
    if (n_batch == 0 || n_batch > rows->n_rows)
        n_batch = (size_t)rows->n_rows;
    if (online_learn(&learning->online, rows, n_batch, &learning->call, err) < 0)
        return -1;
    learning->copy.head = learning->online.head;
    learning->copy.revision++;
    learning->copy.updated_at = clock_wall_microseconds();
    return 0;
}

/* ---- keeping ---- */

static int write_answer(struct learning *learning, struct error *err)
{
    struct response *response = &learning->exchange->response;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    update_json_write(&json, learning->name, &learning->copy, &learning->call);
    json_write_end_object(&json);
    return buffer_check(&response->body, err);
}

static int commit(struct learning *learning, const struct buffer *meta,
                  struct store_blob_writer *blob, struct error *err)
{
    struct store *store = learning->service->store;
    struct store_change changes[1 + IDEMPOTENCY_MAX_CHANGES];
    char revision[24];
    size_t n = 0;
    snprintf(revision, sizeof(revision), "%" PRIu64, learning->copy.revision);
    changes[0] = update_copy_put(&learning->copy, learning->name, meta, blob);
    if (idempotency_remember(learning->idempotency, store, 200, revision,
                             learning->exchange->response.body.bytes, changes + 1, &n,
                             err) < 0)
        return -1;
    return store_commit(store, changes, 1 + n, err);
}

/* The answer is written first: nothing may fail once the copy is kept. */
static int keep(struct learning *learning, struct error *err)
{
    struct store *store = learning->service->store;
    struct buffer meta = BUFFER_EMPTY;
    struct store_blob_writer *blob = NULL;
    update_copy_pack(&learning->copy, &meta);
    int result = buffer_check(&meta, err);
    if (result == 0)
        result = write_answer(learning, err);
    if (result == 0) {
        blob = update_copy_seal(store, learning->name, &learning->online, &meta, err);
        result = blob ? commit(learning, &meta, blob, err) : -1;
    }
    if (result == 0)
        precondition_tag(&learning->exchange->response, learning->copy.revision);
    else
        store_blob_abandon(blob);
    buffer_free(&meta);
    return result;
}

/* ---- the whole ---- */

/* 1: the answer, 412, is made. */
static int check_revision(struct learning *learning)
{
    if (precondition_holds(&learning->exchange->request, learning->copy.revision))
        return 0;
    problem_respond_status(learning->exchange, 412, "precondition_failed",
                           "the working copy is not as the request expects it; read it "
                           "again");
    return 1;
}

static bool is_libsvm(const struct request *http)
{
    char type[64];
    return request_media_type(http, type, sizeof(type)) &&
           strcmp(type, UPDATE_LEARN_LIBSVM) == 0;
}

/* 0: all can be used, or there are problems. */
static int read_request(struct learning *learning, struct error *err)
{
    const struct request *http = &learning->exchange->request;
    struct update_request *request = &learning->request;
    request->is_libsvm = is_libsvm(http);
    if (!request->is_libsvm && update_request_read(request, http->body, http->body_bytes,
                                                   learning->problems, err) < 0)
        return -1;
    if (!request->is_libsvm && !request->lists.members.is_object)
        return 0;
    if (find_base(learning, err) < 0)
        return -1;
    if (!learning->base.model)
        return 0;
    return update_rows_read(&learning->rows, learning->base.model, request, http->body,
                            http->body_bytes, &learning->service->budget,
                            learning->problems, err);
}

static int run(struct learning *learning, struct error *err)
{
    if (!exists(learning))
        return registry_find(learning->service->registry, learning->name, &learning->base,
                             err);
    learning->copy = update_copy_find(learning->service->store, learning->name);
    int answered = check_revision(learning);
    if (answered || read_request(learning, err) < 0)
        return answered ? 0 : -1;
    if (learning->problems->n > 0)
        return 0;
    return learn(learning, err) < 0 ? -1 : keep(learning, err);
}

int update_learn(struct service *service, struct exchange *exchange,
                 struct idempotency *idempotency, struct problem_list *problems,
                 struct error *err)
{
    struct learning learning = {.service = service,
                                .exchange = exchange,
                                .idempotency = idempotency,
                                .problems = problems,
                                .name = exchange->request.params[0]};
    int result = run(&learning, err);
    online_free(&learning.online);
    update_rows_free(&learning.rows);
    update_copy_free(&learning.copy);
    update_request_free(&learning.request);
    model_release(learning.base.model);
    budget_release(&service->budget, learning.reserved_bytes);
    return result;
}
