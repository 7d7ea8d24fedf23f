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

JOB_FIELD_STRING(read_column, fit.split.column)

static JOB_FIELD(read_level)
{
    struct job_request *request = context;
    int status = level_list_read(&request->held_out, value, pointer, problems, err);
    request->fit.split.held_out = request->held_out.texts;
    request->fit.split.n_held_out = request->held_out.n;
    return status;
}

static JOB_FIELD(read_train)
{
    struct job_request *request = context;
    int status = level_list_read(&request->fitted, value, pointer, problems, err);
    request->fit.split.fitted = request->fitted.texts;
    request->fit.split.n_fitted = request->fitted.n;
    return status;
}

static bool has(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    return member && !json_is_null(member);
}

/* One way, and of a column the level. */
static void check_way(const json_t *value, const char *pointer,
                      struct problem_list *problems)
{
    char at[PROBLEM_POINTER_BYTES];
    bool has_column = has(value, "column");
    int n = has(value, "fraction") + has(value, "dataset") + has_column;
    if (n != 1)
        problem_report(problems, n > 1 ? ERROR_INVALID : ERROR_MISSING_FIELD, pointer,
                       "give one of these: the fraction of rows to hold out, the column "
                       "that says which, or a dataset");
    if (has_column && !has(value, "level"))
        problem_report(problems, ERROR_MISSING_FIELD,
                       problem_pointer(at, pointer, "level"),
                       "name the level of the rows that are held out");
    for (size_t i = 0; !has_column && i < 2; i++) {
        const char *name = i ? "train" : "level";
        if (has(value, name))
            problem_report(problems, ERROR_INVALID, problem_pointer(at, pointer, name),
                           "is of a column; name that, too");
    }
}

JOB_FIELD(job_validation_fields_validation)
{
    static const struct json_field fields[] = {{"fraction", false, read_fraction},
                                               {"dataset", false, read_dataset},
                                               {"column", false, read_column},
                                               {"level", false, read_level},
                                               {"train", false, read_train}};
    struct job_request *request = context;
    request->fit.is_validated = true;
    if (json_is_object(value))
        check_way(value, pointer, problems);
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
