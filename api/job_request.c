#include "api/job_request.h"

#include <string.h>

#include "api/job_fields.h"
#include "api/json_fields.h"
#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/jobs/job_record.h"
#include "core/text/json_write.h"

#define FORMAT_VERSION 2

void job_request_free(struct job_request *request)
{
    json_decref(request->json);
    model_release(request->start_model);
    memory_free(request->metadata);
    memory_free(request->features);
    memory_free(request->columns);
    memory_free(request->factors);
    level_list_free(&request->held_out);
    level_list_free(&request->fitted);
    memory_free(request->lambdas);
    memory_free(request->rates);
    dataset_table_close(&request->validation_data);
    *request = (struct job_request){0};
}

/* Exactly one of dataset and data. */
static void check_source(const struct job_request *request, struct problem_list *problems)
{
    const json_t *dataset = json_object_get(request->json, "dataset");
    bool has_dataset = dataset && !json_is_null(dataset);
    if (has_dataset && request->has_data)
        problem_report(problems, ERROR_INVALID, "/data",
                       "give either dataset or data, not both");
    else if (json_is_object(request->json) && !has_dataset && !request->has_data)
        problem_report(problems, ERROR_MISSING_FIELD, "/dataset",
                       "name a dataset, or send data inline");
}

static void check_target(const struct job_request *request, struct problem_list *problems)
{
    const json_t *target = json_object_get(request->json, "target");
    const json_t *formula = json_object_get(request->json, "formula");
    if (json_is_object(request->json) && (!target || json_is_null(target)) &&
        (!formula || json_is_null(formula)))
        problem_report(problems, ERROR_MISSING_FIELD, "/target",
                       "name the column to predict, or give a formula");
}

/* What is said of weights when there are none would be passed over without a word. */
static void check_weights(const struct job_request *request,
                          struct problem_list *problems)
{
    const json_t *kind = json_object_get(request->json, "weight_kind");
    const json_t *weights = json_object_get(request->json, "weights");
    bool has_weights = weights && !json_is_null(weights);
    if (json_is_string(kind) && !has_weights)
        problem_report(problems, ERROR_INVALID, "/weight_kind",
                       "there are no weights that this could be the kind of; name their "
                       "column in \"weights\", or leave it out");
}

/* What is said of a limit when there is none, likewise. */
static void check_time_limit(const struct job_request *request,
                             struct problem_list *problems)
{
    const json_t *word = json_object_get(request->json, "on_time_limit");
    const json_t *limit = json_object_get(request->json, "time_limit_seconds");
    if (json_is_string(word) && (!limit || json_is_null(limit)))
        problem_report(problems, ERROR_INVALID, "/on_time_limit",
                       "there is no time limit; set \"time_limit_seconds\", or leave it "
                       "out");
}

/* Several fits have no best iterate before they have all ended. */
static void check_keeping(const struct job_request *request,
                          struct problem_list *problems)
{
    static const char message[] =
        "a path or cross-validation leaves nothing when it is stopped; leave this out";
    const struct fit_request *fit = &request->fit;
    if (fit->path.n_lambdas == 0 && fit->path.n_folds == 0 && !fit->fold)
        return;
    if (request->publish_on_cancel)
        problem_report(problems, ERROR_UNSUPPORTED, "/publish_on_cancel", message);
    if (request->keep_on_time_limit)
        problem_report(problems, ERROR_UNSUPPORTED, "/on_time_limit", message);
}

int job_request_read(struct job_request *request, const char *body, size_t n_bytes,
                     struct problem_list *problems, struct error *err)
{
    request->fit = fit_defaults;
    request->json = json_fields_parse(body, n_bytes, err);
    if (!request->json || job_fields_read(request, problems, err) < 0)
        return -1;
    check_target(request, problems);
    check_source(request, problems);
    check_weights(request, problems);
    check_time_limit(request, problems);
    check_keeping(request, problems);
    return 0;
}

