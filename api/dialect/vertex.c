#include "api/dialect/vertex.h"

#include <string.h>

#include "api/dialect/invocations.h"
#include "api/dialect/members.h"
#include "api/dialect/output_params.h"
#include "api/dialect/scoring.h"
#include "api/dialect/tensors.h"
#include "api/service_internal.h"

const char *vertex_path(const struct vertex_paths *paths, enum method method,
                        const char *path)
{
    bool reads = method == METHOD_GET || method == METHOD_HEAD;
    bool is_predict = paths->predict && strcmp(paths->predict, path) == 0;
    bool is_health = paths->health && strcmp(paths->health, path) == 0;
    if (is_health && (reads || !is_predict))
        return "/v1/endpoints/-/deployedModels/-";
    return is_predict ? "/v1/endpoints/-/deployedModels/-:predict" : path;
}

static int read_instances(struct scoring *scoring, struct error *err)
{
    struct members_field fields[] = {{.name = "instances", .is_checked_later = true},
                                     {.name = "parameters"}};
    struct predict_members members = {.is_object = true,
                                      .takes_any = true,
                                      .takes_arrays = true,
                                      .takes_nan = scoring->takes_nan};
    struct json_scan scan = scoring_scan(scoring);
    if (members_find(&scan, "", fields, 2, &scoring->problems, err) < 0 ||
        json_scan_finish(&scan, err) < 0 ||
        output_params_read(scoring, &fields[1], "/parameters", err) < 0)
        return -1;
    members.at[PREDICT_MEMBER_INSTANCES] = fields[0].at;
    members.has[PREDICT_MEMBER_INSTANCES] = fields[0].has;
    if (fields[0].has)
        return scoring_read_rows(scoring, &members, err);
    problem_report(&scoring->problems, ERROR_MISSING_FIELD, "",
                   "\"instances\" is needed");
    return 0;
}

static int write_predictions(struct scoring *scoring, struct error *err)
{
    struct json_writer json = json_write_start(&scoring->exchange->response.body);
    json_write_begin_object(&json);
    json_write_key(&json, "predictions");
    if (tensors_write_rows(&json, &scoring->serving, &scoring->body, err) < 0)
        return -1;
    json_write_end_object(&json);
    return 0;
}

void vertex_predict(struct service *service, struct exchange *exchange)
{
    static const struct scoring_form form = {true, read_instances, write_predictions};
    const struct invocations_model *model = &service->invocations_model;
    if (scoring_check_text_type(exchange) && invocations_has_model(service, exchange))
        scoring_respond(service, exchange, model->by, model->name, model->which, &form);
    exchange_complete(exchange);
}

void vertex_health(struct service *service, struct exchange *exchange)
{
    invocations_ping(service, exchange);
}
