#include "api/exchange.h"

#include "api/problem.h"

void exchange_settle(struct exchange *exchange)
{
    if (exchange->response.static_body || !exchange->response.body.failed)
        return;
    struct error err = {0};
    error_no_memory(&err, exchange->response.body.capacity);
    problem_respond(exchange, &err);
}

void exchange_complete(struct exchange *exchange)
{
    exchange_settle(exchange);
    exchange->complete(exchange);
}
