#include "api/handlers/handle_score.h"

#include <inttypes.h>

#include "api/accept.h"
#include "api/model_path.h"
#include "api/score_data.h"
#include "api/service_internal.h"

static const char *const types[SCORE_N_FORMATS] = {[SCORE_CSV] = "text/csv",
                                                   [SCORE_NDJSON] =
                                                       "application/x-ndjson",
                                                   [SCORE_NPY] = "application/x-npy"};
static const char *const endings[SCORE_N_FORMATS] = {
    [SCORE_CSV] = "csv", [SCORE_NDJSON] = "ndjson", [SCORE_NPY] = "npy"};

/* False with the answer made. */
static bool choose_format(struct exchange *exchange, enum score_format *format)
{
    const char *header = request_header(&exchange->request, "Accept");
    size_t i = accept_choose(header, types, SCORE_N_FORMATS);
    if (i == SCORE_N_FORMATS) {
        problem_respond_status(exchange, 406, "not_acceptable",
                               "scores are text/csv, application/x-ndjson or "
                               "application/x-npy; Accept names none of them");
        return false;
    }
    *format = (enum score_format)i;
    return true;
}

static void respond(struct exchange *exchange, const struct registry_found *found,
                    enum score_format format, const struct score_file *file)
{
    struct response *response = &exchange->response;
    response_start_file(response, 200, types[format], file->fd, file->n_bytes);
    response_header(response, "Content-Disposition",
                    "attachment; filename=\"%s-%" PRIu64 "-scores.%s\"",
                    exchange->request.params[0], found->version, endings[format]);
}

static void score(struct service *service, struct exchange *exchange,
                  const struct registry_found *found, enum score_format format)
{
    const struct request *http = &exchange->request;
    struct problem_list problems = {0};
    struct score_request request = {.format = format};
    struct score_file file = {.fd = -1};
    struct error why = {0}, err = {0};
    int result = score_request_read(&request, found->model, http->body, http->body_bytes,
                                    &problems, &why);
    if (result == 0 && problems.n == 0)
        result = score_data_run(service, found->model, &request, &file, &problems, &why);
    if (result < 0 && service_tell_stop(&why, &err) < 0)
        problem_respond(exchange, &err);
    else if (problems.n > 0)
        problem_respond_list(exchange, &problems);
    else
        respond(exchange, found, format, &file);
    score_request_free(&request);
    problem_list_free(&problems);
}

typedef bool find_fn(struct service *service, struct exchange *exchange,
                     struct registry_found *found);

static void find_and_score(struct service *service, struct exchange *exchange,
                           find_fn *find)
{
    struct registry_found found;
    enum score_format format;
    if (problem_require_json(exchange) && find(service, exchange, &found)) {
        if (choose_format(exchange, &format))
            score(service, exchange, &found, format);
        model_release(found.model);
    }
    exchange_complete(exchange);
}

void handle_score_model(struct service *service, struct exchange *exchange)
{
    find_and_score(service, exchange, model_path_find);
}

void handle_score_version(struct service *service, struct exchange *exchange)
{
    find_and_score(service, exchange, model_path_find_version);
}

void handle_score_alias(struct service *service, struct exchange *exchange)
{
    find_and_score(service, exchange, model_path_find_alias);
}
