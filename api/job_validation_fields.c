#include "api/job_validation_fields.h"

#include "api/job_field.h"

#define PATIENCE_MOST 1000000000

static JOB_FIELD(read_fraction)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems,
                       &request->fit.validation_fraction);
    return 0;
}

static JOB_FIELD(read_dataset)
{
    struct job_request *request = context;
    (void)err;
    json_fields_string(value, pointer, problems, &request->validation_dataset);
    return 0;
}

JOB_FIELD(job_validation_fields_validation)
{
    static const struct json_field fields[] = {{"fraction", false, read_fraction},
                                               {"dataset", false, read_dataset}};
    struct job_request *request = context;
    const json_t *fraction = json_object_get(value, "fraction");
    const json_t *dataset = json_object_get(value, "dataset");
    bool has_fraction = fraction && !json_is_null(fraction);
    bool has_dataset = dataset && !json_is_null(dataset);
    request->fit.is_validated = true;
    if (json_is_object(value) && has_fraction == has_dataset)
        problem_report(problems, has_dataset ? ERROR_INVALID : ERROR_MISSING_FIELD,
                       pointer,
                       "give either the fraction of rows to hold out, or a dataset");
    return json_fields_read(value, pointer, fields, JOB_FIELD_COUNT(fields), context,
                            problems, err);
}

static JOB_FIELD(read_patience)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, PATIENCE_MOST, problems, &n))
        request->fit.patience = (uint64_t)n;
    return 0;
}

JOB_FIELD(job_validation_fields_early_stopping)
{
    static const struct json_field fields[] = {{"patience", true, read_patience}};
    return json_fields_read(value, pointer, fields, JOB_FIELD_COUNT(fields), context,
                            problems, err);
}
