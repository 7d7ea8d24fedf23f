#include "api/response.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void drop_file(struct response *response)
{
    if (response->has_file && response->file >= 0)
        close(response->file);
    response->has_file = false;
}

bool response_is_stream(const struct response *response)
{
    return response->stream.read != NULL;
}

void response_end_stream(struct response *response)
{
    if (response_is_stream(response))
        response->stream.close(response->stream.state);
    response->stream = (struct response_stream){0};
}

void response_free(struct response *response)
{
    drop_file(response);
    response_end_stream(response);
    buffer_free(&response->body);
    if (response->budget)
        budget_release(response->budget, response->reserved_bytes);
    memset(response, 0, offsetof(struct response, headers));
}

int response_reserve(struct response *response, struct budget *budget, struct error *err)
{
    assert(!response->budget);
    size_t bytes = response->body.capacity;
    if (budget_reserve(budget, bytes, err) < 0)
        return -1;
    response->budget = budget;
    response->reserved_bytes = bytes;
    return 0;
}

void response_start(struct response *response, int status, const char *content_type)
{
    buffer_clear(&response->body);
    drop_file(response);
    response_end_stream(response);
    response->status = status;
    response->content_type = content_type;
    response->static_body = NULL;
    response->static_body_bytes = 0;
}

void response_start_json(struct response *response, int status)
{
    response_start(response, status, "application/json");
}

void response_start_file(struct response *response, int status, const char *content_type,
                         int file, uint64_t n_bytes)
{
    response_start(response, status, content_type);
    response->has_file = true;
    response->file = file;
    response->file_bytes = n_bytes;
}

void response_start_stream(struct response *response, int status,
                           const char *content_type, const struct response_stream *stream)
{
    response_start(response, status, content_type);
    response->stream = *stream;
}

uint64_t response_body_bytes(const struct response *response)
{
    return response->has_file      ? response->file_bytes
           : response->static_body ? response->static_body_bytes
                                   : response->body.n_bytes;
}

static bool is_header_text(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < ' ' || *c == 0x7f)
            return false;
    return true;
}

void response_header(struct response *response, const char *name, const char *format, ...)
{
    assert(response->n_headers < RESPONSE_MAX_HEADERS);
    struct response_header *header = &response->headers[response->n_headers++];
    header->name = name;
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(header->value, sizeof(header->value), format, arguments);
    va_end(arguments);
    assert(n >= 0 && (size_t)n < sizeof(header->value) && is_header_text(header->value));
    (void)n;
    (void)is_header_text;
}
