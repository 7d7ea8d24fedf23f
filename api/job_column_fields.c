#include "api/job_column_fields.h"

#include "api/job_field.h"
#include "core/base/memory.h"

static JOB_FIELD(read_column_type)
{
    static const char *const words[] = {"numeric", "categorical", "ignore"};
    struct fit_column *column = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i == 0)
        column->type = COLUMN_NUMERIC;
    else if (i == 1)
        column->type = COLUMN_CATEGORICAL;
    column->ignore = i == 2;
    return 0;
}

static JOB_FIELD(read_column_reference)
{
    struct fit_column *column = context;
    (void)err;
    json_fields_string(value, pointer, problems, &column->reference);
    return 0;
}

/* As in enum missing_policy. */
static const char *const missing_words[] = {"error", "drop", "mean", "indicator",
                                            "level"};

static JOB_FIELD(read_column_missing)
{
    struct fit_column *column = context;
    (void)err;
    column->missing = job_field_word(value, pointer, missing_words,
                                     JOB_FIELD_COUNT(missing_words), problems);
    return 0;
}

static JOB_FIELD(read_column_unseen)
{
    static const char *const words[] = {"error", "reference", "ignore", "other"};
    struct fit_column *column = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        column->unseen = (enum unseen_policy)(UNSEEN_ERROR + i);
    return 0;
}

static JOB_FIELD(read_column_min_count)
{
    struct fit_column *column = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, INT64_MAX, problems, &n))
        column->min_count = (uint64_t)n;
    return 0;
}

static JOB_FIELD(read_column_max_levels)
{
    struct fit_column *column = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, INPUT_MAX_LEVELS, problems, &n))
        column->max_levels = (size_t)n;
    return 0;
}

/* The last word is for categories alone, which take it where this one says mean. */
JOB_FIELD(job_column_fields_missing)
{
    struct job_request *request = context;
    int i = job_field_word(value, pointer, missing_words,
                           JOB_FIELD_COUNT(missing_words) - 1, problems);
    (void)err;
    if (i >= 0)
        request->fit.missing = (enum missing_policy)i;
    return 0;
}

JOB_FIELD(job_column_fields_columns)
{
    static const struct json_field fields[] = {
        {"type", false, read_column_type},
        {"reference", false, read_column_reference},
        {"missing", false, read_column_missing},
        {"unseen", false, read_column_unseen},
        {"min_count", false, read_column_min_count},
        {"max_levels", false, read_column_max_levels}};
    struct job_request *request = context;
    const char *name;
    json_t *entry;
    char at[PROBLEM_POINTER_BYTES];
    if (!json_is_object(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an object of columns by name");
        return 0;
    }
    request->columns =
        memory_new(json_object_size(value), sizeof(*request->columns), err);
    if (!request->columns)
        return -1;
    request->fit.columns = request->columns;
    json_object_foreach((json_t *)value, name, entry)
    {
        struct fit_column *column = &request->columns[request->fit.n_columns++];
        *column = (struct fit_column){.name = name, .type = -1, .missing = -1};
        if (json_fields_read(entry, problem_pointer(at, pointer, name), fields,
                             JOB_FIELD_COUNT(fields), column, problems, err) < 0)
            return -1;
    }
    return 0;
}

JOB_FIELD(job_column_fields_features)
{
    struct job_request *request = context;
    char at[PROBLEM_POINTER_BYTES];
    size_t n = json_array_size(value);
    if (!json_is_array(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an array of column names");
        return 0;
    }
    request->features = memory_new(n, sizeof(*request->features), err);
    if (!request->features)
        return -1;
    request->fit.features = request->features;
    for (size_t i = 0; i < n; i++)
        if (json_fields_string(json_array_get(value, i),
                               problem_pointer_at(at, pointer, i), problems,
                               &request->features[request->fit.n_features]))
            request->fit.n_features++;
    return 0;
}
