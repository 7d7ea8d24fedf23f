#include "tests/support/loopback.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "api/dispatch.h"
#include "api/problem.h"

#define MAX_PAIRS 16
#define WAIT_SECONDS 50

/* ---- the service ---- */

static void on_log(void *context, int level, const char *event, const char *detail)
{
    (void)context;
    if (getenv("LOOPBACK_LOG"))
        fprintf(stderr, "%d %s: %s\n", level, event, detail);
}

static void open_service(struct loopback *loopback)
{
    struct error err = {0};
    loopback->service = service_open(&loopback->options, &err);
    ck_assert_msg(loopback->service != NULL, "service_open: %s", err.message);
}

void loopback_open_paused(struct loopback *loopback)
{
    *loopback = (struct loopback){.principal = {.scopes = 7}, .piece_bytes = 4096};
    scratch_directory_make(loopback->directory);
    loopback->options = (struct service_options){.data_directory = loopback->directory,
                                                 .n_jobs = 1,
                                                 .n_threads = 1,
                                                 .checkpoint_seconds = 30,
                                                 .n_queued_most = 1000,
                                                 .memory_bytes = 1U << 30,
                                                 .max_body_bytes = 16U << 20,
                                                 .max_upload_bytes = 1U << 30,
                                                 .log = on_log};
    open_service(loopback);
}

void loopback_start(struct loopback *loopback)
{
    service_start(loopback->service);
}

void loopback_open(struct loopback *loopback)
{
    loopback_open_paused(loopback);
    loopback_start(loopback);
}

static void close_service(struct loopback *loopback)
{
    ck_assert(service_stop(loopback->service, WAIT_SECONDS));
    service_close(loopback->service);
    loopback->service = NULL;
}

void loopback_restart_paused(struct loopback *loopback)
{
    close_service(loopback);
    open_service(loopback);
}

void loopback_restart(struct loopback *loopback)
{
    loopback_restart_paused(loopback);
    loopback_start(loopback);
}

void loopback_close(struct loopback *loopback)
{
    char command[96];
    close_service(loopback);
    snprintf(command, sizeof(command), "rm -rf '%s'", loopback->directory);
    ck_assert_int_eq(system(command), 0);
}

/* ---- one call ---- */

struct call {
    struct exchange exchange;
    struct router_match match;
    struct request_pair headers[MAX_PAIRS];
    struct request_pair query[MAX_PAIRS];
    char *text; /* what all of them point into */
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void on_complete(struct exchange *exchange)
{
    struct call *call = exchange->transport;
    pthread_mutex_lock(&call->lock);
    ck_assert_msg(!call->is_done, "the exchange was completed twice");
    call->is_done = true;
    pthread_cond_signal(&call->done);
    pthread_mutex_unlock(&call->lock);
}

static void wait_done(struct call *call)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&call->lock);
    while (!call->is_done)
        ck_assert_msg(pthread_cond_timedwait(&call->done, &call->lock, &until) == 0,
                      "the exchange was never completed");
    pthread_mutex_unlock(&call->lock);
}

static void decode(char *text)
{
    char *out = text;
    for (; *text; text++, out++) {
        unsigned code;
        *out = *text;
        if (*text == '%' && sscanf(text + 1, "%2x", &code) == 1) {
            *out = (char)code;
            text += 2;
        }
    }
    *out = '\0';
}

static void cut_query(struct call *call, char *query)
{
    char *rest = NULL;
    for (char *pair = query ? strtok_r(query, "&", &rest) : NULL; pair;
         pair = strtok_r(NULL, "&", &rest)) {
        char *value = strchr(pair, '=');
        if (value)
            *value++ = '\0';
        decode(pair);
        if (value)
            decode(value);
        call->query[call->exchange.request.n_query++] =
            (struct request_pair){pair, value};
    }
}

