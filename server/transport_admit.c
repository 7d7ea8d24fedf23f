#include "server/transport_admit.h"

#include <string.h>

#include "api/problem.h"
#include "server/transport_request.h"
#include "server/transport_upload.h"

/* Beyond them, tasks would wait longer than a caller does. */
#define MOST_WAITING_TASKS 1024

/* ---- overload ---- */

static bool check_load(struct transport_call *call)
{
    if (!call->connection->is_surplus)
        return true;
    problem_respond_status(&call->exchange, 503, "too_many_connections",
                           "there are more connections than are served; try again later");
    call->exchange.response.closes = true;
    return false;
}

/* ---- route ---- */

static void respond_unrouted(struct transport_call *call, enum router_result result)
{
    struct exchange *exchange = &call->exchange;
    if (result == ROUTER_NO_METHOD) {
        problem_respond_status(exchange, 405, "method_not_allowed", "this path takes %s",
                               call->match.allow);
        response_header(&exchange->response, "Allow", "%s", call->match.allow);
    } else if (result == ROUTER_NO_PATH) {
        problem_respond_status(exchange, 404, "not_found", "there is no such path");
    } else {
        problem_respond_status(exchange, 400, "bad_path",
                               "the path must be UTF-8, its escapes %%XX, without NUL "
                               "bytes and segments . and ..");
    }
}

/* As router_match; but what was found of the same path before is still in the match. */
static enum router_result match_path(struct transport_call *call, enum method method,
                                     const char *path)
{
    if (call->routed && call->routed_method == method &&
        strcmp(call->routed_path, path) == 0) {
        call->match.route = call->routed;
        return ROUTER_FOUND;
    }
    enum router_result result = router_match(method, path, &call->match);
    size_t n = strlen(path);
    call->routed =
        result == ROUTER_FOUND && n < CALL_ROUTED_BYTES ? call->match.route : NULL;
    call->routed_method = method;
    if (call->routed)
        memcpy(call->routed_path, path, n + 1);
    return result;
}

static bool find_route(struct transport_call *call)
{
    struct request *request = &call->exchange.request;
    /* Cuts the query off; transport_request_read_query finds it behind the NUL. */
    char *path = call->target + (call->head.path - call->target);
    path[strcspn(path, "?")] = '\0';
    enum router_result result =
        match_path(call, request->method,
                   vertex_path(&call->transport->options.vertex, request->method, path));
    call->exchange.shape = call->match.shape;
    if (result != ROUTER_FOUND) {
        respond_unrouted(call, result);
        return false;
    }
    request->n_params = call->match.n_params;
    for (size_t i = 0; i < request->n_params; i++)
        request->params[i] = call->match.params[i];
    return true;
}

/* ---- key and scope ---- */

static void respond_unkeyed(struct exchange *exchange, enum keys_verdict verdict,
                            unsigned retry_seconds)
{
    if (verdict == KEYS_TOO_MANY) {
        problem_respond_status(exchange, 429, "too_many_requests",
                               "this key may not ask so often; wait for as long as "
                               "Retry-After says");
        response_header(&exchange->response, "Retry-After", "%u", retry_seconds);
        return;
    }
    bool is_wrong = verdict == KEYS_WRONG;
    problem_respond_status(exchange, 401, is_wrong ? "unknown_key" : "missing_key",
                           is_wrong ? "this key is not known"
                                    : "send a key: Authorization: Bearer KEY");
    response_header(&exchange->response, "WWW-Authenticate", "Bearer%s",
                    is_wrong ? " error=\"invalid_token\"" : "");
}

static bool check_key(struct transport_call *call)
{
    struct request *request = &call->exchange.request;
    if (call->match.route->scope == SCOPE_NONE)
        return true;
    unsigned retry_seconds;
    enum keys_verdict verdict = keys_check(call->transport->options.keys,
                                           request_header(request, "Authorization"),
                                           &call->grant, &retry_seconds);
    if (verdict != KEYS_GRANTED) {
        respond_unkeyed(&call->exchange, verdict, retry_seconds);
        return false;
    }
    request->principal = call->grant.principal;
    return true;
}

static const char *scope_word(enum scope scope)
{
    return scope == SCOPE_PREDICT ? "predict" : scope == SCOPE_TRAIN ? "train" : "admin";
}

static bool check_scope(struct transport_call *call)
{
    enum scope scope = call->match.route->scope;
    unsigned held = call->exchange.request.principal.scopes;
    if (scope == SCOPE_NONE || held & ((unsigned)scope | SCOPE_ADMIN))
        return true;
    problem_respond_status(&call->exchange, 403, "missing_scope",
                           "this key lacks the scope %s", scope_word(scope));
    return false;
}

/* ---- sizes and memory ---- */

static bool respond_too_large(struct transport_call *call, size_t most)
{
    problem_respond_status(&call->exchange, 413, "too_large",
                           "the body may have %zu bytes here", most);
    return false;
}

static bool check_length(struct transport_call *call)
{
    const struct transport_options *options = &call->transport->options;
    enum route_body body = call->match.route->body;
    size_t length = call->head.content_length;
    if (body == ROUTE_BODY_NONE && length > 0) {
        problem_respond_status(&call->exchange, 400, "unexpected_body",
                               "this operation takes no body");
        return false;
    }
    if (body != ROUTE_BODY_NONE && !call->head.has_length) {
        problem_respond_status(&call->exchange, 411, "length_required",
                               "send the body with Content-Length");
        return false;
    }
    size_t most =
        body == ROUTE_BODY_STREAM ? options->max_upload_bytes : options->max_body_bytes;
    return length <= most || respond_too_large(call, most);
}

static bool reserve_memory(struct transport_call *call)
{
    size_t n = call->head.content_length;
    if (call->match.route->body == ROUTE_BODY_STREAM)
        n = transport_upload_memory(n);
    if (n == 0)
        return true;
    if (service_admit(call->transport->options.service, n)) {
        call->n_admitted_bytes = n;
        return true;
    }
    problem_respond_status(&call->exchange, 503, "memory_budget",
                           "there is no memory for this body now; try again later");
    return false;
}

static bool check_executor(struct transport_call *call)
{
    if (call->match.route->thread == ROUTE_INLINE)
        return true;
    if (!atomic_load(&call->transport->is_ending) &&
        executor_n_waiting(call->transport->executor) < MOST_WAITING_TASKS)
        return true;
    problem_respond_status(&call->exchange, 503, "too_busy",
                           "too many requests wait for the disk; try again later");
    return false;
}

bool transport_admit(struct transport_call *call)
{
    return check_load(call) && find_route(call) && check_key(call) && check_scope(call) &&
           transport_request_read_query(call) && check_length(call) &&
           check_executor(call) && reserve_memory(call);
}
