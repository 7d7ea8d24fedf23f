/*
 * Models whose odds can be counted, trained through a loopback: what tests of dialects
 * ask. Each call is checked for success.
 */
#ifndef LOGITD_TESTS_SUPPORT_ODDS_MODELS_H
#define LOGITD_TESTS_SUPPORT_ODDS_MODELS_H

#include "tests/support/loopback.h"

/* y is 0 or 1 by x: the odds of 1 are 1:3 where x is 0 and 3:1 where it is 1. */
void odds_models_binomial(struct loopback *loopback, const char *name);
/* The other way round, so that a second version can be told from the first. */
void odds_models_turned(struct loopback *loopback, const char *name);
/* y is no or yes by s (a, b) and x: whatever x, the odds of yes are 1:3 where s is a and
 * 3:1 where it is b. A missing x is the mean, 0.5. */
void odds_models_mixed(struct loopback *loopback, const char *name);
/* y is a, b or c by x: b and c are twice as likely as a, whatever x. */
void odds_models_multinomial(struct loopback *loopback, const char *name);
/* y = 1 + 2x. */
void odds_models_line(struct loopback *loopback, const char *name);
/* As the first of them, of the sparse columns 3 (as x) and 8 (without a meaning). */
void odds_models_sparse(struct loopback *loopback, const char *name);

/* Is the number there within 1e-9? */
void odds_models_near(const struct answer *answer, const char *path, double expected);

/* The call with each allocation failing in turn: 503 with a JSON body, or the status. */
void odds_models_fail_allocations(struct loopback *loopback, const char *target,
                                  const char *headers, const char *body, int status);

#endif
