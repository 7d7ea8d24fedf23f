#include "api/job_event_json.h"

#include <string.h>

#include "api/job_json.h"
#include "api/registry.h"
#include "core/base/clock.h"

static void write_count(struct json_writer *json, const char *key, uint64_t n)
{
    if (n > 0)
        json_write_member_integer(json, key, (int64_t)n);
    else
        json_write_member_null(json, key);
}

static void write_step(struct json_writer *json, const struct job_step *step)
{
    json_write_member_integer(json, "iteration", (int64_t)step->iteration);
    write_count(json, "epoch", step->epoch);
    json_write_member_number(json, "objective", step->objective);
    json_write_member_number(json, "gradient_norm", step->gradient_norm);
    json_write_member_number(json, "step", step->step);
    json_write_member_number(json, "validation_loss", step->validation_loss);
    json_write_member_number(json, "seconds", step->seconds);
    json_write_member_number(json, "eta_seconds", step->eta_seconds);
}

static void write_stage(struct json_writer *json, const struct job_event *event)
{
    json_write_member_string(json, "stage", event->word);
    write_count(json, "part", event->part);
    write_count(json, "n_parts", event->n_parts);
}

static void write_warning(struct json_writer *json, const struct job_event *event)
{
    json_write_member_string(json, "code", event->word);
    json_write_member_string(json, "detail", event->detail);
}

/* "admissions/3"; NULL where nothing was made. */
static void write_result(struct json_writer *json, const char *result)
{
    const char *slash = result ? strrchr(result, '/') : NULL;
    json_write_key(json, "model");
    if (slash)
        json_write_text(json, result, (size_t)(slash - result));
    else
        json_write_null(json);
    write_count(json, "version", slash ? registry_parse_version(slash + 1) : 0);
}

void job_event_json_write(struct json_writer *json, const struct job_log_view *view)
{
    const struct job_event *event = view->event;
    char when[CLOCK_TEXT_BYTES];
    json_write_begin_object(json);
    json_write_member_integer(json, "id", (int64_t)event->id);
    json_write_member_string(json, "type", job_log_word(event->kind));
    json_write_member_string(json, "at", clock_text(event->at, when));
    json_write_member_integer(json, "attempt", event->attempt);
    json_write_member_integer(json, "n_dropped", (int64_t)event->n_dropped);
    if (event->kind == JOB_EVENT_ITERATION)
        write_step(json, &event->step);
    else if (event->kind == JOB_EVENT_STAGE)
        write_stage(json, event);
    else if (event->kind == JOB_EVENT_WARNING)
        write_warning(json, event);
    else if (event->kind == JOB_EVENT_FAILED)
        job_json_write_error(json, view->error);
    else if (event->kind == JOB_EVENT_SUCCEEDED || event->kind == JOB_EVENT_CANCELLED)
        write_result(json, view->result);
    json_write_end_object(json);
}
