/*
 * One call that learns: from the working copy as it is, or from a version, through all
 * rows of the request, to the copy as it is kept. With the model's turn taken
 * (update_turns.h).
 */
#ifndef LOGITD_API_UPDATE_LEARN_H
#define LOGITD_API_UPDATE_LEARN_H

#include "api/exchange.h"
#include "api/idempotency.h"
#include "api/problem.h"

struct service;

#define UPDATE_LEARN_LIBSVM "text/x-libsvm" /* a body of rows alone; else it is JSON */

/*
 * Makes the answer's body and its ETag once the copy is durable, together with what
 * `idempotency` remembers. 0, with what is wrong among the problems, or -1: nothing was
 * learnt. Neither is what the request expects of the copy's revision its matter: 412 is
 * an answer that is made.
 */
int update_learn(struct service *service, struct exchange *exchange,
                 struct idempotency *idempotency, struct problem_list *problems,
                 struct error *err) MUST_CHECK;

#endif
