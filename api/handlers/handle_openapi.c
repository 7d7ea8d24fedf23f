#include "api/handlers/handle_openapi.h"

#include "api/openapi_text.h"
#include "api/service_internal.h"

void handle_openapi_yaml(struct service *service, struct exchange *exchange)
{
    struct response *response = &exchange->response;
    (void)service;
    response_start(response, 200, "application/yaml");
    response->static_body = openapi_text;
    response->static_body_bytes = openapi_text_bytes;
    exchange_complete(exchange);
}

/* Made once, when the service was opened; it is there as long as the service. */
void handle_openapi_json(struct service *service, struct exchange *exchange)
{
    struct response *response = &exchange->response;
    response_start_json(response, 200);
    response->static_body = service->openapi_json.bytes;
    response->static_body_bytes = service->openapi_json.n_bytes;
    exchange_complete(exchange);
}