static void cut_headers(struct call *call, char *headers)
{
    char *rest = NULL;
    for (char *line = strtok_r(headers, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = strstr(line, ": ");
        ck_assert_ptr_nonnull(value);
        *value = '\0';
        call->headers[call->exchange.request.n_headers++] =
            (struct request_pair){line, value + 2};
    }
}

static enum method method_of(const char *word)
{
    for (int i = 0; i < METHOD_N; i++)
        if (strcmp(request_method_word((enum method)i), word) == 0)
            return (enum method)i;
    ck_abort_msg("no such method: %s", word);
}

/* METHOD SP PATH [? QUERY] NUL HEADERS NUL */
static void cut(struct call *call, const char *target, const char *headers)
{
    struct request *request = &call->exchange.request;
    size_t n_target = strlen(target) + 1, n_headers = headers ? strlen(headers) + 1 : 1;
    call->text = malloc(n_target + n_headers);
    memcpy(call->text, target, n_target);
    memcpy(call->text + n_target, headers ? headers : "", n_headers);
    char *path = strchr(call->text, ' ');
    ck_assert_ptr_nonnull(path);
    *path++ = '\0';
    char *query = strchr(path, '?');
    if (query)
        *query++ = '\0';
    cut_query(call, query);
    cut_headers(call, call->text + n_target);
    request->method = method_of(call->text);
    request->path = path;
    request->query = call->query;
    request->headers = call->headers;
}

static void stream(struct loopback *loopback, const struct route_stream *stream,
                   struct exchange *exchange, const char *body, size_t n_bytes)
{
    void *state = stream->begin(loopback->service, exchange);
    if (!state)
        return;
    for (size_t at = 0; at < n_bytes; at += loopback->piece_bytes) {
        size_t n =
            n_bytes - at < loopback->piece_bytes ? n_bytes - at : loopback->piece_bytes;
        if (stream->write(state, exchange, body + at, n) < 0) {
            stream->abandon(state);
            return;
        }
        stream->digest(state, body + at, n);
    }
    stream->finish(state, exchange);
}

static void perform(struct loopback *loopback, struct call *call, const void *body,
                    size_t n_bytes)
{
    struct exchange *exchange = &call->exchange;
    struct request *request = &exchange->request;
    enum router_result result =
        router_match(request->method, request->path, &call->match);
    const struct route *route = call->match.route;
    exchange->shape = call->match.shape;
    if (result != ROUTER_FOUND) {
        static const int statuses[] = {
            [ROUTER_NO_PATH] = 404, [ROUTER_NO_METHOD] = 405, [ROUTER_BAD_PATH] = 400};
        problem_respond_status(exchange, statuses[result], "refused", "refused");
        if (result == ROUTER_NO_METHOD)
            response_header(&exchange->response, "Allow", "%s", call->match.allow);
        return;
    }
    request->n_params = call->match.n_params;
    for (size_t i = 0; i < request->n_params; i++)
        request->params[i] = call->match.params[i];
    if (route->stream) {
        stream(loopback, route->stream, exchange, body, n_bytes);
        return;
    }
    request->body = n_bytes ? body : "";
    request->body_bytes = n_bytes;
    dispatch(loopback->service, route, exchange);
    wait_done(call);
}

/* ---- streamed answers ---- */

struct news {
    pthread_mutex_t lock;
    pthread_cond_t are_there;
    bool is_woken;
};

static void on_wake(void *context)
{
    struct news *news = context;
    pthread_mutex_lock(&news->lock);
    news->is_woken = true;
    pthread_cond_signal(&news->are_there);
    pthread_mutex_unlock(&news->lock);
}

static void wait_for_news(struct news *news)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&news->lock);
    while (!news->is_woken)
        ck_assert_msg(pthread_cond_timedwait(&news->are_there, &news->lock, &until) == 0,
                      "the stream never went on");
    news->is_woken = false;
    pthread_mutex_unlock(&news->lock);
}

/* In pieces of some odd size, to its end, into the response's body. */
static void read_stream(struct response *response)
{
    const struct response_stream *stream = &response->stream;
    struct news news = {.lock = PTHREAD_MUTEX_INITIALIZER,
                        .are_there = PTHREAD_COND_INITIALIZER};
    char piece[77];
    ptrdiff_t n;
    stream->watch(stream->state, on_wake, &news);
    while ((n = stream->read(stream->state, piece, sizeof(piece), false)) >= 0) {
        if (n == 0)
            wait_for_news(&news);
        else
            buffer_append(&response->body, piece, (size_t)n);
    }
    ck_assert_int_eq(n, RESPONSE_STREAM_END);
    response_end_stream(response);
}

