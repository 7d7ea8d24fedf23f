#include "api/job_json.h"

#include <string.h>

#include "api/job_request.h"
#include "api/model_json.h"
#include "api/problem_shape.h"
#include "api/service_internal.h"
#include "core/base/clock.h"

int job_json_refresh(struct service *service, const struct store_record *stored,
                     struct job_record *record, struct error *err)
{
    int found = jobs_find(service->jobs, stored->key, record, err);
    if (found != 0)
        return found > 0 ? 0 : -1;
    /* It may have ended since `stored` was read. */
    const struct store_record *newest =
        store_find(service->store, STORE_JOB, stored->key);
    const struct store_record *source = newest ? newest : stored;
    int result = job_record_unpack(record, source->meta, source->meta_bytes, err);
    store_release(newest);
    return result;
}

int job_json_find(struct service *service, const char *id, struct job_record *record,
                  struct error *err)
{
    const struct store_record *stored = store_find(service->store, STORE_JOB, id);
    if (!stored)
        return error_set(err, ERROR_NOT_FOUND, "there is no such job");
    int result = job_json_refresh(service, stored, record, err);
    store_release(stored);
    return result;
}

/* ---- writing ---- */

static void write_time(struct json_writer *json, const char *key, int64_t when)
{
    char text[CLOCK_TEXT_BYTES];
    json_write_member_string(json, key, when > 0 ? clock_text(when, text) : NULL);
}

static void write_progress(struct json_writer *json, const struct job_progress *progress)
{
    json_write_key(json, "progress");
    json_write_begin_object(json);
    json_write_member_string(json, "stage", progress->stage[0] ? progress->stage : NULL);
    json_write_member_number(json, "fraction", progress->fraction);
    json_write_member_integer(json, "iteration", (int64_t)progress->iteration);
    json_write_member_number(json, "objective", progress->objective);
    json_write_member_number(json, "gradient_norm", progress->gradient_norm);
    json_write_member_number(json, "eta_seconds", progress->eta_seconds);
    json_write_end_object(json);
}

/* "admissions/3" → 3; 0 where nothing was made. */
static uint64_t version_of(const struct job_record *record)
{
    const char *slash = record->result ? strrchr(record->result, '/') : NULL;
    return slash ? registry_parse_version(slash + 1) : 0;
}

static void write_result(struct service *service, const char *model, uint64_t version,
                         struct json_writer *json)
{
    struct registry_found found = {0};
    json_write_member_string(json, "model", model);
    if (version > 0)
        json_write_member_integer(json, "version", (int64_t)version);
    else
        json_write_member_null(json, "version");
    json_write_key(json, "fit");
    if (version > 0 &&
        registry_find_version(service->registry, model, version, &found, NULL) == 0)
        model_json_write_fit(json, found.model);
    else
        json_write_null(json);
    model_release(found.model);
}

/* The particulars of our own faults are for the log, most of them. */
void job_json_write_error(struct json_writer *json, const struct error *error)
{
    bool is_fault = !error_is_told(error->code);
    json_write_key(json, "error");
    if (!error_is_set(error)) {
        json_write_null(json);
        return;
    }
    json_write_begin_object(json);
    if (error->place[0] && !is_fault)
        problem_shape_write_place(json, error->place);
    json_write_member_string(json, "code", error_word(error->code));
    json_write_member_string(json, "detail",
                             is_fault ? "the service failed; its log tells more"
                                      : error->message);
    json_write_end_object(json);
}

int job_json_write(struct service *service, const struct job_record *record,
                   struct json_writer *json, struct error *err)
{
    struct job_request_head head = {0};
    if (job_request_read_head(&head, record->request, record->request_bytes, err) < 0)
        return -1;
    json_write_begin_object(json);
    json_write_member_string(json, "id", record->id);
    json_write_member_string(json, "state", job_record_state_word(record->state));
    write_time(json, "created_at", record->created_at);
    write_time(json, "started_at", record->started_at);
    write_time(json, "finished_at", record->finished_at);
    json_write_member_integer(json, "attempt", record->attempt);
    write_progress(json, &record->progress);
    json_write_key(json, "request");
    json_write_raw(json, head.echo, strlen(head.echo));
    write_result(service, head.model, version_of(record), json);
    job_json_write_error(json, &record->error);
    json_write_end_object(json);
    job_request_free_head(&head);
    return 0;
}
