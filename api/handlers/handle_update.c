#include "api/handlers/handle_update.h"

#include <stdlib.h>

#include "api/idempotency.h"
#include "api/precondition.h"
#include "api/problem.h"
#include "api/service_internal.h"
#include "api/update_copy.h"
#include "api/update_json.h"
#include "api/update_learn.h"
#include "api/update_publish.h"

/* ---- what may be sent twice ---- */

typedef int update_fn(struct service *service, struct exchange *exchange,
                      struct idempotency *idempotency, struct problem_list *problems,
                      struct error *err);

/* 1: answered before, as then; 0: new; -1. */
static int replay(struct service *service, struct exchange *exchange,
                  struct idempotency *idempotency, struct error *err)
{
    struct idempotency_answer answer = {0};
    int found = idempotency_find(idempotency, service->store, &answer, err);
    if (found == 1) {
        response_start_json(&exchange->response, answer.status);
        buffer_append_string(&exchange->response.body, answer.body);
        if (answer.status == 200)
            precondition_tag(&exchange->response, strtoull(answer.subject, NULL, 10));
        else
            response_header(&exchange->response, "Location", "/v1/models/%s/versions/%s",
                            exchange->request.params[0], answer.subject);
        if (buffer_check(&exchange->response.body, err) < 0)
            found = -1;
    }
    idempotency_free_answer(&answer);
    return found;
}

static int run_once(struct service *service, struct exchange *exchange, update_fn *update,
                    struct idempotency *idempotency, struct problem_list *problems,
                    struct error *err)
{
    int found = replay(service, exchange, idempotency, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    return update(service, exchange, idempotency, problems, err);
}

static void run(struct service *service, struct exchange *exchange, update_fn *update)
{
    struct idempotency idempotency = {0};
    struct problem_list problems = {0};
    struct error err = {0};
    int result = idempotency_start(&idempotency, &exchange->request, &err);
    if (result == 0)
        result = run_once(service, exchange, update, &idempotency, &problems, &err);
    if (result < 0) {
        buffer_free(&exchange->response.body);
        problem_respond(exchange, &err);
    } else if (problems.n > 0) {
        problem_respond_list(exchange, &problems);
    }
    problem_list_free(&problems);
    idempotency_free(&idempotency);
    exchange_complete(exchange);
}

/* ---- learning and publishing ---- */

static void learn_in_turn(struct service *service, struct exchange *exchange)
{
    run(service, exchange, update_learn);
}

void handle_update_learn(struct service *service, struct exchange *exchange)
{
    static const char *const others[] = {UPDATE_LEARN_LIBSVM, NULL};
    size_t which;
    if (problem_require_json_or(exchange, others, &which))
        update_turns_run(service, exchange, learn_in_turn);
    else
        exchange_complete(exchange);
}

static int publish(struct service *service, struct exchange *exchange,
                   struct idempotency *idempotency, struct problem_list *problems,
                   struct error *err)
{
    (void)problems;
    return update_publish(service, exchange, idempotency, err);
}

static void publish_in_turn(struct service *service, struct exchange *exchange)
{
    run(service, exchange, publish);
}

void handle_update_publish(struct service *service, struct exchange *exchange)
{
    update_turns_run(service, exchange, publish_in_turn);
}

/* ---- seeing and throwing away ---- */

static struct update_copy find(struct service *service, const struct exchange *exchange)
{
    static const struct update_copy none;
    const char *model = exchange->request.params[0];
    return registry_name_is_valid(model) ? update_copy_find(service->store, model) : none;
}

static void respond_missing(struct exchange *exchange)
{
    problem_respond_status(exchange, 404, "not_found", "the model has no working copy");
}

static void show(struct exchange *exchange, const struct update_copy *copy)
{
    struct response *response = &exchange->response;
    response_start_json(response, 200);
    struct json_writer json = json_write_start(&response->body);
    json_write_begin_object(&json);
    update_json_write(&json, exchange->request.params[0], copy, NULL);
    json_write_end_object(&json);
    precondition_tag(response, copy->revision);
}

void handle_update_show(struct service *service, struct exchange *exchange)
{
    struct update_copy copy = find(service, exchange);
    struct error err = {0};
    if (!copy.stored)
        respond_missing(exchange);
    else if (update_copy_check(&copy, &err) < 0)
        problem_respond(exchange, &err);
    else
        show(exchange, &copy);
    update_copy_free(&copy);
    exchange_complete(exchange);
}

/* One that is damaged, too: its revision is as if there were none. */
static int throw_away(struct service *service, struct exchange *exchange,
                      struct error *err)
{
    const char *model = exchange->request.params[0];
    struct update_copy copy = find(service, exchange);
    struct store_change change;
    bool is_expected = precondition_holds(&exchange->request, copy.revision);
    bool is_there = copy.stored != NULL;
    update_copy_free(&copy);
    if (!is_expected) {
        problem_respond_status(exchange, 412, "precondition_failed",
                               "the working copy is not as the request expects it; read "
                               "it again");
        return 0;
    }
    if (!is_there || update_copy_remove(service->store, model, &change) == 0) {
        respond_missing(exchange);
        return 0;
    }
    response_start(&exchange->response, 204, NULL);
    return store_commit(service->store, &change, 1, err);
}

static void delete_in_turn(struct service *service, struct exchange *exchange)
{
    struct error err = {0};
    if (throw_away(service, exchange, &err) < 0)
        problem_respond(exchange, &err);
    exchange_complete(exchange);
}

void handle_update_delete(struct service *service, struct exchange *exchange)
{
    update_turns_run(service, exchange, delete_in_turn);
}
