#include "api/dialect/v2_repository.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/dialect/scoring.h"
#include "api/dialect/v2_catalogue.h"
#include "api/problem.h"
#include "api/service_internal.h"
#include "core/text/json_scan.h"

/* ---- bodies, which may be empty ---- */

/* The value of a member, which is well-formed; what is no object has none. */
static bool find_member(struct json_scan scan, const char *name, struct json_scan *at)
{
    struct json_text key;
    if (json_scan_peek(&scan) != JSON_KIND_OBJECT ||
        json_scan_enter_object(&scan, NULL) < 0)
        return false;
    while (json_scan_next_key(&scan, &key, NULL) == 1) {
        *at = scan;
        if (json_scan_text_is(&key, name))
            return true;
        if (json_scan_skip(&scan, NULL) < 0)
            return false;
    }
    return false;
}

static int check_body(const struct request *request, struct json_scan *scan,
                      struct error *err)
{
    *scan = json_scan_start(request->body, request->body_bytes);
    if (request->body_bytes == 0)
        return 0;
    if (json_scan_check(request->body, request->body_bytes, err) < 0)
        return -1;
    if (json_scan_peek(scan) == JSON_KIND_OBJECT)
        return 0;
    error_set(err, ERROR_INVALID_TYPE, "an object is needed");
    return -1;
}

/* ---- the index ---- */

static void write_entry(void *context, const char *name, uint64_t version,
                        struct model *model)
{
    struct json_writer *json = context;
    char text[24];
    (void)model;
    snprintf(text, sizeof(text), "%" PRIu64, version);
    json_write_begin_object(json);
    json_write_member_string(json, "name", name);
    json_write_member_string(json, "version", text);
    json_write_member_string(json, "state", "READY");
    json_write_member_string(json, "reason", "");
    json_write_end_object(json);
}

static int refuse(const char *place, struct error *err, enum error_code code,
                  const char *message)
{
    error_set(err, code, "%s", message);
    error_place(err, "%s", place);
    return -1;
}

/* "ready": all that is there is. */
static int check_index(const struct request *request, struct error *err)
{
    struct json_scan scan;
    struct json_text key;
    if (check_body(request, &scan, err) < 0)
        return -1;
    if (request->body_bytes == 0)
        return 0;
    if (json_scan_enter_object(&scan, err) < 0)
        return -1;
    while (json_scan_next_key(&scan, &key, err) == 1) {
        enum json_kind kind = json_scan_peek(&scan);
        if (!json_scan_text_is(&key, "ready"))
            return refuse("", err, ERROR_UNKNOWN_FIELD, "only \"ready\" is known here");
        if (kind != JSON_KIND_TRUE && kind != JSON_KIND_FALSE)
            return refuse("/ready", err, ERROR_INVALID_TYPE, "true or false is needed");
        if (json_scan_skip(&scan, err) < 0)
            return -1;
    }
    return 0;
}

static int respond_index(struct service *service, struct exchange *exchange,
                         struct error *err)
{
    struct response *response = &exchange->response;
    if (check_index(&exchange->request, err) < 0)
        return -1;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_array(&json);
    if (v2_catalogue_visit(service, write_entry, &json, err) < 0)
        return -1;
    json_write_end_array(&json);
    return response_reserve(response, &service->budget, err);
}

void v2_repository_index(struct service *service, struct exchange *exchange)
{
    struct error err = {0};
    if (scoring_check_text_type(exchange) && respond_index(service, exchange, &err) < 0)
        problem_respond(exchange, &err);
    exchange_complete(exchange);
}

/* ---- loading and unloading ---- */

/* Of another configuration, or other files, nothing would come. */
static int check_parameters(struct json_scan parameters, struct error *err)
{
    struct json_text key;
    if (json_scan_peek(&parameters) != JSON_KIND_OBJECT)
        return refuse("/parameters", err, ERROR_INVALID_TYPE, "an object is needed");
    if (json_scan_enter_object(&parameters, err) < 0)
        return -1;
    while (json_scan_next_key(&parameters, &key, err) == 1) {
        if (json_scan_text_is(&key, "config") ||
            (key.n_bytes >= 5 && memcmp(key.text, "file:", 5) == 0))
            return refuse("/parameters", err, ERROR_UNSUPPORTED,
                          "a configuration and files are not taken: models come of jobs "
                          "and imports");
        if (json_scan_skip(&parameters, err) < 0)
            return -1;
    }
    return 0;
}

static int check(struct service *service, const struct request *request,
                 struct error *err)
{
    struct json_scan scan, parameters;
    if (check_body(request, &scan, err) < 0)
        return -1;
    if (find_member(scan, "parameters", &parameters) &&
        check_parameters(parameters, err) < 0)
        return -1;
    if (!registry_has(service->registry, request->params[0]))
        return error_set(err, ERROR_NOT_FOUND, "there is no such model");
    return 0;
}

static void respond(struct service *service, struct exchange *exchange)
{
    struct error err = {0};
    if (!scoring_check_text_type(exchange)) {
        exchange_complete(exchange);
        return;
    }
    if (check(service, &exchange->request, &err) < 0) {
        problem_respond(exchange, &err);
    } else {
        response_start_json(&exchange->response, 200);
        buffer_append_string(&exchange->response.body, "{}");
    }
    exchange_complete(exchange);
}

void v2_repository_load(struct service *service, struct exchange *exchange)
{
    respond(service, exchange);
}

void v2_repository_unload(struct service *service, struct exchange *exchange)
{
    respond(service, exchange);
}
