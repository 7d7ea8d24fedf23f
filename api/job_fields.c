#include "api/job_fields.h"

#include <string.h>

#include "api/json_fields.h"
#include "api/registry.h"
#include "core/base/memory.h"
#include "core/optim/solver.h"
#include "core/text/json_write.h"

#define METADATA_MOST_BYTES (16U << 10)
#define ITERATIONS_MOST 1000000000

/* What every reader is given: struct json_field's signature. */
#define READER(name)                                                                     \
    static int name(void *context, const json_t *value, const char *pointer,             \
                    struct problem_list *problems, struct error *err)

#define STRING_READER(name, member)                                                      \
    READER(name)                                                                         \
    {                                                                                    \
        struct job_request *request = context;                                           \
        (void)err;                                                                       \
        json_fields_string(value, pointer, problems, &request->member);                  \
        return 0;                                                                        \
    }

#define BOOL_READER(name, member)                                                        \
    READER(name)                                                                         \
    {                                                                                    \
        struct job_request *request = context;                                           \
        (void)err;                                                                       \
        json_fields_bool(value, pointer, problems, &request->member);                    \
        return 0;                                                                        \
    }

static void report_later(struct problem_list *problems, const char *pointer,
                         const char *what)
{
    problem_report(problems, ERROR_UNSUPPORTED, pointer,
                   "%s is not offered by this version; leave it out", what);
}

/* ---- words ---- */

/* The index of a string among `words`, or -1 with the problem reported. */
static int read_word(const json_t *value, const char *pointer, const char *const *words,
                     size_t n_words, struct problem_list *problems)
{
    const char *text;
    struct buffer known = BUFFER_EMPTY;
    if (!json_fields_string(value, pointer, problems, &text))
        return -1;
    for (size_t i = 0; i < n_words; i++)
        if (strcmp(words[i], text) == 0)
            return (int)i;
    for (size_t i = 0; i < n_words; i++)
        buffer_printf(&known, "%s%s", i ? ", " : "", words[i]);
    problem_report(problems, ERROR_INVALID, pointer, "must be one of: %s",
                   known.bytes ? known.bytes : "");
    buffer_free(&known);
    return -1;
}
#define N_WORDS(words) (sizeof(words) / sizeof(*(words)))

READER(read_family)
{
    static const char *const words[] = {"auto",     "binomial", "multinomial",
                                        "gaussian", "hinge",    "absolute"};
    struct job_request *request = context;
    int i = read_word(value, pointer, words, N_WORDS(words), problems);
    (void)err;
    if (i > 2)
        report_later(problems, pointer, "this family");
    else if (i >= 0)
        request->fit.family = words[i];
    return 0;
}

READER(read_algorithm)
{
    static const char *const words[] = {
        "auto", "newton",  "newton_cg", "lbfgs",   "gradient_descent",
        "sgd",  "adagrad", "adam",      "rmsprop", "coordinate_descent"};
    struct job_request *request = context;
    int i = read_word(value, pointer, words, N_WORDS(words), problems);
    (void)err;
    if (i > 0 && !solver_find(words[i]))
        report_later(problems, pointer, "this algorithm");
    else if (i >= 0)
        request->fit.algorithm = words[i];
    return 0;
}

READER(read_weight_kind)
{
    static const char *const words[] = {"frequency", "importance"};
    struct job_request *request = context;
    int i = read_word(value, pointer, words, N_WORDS(words), problems);
    (void)err;
    if (i >= 0)
        request->fit.frequency_weights = i == 0;
    return 0;
}

/* ---- columns ---- */

READER(read_column_type)
{
    static const char *const words[] = {"numeric", "categorical", "ignore"};
    struct fit_column *column = context;
    int i = read_word(value, pointer, words, N_WORDS(words), problems);
    (void)err;
    if (i == 0)
        column->type = COLUMN_NUMERIC;
    else if (i == 1)
        column->type = COLUMN_CATEGORICAL;
    column->ignore = i == 2;
    return 0;
}

READER(read_column_reference)
{
    struct fit_column *column = context;
    (void)err;
    json_fields_string(value, pointer, problems, &column->reference);
    return 0;
}

READER(read_column_missing)
{
    static const char *const words[] = {"error", "drop", "mean", "indicator", "level"};
    struct fit_column *column = context;
    int i = read_word(value, pointer, words, N_WORDS(words), problems);
    (void)err;
    if (i > 1)
        report_later(problems, pointer, "this way with missing cells");
    else if (i >= 0)
        column->missing = i == 0 ? MISSING_ERROR : MISSING_DROP;
    return 0;
}

