#include "api/dialect/v2_packing.h"

#include <strings.h>

#include "api/accept.h"
#include "api/service_internal.h"
#include "core/data/gzip.h"

/* ---- requests ---- */

/* Room for n more bytes, against the budget. */
static int grow(struct v2_packing_body *body, size_t n, struct error *err)
{
    struct buffer *out = &body->unpacked;
    size_t wanted = 2 * (out->n_bytes + n);
    if (out->n_bytes + n < out->capacity)
        return 0;
    if (budget_reserve(body->budget, wanted - body->reserved_bytes, err) < 0)
        return -1;
    body->reserved_bytes = wanted;
    buffer_reserve(out, wanted - out->n_bytes);
    return buffer_check(out, err);
}

static int take(void *context, const void *bytes, size_t n, struct error *err)
{
    struct v2_packing_body *body = context;
    if (grow(body, n, err) < 0)
        return -1;
    buffer_append(&body->unpacked, bytes, n);
    return buffer_check(&body->unpacked, err);
}

static int unpack(enum gunzip_format format, const struct request *request,
                  size_t n_bytes_most, struct v2_packing_body *body, struct error *err)
{
    struct gunzip *gunzip =
        gunzip_new(format, (struct byte_sink){take, body}, n_bytes_most, err);
    if (!gunzip)
        return -1;
    int result = gunzip_push(gunzip, request->body, request->body_bytes, err);
    if (result == 0)
        result = gunzip_finish(gunzip, err);
    gunzip_free(gunzip);
    body->bytes = body->unpacked.bytes;
    body->n_bytes = body->unpacked.n_bytes;
    return result;
}

int v2_packing_unpack(struct service *service, const struct request *request,
                      struct v2_packing_body *body, struct error *err)
{
    const char *encoding = request_header(request, "Content-Encoding");
    size_t most = service->options.max_body_bytes;
    body->bytes = request->body;
    body->n_bytes = request->body_bytes;
    body->budget = &service->budget;
    if (!encoding || strcasecmp(encoding, "identity") == 0)
        return 0;
    bool is_gzip = strcasecmp(encoding, "gzip") == 0;
    return unpack(is_gzip ? GUNZIP_GZIP : GUNZIP_DEFLATE, request, most, body, err);
}

void v2_packing_free(struct v2_packing_body *body)
{
    buffer_free(&body->unpacked);
    if (body->budget)
        budget_release(body->budget, body->reserved_bytes);
    *body = (struct v2_packing_body){0};
}

/* ---- answers ---- */

static int pack(enum gunzip_format format, struct response *response, struct error *err)
{
    struct buffer packed = BUFFER_EMPTY;
    if (gzip_pack(format, response->body.bytes, response->body.n_bytes, &packed, err) <
        0) {
        buffer_free(&packed);
        return -1;
    }
    buffer_free(&response->body);
    response->body = packed;
    response_header(response, "Content-Encoding", "%s",
                    format == GUNZIP_GZIP ? "gzip" : "deflate");
    return 0;
}

int v2_packing_pack(struct service *service, const struct request *request,
                    struct response *response, struct error *err)
{
    static const char *const encodings[] = {"identity", "gzip", "deflate"};
    const char *accept = request_header(request, "Accept-Encoding");
    size_t liked = accept_choose(accept, encodings, 3);
    size_t most = gzip_most_bytes(response->body.n_bytes);
    if (accept)
        response_header(response, "Vary", "Accept-Encoding");
    if (liked != 1 && liked != 2)
        return 0;
    if (budget_reserve(&service->budget, most, err) < 0)
        return -1;
    int result = pack(liked == 1 ? GUNZIP_GZIP : GUNZIP_DEFLATE, response, err);
    budget_release(&service->budget, most);
    return result;
}
