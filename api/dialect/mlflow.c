#include "api/dialect/mlflow.h"

#include "api/dialect/members.h"
#include "api/dialect/named_columns.h"
#include "api/dialect/output_params.h"
#include "api/dialect/sagemaker.h"

/* ---- the four forms ---- */

enum { SPLIT, RECORDS, INSTANCES, INPUTS, N_FORMS };

static struct predict_members members_for(const struct scoring *scoring)
{
    return (struct predict_members){.is_object = true, .takes_nan = scoring->takes_nan};
}

static void set_member(struct predict_members *members, enum predict_member member,
                       const struct json_scan *at, const char *pointer)
{
    members->at[member] = *at;
    members->has[member] = true;
    members->pointers[member] = pointer;
}

/* As pandas' DataFrame.to_dict(orient="split") is: its index says nothing. */
static int read_split(struct scoring *scoring, struct json_scan scan, struct error *err)
{
    struct members_field fields[] = {{.name = "columns"},
                                     {.name = "index"},
                                     {.name = "data", .is_checked_later = true}};
    struct predict_members members = members_for(scoring);
    size_t n_problems = scoring->problems.n;
    if (members_find(&scan, "/dataframe_split", fields, 3, &scoring->problems, err) < 0)
        return -1;
    if (scoring->problems.n == n_problems && !fields[2].has)
        problem_report(&scoring->problems, ERROR_MISSING_FIELD, "/dataframe_split",
                       "\"data\" is needed");
    if (!fields[2].has)
        return 0;
    set_member(&members, PREDICT_MEMBER_ROWS, &fields[2].at, "/dataframe_split/data");
    if (fields[0].has)
        set_member(&members, PREDICT_MEMBER_COLUMNS, &fields[0].at,
                   "/dataframe_split/columns");
    return scoring_read_rows(scoring, &members, err);
}

static int read_records(struct scoring *scoring, struct json_scan scan, struct error *err)
{
    struct predict_members members = members_for(scoring);
    set_member(&members, PREDICT_MEMBER_INSTANCES, &scan, "/dataframe_records");
    return scoring_read_rows(scoring, &members, err);
}

static int read_any(struct scoring *scoring, struct json_scan scan, const char *pointer,
                    struct error *err)
{
    struct predict_members members = members_for(scoring);
    members.takes_any = members.takes_arrays = true;
    set_member(&members, PREDICT_MEMBER_INSTANCES, &scan, pointer);
    return scoring_read_rows(scoring, &members, err);
}

static int read_form(struct scoring *scoring, size_t form, struct json_scan at,
                     bool *in_features, struct error *err)
{
    switch (form) {
    case SPLIT:
        return read_split(scoring, at, err);
    case RECORDS:
        return read_records(scoring, at, err);
    case INSTANCES:
        *in_features = sagemaker_has_features(scoring, at);
        return *in_features ? sagemaker_read_instances(scoring, at, err)
                            : read_any(scoring, at, "/instances", err);
    default:
        return json_scan_peek(&at) == JSON_KIND_OBJECT
                   ? named_columns_read(scoring, at, "/inputs", err)
                   : read_any(scoring, at, "/inputs", err);
    }
}

int mlflow_read(struct scoring *scoring, bool *in_features, struct error *err)
{
    struct members_field fields[] = {
        [SPLIT] = {.name = "dataframe_split"},
        [RECORDS] = {.name = "dataframe_records", .is_checked_later = true},
        [INSTANCES] = {.name = "instances", .is_checked_later = true},
        [INPUTS] = {.name = "inputs", .is_checked_later = true},
        [N_FORMS] = {.name = "params"}};
    struct json_scan scan = scoring_scan(scoring);
    size_t n_forms = 0, form = 0;
    *in_features = false;
    if (scoring->body.options.outputs & PREDICT_LABEL)
        scoring->body.options.outputs = PREDICT_LABEL; /* unless params say more */
    if (members_find(&scan, "", fields, N_FORMS + 1, &scoring->problems, err) < 0 ||
        json_scan_finish(&scan, err) < 0 ||
        output_params_read(scoring, &fields[N_FORMS], "/params", err) < 0)
        return -1;
    for (size_t i = 0; i < N_FORMS; i++) {
        n_forms += fields[i].has;
        form = fields[i].has ? i : form;
    }
    if (n_forms == 1)
        return read_form(scoring, form, fields[form].at, in_features, err);
    problem_report(&scoring->problems, ERROR_MISSING_FIELD, "",
                   "exactly one of dataframe_split, dataframe_records, instances and "
                   "inputs is needed");
    return 0;
}

const char *mlflow_error_code(int status)
{
    switch (status) {
    case 401:
        return "UNAUTHENTICATED";
    case 403:
        return "PERMISSION_DENIED";
    case 404:
        return "RESOURCE_DOES_NOT_EXIST";
    case 429:
        return "REQUEST_LIMIT_EXCEEDED";
    case 500:
        return "INTERNAL_ERROR";
    case 501:
        return "NOT_IMPLEMENTED";
    case 503:
        return "TEMPORARILY_UNAVAILABLE";
    default:
        return "BAD_REQUEST";
    }
}
