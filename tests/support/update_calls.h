/*
 * Calls to /v1/models/m/update on a loopback, and the small model that they are about.
 */
#ifndef LOGITD_TESTS_SUPPORT_UPDATE_CALLS_H
#define LOGITD_TESTS_SUPPORT_UPDATE_CALLS_H

#include "tests/support/loopback.h"

#define UPDATE_CALLS_JSON "Content-Type: application/json"
#define UPDATE_CALLS_WAIT UPDATE_CALLS_JSON "\nPrefer: wait=30"

/* The odds of y=1 are 1:3 where x is 0 and 3:1 where it is 1; g tells nothing. */
#define UPDATE_CALLS_CSV "y,x,g\n0,0,a\n0,0,b\n0,0,a\n1,0,b\n1,1,a\n1,1,b\n1,1,a\n0,1,b\n"
#define UPDATE_CALLS_MODEL "\"model\":\"m\",\"target\":\"y\""
/* Two rows to learn from. */
#define UPDATE_CALLS_TWO "{\"rows\":[[0,\"a\"],[1,\"b\"]],\"labels\":[0,1]}"

/* Fits a model with these members of a job to the table; fails the test on failure. */
void update_calls_train(struct loopback *loopback, const char *csv, const char *members);

/* JSON with more header lines, or NULL. */
struct answer update_calls_post(struct loopback *loopback, const char *headers,
                                const char *body);
/* The same, which must succeed. */
void update_calls_learn(struct loopback *loopback, const char *body);
struct answer update_calls_show(struct loopback *loopback);
struct answer update_calls_publish(struct loopback *loopback, const char *headers);
struct answer update_calls_delete(struct loopback *loopback, const char *headers);

void update_calls_must_be(const struct answer *answer, int status);
void update_calls_number_is(const struct answer *answer, const char *path,
                            double expected);

#endif
