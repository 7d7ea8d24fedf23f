#include "tests/support/job_calls.h"

#include <stdio.h>

const char job_calls_inline[] =
    "{\"model\":\"m\",\"target\":\"y\",\"data\":{\"columns\":[\"y\",\"x\"],\"rows\":"
    "[[0,0],[0,0],[0,0],[1,0],[1,1],[1,1],[1,1],[0,1]]},\"metadata\":{\"a\":1}}";

struct answer job_calls_post(struct loopback *loopback, const char *headers,
                             const char *body)
{
    return loopback_call(loopback, "POST /v1/jobs", headers, body);
}

struct answer job_calls_post_on(struct loopback *loopback, const char *headers,
                                const char *dataset, const char *more)
{
    char body[512];
    snprintf(
        body, sizeof(body),
        "{\"model\":\"m\",\"dataset\":\"%s\",\"target\":\"y\",\"features\":[\"x\"]%s}",
        dataset, more);
    return job_calls_post(loopback, headers, body);
}

struct answer job_calls_on(struct loopback *loopback, const char *method, const char *id,
                           const char *rest)
{
    char target[256];
    snprintf(target, sizeof(target), "%s /v1/jobs/%s%s", method, id, rest);
    return loopback_call(loopback, target, NULL, NULL);
}
