#include "api/handlers/handle_usage.h"

#include "api/model_path.h"
#include "api/problem.h"
#include "api/service_internal.h"
#include "api/usage_json.h"
#include "core/base/clock.h"

static int write(struct service *service, struct exchange *exchange,
                 const struct registry_found *found, struct error *err)
{
    struct response *response = &exchange->response;
    char since[CLOCK_TEXT_BYTES];
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    json_write_member_string(&json, "model", exchange->request.params[0]);
    json_write_member_integer(&json, "version", (int64_t)found->version);
    json_write_member_string(&json, "since",
                             clock_text(service->opened_microseconds, since));
    if (usage_json_write(&json, found->model, err) < 0)
        return -1;
    json_write_end_object(&json);
    return response_reserve(response, &service->budget, err);
}

static void respond(struct service *service, struct exchange *exchange,
                    const struct registry_found *found)
{
    struct error err = {0};
    if (write(service, exchange, found, &err) < 0) {
        buffer_free(&exchange->response.body); /* which may be large */
        problem_respond(exchange, &err);
    }
}

typedef bool find_fn(struct service *service, struct exchange *exchange,
                     struct registry_found *found);

static void find_and_respond(struct service *service, struct exchange *exchange,
                             find_fn *find)
{
    struct registry_found found;
    if (find(service, exchange, &found)) {
        respond(service, exchange, &found);
        model_release(found.model);
    }
    exchange_complete(exchange);
}

void handle_usage_model(struct service *service, struct exchange *exchange)
{
    find_and_respond(service, exchange, model_path_find);
}

void handle_usage_version(struct service *service, struct exchange *exchange)
{
    find_and_respond(service, exchange, model_path_find_version);
}

void handle_usage_alias(struct service *service, struct exchange *exchange)
{
    find_and_respond(service, exchange, model_path_find_alias);
}
