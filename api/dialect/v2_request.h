/*
 * The body of an inference request (Open Inference Protocol, "Inference Request JSON
 * Object"), with the binary data behind it (Triton's extension "binary_tensor_data").
 * Members that are not known are passed over: they may be of an extension.
 */
#ifndef LOGITD_API_DIALECT_V2_REQUEST_H
#define LOGITD_API_DIALECT_V2_REQUEST_H

#include "api/dialect/v2_output.h"
#include "api/predict_body.h"

struct v2_request {
    struct predict_body body;
    struct v2_outputs outputs;
    const char *id; /* the member's text with its quotes, borrowed from the body; NULL */
    size_t id_bytes;
};

/* How long the JSON before binary data is, by the value of the header
 * Inference-Header-Content-Length (NULL: all of the body). ERROR_INVALID with that place.
 */
int v2_request_header_bytes(const char *header, size_t body_bytes, size_t *n,
                            struct error *err) MUST_CHECK;

/*
 * Reads body[0..n_bytes), of which header_bytes are JSON, for the model into an all-zero
 * request. Without any JSON it is a raw binary request: all rows of the one input. 0, or
 * -1 with err set or `problems` told, as predict_body_read. On failure nothing is kept.
 */
int v2_request_read(const struct model *model, const char *body, size_t n_bytes,
                    size_t header_bytes, struct budget *budget,
                    struct v2_request *request, struct problem_list *problems,
                    struct error *err) MUST_CHECK;
void v2_request_free(struct v2_request *request);

#endif
