/*
 * Bodies that are packed with gzip or deflate (RFC 9110, "Content-Encoding" and
 * "Accept-Encoding"), as Triton takes and gives them.
 */
#ifndef LOGITD_API_DIALECT_V2_PACKING_H
#define LOGITD_API_DIALECT_V2_PACKING_H

#include "api/exchange.h"

struct service;

struct v2_packing_body { /* all zero at first */
    const char *bytes;
    size_t n_bytes;
    struct buffer unpacked;
    struct budget *budget;
    size_t reserved_bytes;
};

/* The request's body as it was before it was packed, which --max-body and the budget
 * limit. Into an all-zero `body`, which stays to be freed also after a failure:
 * ERROR_BAD_GZIP, ERROR_TOO_LARGE, ERROR_MEMORY_BUDGET. The encoding is one that
 * scoring_check_packed_type lets pass. */
int v2_packing_unpack(struct service *service, const struct request *request,
                      struct v2_packing_body *body, struct error *err) MUST_CHECK;
void v2_packing_free(struct v2_packing_body *body);

/* Packs the body of the response if the request likes that best. */
int v2_packing_pack(struct service *service, const struct request *request,
                    struct response *response, struct error *err) MUST_CHECK;

#endif
