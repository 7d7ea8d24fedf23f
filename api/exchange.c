#include "api/exchange.h"

#include "api/problem.h"

void exchange_settle(struct exchange *exchange)
{
    struct error err = {0};
    if (!exchange->response.static_body &&
        buffer_check(&exchange->response.body, &err) < 0)
        problem_respond(exchange, &err);
}

void exchange_complete(struct exchange *exchange)
{
    exchange_settle(exchange);
    exchange->complete(exchange);
}
