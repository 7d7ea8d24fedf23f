#include "api/evaluation_request.h"

#include <math.h>
#include <string.h>

#include "api/job_field.h"
#include "core/base/memory.h"
#include "core/model/evaluate_outcomes.h"

#define USUAL_BINS 10U
#define USUAL_THRESHOLDS 19U

void evaluation_request_free(struct evaluation_request *request)
{
    json_decref(request->tree);
    memory_free(request->thresholds);
    memory_free(request->curves);
    row_filter_free(&request->where);
    *request = (struct evaluation_request){0};
}

/* ---- fields ---- */

struct reading {
    struct evaluation_request *request;
    const struct model *model;
};

/* A json_field_fn whose context is the struct reading. */
#define FIELD(name)                                                                      \
    static int name(void *context, const json_t *value, const char *pointer,             \
                    struct problem_list *problems, struct error *err)

FIELD(read_dataset)
{
    struct reading *reading = context;
    (void)err;
    json_fields_string(value, pointer, problems, &reading->request->dataset);
    return 0;
}

FIELD(read_where)
{
    struct reading *reading = context;
    return row_filter_read(&reading->request->where, value, pointer, problems, err);
}

static int read_column(struct reading *reading, enum row_role role, const json_t *value,
                       const char *pointer, struct problem_list *problems)
{
    row_columns_read(&reading->request->columns, role, value, pointer, problems);
    return 0;
}

FIELD(read_target)
{
    (void)err;
    return read_column(context, ROW_TARGET, value, pointer, problems);
}

FIELD(read_weights)
{
    (void)err;
    return read_column(context, ROW_WEIGHTS, value, pointer, problems);
}

FIELD(read_trials)
{
    (void)err;
    return read_column(context, ROW_TRIALS, value, pointer, problems);
}

FIELD(read_offset)
{
    (void)err;
    return read_column(context, ROW_OFFSET, value, pointer, problems);
}

static bool is_probability(double value)
{
    return value >= 0 && value <= 1;
}

FIELD(read_threshold)
{
    struct reading *reading = context;
    (void)err;
    if (reading->model->family != FAMILY_BINOMIAL)
        problem_report(problems, ERROR_INVALID, pointer,
                       "a threshold is for a binomial model; this one is %s",
                       family_traits(reading->model->family)->word);
    else if (json_is_number(value) && is_probability(json_number_value(value)))
        reading->request->options.threshold = json_number_value(value);
    else
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer,
                       "a number from 0 to 1 is needed");
    return 0;
}

FIELD(read_bins)
{
    struct reading *reading = context;
    int64_t n = USUAL_BINS;
    (void)err;
    json_fields_integer(value, pointer, 1, EVALUATION_MOST_BINS, problems, &n);
    reading->request->options.n_bins = (size_t)n;
    return 0;
}

FIELD(read_on_error)
{
    static const char *const words[] = {"fail", "row"};
    struct reading *reading = context;
    (void)err;
    reading->request->on_error_row =
        job_field_word(value, pointer, words, JOB_FIELD_COUNT(words), problems) == 1;
    return 0;
}

/* ---- thresholds ---- */

static int make_thresholds(struct evaluation_request *request, size_t n,
                           struct error *err)
{
    double *thresholds = memory_new(n, sizeof(*thresholds), err);
    if (!thresholds)
        return -1;
    memory_free(request->thresholds);
    request->thresholds = thresholds;
    request->options.thresholds = thresholds;
    request->options.n_thresholds = n;
    return 0;
}

