#include "tests/support/odds_models.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

static void submit(struct loopback *loopback, const char *body)
{
    struct answer answer =
        loopback_call(loopback, "POST /v1/jobs",
                      "Content-Type: application/json\nPrefer: wait=30", body);
    ck_assert_msg(answer.status == 200, "%s", answer.body);
    ck_assert_msg(strcmp(answer_string(&answer, "state"), "succeeded") == 0, "%s",
                  answer.body);
    answer_free(&answer);
}

static void train(struct loopback *loopback, const char *name, const char *columns,
                  const char *rows, const char *more)
{
    char body[1024];
    snprintf(
        body, sizeof(body),
        "{\"model\":\"%s\",\"target\":\"y\",\"data\":{\"columns\":%s,\"rows\":%s}%s}",
        name, columns, rows, more);
    submit(loopback, body);
}

void odds_models_binomial(struct loopback *loopback, const char *name)
{
    train(loopback, name, "[\"y\",\"x\"]",
          "[[0,0],[0,0],[0,0],[1,0],[1,1],[1,1],[1,1],[0,1]]", "");
}

void odds_models_turned(struct loopback *loopback, const char *name)
{
    train(loopback, name, "[\"y\",\"x\"]",
          "[[0,1],[0,1],[0,1],[1,1],[1,0],[1,0],[1,0],[0,0]]", "");
}

void odds_models_mixed(struct loopback *loopback, const char *name)
{
    train(loopback, name, "[\"y\",\"s\",\"x\"]",
          "[[\"no\",\"a\",0],[\"no\",\"a\",0],[\"no\",\"a\",0],[\"yes\",\"a\",0],"
          "[\"no\",\"a\",1],[\"no\",\"a\",1],[\"no\",\"a\",1],[\"yes\",\"a\",1],"
          "[\"yes\",\"b\",0],[\"yes\",\"b\",0],[\"yes\",\"b\",0],[\"no\",\"b\",0],"
          "[\"yes\",\"b\",1],[\"yes\",\"b\",1],[\"yes\",\"b\",1],[\"no\",\"b\",1]]",
          ",\"columns\":{\"x\":{\"missing\":\"mean\"}}");
}

void odds_models_multinomial(struct loopback *loopback, const char *name)
{
    train(loopback, name, "[\"y\",\"x\"]",
          "[[\"a\",0],[\"b\",0],[\"b\",0],[\"c\",0],[\"c\",0],"
          "[\"a\",1],[\"b\",1],[\"b\",1],[\"c\",1],[\"c\",1]]",
          "");
}

void odds_models_line(struct loopback *loopback, const char *name)
{
    train(loopback, name, "[\"y\",\"x\"]", "[[1,0],[3,1],[5,2],[7,3],[9,4]]",
          ",\"family\":\"gaussian\"");
}

void odds_models_sparse(struct loopback *loopback, const char *name)
{
    static const char lines[] =
        "0 8:1\n0\n0 8:1\n1\n1 3:1 8:1\n1 3:1\n1 3:1 8:1\n0 3:1\n";
    char body[256];
    struct answer answer = loopback_call(loopback, "POST /v1/datasets",
                                         "Content-Type: text/x-libsvm", lines);
    ck_assert_msg(answer.status == 201, "%s", answer.body);
    snprintf(body, sizeof(body),
             "{\"model\":\"%s\",\"target\":\"label\",\"dataset\":\"%s\","
             "\"features\":[\"3\",\"8\"],\"penalty\":{\"l2\":0.1}}",
             name, answer_string(&answer, "id"));
    answer_free(&answer);
    submit(loopback, body);
}

void odds_models_near(const struct answer *answer, const char *path, double expected)
{
    double found = answer_number(answer, path);
    if (!(fabs(found - expected) < 1e-9))
        ck_abort_msg("%s is %.17g, not %.17g: %s", path, found, expected, answer->body);
}

void odds_models_fail_allocations(struct loopback *loopback, const char *target,
                                  const char *headers, const char *body, int status)
{
    memory_fail_after(-1);
    struct answer answer = loopback_call(loopback, target, headers, body);
    long n = memory_fail_after(-1);
    ck_assert_msg(answer.status == status, "%s", answer.body);
    answer_free(&answer);
    ck_assert_int_gt(n, 3);
    int n_refused = 0;
    for (long i = 0; i < n; i++) {
        memory_fail_after(i);
        answer = loopback_call(loopback, target, headers, body);
        memory_fail_after(-1);
        if (answer.status != 503 && answer.status != status)
            ck_abort_msg("%ld: %d %s", i, answer.status, answer.body);
        n_refused += answer.status == 503;
        if (answer.status == 503)
            ck_assert_ptr_nonnull(answer.json);
        answer_free(&answer);
    }
    ck_assert_int_gt(n_refused, 2);
}
