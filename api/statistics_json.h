/*
 * What a model's addenda (core/model/addenda.h) are in JSON.
 */
#ifndef LOGITD_API_STATISTICS_JSON_H
#define LOGITD_API_STATISTICS_JSON_H

#include "core/model/model.h"
#include "core/text/json_write.h"

/* The words of enum covariance_kind, in its order. */
#define STATISTICS_JSON_N_COVARIANCES 4
extern const char *const statistics_json_covariances[STATISTICS_JSON_N_COVARIANCES];

/* Members of the "fit" object: inference, wald_test, score_test, term_tests, prior. */
void statistics_json_write_fit(struct json_writer *json, const struct model *model);

/* Members of the version: marginal_effects and variance_inflation, where there are any;
 * and residuals (null: there are none) where they are wanted. */
void statistics_json_write_members(struct json_writer *json, const struct model *model,
                                   bool with_residuals);

#endif