static struct answer take_answer(struct response *response)
{
    if (response_is_stream(response))
        read_stream(response);
    struct answer answer = {.status = response->status,
                            .n_headers = response->n_headers,
                            .content_type = response->content_type};
    const void *bytes =
        response->static_body ? response->static_body : response->body.bytes;
    answer.body_bytes = (size_t)response_body_bytes(response);
    answer.body = calloc(answer.body_bytes + 1, 1);
    if (response->has_file)
        ck_assert_int_eq(pread(response->file, answer.body, answer.body_bytes, 0),
                         (ssize_t)answer.body_bytes);
    else if (answer.body_bytes > 0)
        memcpy(answer.body, bytes, answer.body_bytes);
    memcpy(answer.headers, response->headers, sizeof(answer.headers));
    answer.json =
        json_loadb(answer.body, answer.body_bytes, JSON_REJECT_DUPLICATES, NULL);
    return answer;
}

struct answer loopback_call_bytes(struct loopback *loopback, const char *target,
                                  const char *headers, const void *body,
                                  size_t body_bytes)
{
    struct call *call = calloc(1, sizeof(*call));
    pthread_mutex_init(&call->lock, NULL);
    pthread_cond_init(&call->done, NULL);
    call->exchange.complete = on_complete;
    call->exchange.transport = call;
    call->exchange.request.id = "req_test";
    call->exchange.request.principal = loopback->principal;
    cut(call, target, headers);
    perform(loopback, call, body, body_bytes);
    struct answer answer = take_answer(&call->exchange.response);
    response_free(&call->exchange.response);
    pthread_cond_destroy(&call->done);
    pthread_mutex_destroy(&call->lock);
    free(call->text);
    free(call);
    return answer;
}

struct answer loopback_call(struct loopback *loopback, const char *target,
                            const char *headers, const char *body)
{
    return loopback_call_bytes(loopback, target, headers, body, body ? strlen(body) : 0);
}

struct answer loopback_json(struct loopback *loopback, const char *target,
                            const char *body)
{
    return loopback_call(loopback, target, "Content-Type: application/json", body);
}

char *loopback_upload(struct loopback *loopback, const char *csv)
{
    struct answer answer =
        loopback_call(loopback, "POST /v1/datasets", "Content-Type: text/csv", csv);
    ck_assert_msg(answer.status == 201, "upload: %d %s", answer.status, answer.body);
    char *id = strdup(answer_string(&answer, "id"));
    answer_free(&answer);
    return id;
}

void answer_free(struct answer *answer)
{
    json_decref(answer->json);
    free(answer->body);
    *answer = (struct answer){0};
}

/* ---- looking at an answer ---- */

const char *answer_header(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n_headers; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    return NULL;
}

const json_t *answer_at(const struct answer *answer, const char *path)
{
    const json_t *at = answer->json;
    char segment[128];
    for (const char *rest = path; *rest && at;) {
        size_t n = strcspn(rest, "/");
        snprintf(segment, sizeof(segment), "%.*s", (int)n, rest);
        at = json_is_array(at) ? json_array_get(at, strtoul(segment, NULL, 10))
                               : json_object_get(at, segment);
        rest += n + (rest[n] == '/');
    }
    ck_assert_msg(at != NULL, "no %s in %d %s", path, answer->status, answer->body);
    return at;
}

const char *answer_string(const struct answer *answer, const char *path)
{
    const json_t *value = answer_at(answer, path);
    ck_assert_msg(json_is_string(value), "%s is no string in %s", path, answer->body);
    return json_string_value(value);
}

double answer_number(const struct answer *answer, const char *path)
{
    const json_t *value = answer_at(answer, path);
    ck_assert_msg(json_is_number(value), "%s is no number in %s", path, answer->body);
    return json_number_value(value);
}

bool answer_has_error(const struct answer *answer, const char *pointer, const char *code)
{
    const json_t *errors = answer_at(answer, "errors");
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *entry = json_array_get(errors, i);
        const char *at = json_string_value(json_object_get(entry, "pointer"));
        const char *word = json_string_value(json_object_get(entry, "code"));
        if (at && word && strcmp(at, pointer) == 0 && strcmp(word, code) == 0)
            return true;
    }
    return false;
}
