#include "server/transport_request.h"

#include <stdio.h>
#include <string.h>

#include "api/problem.h"
#include "core/base/memory.h"
#include "core/text/utf8.h"

void transport_request_keep_target(struct transport_call *call, const char *target)
{
    call->n_target_bytes = strlen(target);
    size_t n = call->n_target_bytes < GATE_MOST_TARGET_BYTES ? call->n_target_bytes
                                                             : GATE_MOST_TARGET_BYTES;
    memcpy(call->target, target, n);
    call->target[n] = '\0';
}

/* ---- the request's id ---- */

static bool is_safe_in_id(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~:/+=@", c));
}

static bool is_safe_id(const char *id)
{
    size_t n = 0;
    while (is_safe_in_id(id[n]))
        n++;
    return n > 0 && n < CALL_ID_BYTES && id[n] == '\0';
}

/* The finaliser of MurmurHash3: one to one, so that ids do not repeat. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdU;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53U;
    return x ^ (x >> 33);
}

void transport_request_make_id(struct transport_call *call)
{
    static const char prefix[] = "req_", digits[] = "0123456789abcdef";
    struct transport_worker *worker = call->worker;
    uint64_t which = (uint64_t)(worker - call->transport->workers);
    uint64_t id = mix(call->transport->id_seed + (which << 48) + worker->n_ids++);
    memcpy(call->id, prefix, sizeof(prefix) - 1);
    char *at = call->id + sizeof(prefix) - 1;
    for (int shift = 60; shift >= 0; shift -= 4)
        *at++ = digits[id >> shift & 15];
    *at = '\0';
    call->exchange.request.id = call->id;
}

static void read_id(struct transport_call *call)
{
    const char *asked = request_header(&call->exchange.request, "X-Request-Id");
    if (asked && is_safe_id(asked))
        snprintf(call->id, sizeof(call->id), "%s", asked);
}

/* ---- the head ---- */

struct fields {
    struct gate_field at[GATE_MOST_FIELDS];
    size_t n;
};

static enum MHD_Result take_field(void *context, enum MHD_ValueKind kind,
                                  const char *name, size_t name_bytes, const char *value,
                                  size_t value_bytes)
{
    struct fields *fields = context;
    (void)kind;
    if (fields->n < GATE_MOST_FIELDS)
        fields->at[fields->n] =
            (struct gate_field){name, name_bytes, value ? value : "", value_bytes};
    fields->n++;
    return MHD_YES;
}

/* Blanks behind a value are not part of it. The text is in the connection's own memory,
 * where libmicrohttpd has put NULs, too. */
static void trim(const struct gate_field *field)
{
    char *value = (char *)(uintptr_t)field->value;
    size_t n = field->value_bytes;
    while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        value[--n] = '\0';
}

static void take_fields(struct transport_call *call, const struct fields *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        trim(&fields->at[i]);
        call->headers[i] = (struct request_pair){fields->at[i].name, fields->at[i].value};
    }
    call->exchange.request.headers = call->headers;
    call->exchange.request.n_headers = fields->n;
}

static size_t head_bytes(struct transport_call *call)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(call->handle, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

enum gate_reason transport_request_read_head(struct transport_call *call,
                                             const char *method, const char *place,
                                             const char *version)
{
    struct request *request = &call->exchange.request;
    struct fields fields;
    fields.n = 0;
    MHD_get_connection_values_n(call->handle, MHD_HEADER_KIND, take_field, &fields);
    call->n_head_bytes = head_bytes(call);
    const struct gate_head head = {.method = method,
                                   .target = call->target,
                                   .target_bytes = call->n_target_bytes,
                                   .place = place,
                                   .version = version,
                                   .fields = fields.at,
                                   .n_fields = fields.n,
                                   .n_bytes = call->n_head_bytes};
    enum gate_reason reason = gate_check(&head, &call->head);
    if (reason == GATE_PASSED)
        take_fields(call, &fields);
    read_id(call);
    request->method = call->head.method;
    request->path = reason == GATE_PASSED ? call->head.path : "";
    request->body = "";
    return reason;
}

/* ---- the query ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place: '+' is a blank, %XX a byte but not NUL, all of it UTF-8. */
static bool decode(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++, out++) {
        *out = *in == '+' ? ' ' : *in;
        if (*in == '%') {
            int high = hex_digit(in[1]);
            int low = high < 0 ? -1 : hex_digit(in[2]);
            if (low < 0 || high + low == 0)
                return false;
            *out = (char)(high * 16 + low);
            in += 2;
        }
    }
    *out = '\0';
    size_t n = (size_t)(out - text);
    return utf8_valid_prefix(text, n) == n;
}

/* Cuts "a=b&c" up in place. */
static bool cut_query(struct transport_call *call, char *text)
{
    size_t n = 0;
    while (text) {
        char *next = strchr(text, '&');
        if (next)
            *next++ = '\0';
        char *value = strchr(text, '=');
        if (value)
            *value++ = '\0';
        if (*text || value) {
            if (n == CALL_MOST_QUERY || !decode(text) || (value && !decode(value)))
                return false;
            call->query[n++] = (struct request_pair){text, value};
        }
        text = next;
    }
    call->exchange.request.query = call->query;
    call->exchange.request.n_query = n;
    return true;
}

bool transport_request_read_query(struct transport_call *call)
{
    /* The path ends where the query begins, since the route was found. */
    char *query = call->target + (call->head.path - call->target);
    query += strlen(query);
    if (query - call->target >= (ptrdiff_t)call->n_target_bytes)
        return true;
    if (cut_query(call, query + 1))
        return true;
    problem_respond_status(&call->exchange, 400, "bad_query",
                           "the query must be at most %d pairs name=value, with bytes "
                           "escaped as %%XX that are UTF-8 and not NUL",
                           CALL_MOST_QUERY);
    return false;
}

/* ---- a head of its own ---- */

int transport_request_own_head(struct transport_call *call, struct error *err)
{
    struct request *request = &call->exchange.request;
    if (request->n_headers == 0)
        return 0;
    /* The gate has seen to it that the fields lie one behind the other. */
    const char *from = call->headers[0].name;
    const char *last = call->headers[request->n_headers - 1].value;
    size_t n = (size_t)(last - from) + strlen(last) + 1;
    char *copy = memory_copy(from, n, err);
    if (!copy)
        return -1;
    for (size_t i = 0; i < request->n_headers; i++) {
        call->headers[i].name = copy + (call->headers[i].name - from);
        call->headers[i].value = copy + (call->headers[i].value - from);
    }
    return 0;
}

void transport_request_free_head(struct transport_call *call)
{
    if (call->exchange.request.n_headers > 0) {
        void *copy = (void *)(uintptr_t)call->headers[0].name;
        memory_free(copy);
    }
}
