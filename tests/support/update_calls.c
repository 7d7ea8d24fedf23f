#include "tests/support/update_calls.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void update_calls_train(struct loopback *loopback, const char *csv, const char *members)
{
    char body[512];
    char *dataset = loopback_upload(loopback, csv);
    snprintf(body, sizeof(body), "{%s,\"dataset\":\"%s\"}", members, dataset);
    struct answer answer =
        loopback_call(loopback, "POST /v1/jobs", UPDATE_CALLS_WAIT, body);
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    answer_free(&answer);
    free(dataset);
}

struct answer update_calls_post(struct loopback *loopback, const char *headers,
                                const char *body)
{
    char lines[256];
    snprintf(lines, sizeof(lines), "%s%s%s", UPDATE_CALLS_JSON, headers ? "\n" : "",
             headers ? headers : "");
    return loopback_call(loopback, "POST /v1/models/m/update", lines, body);
}

void update_calls_learn(struct loopback *loopback, const char *body)
{
    struct answer answer = update_calls_post(loopback, NULL, body);
    update_calls_must_be(&answer, 200);
    answer_free(&answer);
}

struct answer update_calls_show(struct loopback *loopback)
{
    return loopback_call(loopback, "GET /v1/models/m/update", NULL, NULL);
}

struct answer update_calls_publish(struct loopback *loopback, const char *headers)
{
    return loopback_call(loopback, "POST /v1/models/m/update/publish", headers, NULL);
}

struct answer update_calls_delete(struct loopback *loopback, const char *headers)
{
    return loopback_call(loopback, "DELETE /v1/models/m/update", headers, NULL);
}

void update_calls_must_be(const struct answer *answer, int status)
{
    ck_assert_msg(answer->status == status, "%d, not %d: %s", answer->status, status,
                  answer->body ? answer->body : "");
}

void update_calls_number_is(const struct answer *answer, const char *path,
                            double expected)
{
    double found = answer_number(answer, path);
    ck_assert_msg(fabs(found - expected) < 1e-9, "%s is %.17g, not %.17g", path, found,
                  expected);
}
