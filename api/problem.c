#include "api/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/problem_shape.h"
#include "core/base/memory.h"
#include "core/text/json_write.h"
#include "core/text/utf8.h"

#define RETRY_AFTER_SECONDS 1

/* ---- the list ---- */

void problem_list_free(struct problem_list *list)
{
    memory_free(list->errors);
    *list = (struct problem_list){0};
}

/* Room for one more: at once for all that will ever be listed, so that it fails at most
 * once. */
static bool list_has_room(struct problem_list *list)
{
    if (!list->errors && list->n == 0)
        list->errors = memory_new(PROBLEM_MAX, sizeof(*list->errors), NULL);
    return list->errors && list->n < PROBLEM_MAX;
}

void problem_add(struct problem_list *list, const struct error *error)
{
    if (list_has_room(list))
        list->errors[list->n] = *error;
    list->n++;
}

void problem_list_move(struct problem_list *list, struct problem_list *from)
{
    for (size_t i = 0; i < from->n; i++)
        if (i < PROBLEM_MAX && from->errors)
            problem_add(list, &from->errors[i]);
        else
            list->n++;
    problem_list_free(from);
}

void problem_report_at(struct problem_list *list, enum error_code code,
                       const char *pointer, const char *file, int line,
                       const char *format, ...)
{
    struct error error = {.code = code, .file = file, .line = line};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.message, sizeof(error.message), format, arguments);
    va_end(arguments);
    snprintf(error.place, sizeof(error.place), "%s", pointer);
    problem_add(list, &error);
}

/* ---- pointers ---- */

/* Appends what fits, whole escapes only. */
static void append_segment(char pointer[PROBLEM_POINTER_BYTES], const char *name)
{
    size_t at = strlen(pointer);
    if (at + 1 < PROBLEM_POINTER_BYTES)
        pointer[at++] = '/';
    for (; *name && at + 2 < PROBLEM_POINTER_BYTES; name++) {
        if (*name == '~' || *name == '/') {
            pointer[at++] = '~';
            pointer[at++] = *name == '~' ? '0' : '1';
        } else {
            pointer[at++] = *name;
        }
    }
    pointer[at] = '\0';
}

char *problem_pointer(char pointer[PROBLEM_POINTER_BYTES], const char *parent,
                      const char *name)
{
    if (pointer != parent)
        snprintf(pointer, PROBLEM_POINTER_BYTES, "%s", parent);
    append_segment(pointer, name);
    return pointer;
}

char *problem_pointer_at(char pointer[PROBLEM_POINTER_BYTES], const char *parent,
                         size_t index)
{
    char text[24];
    snprintf(text, sizeof(text), "%zu", index);
    return problem_pointer(pointer, parent, text);
}

/* ---- statuses ---- */

int problem_status(enum error_code code)
{
    switch (error_kind(code)) {
    case ERROR_KIND_SYNTAX:
        return 400;
    case ERROR_KIND_INPUT:
        return 422;
    case ERROR_KIND_NOT_FOUND:
        return 404;
    case ERROR_KIND_CONFLICT:
    case ERROR_KIND_STOPPED:
        return 409;
    case ERROR_KIND_TOO_LARGE:
        return 413;
    case ERROR_KIND_BUSY:
        return 503;
    case ERROR_KIND_NO_SPACE:
        return 507;
    case ERROR_KIND_UNSUPPORTED:
        return 501;
    case ERROR_KIND_NONE:
    case ERROR_KIND_FAULT:
        break;
    }
    return 500;
}

/* Where an error lies decides too: neither a bad query parameter nor text that cannot be
 * read is bad content. */
static int status_of(const struct error *error)
{
    static const char *const outside[] = {"query ", "header ", "byte "};
    int status = problem_status(error->code);
    for (size_t i = 0; status == 422 && i < sizeof(outside) / sizeof(*outside); i++)
        if (strncmp(error->place, outside[i], strlen(outside[i])) == 0)
            status = 400;
    return status;
}

/* What a body names and is not there makes the body wrong, not the address. */
static int status_in_body(const struct error *error)
{
    int status = status_of(error);
    return status == 404 && error->place[0] == '/' ? 422 : status;
}

static int status_of_list(const struct problem_list *list)
{
    size_t n = list->n < PROBLEM_MAX ? list->n : PROBLEM_MAX;
    int first = status_in_body(&list->errors[0]);
    for (size_t i = 1; i < n; i++)
        if (status_in_body(&list->errors[i]) != first)
            return 422;
    return first;
}

/* ---- writing ---- */

static void respond(struct exchange *exchange, const struct problem *problem)
{
    const struct problem_shape *shape =
        exchange->shape ? exchange->shape : &problem_shape_problem_json;
    struct response *response = &exchange->response;
    int status = shape->status ? shape->status(problem) : problem->status;
    response_start(response, status, shape->content_type);
    response->n_headers = 0;
    struct json_writer json = json_write_start(&response->body);
    shape->write(&json, problem, exchange->request.id);
    if (response->body.failed) {
        response_start(response, 503, shape->content_type);
        response->static_body = shape->out_of_memory;
        response->static_body_bytes = strlen(shape->out_of_memory);
    }
    if (response->status == 503)
        response_header(response, "Retry-After", "%d", RETRY_AFTER_SECONDS);
}