int job_request_outline_data(struct job_request *request, const struct summary *summary,
                             struct error *err)
{
    json_t *outline = json_object();
    json_t *names = json_array();
    int result = outline && names ? 0 : -1;
    for (size_t j = 0; result == 0 && j < summary->n_columns_kept; j++)
        result = json_array_append_new(names, json_string(summary->columns[j].name));
    if (result == 0)
        result = json_object_set(outline, "columns", names);
    if (result == 0)
        result = json_object_set_new(outline, "n_rows",
                                     json_integer((json_int_t)summary->n_rows));
    if (result == 0)
        result = json_object_set(request->json, "data", outline);
    json_decref(names);
    json_decref(outline);
    return result == 0 ? 0
                       : error_set(err, ERROR_NO_MEMORY, "not enough memory for the job");
}

/* ---- as bytes ---- */

void job_request_pack(const struct job_request *request, struct buffer *out)
{
    struct buffer echo = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&echo);
    json_fields_write(request->json, &json);
    pack_u32(out, FORMAT_VERSION);
    pack_string(out, request->model);
    pack_string(out, request->dataset);
    pack_string(out, request->validation_dataset);
    pack_string(out, echo.bytes);
    out->failed |= echo.failed;
    buffer_free(&echo);
}

void job_request_free_head(struct job_request_head *head)
{
    memory_free(head->model);
    memory_free(head->dataset);
    memory_free(head->validation);
    memory_free(head->echo);
    *head = (struct job_request_head){0};
}

int job_request_read_head(struct job_request_head *head, const void *bytes,
                          size_t n_bytes, struct error *err)
{
    struct pack_reader in = {.bytes = bytes, .n_bytes = n_bytes};
    struct job_request_head fresh = {0};
    struct error why = {0};
    uint32_t version = pack_read_u32(&in);
    fresh.model = pack_read_string(&in, &why);
    fresh.dataset = pack_read_string(&in, &why);
    fresh.validation = pack_read_string(&in, &why);
    fresh.echo = pack_read_string(&in, &why);
    if (!error_is_set(&why) && pack_check_end(&in, &why) == 0 &&
        (version != FORMAT_VERSION || !fresh.model || !fresh.echo))
        error_set(&why, ERROR_FORMAT_VERSION, "the job's request has an unknown format");
    if (error_is_set(&why)) {
        job_request_free_head(&fresh);
        return error_copy(err, &why);
    }
    *head = fresh;
    return 0;
}

int job_request_unpack(struct job_request *request, const void *bytes, size_t n_bytes,
                       struct error *err)
{
    struct job_request_head head = {0};
    struct problem_list problems = {0};
    if (job_request_read_head(&head, bytes, n_bytes, err) < 0)
        return -1;
    int result = job_request_read(request, head.echo, strlen(head.echo), &problems, err);
    if (result == 0 && problems.n > 0)
        result = error_set(err, ERROR_UNSUPPORTED,
                           "the job asks for what this version does not offer");
    problem_list_free(&problems);
    job_request_free_head(&head);
    return result;
}

/* Of a job that has ended it stays all zero. */
static int read_live_head(const struct store_record *stored,
                          struct job_request_head *head, struct error *err)
{
    struct job_record job = {0};
    if (job_record_unpack(&job, stored->meta, stored->meta_bytes, err) < 0)
        return -1;
    bool is_live = job.state == JOB_QUEUED || job.state == JOB_RUNNING;
    int result =
        is_live ? job_request_read_head(head, job.request, job.request_bytes, err) : 0;
    job_record_free(&job);
    return result;
}

bool job_request_is_live_on(const struct store_record *stored, const char *dataset)
{
    struct error err = {0};
    struct job_request_head head = {0};
    if (read_live_head(stored, &head, &err) < 0)
        return err.code == ERROR_NO_MEMORY; /* then it may be */
    bool is_user = (head.dataset && strcmp(head.dataset, dataset) == 0) ||
                   (head.validation && strcmp(head.validation, dataset) == 0);
    job_request_free_head(&head);
    return is_user;
}
