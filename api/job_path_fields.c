#include "api/job_path_fields.h"

#include "api/job_field.h"
#include "core/base/memory.h"

#define USUAL_LAMBDAS 100
#define USUAL_RATIO 1e-4
#define USUAL_FOLDS 10
#define INTEGER_MOST 1000000

static JOB_FIELD(read_n_lambdas)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 2, PATH_MOST_LAMBDAS, problems, &n))
        request->fit.path.n_lambdas = (size_t)n;
    return 0;
}

static JOB_FIELD(read_min_ratio)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems, &request->fit.path.min_ratio);
    return 0;
}

static JOB_FIELD(read_alpha)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, false, problems, &request->fit.path.alpha);
    return 0;
}

static JOB_FIELD(read_lambdas)
{
    struct job_request *request = context;
    char at[PROBLEM_POINTER_BYTES];
    size_t n = json_array_size(value), n_read = 0;
    if (!json_is_array(value) || n == 0 || n > PATH_MOST_LAMBDAS) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an array of 1 to %u numbers", PATH_MOST_LAMBDAS);
        return 0;
    }
    request->lambdas = memory_new(n, sizeof(*request->lambdas), err);
    if (!request->lambdas)
        return -1;
    for (size_t i = 0; i < n; i++)
        n_read += json_fields_number(json_array_get(value, i),
                                     problem_pointer_at(at, pointer, i), 0, true,
                                     problems, &request->lambdas[n_read]);
    request->fit.path.lambdas = request->lambdas;
    return 0;
}

JOB_FIELD(job_path_fields_path)
{
    static const struct json_field fields[] = {{"n_lambdas", false, read_n_lambdas},
                                               {"min_ratio", false, read_min_ratio},
                                               {"lambdas", false, read_lambdas},
                                               {"alpha", false, read_alpha}};
    struct job_request *request = context;
    struct path_options *path = &request->fit.path;
    path->n_lambdas = USUAL_LAMBDAS;
    path->min_ratio = USUAL_RATIO;
    path->alpha = 1;
    if (json_fields_read(value, pointer, fields, JOB_FIELD_COUNT(fields), context,
                         problems, err) < 0)
        return -1;
    if (!path->lambdas)
        return 0;
    if (json_object_get(value, "n_lambdas") || json_object_get(value, "min_ratio"))
        problem_report(problems, ERROR_INVALID, pointer,
                       "lambdas are given, or made by n_lambdas and min_ratio; leave out "
                       "one of both");
    path->n_lambdas = json_array_size(json_object_get(value, "lambdas"));
    return 0;
}

static JOB_FIELD(read_folds)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 2, INTEGER_MOST, problems, &n))
        request->fit.path.n_folds = (size_t)n;
    return 0;
}

JOB_FIELD_STRING(read_column, fit.fold)

static JOB_FIELD(read_choose)
{
    static const char *const words[] = {"min", "one_standard_error"};
    struct job_request *request = context;
    int i = job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems);
    (void)err;
    if (i >= 0)
        request->fit.path.one_standard_error = i == 1;
    return 0;
}

JOB_FIELD(job_path_fields_cross_validation)
{
    static const struct json_field fields[] = {{"folds", false, read_folds},
                                               {"column", false, read_column},
                                               {"choose", false, read_choose}};
    struct job_request *request = context;
    const json_t *folds = json_object_get(value, "folds");
    request->fit.path.n_folds = USUAL_FOLDS;
    if (json_fields_read(value, pointer, fields, JOB_FIELD_COUNT(fields), context,
                         problems, err) < 0)
        return -1;
    if (!request->fit.fold)
        return 0;
    request->fit.path.n_folds = 0; /* as many as the column has */
    if (folds && !json_is_null(folds))
        problem_report(problems, ERROR_INVALID, pointer,
                       "folds are dealt out, or named by a column; leave out one of "
                       "both");
    return 0;
}
