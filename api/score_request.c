#include "api/score_request.h"

#include "api/body_cut.h"
#include "api/json_fields.h"

void score_request_free(struct score_request *request)
{
    row_filter_free(&request->where);
    json_decref(request->tree);
    *request = (struct score_request){0};
}

struct reading {
    struct score_request *request;
    const struct model *model;
};

static int read_dataset(void *context, const json_t *value, const char *pointer,
                        struct problem_list *problems, struct error *err)
{
    struct reading *reading = context;
    (void)err;
    json_fields_string(value, pointer, problems, &reading->request->dataset);
    return 0;
}

static int read_where(void *context, const json_t *value, const char *pointer,
                      struct problem_list *problems, struct error *err)
{
    struct reading *reading = context;
    return row_filter_read(&reading->request->where, value, pointer, problems, err);
}

static int read_offset(void *context, const json_t *value, const char *pointer,
                       struct problem_list *problems, struct error *err)
{
    struct reading *reading = context;
    (void)err;
    if (model_n_scores(reading->model) > 1)
        problem_report(problems, ERROR_INVALID, pointer,
                       "a model of several classes takes no offset");
    else
        json_fields_string(value, pointer, problems, &reading->request->offset);
    return 0;
}

static int read_columns(void *context, const json_t *value, const char *pointer,
                        struct problem_list *problems, struct error *err)
{
    struct reading *reading = context;
    struct score_request *request = reading->request;
    char at[PROBLEM_POINTER_BYTES];
    size_t n = json_array_size(value);
    (void)err;
    if (!json_is_array(value)) {
        problem_report(problems, ERROR_INVALID_TYPE, pointer,
                       "an array of names is needed");
        return 0;
    }
    if (n > SCORE_REQUEST_MOST_COLUMNS) {
        problem_report(problems, ERROR_OUT_OF_RANGE, pointer,
                       "at most %u columns are copied", SCORE_REQUEST_MOST_COLUMNS);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        if (json_fields_string(json_array_get(value, i),
                               problem_pointer_at(at, pointer, i), problems,
                               &request->columns[request->n_columns]))
            request->n_columns++;
    return 0;
}

static const struct json_field fields[] = {
    {"dataset", true, read_dataset},
    {"where", false, read_where},
    {"columns", false, read_columns},
    {"offset", false, read_offset},
};

/* Scores alone are told. A file of numbers has no labels: those that nobody asked for are
 * left out. */
static void check_outputs(struct score_request *request, bool is_asked,
                          struct problem_list *problems)
{
    unsigned *outputs = &request->options.outputs;
    if (*outputs & PREDICT_OF_CELLS)
        problem_report(problems, ERROR_UNSUPPORTED, "/output",
                       "a dataset is scored without standard errors, intervals and "
                       "contributions; /predict tells them");
    if (request->format != SCORE_NPY || !(*outputs & PREDICT_LABEL))
        return;
    if (is_asked)
        problem_report(problems, ERROR_UNSUPPORTED, "/output",
                       "a .npy file has numbers alone; leave out label");
    *outputs &= ~(unsigned)PREDICT_LABEL;
}

static int read_options(struct reading *reading, const struct body_cut_member *cut,
                        struct problem_list *problems, struct error *err)
{
    static const enum predict_member which[] = {
        PREDICT_MEMBER_OUTPUT, PREDICT_MEMBER_THRESHOLD, PREDICT_MEMBER_ON_ERROR};
    struct predict_members members = {.is_object = true};
    for (size_t i = 0; i < 3; i++) {
        members.has[which[i]] = cut[i].has;
        members.at[which[i]] = cut[i].at;
    }
    if (predict_options_read(reading->model, &members, &reading->request->options,
                             problems, err) < 0)
        return -1;
    check_outputs(reading->request, cut[0].has, problems);
    return 0;
}

static int read_all(struct reading *reading, const char *body, size_t n_bytes,
                    struct buffer *rest, struct problem_list *problems, struct error *err)
{
    struct body_cut_member cut[] = {
        {.name = "output"}, {.name = "threshold"}, {.name = "on_error"}};
    if (body_cut(body, n_bytes, cut, 3, rest, err) < 0 ||
        read_options(reading, cut, problems, err) < 0)
        return -1;
    reading->request->tree = json_fields_parse(rest->bytes, rest->n_bytes, err);
    if (!reading->request->tree)
        return -1;
    return json_fields_read(reading->request->tree, "", fields,
                            sizeof(fields) / sizeof(*fields), reading, problems, err);
}

int score_request_read(struct score_request *request, const struct model *model,
                       const char *body, size_t n_bytes, struct problem_list *problems,
                       struct error *err)
{
    struct reading reading = {request, model};
    struct buffer rest = BUFFER_EMPTY;
    if (json_scan_check(body, n_bytes, err) < 0)
        return -1;
    struct json_scan scan = json_scan_start(body, n_bytes);
    if (json_scan_peek(&scan) != JSON_KIND_OBJECT) {
        problem_report(problems, ERROR_INVALID_TYPE, "", "an object is needed");
        return 0;
    }
    int result = read_all(&reading, body, n_bytes, &rest, problems, err);
    buffer_free(&rest);
    return result;
}
