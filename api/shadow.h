/*
 * Scoring in the shadow of an answer: its rows are kept until it is made, and then scored
 * by the alias's shadow where nobody waits for it. Never more of it than a few requests
 * at a time: what is above that is counted as skipped.
 */
#ifndef LOGITD_API_SHADOW_H
#define LOGITD_API_SHADOW_H

#include "api/predict_body.h"
#include "api/registry.h"

struct service;
struct shadow;

/* A copy of the rows that were scored, with what the model's scores [n_good × its number]
 * are; NULL where they are skipped. `beside` is taken in any case. */
struct shadow *shadow_keep(struct service *service, struct registry_shadow *beside,
                           struct model *model, const struct predict_body *body,
                           const double *scores);
/* Has them scored, or skips them; takes them. NULL is fine. */
void shadow_submit(struct shadow *shadow);
/* The answer came to nothing. NULL is fine. */
void shadow_drop(struct shadow *shadow);

#endif
