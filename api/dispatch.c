#include "api/dispatch.h"

#include <assert.h>

#include "api/problem.h"
#include "api/query.h"

void dispatch(struct service *service, const struct route *route,
              struct exchange *exchange)
{
    assert(route->handle);
    struct problem_list problems = {0};
    query_check(&exchange->request, route->query, &problems);
    if (problems.n == 0) {
        route->handle(service, exchange);
        return;
    }
    problem_respond_list(exchange, &problems);
    problem_list_free(&problems);
    exchange_complete(exchange);
}
