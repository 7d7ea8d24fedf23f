#include "api/job_run_fields.h"

#include "api/job_field.h"

JOB_FIELD(job_run_fields_dry_run)
{
    struct job_request *request = context;
    (void)err;
    json_fields_bool(value, pointer, problems, &request->dry_run);
    return 0;
}

JOB_FIELD(job_run_fields_warm_start)
{
    struct job_request *request = context;
    (void)err;
    json_fields_string(value, pointer, problems, &request->warm_start);
    return 0;
}

JOB_FIELD(job_run_fields_time_limit)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems, &request->time_limit_seconds);
    return 0;
}

JOB_FIELD(job_run_fields_on_time_limit)
{
    static const char *const words[] = {"fail", "keep"};
    struct job_request *request = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        request->keep_on_time_limit = i == 1;
    return 0;
}

JOB_FIELD(job_run_fields_publish_on_cancel)
{
    struct job_request *request = context;
    (void)err;
    json_fields_bool(value, pointer, problems, &request->publish_on_cancel);
    return 0;
}