/* n of them, at equal distances, 0 and 1 left out. */
static int spread_thresholds(struct evaluation_request *request, size_t n,
                             struct error *err)
{
    if (make_thresholds(request, n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        request->thresholds[i] = (double)(i + 1) / (double)(n + 1);
    return 0;
}

static int list_thresholds(struct reading *reading, const json_t *list,
                           const char *pointer, struct problem_list *problems,
                           struct error *err)
{
    bool is_logistic = family_traits(reading->model->family)->is_logistic;
    char at[PROBLEM_POINTER_BYTES];
    if (make_thresholds(reading->request, json_array_size(list), err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        double value = json_number_value(item);
        if (!json_is_number(item) || (is_logistic && !is_probability(value)))
            problem_report(
                problems, ERROR_OUT_OF_RANGE, problem_pointer_at(at, pointer, i), "%s",
                is_logistic ? "a number from 0 to 1 is needed" : "a number is needed");
        reading->request->thresholds[i] = value;
    }
    return 0;
}

FIELD(read_thresholds)
{
    struct reading *reading = context;
    const struct family_traits *traits = family_traits(reading->model->family);
    int64_t n = 0;
    if (!traits->of_two_classes) {
        problem_report(problems, ERROR_INVALID, pointer,
                       "thresholds are for a model of two classes; this one is %s",
                       traits->word);
        return 0;
    }
    if (json_is_array(value) && json_array_size(value) <= EVALUATION_MOST_THRESHOLDS)
        return list_thresholds(reading, value, pointer, problems, err);
    if (json_is_array(value))
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer, "at most %u are told",
                       EVALUATION_MOST_THRESHOLDS);
    else if (!traits->is_logistic)
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "a list of scores is needed, as there are no probabilities");
    else if (json_fields_integer(value, pointer, 0, EVALUATION_MOST_THRESHOLDS, problems,
                                 &n))
        return spread_thresholds(reading->request, (size_t)n, err);
    return 0;
}

/* ---- curves of classes ---- */

static int make_curves(struct evaluation_request *request, size_t n, struct error *err)
{
    size_t *curves = memory_new(n, sizeof(*curves), err);
    if (!curves)
        return -1;
    memory_free(request->curves);
    request->curves = curves;
    request->options.curves = curves;
    request->options.n_curves = n;
    return 0;
}

static int take_all_classes(struct reading *reading, const char *pointer,
                            struct problem_list *problems, struct error *err)
{
    size_t n = reading->model->n_classes;
    if (n > EVALUATION_MOST_CURVES) {
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer,
                       "curves of at most %u classes are told, the model has %zu; list "
                       "those that you need",
                       EVALUATION_MOST_CURVES, n);
        return 0;
    }
    if (make_curves(reading->request, n, err) < 0)
        return -1;
    for (size_t k = 0; k < n; k++)
        reading->request->curves[k] = k;
    return 0;
}

static size_t find_class(const struct evaluate_outcomes *classes, const json_t *value)
{
    if (json_is_string(value))
        return evaluate_outcomes_class(classes, json_string_value(value),
                                       json_string_length(value));
    return json_is_number(value)
               ? evaluate_outcomes_class_number(classes, json_number_value(value))
               : SIZE_MAX;
}

static bool is_listed(const struct evaluation_request *request, size_t n, size_t class)
{
    for (size_t i = 0; i < n; i++)
        if (request->curves[i] == class)
            return true;
    return false;
}

static void take_listed(struct reading *reading, const struct evaluate_outcomes *classes,
                        const json_t *list, const char *pointer,
                        struct problem_list *problems)
{
    char at[PROBLEM_POINTER_BYTES];
    for (size_t i = 0; i < json_array_size(list); i++) {
        size_t class = find_class(classes, json_array_get(list, i));
        if (class == SIZE_MAX)
            problem_report(problems, ERROR_UNKNOWN_LEVEL,
                           problem_pointer_at(at, pointer, i),
                           "the model has no such class");
        else if (is_listed(reading->request, i, class))
            problem_report(problems, ERROR_INVALID, problem_pointer_at(at, pointer, i),
                           "this class is listed twice");
        reading->request->curves[i] = class;
    }
}

static int list_curves(struct reading *reading, const json_t *list, const char *pointer,
                       struct problem_list *problems, struct error *err)
{
    struct evaluate_outcomes classes = {0};
    int status = make_curves(reading->request, json_array_size(list), err);
    if (status == 0)
        status = evaluate_outcomes_open_classes(&classes, reading->model, err);
    if (status == 0)
        take_listed(reading, &classes, list, pointer, problems);
    evaluate_outcomes_free(&classes);
    return status;
}

