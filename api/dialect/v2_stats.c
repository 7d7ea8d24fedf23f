#include "api/dialect/v2_stats.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/dialect/v2_catalogue.h"
#include "api/model_path.h"
#include "api/problem.h"
#include "api/service_internal.h"

static void write_duration(struct json_writer *json, const char *key, uint64_t n,
                           uint64_t nanoseconds)
{
    json_write_key(json, key);
    json_write_begin_object(json);
    json_write_member_integer(json, "count", (int64_t)n);
    json_write_member_integer(json, "ns", (int64_t)nanoseconds);
    json_write_end_object(json);
}

static void write_empty(struct json_writer *json, const char *key)
{
    json_write_key(json, key);
    json_write_begin_array(json);
    json_write_end_array(json);
}

/* Nothing waits in a queue, and there is no cache. */
static void write_inference_stats(struct json_writer *json,
                                  const struct usage_counts *counts)
{
    uint64_t n = counts->n_answered;
    json_write_key(json, "inference_stats");
    json_write_begin_object(json);
    write_duration(json, "success", n,
                   counts->read_ns + counts->score_ns + counts->write_ns);
    write_duration(json, "fail", counts->n_failed, counts->failed_ns);
    write_duration(json, "queue", n, 0);
    write_duration(json, "compute_input", n, counts->read_ns);
    write_duration(json, "compute_infer", n, counts->score_ns);
    write_duration(json, "compute_output", n, counts->write_ns);
    write_duration(json, "cache_hit", 0, 0);
    write_duration(json, "cache_miss", 0, 0);
    json_write_end_object(json);
}

static void write_stats(void *context, const char *name, uint64_t version,
                        struct model *model)
{
    struct json_writer *json = context;
    struct usage_counts counts = usage_read(&model->usage);
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, version);
    json_write_begin_object(json);
    json_write_member_string(json, "name", name);
    json_write_member_string(json, "version", text);
    json_write_member_integer(json, "last_inference", counts.last_microseconds / 1000);
    json_write_member_integer(json, "inference_count", (int64_t)counts.n_rows);
    json_write_member_integer(json, "execution_count", (int64_t)counts.n_answered);
    write_inference_stats(json, &counts);
    json_write_key(json, "response_stats");
    json_write_begin_object(json);
    json_write_end_object(json);
    write_empty(json, "batch_stats");
    write_empty(json, "memory_usage");
    json_write_end_object(json);
}

/* Of which versions. */
typedef int visit_fn(struct service *service, char *const *params,
                     struct json_writer *json, struct error *err);

static int visit_all(struct service *service, char *const *params,
                     struct json_writer *json, struct error *err)
{
    (void)params;
    return v2_catalogue_visit(service, write_stats, json, err);
}

static int visit_model(struct service *service, char *const *params,
                       struct json_writer *json, struct error *err)
{
    return v2_catalogue_visit_model(service, params[0], write_stats, json, err);
}

static int visit_version(struct service *service, char *const *params,
                         struct json_writer *json, struct error *err)
{
    struct registry_found found;
    if (model_path_lookup(service, MODEL_PATH_BY_VERSION, params[0], params[1], &found,
                          err) < 0)
        return -1;
    write_stats(json, params[0], found.version, found.model);
    model_release(found.model);
    return 0;
}

static int write(struct service *service, struct exchange *exchange, visit_fn *visit,
                 struct error *err)
{
    struct response *response = &exchange->response;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    json_write_key(&json, "model_stats");
    json_write_begin_array(&json);
    if (visit(service, exchange->request.params, &json, err) < 0)
        return -1;
    json_write_end_array(&json);
    json_write_end_object(&json);
    return response_reserve(response, &service->budget, err);
}

static void respond(struct service *service, struct exchange *exchange, visit_fn *visit)
{
    struct error err = {0};
    if (write(service, exchange, visit, &err) < 0)
        problem_respond(exchange, &err);
    exchange_complete(exchange);
}

void v2_stats_all(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, visit_all);
}

void v2_stats_model(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, visit_model);
}

void v2_stats_version(struct service *service, struct exchange *exchange)
{
    respond(service, exchange, visit_version);
}
