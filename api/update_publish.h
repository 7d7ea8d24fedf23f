/*
 * A working copy becomes the next version of its model, by the way of every version
 * (model_publish.h), and goes on learning from there. With the model's turn taken.
 */
#ifndef LOGITD_API_UPDATE_PUBLISH_H
#define LOGITD_API_UPDATE_PUBLISH_H

#include "api/exchange.h"
#include "api/idempotency.h"

struct service;

/* Makes the answer, as update_learn; -1: nothing was published. */
int update_publish(struct service *service, struct exchange *exchange,
                   struct idempotency *idempotency, struct error *err) MUST_CHECK;

#endif
