#include "api/handlers/handle_meta.h"

#include "api/problem.h"
#include "api/service_internal.h"
#include "api/usage_metrics.h"
#include "core/text/json_write.h"

static void answer_status(struct exchange *exchange, const char *status)
{
    response_start_json(&exchange->response, 200);
    struct json_writer json = json_write_start(&exchange->response.body);
    json_write_begin_object(&json);
    json_write_member_string(&json, "status", status);
    json_write_end_object(&json);
    exchange_complete(exchange);
}

void handle_meta_livez(struct service *service, struct exchange *exchange)
{
    (void)service;
    answer_status(exchange, "live");
}

void handle_meta_readyz(struct service *service, struct exchange *exchange)
{
    if (service_is_ready(service)) {
        answer_status(exchange, "ready");
        return;
    }
    problem_respond_status(exchange, 503, "not_ready",
                           store_is_healthy(service->store)
                               ? "the service is shutting down"
                               : "the store is read-only after a failed write");
    exchange_complete(exchange);
}

void handle_meta_version(struct service *service, struct exchange *exchange)
{
    (void)service;
    response_start_json(&exchange->response, 200);
    struct json_writer json = json_write_start(&exchange->response.body);
    json_write_begin_object(&json);
    json_write_member_string(&json, "name", "logitd");
    json_write_member_string(&json, "version", LOGITD_VERSION);
    json_write_member_string(&json, "api", "v1");
    json_write_end_object(&json);
    exchange_complete(exchange);
}

/* ---- metrics ---- */

static void write_jobs(struct service *service, struct buffer *out)
{
    struct jobs_stats stats;
    jobs_stats(service->jobs, &stats);
    metrics_write_family(out, "logitd_jobs", "gauge", "Live jobs by state.");
    metrics_write_sample(out, "logitd_jobs", "state", "queued", (double)stats.n_queued);
    metrics_write_sample(out, "logitd_jobs", "state", "running", (double)stats.n_running);
    metrics_write_family(out, "logitd_jobs_ended_total", "counter",
                         "Jobs that ended since the start, by how they ended.");
    for (int i = JOB_SUCCEEDED; i < JOB_N_STATES; i++)
        metrics_write_sample(out, "logitd_jobs_ended_total", "state",
                             job_record_state_word((enum job_state)i),
                             (double)stats.n_ended[i]);
    metrics_write_one(out, "logitd_job_run_seconds_total", "counter",
                      "Time that ended jobs ran.", stats.run_seconds);
    const struct latency_counts fits = latency_read(&service->fits);
    metrics_write_family(out, "logitd_fit_seconds", "histogram",
                         "Time that fits took from the first row to the model.");
    metrics_write_histogram(out, "logitd_fit_seconds", "", &fits);
}

static void write_store(struct service *service, struct buffer *out)
{
    static const char *const kinds[STORE_KIND_END] = {[STORE_DATASET] = "dataset",
                                                      [STORE_MODEL] = "model",
                                                      [STORE_VERSION] = "version",
                                                      [STORE_ALIAS] = "alias",
                                                      [STORE_JOB] = "job",
                                                      [STORE_IDEMPOTENCY] =
                                                          "idempotency_key",
                                                      [STORE_CHECKPOINT] = "checkpoint",
                                                      [STORE_UPDATE] = "update"};
    struct store_stats stats;
    store_stats(service->store, &stats);
    metrics_write_family(out, "logitd_store_records", "gauge", "Records kept, by kind.");
    for (int i = STORE_DATASET; i < STORE_KIND_END; i++)
        metrics_write_sample(out, "logitd_store_records", "kind", kinds[i],
                             (double)stats.n_records[i]);
    metrics_write_family(out, "logitd_store_blob_bytes", "gauge", "Blobs kept, by kind.");
    for (int i = STORE_DATASET; i < STORE_KIND_END; i++)
        metrics_write_sample(out, "logitd_store_blob_bytes", "kind", kinds[i],
                             (double)stats.blob_bytes[i]);
    metrics_write_one(out, "logitd_store_commits_total", "counter",
                      "Durable transactions.", (double)stats.n_commits);
    metrics_write_one(out, "logitd_store_changes_total", "counter",
                      "Changes made in them.", (double)stats.n_changes);
    metrics_write_one(out, "logitd_store_healthy", "gauge",
                      "1, or 0 once the store is read-only.",
                      store_is_healthy(service->store) ? 1 : 0);
}

static void write_service(struct service *service, struct buffer *out)
{
    metrics_write_family(out, "logitd_build_info", "gauge", "Always 1.");
    metrics_write_sample(out, "logitd_build_info", "version", LOGITD_VERSION, 1);
    metrics_write_one(out, "logitd_ready", "gauge", "1 while requests are welcome.",
                      service_is_ready(service) ? 1 : 0);
    metrics_write_one(out, "logitd_model_versions", "gauge", "Model versions served.",
                      (double)registry_n_versions(service->registry));
    metrics_write_one(out, "logitd_memory_budget_bytes", "gauge", "What --memory allows.",
                      (double)service->budget.limit);
    metrics_write_one(out, "logitd_memory_reserved_bytes", "gauge",
                      "What requests and fits have reserved of it.",
                      (double)budget_used(&service->budget));
}

void handle_meta_metrics(struct service *service, struct exchange *exchange)
{
    struct buffer *out = &exchange->response.body;
    response_start(&exchange->response, 200, "text/plain; version=0.0.4; charset=utf-8");
    write_service(service, out);
    metrics_write(service->metrics, out);
    usage_metrics_write(service->registry, service->store, out);
    write_jobs(service, out);
    write_store(service, out);
    if (service->options.write_metrics)
        service->options.write_metrics(service->options.context, out);
    exchange_complete(exchange);
}