static void respond_fault(struct exchange *exchange, const struct error *error)
{
    const struct problem problem = {
        .status = 500,
        .code = error_word(error->code),
        .title = error_title(error->code),
        .detail = error_is_told(error->code)
                      ? error->message
                      : "the service failed; the log tells more under this request_id"};
    exchange->fault = *error;
    respond(exchange, &problem);
}

static void respond_error(struct exchange *exchange, const struct error *error,
                          int status)
{
    if (status == 500) {
        respond_fault(exchange, error);
        return;
    }
    const struct problem problem = {.status = status,
                                    .code = error_word(error->code),
                                    .title = error_title(error->code),
                                    .detail = error->message,
                                    .errors = error,
                                    .n_errors = error->place[0] ? 1 : 0};
    respond(exchange, &problem);
}

void problem_respond(struct exchange *exchange, const struct error *error)
{
    respond_error(exchange, error, status_of(error));
}

static const char *title_of_status(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "bad request"},
        {401, "not authenticated"},
        {403, "not allowed"},
        {404, "not found"},
        {405, "method not allowed"},
        {411, "length required"},
        {412, "precondition failed"},
        {413, "too large"},
        {414, "target too long"},
        {415, "unsupported media type"},
        {417, "expectation failed"},
        {429, "too many requests"},
        {431, "header fields too large"},
        {501, "not implemented"},
        {503, "not available"},
        {505, "version not supported"},
    };
    for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "request refused";
}

void problem_respond_status(struct exchange *exchange, int status, const char *code,
                            const char *detail_format, ...)
{
    char detail[512];
    va_list arguments;
    va_start(arguments, detail_format);
    vsnprintf(detail, sizeof(detail), detail_format, arguments);
    va_end(arguments);
    const struct problem problem = {.status = status,
                                    .code = code,
                                    .title = title_of_status(status),
                                    .detail = detail};
    respond(exchange, &problem);
}

static void respond_several(struct exchange *exchange, const struct problem_list *list)
{
    const struct error *first = &list->errors[0];
    char detail[sizeof(first->message) + 64];
    size_t n_shown = strlen(first->message);
    n_shown = utf8_valid_prefix(first->message, n_shown);
    snprintf(detail, sizeof(detail), "%.*s (and %zu more problem%s)", (int)n_shown,
             first->message, list->n - 1, list->n == 2 ? "" : "s");
    const struct problem problem = {.status = status_of_list(list),
                                    .code = error_word(first->code),
                                    .title = error_title(first->code),
                                    .detail = detail,
                                    .errors = list->errors,
                                    .n_errors =
                                        list->n < PROBLEM_MAX ? list->n : PROBLEM_MAX};
    respond(exchange, &problem);
}

void problem_respond_list(struct exchange *exchange, const struct problem_list *list)
{
    if (!list->errors) {
        struct error err = {0};
        error_no_memory(&err, PROBLEM_MAX * sizeof(*list->errors));
        problem_respond(exchange, &err);
    } else if (list->n == 1) {
        respond_error(exchange, &list->errors[0], status_in_body(&list->errors[0]));
    } else {
        respond_several(exchange, list);
    }
}

bool problem_require_json(struct exchange *exchange)
{
    size_t which;
    return problem_require_json_or(exchange, NULL, &which);
}

static bool is_one_of(const char *type, const char *const *others, size_t *which)
{
    *which = SIZE_MAX;
    if (strcmp(type, "application/json") == 0)
        return true;
    for (size_t i = 0; others && others[i]; i++)
        if (strcmp(type, others[i]) == 0) {
            *which = i;
            return true;
        }
    return false;
}

static void refuse_type(struct exchange *exchange, const char *const *others)
{
    struct buffer types = BUFFER_EMPTY;
    for (size_t i = 0; others && others[i]; i++)
        buffer_printf(&types, "%s%s", others[i + 1] ? ", " : " or ", others[i]);
    problem_respond_status(exchange, 415, "unsupported_media_type",
                           "the body must be application/json%.*s in UTF-8; say so in "
                           "Content-Type",
                           (int)types.n_bytes, types.bytes ? types.bytes : "");
    buffer_free(&types);
}

bool problem_require_json_or(struct exchange *exchange, const char *const *others,
                             size_t *which)
{
    char type[64];
    bool is_utf8 = request_media_type(&exchange->request, type, sizeof(type));
    const char *encoding = request_header(&exchange->request, "Content-Encoding");
    if (!is_utf8 || !is_one_of(type, others, which))
        refuse_type(exchange, others);
    else if (encoding && strcasecmp(encoding, "identity") != 0)
        problem_respond_status(exchange, 415, "unsupported_content_encoding",
                               "send the body as it is, without Content-Encoding; only "
                               "uploads of datasets may be packed");
    else
        return true;
    return false;
}