READER(read_columns)
{
    static const struct json_field fields[] = {
        {"type", false, read_column_type},
        {"reference", false, read_column_reference},
        {"missing", false, read_column_missing}};
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
        *column = (struct fit_column){.name = name, .type = -1};
        if (json_fields_read(entry, problem_pointer(at, pointer, name), fields,
                             N_WORDS(fields), column, problems, err) < 0)
            return -1;
    }
    return 0;
}

READER(read_features)
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

/* ---- penalty ---- */

READER(read_l2)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, false, problems, &request->fit.l2);
    return 0;
}

READER(read_l1)
{
    double l1 = 0;
    (void)context;
    (void)err;
    if (json_fields_number(value, pointer, 0, false, problems, &l1) && l1 > 0)
        report_later(problems, pointer, "an l1 penalty");
    return 0;
}

READER(read_factors)
{
    struct job_request *request = context;
    const char *name;
    json_t *factor;
    char at[PROBLEM_POINTER_BYTES];
    if (!json_is_object(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an object of numbers by feature");
        return 0;
    }
    request->factors =
        memory_new(json_object_size(value), sizeof(*request->factors), err);
    if (!request->factors)
        return -1;
    request->fit.factors = request->factors;
    json_object_foreach((json_t *)value, name, factor)
    {
        struct fit_factor *next = &request->factors[request->fit.n_factors];
        next->feature = name;
        if (json_fields_number(factor, problem_pointer(at, pointer, name), 0, false,
                               problems, &next->factor))
            request->fit.n_factors++;
    }
    return 0;
}

READER(read_penalty)
{
    static const struct json_field fields[] = {
        {"l2", false, read_l2}, {"l1", false, read_l1}, {"factors", false, read_factors}};
    return json_fields_read(value, pointer, fields, N_WORDS(fields), context, problems,
                            err);
}

/* ---- how to solve ---- */

READER(read_rate_initial)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems,
                       &request->fit.solver.learning_rate);
    return 0;
}

READER(read_rate_schedule)
{
    static const char *const words[] = {"constant", "inverse_time", "inverse_sqrt",
                                        "step",     "cosine",       "line_search"};
    struct job_request *request = context;
    int i = read_word(value, pointer, words, N_WORDS(words), problems);
    (void)err;
    if (i >= 0)
        schedule_find(words[i], &request->fit.solver.schedule);
    return 0;
}

READER(read_rate_grid)
{
    (void)context;
    (void)err;
    if (!json_is_array(value))
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an array of numbers");
    else
        report_later(problems, pointer, "a grid of learning rates");
    return 0;
}

READER(read_rate_restarts)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, ITERATIONS_MOST, problems, &n))
        request->fit.solver.n_periods = (uint64_t)n;
    return 0;
}

READER(read_learning_rate)
{
    static const struct json_field fields[] = {{"initial", false, read_rate_initial},
                                               {"schedule", false, read_rate_schedule},
                                               {"restarts", false, read_rate_restarts},
                                               {"grid", false, read_rate_grid}};
    return json_fields_read(value, pointer, fields, N_WORDS(fields), context, problems,
                            err);
}

READER(read_batch_size)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, ITERATIONS_MOST, problems, &n))
        request->fit.solver.batch_size = (size_t)n;
    return 0;
}

READER(read_max_epochs)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, ITERATIONS_MOST, problems, &n))
        request->fit.solver.max_epochs = (uint64_t)n;
    return 0;
}

READER(read_momentum)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, false, problems, &request->fit.solver.momentum);
    return 0;
}

READER(read_max_iterations)
{
    struct job_request *request = context;
    int64_t n;
    (void)err;
    if (json_fields_integer(value, pointer, 1, ITERATIONS_MOST, problems, &n))
        request->fit.solver.max_iterations = (uint64_t)n;
    return 0;
}

READER(read_tolerance)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems, &request->fit.solver.tolerance);
    return 0;
}

READER(read_seed)
{
    struct job_request *request = context;
    int64_t seed;
    (void)err;
    if (json_fields_integer(value, pointer, 0, INT64_MAX, problems, &seed))
        request->fit.solver.seed = (uint64_t)seed;
    return 0;
}

READER(read_time_limit)
{
    struct job_request *request = context;
    (void)err;
    json_fields_number(value, pointer, 0, true, problems, &request->time_limit_seconds);
    return 0;
}

READER(read_statistics)
{
    struct job_request *request = context;
    bool statistics;
    (void)err;
    if (json_fields_bool(value, pointer, problems, &statistics))
        request->fit.statistics = statistics ? 1 : 0;
    return 0;
}

/* ---- of later versions: the type is checked, then the field is refused ---- */

#define LATER_STRING(name, what)                                                         \
    READER(name)                                                                         \
    {                                                                                    \
        const char *text;                                                                \
        (void)context;                                                                   \
        (void)err;                                                                       \
        if (json_fields_string(value, pointer, problems, &text))                         \
            report_later(problems, pointer, what);                                       \
        return 0;                                                                        \
    }
