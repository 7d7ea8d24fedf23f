/*
 * A model version as the contract's JSON (contract.md "Models").
 */
#ifndef LOGITD_API_MODEL_JSON_H
#define LOGITD_API_MODEL_JSON_H

#include "core/model/model.h"
#include "core/text/json_write.h"

/* The "fit" object, as one value. */
void model_json_write_fit(struct json_writer *json, const struct model *model);

/* What is told on request alone; several may be asked for. */
enum model_json_include {
    MODEL_JSON_COVARIANCE = 1,
    MODEL_JSON_COEFFICIENTS = 2, /* all of them, however many (api/model_terms.h) */
    MODEL_JSON_INPUTS = 4,       /* the same */
    MODEL_JSON_RESIDUALS = 8
};

/* The members from "family" to "schema", "fit" and what `include` asks for, inside an
 * object that the caller has begun and will end. */
void model_json_write_members(struct json_writer *json, const struct model *model,
                              unsigned include);

/* "coefficients" of a term: its name, "(intercept)", "gre", "rank[2]". Appends to `out`.
 */
void model_json_write_term(const struct model *model, size_t term, struct buffer *out);
/* The same as a JSON string. */
void model_json_write_term_text(struct json_writer *json, const struct model *model,
                                size_t term);

#endif
