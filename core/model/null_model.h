/*
 * The model of the intercept alone (without an intercept: of no coefficient at all), with
 * the fit's weights and offset: what a likelihood-ratio test and a pseudo-R² compare
 * with. Without offset it is had in closed form, from the shares of the classes.
 */
#ifndef LOGITD_CORE_MODEL_NULL_MODEL_H
#define LOGITD_CORE_MODEL_NULL_MODEL_H

#include "core/model/estimation.h"

/* Fills null_loss and null_terms; of a loss with corners with NaN and 0. */
int null_model_fit(struct estimation *estimation, struct error *err) MUST_CHECK;

#endif