FIELD(read_curves)
{
    struct reading *reading = context;
    const struct family_traits *traits = family_traits(reading->model->family);
    bool is_wanted = false;
    if (json_is_array(value) && json_array_size(value) > EVALUATION_MOST_CURVES)
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer,
                       "curves of at most %u classes are told", EVALUATION_MOST_CURVES);
    else if (!json_is_array(value) &&
             !json_fields_bool(value, pointer, problems, &is_wanted))
        return 0;
    else if (traits->of_two_classes || reading->model->n_classes == 0)
        problem_report(problems, ERROR_INVALID, pointer,
                       "curves of classes are for a model of more than two; this one is "
                       "%s",
                       traits->word);
    else if (json_is_array(value))
        return list_curves(reading, value, pointer, problems, err);
    else if (is_wanted)
        return take_all_classes(reading, pointer, problems, err);
    return 0;
}

/* ---- the whole ---- */

static const struct json_field fields[] = {
    {"dataset", false, read_dataset},       {"target", false, read_target},
    {"weights", false, read_weights},       {"trials", false, read_trials},
    {"offset", false, read_offset},         {"threshold", false, read_threshold},
    {"thresholds", false, read_thresholds}, {"bins", false, read_bins},
    {"on_error", false, read_on_error},     {"where", false, read_where},
    {"curves", false, read_curves},
};

/* Of scores without probabilities only 0 means something by itself. */
static int set_usual(struct evaluation_request *request, const struct model *model,
                     struct error *err)
{
    const struct family_traits *traits = family_traits(model->family);
    request->options.threshold = .5;
    request->options.n_bins = USUAL_BINS;
    if (traits->is_logistic)
        return spread_thresholds(request, USUAL_THRESHOLDS, err);
    return make_thresholds(request, 1, err);
}

static void check_source(const struct evaluation_request *request,
                         struct problem_list *problems)
{
    const bool *has = request->lists.members.has;
    bool has_rows = has[PREDICT_MEMBER_ROWS] || has[PREDICT_MEMBER_INSTANCES];
    if (!request->dataset && !has_rows)
        problem_report(problems, ERROR_MISSING_FIELD, "",
                       "one of \"dataset\", \"rows\" and \"instances\" is needed");
    if (request->dataset && has_rows)
        problem_report(problems, ERROR_INVALID, "/dataset",
                       "either a dataset or rows are needed, not both");
    if (!request->dataset && request->where.column)
        problem_report(problems, ERROR_INVALID, "/where", "is of a dataset's rows");
    if (request->dataset && request->lists.has_labels)
        problem_report(problems, ERROR_INVALID, "/labels",
                       "a dataset has its labels in the target's column");
    if (request->dataset && has[PREDICT_MEMBER_COLUMNS])
        problem_report(problems, ERROR_INVALID, "/columns", "columns go with rows");
}

static int read_rest(struct reading *reading, const struct buffer *rest,
                     struct problem_list *problems, struct error *err)
{
    reading->request->tree = json_fields_parse(rest->bytes, rest->n_bytes, err);
    if (!reading->request->tree || set_usual(reading->request, reading->model, err) < 0)
        return -1;
    return json_fields_read(reading->request->tree, "", fields,
                            sizeof(fields) / sizeof(*fields), reading, problems, err);
}

int evaluation_request_read(struct evaluation_request *request, const struct model *model,
                            const char *body, size_t n_bytes,
                            struct problem_list *problems, struct error *err)
{
    struct reading reading = {request, model};
    struct buffer rest = BUFFER_EMPTY;
    int result = row_lists_cut(&request->lists, body, n_bytes, &rest, problems, err);
    if (result == 0 && request->lists.members.is_object)
        result = read_rest(&reading, &rest, problems, err);
    buffer_free(&rest);
    if (result == 0 && request->lists.members.is_object) {
        row_columns_check(&request->columns, model, problems);
        check_source(request, problems);
    }
    return result;
}