#define LATER_FLAG(name, what)                                                           \
    READER(name)                                                                         \
    {                                                                                    \
        bool asked;                                                                      \
        (void)context;                                                                   \
        (void)err;                                                                       \
        if (json_fields_bool(value, pointer, problems, &asked) && asked)                 \
            report_later(problems, pointer, what);                                       \
        return 0;                                                                        \
    }
#define LATER_OBJECT(name, what)                                                         \
    READER(name)                                                                         \
    {                                                                                    \
        (void)context;                                                                   \
        (void)err;                                                                       \
        if (!json_is_object(value))                                                      \
            problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be an object");  \
        else                                                                             \
            report_later(problems, pointer, what);                                       \
        return 0;                                                                        \
    }

LATER_STRING(read_formula, "a formula (use target and features)")
LATER_STRING(read_warm_start, "a warm start")
LATER_FLAG(read_firth, "Firth's penalty")
LATER_FLAG(read_dry_run, "a dry run")
LATER_FLAG(read_publish_on_cancel, "keeping the best iterate of a cancelled job")
LATER_OBJECT(read_validation, "validation")
LATER_OBJECT(read_early_stopping, "early stopping")

/* ---- the rest ---- */

READER(read_model)
{
    struct job_request *request = context;
    (void)err;
    if (json_fields_string(value, pointer, problems, &request->model) &&
        !registry_name_is_valid(request->model))
        problem_report(
            problems, ERROR_INVALID, pointer,
            "must be 1 to 128 letters, digits, dots, dashes or underscores, the "
            "first a letter or digit");
    return 0;
}

/* What is read here is the stand-in for rows that were taken out, or something that is no
 * object. */
READER(read_data)
{
    struct job_request *request = context;
    (void)err;
    request->has_data = true;
    if (!json_is_object(value))
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "must be an object with columns and rows");
    return 0;
}

READER(read_metadata)
{
    struct job_request *request = context;
    struct buffer text = BUFFER_EMPTY;
    struct json_writer json = json_write_start(&text);
    if (!json_is_object(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer, "must be an object");
        return 0;
    }
    json_fields_write(value, &json);
    if (text.n_bytes > METADATA_MOST_BYTES)
        problem_report(problems, ERROR_TOO_LARGE, pointer, "may have at most %u bytes",
                       METADATA_MOST_BYTES);
    size_t n_bytes;
    request->metadata = buffer_take(&text, &n_bytes, err);
    return request->metadata ? 0 : -1;
}

STRING_READER(read_dataset, dataset)
STRING_READER(read_target, fit.target)
STRING_READER(read_positive, fit.positive)
STRING_READER(read_reference, fit.reference)
STRING_READER(read_weights, fit.weights)
STRING_READER(read_trials, fit.trials)
STRING_READER(read_offset, fit.offset)
BOOL_READER(read_intercept, fit.intercept)
BOOL_READER(read_standardize, fit.standardize)
BOOL_READER(read_nesterov, fit.solver.nesterov)
BOOL_READER(read_averaging, fit.solver.averaging)

static const struct json_field fields[] = {
    {"model", true, read_model},
    {"dataset", false, read_dataset},
    {"data", false, read_data},
    {"formula", false, read_formula},
    {"target", true, read_target},
    {"positive", false, read_positive},
    {"features", false, read_features},
    {"columns", false, read_columns},
    {"weights", false, read_weights},
    {"weight_kind", false, read_weight_kind},
    {"trials", false, read_trials},
    {"offset", false, read_offset},
    {"family", false, read_family},
    {"reference", false, read_reference},
    {"intercept", false, read_intercept},
    {"standardize", false, read_standardize},
    {"penalty", false, read_penalty},
    {"algorithm", false, read_algorithm},
    {"learning_rate", false, read_learning_rate},
    {"batch_size", false, read_batch_size},
    {"momentum", false, read_momentum},
    {"nesterov", false, read_nesterov},
    {"averaging", false, read_averaging},
    {"max_iterations", false, read_max_iterations},
    {"max_epochs", false, read_max_epochs},
    {"tolerance", false, read_tolerance},
    {"seed", false, read_seed},
    {"validation", false, read_validation},
    {"early_stopping", false, read_early_stopping},
    {"statistics", false, read_statistics},
    {"firth", false, read_firth},
    {"warm_start", false, read_warm_start},
    {"time_limit_seconds", false, read_time_limit},
    {"metadata", false, read_metadata},
    {"dry_run", false, read_dry_run},
    {"publish_on_cancel", false, read_publish_on_cancel},
};

int job_fields_read(struct job_request *request, struct problem_list *problems,
                    struct error *err)
{
    return json_fields_read(request->json, "", fields, N_WORDS(fields), request, problems,
                            err);
}
