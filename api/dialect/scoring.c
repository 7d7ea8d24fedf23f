#include "api/dialect/scoring.h"

#include <string.h>
#include <strings.h>

#include "api/service_internal.h"

struct json_scan scoring_scan(const struct scoring *scoring)
{
    const struct request *request = &scoring->exchange->request;
    struct json_scan scan = json_scan_start(request->body, request->body_bytes);
    scan.takes_nan = scoring->takes_nan;
    return scan;
}

void scoring_check_text(const struct scoring *scoring, struct error *err)
{
    predict_body_check(scoring_scan(scoring), err);
}

int scoring_read_rows(struct scoring *scoring, const struct predict_members *members,
                      struct error *err)
{
    const struct request *request = &scoring->exchange->request;
    return predict_body_read_rows(
        scoring->serving.found.model, members, NULL, request->body, request->body_bytes,
        scoring->serving.budget, &scoring->body, &scoring->problems, err);
}

int scoring_options_read(const struct model *model, struct predict_options *options,
                         struct error *err)
{
    const struct predict_members none = {.is_object = true};
    struct problem_list problems = {0}; /* of nothing there are none */
    return predict_options_read(model, &none, options, &problems, err);
}

static int read(struct scoring *scoring, const struct scoring_form *form,
                struct error *err)
{
    if (scoring_options_read(scoring->serving.found.model, &scoring->body.options, err) <
            0 ||
        form->read(scoring, err) < 0 || scoring->problems.n > 0)
        return -1;
    return 0;
}

static int write(struct scoring *scoring, const struct scoring_form *form,
                 struct error *err)
{
    struct response *response = &scoring->exchange->response;
    if (serving_score(&scoring->serving, &scoring->body, err) < 0)
        return -1;
    response_start_json(response, 200);
    if (form->write(scoring, err) < 0 || buffer_check(&response->body, err) < 0)
        return -1;
    return response_reserve(response, scoring->serving.budget, err);
}

static int read_and_write(struct scoring *scoring, const struct scoring_form *form,
                          struct error *err)
{
    if (read(scoring, form, err) < 0)
        return -1;
    scoring->serving.is_answered = write(scoring, form, err) == 0;
    if (scoring->serving.is_answered)
        return 0;
    buffer_free(&scoring->exchange->response.body); /* which may be large */
    return -1;
}

void scoring_respond(struct service *service, struct exchange *exchange,
                     enum model_path_by by, const char *model, const char *which,
                     const struct scoring_form *form)
{
    struct scoring scoring = {.exchange = exchange, .takes_nan = form->takes_nan};
    struct error err = {0};
    int result = serving_open(service, &exchange->request, by, model, which,
                              &scoring.serving, &err);
    if (result == 0)
        result = read_and_write(&scoring, form, &err);
    if (result < 0 && error_is_set(&err))
        problem_respond(exchange, &err);
    else if (result < 0)
        problem_respond_list(exchange, &scoring.problems);
    predict_body_free(&scoring.body);
    problem_list_free(&scoring.problems);
    serving_close(&scoring.serving);
}

static bool is_known_packing(const char *encoding, bool takes_packed)
{
    return !encoding || strcasecmp(encoding, "identity") == 0 ||
           (takes_packed &&
            (strcasecmp(encoding, "gzip") == 0 || strcasecmp(encoding, "deflate") == 0));
}

static bool check_type(struct exchange *exchange, const char *const *types, size_t n,
                       const char *wanted, bool takes_packed)
{
    char type[64];
    bool is_known = false;
    bool is_utf8 = request_media_type(&exchange->request, type, sizeof(type));
    const char *encoding = request_header(&exchange->request, "Content-Encoding");
    for (size_t i = 0; is_utf8 && i < n; i++)
        is_known = is_known || strcmp(type, types[i]) == 0;
    if (!is_known)
        problem_respond_status(exchange, 415, "unsupported_media_type",
                               "the body must be %s in UTF-8; say so in Content-Type",
                               wanted);
    else if (!is_known_packing(encoding, takes_packed))
        problem_respond_status(exchange, 415, "unsupported_content_encoding", "%s",
                               takes_packed
                                   ? "Content-Encoding may be gzip, deflate or identity"
                                   : "send the body as it is, without Content-Encoding");
    else
        return true;
    return false;
}

bool scoring_check_type(struct exchange *exchange, const char *const *types, size_t n,
                        const char *wanted)
{
    return check_type(exchange, types, n, wanted, false);
}

/* curl -d, as documents of such servers have it, says x-www-form-urlencoded. */
static const char *const text_types[] = {"application/json", "",
                                         "application/x-www-form-urlencoded",
                                         "text/plain", "application/octet-stream"};
#define N_TEXT_TYPES (sizeof(text_types) / sizeof(*text_types))

bool scoring_check_text_type(struct exchange *exchange)
{
    return check_type(exchange, text_types, N_TEXT_TYPES, text_types[0], false);
}

bool scoring_check_packed_type(struct exchange *exchange)
{
    return check_type(exchange, text_types, N_TEXT_TYPES, text_types[0], true);
}
